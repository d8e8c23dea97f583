// Package memory is a broker inside the process, with the semantics of SNS in front of SQS: for tests, and
// for programs that are one process.
//
//	b, err := bus.New(memory.New(), bus.Config{Service: "finance"})
//
// What a listener may rely on:
//
//   - A subscription is durable as long as the broker is: it keeps its messages whether anybody consumes
//     them or not, until each is acked or dead-lettered. Nothing survives the process.
//   - Without order asked for, messages are received about in the order of their publishing. One that comes
//     back by a release or a lost lease goes to its old place, one that is retried to the end of the line.
//     With order, one message of a Channel and Key is out at a time, and the next follows when it is acked
//     or dead-lettered.
//   - Subscriptions share nothing but the published bytes, which nobody changes: a slow or full one takes
//     nothing from another.
//   - Publish waits for nothing, unless [MaxDepth] bounds the subscriptions.
//
// The broker has no goroutine and polls nothing. Its time is package time's, so that inside a
// testing/synctest bubble the bubble's clock drives it. A broker belongs to the bubble that it was made in.
//
// [New] makes a broker and returns a connection to it, which is the transport. Buses that are to talk to
// each other share it, or have one each by [Transport.Connect], as processes would.
package memory
