// Package bus is framebus's face: publish events on channels, and listen to them.
//
//	b, err := bus.New(memory.New(), bus.Config{Service: "finance"})
//
//	bus.On(b, "Order", func(ctx context.Context, e bus.Event[Order]) error {
//		return invoices.Create(ctx, e.Data)
//	})
//
//	err = b.Run(ctx) // until ctx ends; then it drains
//
// and wherever something happens, in this service or another:
//
//	err = b.Publish(ctx, "Order", bus.Created, order, bus.Key(order.ID))
//
// # What is promised
//
// Publish returns nil only when the broker has the event. From then on every listener gets it at least
// once: a handler that returns an error, panics or dies with its process gets it again, and an event that
// no retry helps ends in the listener's dead letters, with a record of why. Nothing is dropped silently.
// docs/delivery.md says where each promise comes from.
//
// # Listeners
//
// A listener is a durable subscription. Its identity is the bus's Service and its name, which is the
// channel unless [Name] says otherwise. The replicas of a service share a listener's events; listeners do
// not share: each gets every event, and none waits for another. The channel of a listener may hold *, which
// stands for any characters: "*" is every channel.
//
// It exists from the first Run on, when [Bus.Ready] is closed: what was published before is not for it, and
// what is published while no replica runs waits for one.
//
// A listener handles up to [Concurrency] events at a time, in no particular order, or with [Ordered] the
// events of one [Key] one after the other as they were published.
//
// # Outcomes
//
// A handler's error says what becomes of the event: nil acks it, [ErrSkip] acks it as unwanted,
// [Permanent] dead-letters it, [RetryAfter] asks for a delay, and any other error is retried by the
// [Policy]. An error that a handler returns because its context ended, by a shutdown or a lost lease,
// costs no attempt.
package bus
