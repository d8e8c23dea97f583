package bustest_test

import (
	"testing"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/bus/bustest"
	"github.com/framebus/framebus/middleware"
)

// Each fault, with the bus's protection against it and without.

// Fail: the policy protects, and without one the event is dead.
func TestFail(t *testing.T) {
	var mail recorded
	bustest.Run(t, mail.register(), func(_ *testing.T, h *bustest.Harness) {
		h.Fail("mail", 1, errMail)
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Idle()
		h.WantHandled("mail", 0)
		h.Advance(10*time.Second - 1)
		h.WantHandled("mail", 0)
		h.Advance(1)
		h.WantHandled("mail", 1)
	})
	bustest.Run(t, mail.register(bus.Retry(bus.Policy{})), func(_ *testing.T, h *bustest.Harness) {
		h.Fail("mail", 1, errMail)
		h.Publish("Order", bus.Created, Order{ID: 2})
		h.Settle()
		h.WantDeadLetter("mail", errMail.Error())
	})
	bustest.Run(t, mail.register(), func(_ *testing.T, h *bustest.Harness) {
		h.Fail("mail", 1, bus.Permanent(errMail)) // one more delivery would be handled
		h.Publish("Order", bus.Created, Order{ID: 3})
		h.Settle()
		h.WantDeadLetter("mail", errMail.Error())
	})
	mail.want(t, 1)
}

// CrashBeforeAck: the lease protects the event, and MaxReceives the listener from an event that kills.
func TestCrashBeforeAck(t *testing.T) {
	var mail recorded
	bustest.Run(t, mail.register(), func(_ *testing.T, h *bustest.Harness) {
		h.CrashBeforeAck("mail", 1)
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Advance(bus.DefaultLease - 1)
		mail.want(t, 1)
		h.WantHandled("mail", 0)
		h.Advance(1)
		mail.want(t, 1, 1)
		h.WantHandled("mail", 1)
	})
	var killed recorded
	bustest.Run(t, killed.register(bus.MaxReceives(5)), func(_ *testing.T, h *bustest.Harness) {
		h.CrashBeforeAck("mail", 100)
		h.Publish("Order", bus.Created, Order{ID: 2})
		h.Settle()
		h.WantDeadLetter("mail", "")
	})
	killed.want(t, 2, 2, 2, 2, 2)
}

// A crash takes the failure of the handler with it: the broker knows of neither.
func TestCrashOfAFailingHandler(t *testing.T) {
	var mail recorded
	bustest.Run(t, mail.register(), func(t *testing.T, h *bustest.Harness) {
		h.CrashBeforeAck("mail", 2)
		h.Slow("mail", 2*bus.DefaultLease) // the lease of a process that died is not extended either
		h.Fail("mail", 2, bus.Permanent(errMail))
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Settle()
		h.WantHandled("mail", 1)
		for d := range h.DeadLetters("mail") {
			t.Errorf("the broker has heard of the failure: %+v", d.Why)
		}
	})
	mail.want(t, 1)
}

// Duplicate: Dedupe protects, and without it the handler runs twice.
func TestDuplicate(t *testing.T) {
	twice := func(_ *testing.T, h *bustest.Harness) {
		h.Duplicate("Order", 1)
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Publish("Order", bus.Created, Order{ID: 2})
		h.Settle()
		h.WantPublished("Order", bus.Created, bus.Created)
	}
	var bare, deduped recorded
	bustest.Run(t, bare.register(bus.Ordered(), bus.Concurrency(1)), twice)
	bare.want(t, 1, 1, 2)
	bustest.Run(t, func(b *bus.Bus) {
		deduped.register(bus.Concurrency(1), bus.With(middleware.Dedupe(middleware.DedupeConfig{})))(b)
	}, twice)
	deduped.want(t, 1, 2)
}

