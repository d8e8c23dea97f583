package bustest_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/bus/bustest"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// shared is one test body for all transports.
func shared(t *testing.T, h *bustest.Harness) {
	h.Reorder("mail", 3) // fewer will come: Idle lets go of them
	h.Fail("mail", 1, bus.RetryAfter(30*time.Millisecond, errMail))
	h.Publish("Order", bus.Created, Order{ID: 1})
	h.Publish("Order", bus.Created, Order{ID: 2})
	h.Idle()
	h.Advance(50 * time.Millisecond)
	h.Settle()
	h.WantHandled("mail", 2)
	h.Reorder("mail", 0)
	h.Fail("mail", 1, bus.Permanent(errMail))
	h.Publish("Order", bus.Created, Order{ID: 3})
	h.Idle()
	h.WantDeadLetter("mail", "mailbox")
	if n := len(slices.Collect(bustest.Handled[Order](h, "mail"))); n != 2 {
		t.Errorf("%d handled, want 2", n)
	}
}

func TestOnTransport(t *testing.T) {
	var here, there recorded
	bustest.Run(t, here.register(), shared)
	tr := memory.New()
	bustest.OnTransport(t, tr, there.register(), func(t *testing.T, h *bustest.Harness) {
		shared(t, h)
		h.Reorder("mail", 2)
		h.Publish("Order", bus.Created, Order{ID: 4})
		h.Settle()
		h.WantHandled("mail", 3)
	}, bustest.Patience(time.Minute))
	_ = tr.Close()
}

// late is a transport whose events arrive some time after Publish has returned, as those of SNS do, and that
// counts none of them meanwhile.
type late struct{ *memory.Transport }

func (l late) Publish(_ context.Context, m *transport.Message) error {
	m = m.Clone()
	time.AfterFunc(100*time.Millisecond, func() { _ = l.Transport.Publish(context.Background(), m) })
	return nil
}

// humble is a transport that tells nothing.
type humble struct{ transport.Transport }

// What a broker does in its own time is waited for. That time is a bubble's here, or a slow machine would be a
// broker that is later than it says.
func TestOnOtherTransports(t *testing.T) {
	for name, of := range map[string]func(*memory.Transport) transport.Transport{
		"memory": func(tr *memory.Transport) transport.Transport { return tr },
		"late":   func(tr *memory.Transport) transport.Transport { return late{tr} },
		"humble": func(tr *memory.Transport) transport.Transport { return humble{late{tr}} },
	} {
		synctest.Test(t, func(t *testing.T) {
			tr := of(memory.New())
			var mail recorded
			bustest.OnTransport(t, tr, mail.register(bus.Concurrency(1)), func(_ *testing.T, h *bustest.Harness) {
				h.Reorder("mail", 3)
				for id := 1; id <= 3; id++ {
					h.Publish("Order", bus.Created, Order{ID: id})
				}
				h.Idle()
				h.WantHandled("mail", 3)
				if name == "memory" { // the others have an order of their own
					mail.want(t, 3, 2, 1)
				}
				if name == "humble" { // all the rest takes it a quarter of a second each
					return
				}
				h.Slow("mail", 50*time.Millisecond)
				h.Duplicate("Order", 1)
				h.Publish("Order", bus.Created, Order{ID: 4})
				for h.WantPublished("Order", bus.Created, bus.Created, bus.Created, bus.Created); mail.len() < 5; {
					h.Advance(20 * time.Millisecond) // a late transport's second copy
				}
				bustest.WantHandledData(h, "mail", Order{ID: 1}, Order{ID: 2}, Order{ID: 3}, Order{ID: 4}, Order{ID: 4})
			}, bustest.Patience(time.Minute))
			_ = tr.Close()
		})
	}
}

func TestCrashOnTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mail recorded
		bustest.OnTransport(t, memory.New(), mail.register(), func(_ *testing.T, h *bustest.Harness) {
			h.CrashBeforeAck("mail", 1)
			h.Publish("Order", bus.Created, Order{ID: 5})
			h.Settle()
			h.WantNothingPending()
			h.WantHandled("mail", 1)
		}, bustest.Patience(time.Minute))
		mail.want(t, 5, 5)
	})
}
