// Package topology names, makes, checks and describes what framebus needs of SNS and SQS: a topic for each
// channel, a queue with a dead-letter queue for each listener, the policy that lets the one send to the other,
// and the subscriptions between them.
//
//	channel Order -> topic Order -> filter on the action -> queue finance-Order -> queue finance-Order-dlq
//
// # Names
//
// A topic is named as its channel and a queue {service}-{name}, both behind the prefix. Names that AWS refuses,
// that are too long or that could be another's are changed and marked with a hash, so that what differs stays
// different: see [DefaultNaming]. A topic whose name does not tell its channel has it in the tag
// framebus:channel.
//
// # Many processes, no coordinator
//
// Every process makes what it needs when it needs it: [Topology.Topic] before the first publish on a channel,
// [Topology.Queue] before the first receive. All steps are idempotent, and each waits until what it did can be seen. A
// listener to a pattern gets the events of channels that do not exist yet by a topic that serves as registry,
// framebus-listeners, on which nothing is published; the argument why it misses nothing is in registry.go.
//
// What that rests on is that AWS shows soon, and everywhere, what it has shown once, which it does not promise. Three
// things follow:
//
//   - If SNS lists a topic or a subscription late, a listener to a pattern can miss events of a channel that is used
//     for the first time within that delay of the listener's own first start, until the next [Topology.Refresh].
//   - Additions and changes of a filter policy take up to 15 minutes
//     (docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html). After actions were added to a
//     listener, events with them may be missed for so long; after some were taken away, events with them may still
//     come, and the receiver drops them. To add an action without a gap, give the listener a new name.
//   - Publishers who know nothing of the registry, as FRAME's, make topics that listeners to patterns find by Refresh.
//
// A filter policy looks at the body, since FRAME's messages have no attributes. What is not a JSON object with a member
// "action" does not pass it: to get plain payloads of watermill-aws, a listener must want all actions.
//
// # What is whose
//
// Of a queue's policy one statement is ours, with the Sid framebus, and all others stay as they are. It names exactly
// the topics that the listener is for. Subscriptions to topics that were named there before and are not wanted any more
// are ended. The attributes that a subscription says (its lease and its count of receives) are changed when the
// subscription changes; if somebody else changed them, as with all other attributes, that is logged once and left.
//
// [Topology.Plan] says what exists, is missing, differs and is orphaned; [Topology.Apply] makes what is missing and, by
// choice, changes what differs; [Topology.Prune] deletes orphans. With [Off] a process only looks up, and needs no more
// rights than [Topology.RuntimePolicy] says; [Topology.ProvisioningPolicy] is for who provisions.
//
// # Costs
//
// The first Topic of a channel in a process makes three requests, and two for each listener to a pattern that
// matches; the first of all makes two more, and one for each listener to a pattern. A Queue that exists makes
// nine; one of a pattern seven, two for each topic that matches, and one for each of these, once, whose name
// does not tell its channel. What is known is not asked again. Neither SNS nor SQS charges for what exists
// (aws.amazon.com/sns/pricing).
package topology
