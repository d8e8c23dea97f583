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

func (r *recorded) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ids)
}

func (r *recorded) want(t *testing.T, ids ...int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.ids, ids) {
		t.Errorf("the handler ran for %v, want %v", r.ids, ids)
	}
}

// defaultPolicy has an event fail for good.
func defaultPolicy(t *testing.T, register func(*bus.Bus), check func(t *testing.T, h *bustest.Harness, start time.Time)) {
	bustest.Run(t, register, func(t *testing.T, h *bustest.Harness) {
		start := time.Now()
		h.Fail("mail", 4, errMail)
		h.Publish("Order", bus.Created, Order{ID: 1})
		h.Settle()
		h.WantDeadLetter("mail", "no such mailbox")
		check(t, h, start)
	})
}

func TestDefaultPolicy(t *testing.T) {
	var mail recorded
	defaultPolicy(t, mail.register(), func(t *testing.T, h *bustest.Harness, start time.Time) {
		h.WantHandled("mail", 0)
		h.WantNothingPending()
		var at []time.Duration
		for e, a := range bustest.Attempts[Order](h, "mail") {
			at = append(at, a.Time.Sub(start))
			if !errors.Is(a.Err, errMail) || e.Data.ID != 1 || e.Attempt != len(at) || a.Number != len(at) || a.EventID != e.ID {
				t.Errorf("attempt %+v at %+v", a, e)
			}
		}
		want := []time.Duration{0, 10 * time.Second, 70 * time.Second, 670 * time.Second}
		if !slices.Equal(at, want) {
			t.Errorf("attempts at %v, want %v", at, want)
		}
		n := 0
		for e, d := range bustest.DeadLetters[Order](h, "mail") {
			n++
			if len(d.Why.Attempts) != 4 || d.Why.Listener != "test/mail" || e.Data.ID != 1 {
				t.Errorf("the record is %+v, of %+v", d.Why, e)
			}
		}
		if n != 1 {
			t.Errorf("%d dead letters, want 1", n)
		}
	})
	mail.want(t)
}

// BenchmarkDefaultPolicy is the wall time of an event that is retried after 10 s, 1 min and 10 min and then is
// a dead letter: the bubble, the bus and the broker included. A benchmark has no *testing.T, which a bubble
// needs.
func BenchmarkDefaultPolicy(b *testing.B) {
	var mail recorded
	var took time.Duration
	var runs, slowest float64
	measured := func(t *testing.T) {
		start := time.Now()
		defaultPolicy(t, mail.register(), func(*testing.T, *bustest.Harness, time.Time) {})
		took += time.Since(start)
		slowest = max(slowest, time.Since(start).Seconds())
		runs++
	}
	all := func(string, string) (bool, error) { return true, nil }
	for b.Loop() {
		if !testing.RunTests(all, []testing.InternalTest{{Name: "DefaultPolicy", F: measured}}) {
			b.Fatal("the run failed")
		}
	}
	b.ReportMetric(0, "ns/op") // it counts testing's own work, -count times
	b.ReportMetric(took.Seconds()*1e3/runs, "ms/run")
	b.ReportMetric(slowest*1e3, "ms/slowest")
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
