// Package framebus is the root of a Go event bus on Watermill, and holds nothing but this page.
//
// Every create, update and delete of a model is an event; listeners anywhere react; the broker behind it is
// one argument. Start with package bus, which is the face that most programs import:
//
//	b, err := bus.New(memory.New(), bus.Config{Service: "finance"})
//
//	bus.On(b, "Order", func(ctx context.Context, e bus.Event[Order]) error {
//		return invoices.Create(ctx, e.Data)
//	})
//
//	err = b.Run(ctx) // until ctx ends; then it drains
//
// and publish wherever something happens:
//
//	err = b.Publish(ctx, "Order", bus.Created, order, bus.Key(order.ID))
//
// The packages, by what you want to do:
//
//   - publish events and listen to them: [github.com/framebus/framebus/bus]
//   - choose a broker: [github.com/framebus/framebus/transport/memory]
//   - write a transport: [github.com/framebus/framebus/transport] and its conformance suite
//     [github.com/framebus/framebus/transport/transporttest]
//   - write a middleware: [github.com/framebus/framebus/middleware]
//   - read and write the wire format without a bus: [github.com/framebus/framebus/event]
//
// A whole program is in examples/orders. What is promised about delivery is in docs/delivery.md, and what
// travels on the wire in docs/wire.md.
package framebus