// Reorder: Ordered protects, and without it the events come as the broker likes.
func TestReorder(t *testing.T) {
	three := func(h *bustest.Harness, first int) {
		h.Reorder("mail", 3)
		for id := first; id < first+3; id++ {
			h.Publish("Order", bus.Updated, Order{ID: id}, bus.Key("same"))
		}
		h.Settle()
	}
	var bare, ordered recorded
	bustest.Run(t, bare.register(bus.Concurrency(1)), func(_ *testing.T, h *bustest.Harness) {
		three(h, 1)
		three(h, 4) // the listener waits for events by now
	})
	bare.want(t, 3, 2, 1, 6, 5, 4)
	bustest.Run(t, ordered.register(bus.Ordered()), func(_ *testing.T, h *bustest.Harness) {
		three(h, 1)
		three(h, 4)
		h.WantOrder("mail")
	})
	ordered.want(t, 1, 2, 3, 4, 5, 6)
}

// Events that Reorder holds for longer than a lease come once all the same.
func TestReorderASlowListener(t *testing.T) {
	var mail recorded
	bustest.Run(t, mail.register(bus.Concurrency(1)), func(_ *testing.T, h *bustest.Harness) {
		h.Slow("mail", 2*bus.DefaultLease)
		h.Reorder("mail", 3)
		for id := 1; id <= 3; id++ {
			h.Publish("Order", bus.Updated, Order{ID: id})
		}
		h.Settle()
	})
	mail.want(t, 3, 2, 1)
	var drained recorded
	bustest.Run(t, drained.register(bus.Concurrency(1)), func(t *testing.T, h *bustest.Harness) {
		h.Slow("mail", time.Second)
		h.Reorder("mail", 2)
		h.Publish("Order", bus.Updated, Order{ID: 1})
		h.Publish("Order", bus.Updated, Order{ID: 2}) // held when the bus drains, and handed back
		h.Idle()
	})
	drained.want(t, 2)
}

// Slow: the lease is extended, so that nobody else gets the event, and other listeners do not wait.
func TestSlow(t *testing.T) {
	var mail, quick recorded
	register := func(b *bus.Bus) {
		mail.register()(b)
		quick.register(bus.Name("quick"))(b)
	}
	bustest.Run(t, register, func(_ *testing.T, h *bustest.Harness) {
		h.Slow("mail", 10*bus.DefaultLease)
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Idle()
		h.WantHandled("quick", 1)
		h.WantHandled("mail", 0)
		h.Settle()
		h.WantHandled("mail", 1)
		h.Slow("mail", 0)
		h.Publish("Order", bus.Created, Order{ID: 2})
		h.Idle()
	})
	mail.want(t, 1, 2)
	quick.want(t, 1, 2)
}

// Whatever befalls one listener, the other has every event once, and at once.
func TestIsolation(t *testing.T) {
	for name, fault := range map[string]func(h *bustest.Harness){
		"Fail":           func(h *bustest.Harness) { h.Fail("mail", 2, errMail) },
		"dead":           func(h *bustest.Harness) { h.Fail("mail", 1, bus.Permanent(errMail)) },
		"CrashBeforeAck": func(h *bustest.Harness) { h.CrashBeforeAck("mail", 2) },
		"Reorder":        func(h *bustest.Harness) { h.Reorder("mail", 3) },
		"Slow":           func(h *bustest.Harness) { h.Slow("mail", time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			var mail, quick recorded
			register := func(b *bus.Bus) {
				mail.register(bus.Concurrency(1))(b)
				quick.register(bus.Name("quick"), bus.Ordered())(b)
			}
			bustest.Run(t, register, func(_ *testing.T, h *bustest.Harness) {
				h.AllowDeadLetters()
				fault(h)
				for id := 1; id <= 3; id++ {
					h.Publish("Order", bus.Created, Order{ID: id}, bus.Key("same"))
				}
				h.WantHandled("quick", 3)
				h.Settle()
				h.WantHandled("quick", 3)
			})
			quick.want(t, 1, 2, 3)
		})
	}
}
