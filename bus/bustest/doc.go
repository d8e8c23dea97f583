// Package bustest tests a program's listeners: on the memory transport, with a clock that a test moves, with
// faults at will, and with a timeline of what happened where a test fails.
//
//	bustest.Run(t, finance.Register, func(t *testing.T, h *bustest.Harness) {
//		h.Publish("Order", bus.Created, Order{ID: 42}, bus.Key(42))
//		h.Settle()
//		h.WantPublished("Invoice", bus.Created)
//	})
//
// [Run] runs in a testing/synctest bubble, where ten minutes between two retries take no time.
// [OnTransport] runs the same test on a real broker, in real time.
//
// A test fails without being asked to if an event dies that neither [Harness.WantDeadLetter] nor
// [Harness.AllowDeadLetters] speaks of, if a listener is registered wrongly, if a handler does not return
// when the bus drains, or, in Run, if a goroutine outlives the bus.
package bustest
