package bustest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/bus/bustest"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

type Order struct {
	ID int `json:"id"`
}

type Invoice struct {
	OrderID int `json:"order_id"`
}

var errMail = errors.New("no such mailbox")

// recorded is a listener "mail" on Order that keeps the IDs of the orders it was run for.
type recorded struct {
	mu  sync.Mutex
	ids []int
}

func (r *recorded) register(opts ...bus.ListenerOption) func(*bus.Bus) {
	return func(b *bus.Bus) {
		bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.ids = append(r.ids, e.Data.ID)
			return nil
		}, append([]bus.ListenerOption{bus.Name("mail")}, opts...)...)
	}
}

func (r *recorded) want(t *testing.T, ids ...int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.ids, ids) {
		t.Errorf("the handler ran for %v, want %v", r.ids, ids)
	}
}

func TestDefaultPolicy(t *testing.T) {
	var mail recorded
	bustest.Run(t, mail.register(), func(t *testing.T, h *bustest.Harness) {
		start := time.Now()
		h.Fail("mail", 4, errMail)
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Settle()
		h.WantDeadLetter("mail", "no such mailbox")
		h.WantHandled("mail", 0)
		var at []time.Duration
		for a := range h.Attempts("mail") {
			at = append(at, a.Time.Sub(start))
			if !errors.Is(a.Err, errMail) {
				t.Errorf("attempt %d ended with %v", a.Number, a.Err)
			}
		}
		want := []time.Duration{0, 10 * time.Second, 70 * time.Second, 670 * time.Second}
		if !slices.Equal(at, want) {
			t.Errorf("attempts at %v, want %v", at, want)
		}
		for d := range h.DeadLetters("mail") {
			if len(d.Why.Attempts) != 4 || d.Why.Listener != "test/mail" {
				t.Errorf("the record is %+v", d.Why)
			}
		}
	})
	mail.want(t)
}

func TestAttemptsWithinADelivery(t *testing.T) {
	failures := 2
	register := func(b *bus.Bus) {
		bus.On(b, "Order", func(context.Context, bus.Event[Order]) error {
			if failures--; failures >= 0 {
				return errMail
			}
			return nil
		})
		bus.On(b, "Order", func(context.Context, bus.Event[Order]) error { return bus.ErrSkip }, bus.Name("other"))
	}
	bustest.Run(t, register, func(t *testing.T, h *bustest.Harness) {
		h.Publish("Order", bus.Created, Order{ID: 1}, bus.ID("first"))
		h.Advance(5 * time.Second)
		var got []string
		for a := range h.Attempts("Order") {
			text := a.EventID
			if a.Err != nil {
				text += " " + a.Err.Error()
			}
			got = append(got, text)
		}
		if want := []string{"first no such mailbox", "first no such mailbox", "first"}; !slices.Equal(got, want) {
			t.Errorf("attempts: %q, want %q", got, want)
		}
		h.WantHandled("Order", 1)
		h.WantHandled("other", 0)
		if n := len(slices.Collect(h.Attempts("other"))); n != 1 {
			t.Errorf("%d attempts of a skipped event, want 1", n)
		}
	})
}

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
	three := func(_ *testing.T, h *bustest.Harness) {
		h.Reorder("mail", 3)
		h.Idle()
		for id := 1; id <= 3; id++ {
			h.Publish("Order", bus.Updated, Order{ID: id}, bus.Key("same"))
		}
		h.Settle()
	}
	var bare, ordered recorded
	bustest.Run(t, bare.register(bus.Concurrency(1)), three)
	bare.want(t, 3, 2, 1)
	bustest.Run(t, ordered.register(bus.Ordered()), three)
	ordered.want(t, 1, 2, 3)
}

// Slow: the lease is extended, so that nobody else gets the event, and other listeners do not wait.
func TestSlow(t *testing.T) {
	var mail recorded
	register := func(b *bus.Bus) {
		mail.register()(b)
		bus.On(b, "Order", func(context.Context, bus.Event[Order]) error { return nil }, bus.Name("quick"))
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
}

func TestTypedIterators(t *testing.T) {
	register := func(b *bus.Bus) {
		bus.On(b, "Order", func(ctx context.Context, e bus.Event[Order]) error {
			return b.Publish(ctx, "Invoice", bus.Created, Invoice{OrderID: e.Data.ID})
		})
		bus.On(b, "Invoice", func(context.Context, bus.Event[Invoice]) error { return nil })
	}
	bustest.Run(t, register, func(t *testing.T, h *bustest.Harness) {
		h.Publish("Order", bus.Created, Order{ID: 42})
		h.Idle() // the invoice's listener included
		h.WantPublished("Invoice", bus.Created)
		h.WantPublished("Nothing")
		for e := range bustest.Published[Invoice](h, "Invoice") {
			if e.Data.OrderID != 42 || e.CausationID == "" {
				t.Errorf("published %+v", e)
			}
		}
		n := 0
		for e := range bustest.Handled[Invoice](h, "Invoice") {
			if n++; e.Data.OrderID != 42 {
				t.Errorf("handled %+v", e)
			}
			break
		}
		if n != 1 {
			t.Errorf("%d handled invoices, want 1", n)
		}
		if err := h.TryPublish("*", bus.Created, nil); err == nil {
			t.Error("published on *")
		}
	})
}

func TestConfig(t *testing.T) {
	observed := 0
	var mail recorded
	bustest.Run(t, mail.register(), func(t *testing.T, h *bustest.Harness) {
		if err := h.Bus().Publish(t.Context(), "Order", bus.Created, Order{ID: 1}); err != nil {
			t.Error(err)
		}
		h.Idle()
		for e := range bustest.Published[Order](h, "Order") {
			if e.Source != "finance" {
				t.Errorf("the source is %q", e.Source)
			}
		}
	}, bustest.Config(func(c *bus.Config) {
		c.Service = "finance"
		c.Observe = func(context.Context, bus.Result) { observed++ }
	}))
	if observed != 1 {
		t.Errorf("observed %d, want 1", observed)
	}
}

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
		h.Publish("Order", bus.Created, Order{ID: 4})
		h.Settle()
		h.WantHandled("mail", 3)
	}, bustest.Patience(time.Minute))
	_ = tr.Close()
}

// humble is a transport that tells nothing.
type humble struct{ transport.Transport }

func TestOnTransportThatTellsNothing(t *testing.T) {
	var mail recorded
	bustest.OnTransport(t, humble{memory.New()}, mail.register(), func(t *testing.T, h *bustest.Harness) {
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Idle()
		h.WantHandled("mail", 1)
		if n := len(slices.Collect(h.DeadLetters("mail"))); n != 0 {
			t.Errorf("%d dead letters", n)
		}
	}, bustest.Patience(time.Minute))
}
