package topology

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// State is what a plan says of a resource.
type State int

const (
	// Exists is as it should be.
	Exists State = iota
	// Missing is wanted and not there.
	Missing
	// Differs is there, and not as it would be made.
	Differs
	// Orphaned is there, is ours, and is not wanted any more.
	Orphaned
)

// String returns "exists", "missing", "differs" or "orphaned".
func (s State) String() string {
	return [...]string{"exists", "missing", "differs", "orphaned"}[s]
}

// Kind is what a resource is.
type Kind int

const (
	// TopicKind is an SNS topic.
	TopicKind Kind = iota
	// DeadLetterKind is the dead-letter queue of a listener.
	DeadLetterKind
	// QueueKind is the queue of a listener.
	QueueKind
	// PolicyKind is our statement in the policy of a queue.
	PolicyKind
	// SubscriptionKind is an SNS subscription of a queue to a topic.
	SubscriptionKind
	// RegistrationKind is the entry of a listener to a pattern in the registry.
	RegistrationKind
)

// String returns "topic", "dead-letter queue", "queue", "policy of queue", "subscription" or "registration".
func (k Kind) String() string {
	return [...]string{
		"topic", "dead-letter queue", "queue", "policy of queue", "subscription", "registration",
	}[k]
}

// Item is one resource in a plan.
type Item struct {
	State State
	Kind  Kind
	// Name is that of the topic or queue at AWS; for a subscription it is "queue to topic".
	Name string
	// ARN of the resource; empty if it is missing and the account is not known, or if it has none.
	ARN string
	// For is what it is for: a channel, or a listener as "service/name".
	For string
	// Differences are what differs, if State is Differs.
	Differences []Difference
	// Messages is how many messages an orphaned queue holds, by SQS's approximate count.
	Messages int

	listener *listener // that wants it
	url      string    // of a queue
	topic    string    // ARN, of a subscription
	queue    string    // ARN, of a subscription or a queue
}

// Plan is what there is and what there should be. It is of the time when it was made.
type Plan struct {
	// Items are sorted by kind and name.
	Items []Item
}

// Of returns the items in a state.
func (p Plan) Of(s State) []Item {
	var found []Item
	for _, item := range p.Items {
		if item.State == s {
			found = append(found, item)
		}
	}
	return found
}

// Clean says whether everything exists as it should, and nothing else of ours does.
func (p Plan) Clean() bool { return len(p.Of(Exists)) == len(p.Items) }

// String returns the plan as text: a line for each resource, those that need nothing last, and a count. A line
// begins with + for what is missing, ~ for what differs, with the differences below it, - for orphans, and =
// for what is as it should be.
func (p Plan) String() string {
	var b strings.Builder
	for _, state := range []State{Missing, Differs, Orphaned, Exists} {
		for _, item := range p.Of(state) {
			b.WriteString(item.String() + "\n")
		}
	}
	fmt.Fprintf(&b, "%d missing, %d differs, %d orphaned, %d exists\n",
		len(p.Of(Missing)), len(p.Of(Differs)), len(p.Of(Orphaned)), len(p.Of(Exists)))
	return b.String()
}

// String returns the item as in a plan, without a newline at the end.
func (i Item) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%c %s %s (%s)", "=+~-"[i.State], i.Kind, i.Name, i.For)
	if i.Messages > 0 {
		fmt.Fprintf(&b, ", holds %d messages", i.Messages)
	}
	for _, d := range i.Differences {
		b.WriteString("\n    " + d.String())
	}
	return b.String()
}

// Plan compares what the channels that are published on and the subscriptions need with what there is. It
// changes nothing, whatever Config.Provision says. Orphans are queues that are tagged as those of the
// subscriptions' services or of Config.Service, with what belongs to them, and subscriptions of wanted queues
// to topics that they are not for any more. Topics are never orphans: other services may publish on them, and
// an unused one costs nothing.
func (t *Topology) Plan(ctx context.Context, channels []string, subs []transport.Subscription) (Plan, error) {
	var items []Item
	for _, channel := range channels {
		if err := event.CheckChannel(channel); err != nil {
			return Plan{}, fmt.Errorf("topology: plan: %w", err)
		}
		item, err := t.inspectTopic(ctx, channel)
		if err != nil {
			return Plan{}, fmt.Errorf("topology: plan channel %s: %w", channel, err)
		}
		items = append(items, item)
	}
	for _, s := range subs {
		l, err := t.listener(s)
		var more []Item
		if err == nil {
			more, err = t.inspect(ctx, l)
		}
		if err != nil {
			return Plan{}, fmt.Errorf("topology: plan %s: %w", s.ID, err)
		}
		items = append(items, more...)
	}
	orphans, err := t.orphans(ctx, subs)
	if err != nil {
		return Plan{}, fmt.Errorf("topology: plan: %w", err)
	}
	items = append(items, orphans...)
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return Plan{slices.CompactFunc(items, func(a, b Item) bool {
		return a.Kind == b.Kind && a.Name == b.Name && a.State == b.State // the topic of several listeners
	})}, nil
}
