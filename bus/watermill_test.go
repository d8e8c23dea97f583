package bus_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	watermill "github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/sony/gobreaker"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// seen remembers keys for ever, without the goroutine of Watermill's own repository.
type seen map[string]bool

func (s seen) IsDuplicate(_ context.Context, key string) (bool, error) {
	dup := s[key]
	s[key] = true
	return dup, nil
}

// poisoned is the publisher of Watermill's poison queue.
type poisoned struct{ n int }

func (p *poisoned) Publish(string, ...*message.Message) error { p.n++; return nil }
func (p *poisoned) Close() error                              { return nil }

// Every middleware that Watermill ships fits through Use, and does there what it does in Watermill's own
// router: a handler that fails for the first runs and then works, a dozen events.
func TestWatermillMiddleware(t *testing.T) {
	const events = 12
	boom := errors.New("boom")
	queue := &poisoned{}
	poison, err := watermill.PoisonQueue(queue, "poison")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		mw       func() message.HandlerMiddleware
		failures int  // of each event, before it works
		handled  int  // runs that succeed; defaults to one for each event
		runs     int  // of the handler in all; defaults to those that fail and succeed
		dead     int  // dead letters at the end
		atLeast  bool // handled and runs are lower bounds: chance has a part
		check    func(t *testing.T)
	}{
		{name: "CircuitBreaker", mw: func() message.HandlerMiddleware {
			return watermill.NewCircuitBreaker(gobreaker.Settings{}).Middleware
		}, failures: 1},
		{name: "CorrelationID", mw: func() message.HandlerMiddleware { return watermill.CorrelationID }},
		{name: "Deduplicator", mw: func() message.HandlerMiddleware {
			return (&watermill.Deduplicator{
				KeyFactory: watermill.NewMessageHasherSHA256(1 << 20), Repository: seen{}, Timeout: time.Second,
			}).Middleware
		}, failures: 1},
		{name: "DelayOnError", mw: func() message.HandlerMiddleware {
			return (&watermill.DelayOnError{InitialInterval: time.Second, MaxInterval: time.Minute, Multiplier: 2}).Middleware
		}, failures: 4},
		{name: "Duplicator", mw: func() message.HandlerMiddleware { return watermill.Duplicator },
			handled: 2 * events, runs: 2 * events},
		{name: "IgnoreErrors", mw: func() message.HandlerMiddleware {
			return watermill.NewIgnoreErrors([]error{boom}).Middleware
		}, failures: 99, handled: -1, runs: 3 * events}, // the immediate retries are inside
		{name: "InstantAck", mw: func() message.HandlerMiddleware { return watermill.InstantAck },
			failures: 99, handled: -1, runs: 3 * events},
		{name: "PoisonQueue", mw: func() message.HandlerMiddleware { return poison }, failures: 99, handled: -1,
			runs: 3 * events, check: func(t *testing.T) {
				if queue.n != events {
					t.Errorf("Watermill's poison queue got %d messages, want %d", queue.n, events)
				}
			}},
		{name: "RandomFail", mw: func() message.HandlerMiddleware { return watermill.RandomFail(0.3) }, atLeast: true},
		{name: "RandomPanic", mw: func() message.HandlerMiddleware { return watermill.RandomPanic(0.3) }, atLeast: true},
		{name: "Recoverer", mw: func() message.HandlerMiddleware { return watermill.Recoverer }, failures: 2},
		{name: "Retry", mw: func() message.HandlerMiddleware {
			return watermill.Retry{MaxRetries: 3, InitialInterval: time.Millisecond, Multiplier: 1, MaxInterval: time.Second}.Middleware
		}, failures: 11},
		{name: "Throttle", mw: func() message.HandlerMiddleware {
			return watermill.NewThrottle(10, time.Second).Middleware
		}},
		// It leaves a cancelled context behind: nobody must take that for a shutdown.
		{name: "Timeout", mw: func() message.HandlerMiddleware { return watermill.Timeout(time.Second) }, failures: 99,
			handled: -1, runs: 12 * events, dead: events},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := memory.New()
				b := newBus(t, tr, func(cfg *bus.Config) {
					// Random failures may use up many deliveries.
					if c.atLeast {
						cfg.Retry = &bus.Policy{Immediate: 2, Delays: make([]time.Duration, 50)}
					}
				})
				b.Use(c.mw())
				var runs, handled tally
				bus.On(b, "Order", func(_ context.Context, e bus.Event[int]) error {
					if runs.add(e.ID) <= c.failures {
						return boom
					}
					handled.add(e.ID)
					return nil
				}, bus.Concurrency(1))
				stop := run(t, b)
				for i := range events {
					if err := b.Publish(t.Context(), "Order", bus.Created, i); err != nil {
						t.Fatal(err)
					}
				}
				finish(t, tr, stop)
				wantHandled, wantRuns := c.handled, c.runs
				if wantHandled == 0 {
					wantHandled = events
				}
				wantHandled = max(wantHandled, 0)
				if wantRuns == 0 {
					wantRuns = events * (c.failures + 1)
				}
				if c.atLeast {
					if handled.sum() < wantHandled || len(handled.n) != events {
						t.Errorf("%d events handled in %d runs, want all %d", len(handled.n), handled.sum(), events)
					}
				} else if handled.sum() != wantHandled || runs.sum() != wantRuns {
					t.Errorf("%d handled in %d runs, want %d in %d", handled.sum(), runs.sum(), wantHandled, wantRuns)
				}
				depth, err := tr.Depth(t.Context(), transport.ID{Service: "svc", Name: "Order"})
				if err != nil || depth.DeadLetters != c.dead {
					t.Errorf("%d dead letters, %v; want %d", depth.DeadLetters, err, c.dead)
				}
				if c.check != nil {
					c.check(t)
				}
			})
		})
	}
}
