package middleware

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	watermill "github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/sony/gobreaker"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func usual() Policy {
	return Policy{Immediate: 2, Backoff: 50 * time.Millisecond, MaxBackoff: time.Second, Delays: []time.Duration{10 * time.Second}}
}

// around builds the default chain around h, with mws in the user's place.
func around(h message.HandlerFunc, mws ...message.HandlerMiddleware) (message.HandlerFunc, *Result) {
	observe, last := observed()
	mws = append([]message.HandlerMiddleware{observe, Log(quiet()), Poison(usual(), quiet()), Correlation()}, mws...)
	return chain(h, append(mws, Retry(usual()), Timeout(time.Minute), Recover())...), last
}

// seenKeys is a repository for Watermill's Deduplicator. Its own has a goroutine that never ends.
type seenKeys map[string]bool

func (s seenKeys) IsDuplicate(_ context.Context, key string) (bool, error) {
	seen := s[key]
	s[key] = true
	return seen, nil
}

// publisher is a Watermill Publisher that counts.
type publisher struct{ published int }

func (p *publisher) Publish(string, ...*message.Message) error {
	p.published++
	return nil
}

func (p *publisher) Close() error { return nil }

// shipped is every middleware that Watermill ships, and what differs with it from the chain without it.
func shipped(t testing.TB) map[string]shippedCase {
	t.Helper()
	poison, err := watermill.PoisonQueue(new(publisher), "poison")
	if err != nil {
		t.Fatal(err)
	}
	filtered, err := watermill.PoisonQueueWithFilter(new(publisher), "poison", func(error) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	return map[string]shippedCase{
		"CircuitBreaker": {mw: watermill.NewCircuitBreaker(gobreaker.Settings{}).Middleware},
		"CorrelationID":  {mw: watermill.CorrelationID},
		"Deduplicator":   {mw: (&watermill.Deduplicator{Repository: seenKeys{}}).Middleware},
		"DelayOnError": {mw: (&watermill.DelayOnError{
			InitialInterval: time.Second, MaxInterval: time.Minute, Multiplier: 2,
		}).Middleware},
		"Duplicator":   {mw: watermill.Duplicator, successRuns: 2},
		"IgnoreErrors": {mw: watermill.NewIgnoreErrors([]error{errors.New("other")}).Middleware},
		"IgnoreErrors of it": {
			mw: watermill.NewIgnoreErrors([]error{errBroken}).Middleware, swallows: true,
		},
		"InstantAck":            {mw: watermill.InstantAck, acksEarly: true},
		"PoisonQueue":           {mw: poison, swallows: true},
		"PoisonQueueWithFilter": {mw: filtered},
		"RandomFail, never":     {mw: watermill.RandomFail(-1)},
		"RandomFail, always":    {mw: watermill.RandomFail(1), fails: "random fail occurred"},
		"RandomPanic, never":    {mw: watermill.RandomPanic(-1)},
		"RandomPanic, always":   {mw: watermill.RandomPanic(1), fails: "panic: random panic occurred"},
		"Recoverer":             {mw: watermill.Recoverer},
		"Retry":                 {mw: watermill.Retry{MaxRetries: 1, InitialInterval: time.Second}.Middleware, failureRuns: 6},
		"Throttle":              {mw: watermill.NewThrottle(1, time.Second).Middleware},
		"Timeout":               {mw: watermill.Timeout(time.Hour)},
	}
}

type shippedCase struct {
	mw          message.HandlerMiddleware
	successRuns int    // 1 if not set
	failureRuns int    // 3 if not set
	swallows    bool   // errors
	acksEarly   bool   // whatever comes of it
	fails       string // with this error, before the handler
}

func TestWatermillMiddlewareInTheUsersPlace(t *testing.T) {
	for name := range shipped(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				testShipped(t, func() shippedCase { return shipped(t)[name] })
			})
		})
	}
}

// testShipped runs an event that succeeds, one that fails, one that fails in its last delivery, and one that
// fails as the listener is shut down. Each has a middleware of its own, since some keep state.
func testShipped(t *testing.T, fresh func() shippedCase) {
	want := fresh()

	h := returns(nil)
	wrapped, got := around(h.handle, want.mw)
	_, msg, _ := deliver(t, given{})
	before := msg.Context()
	_, err := wrapped(msg)
	equal(t, "context restored", msg.Context(), before)
	if want.fails == "" {
		equal(t, "success: error", err, nil)
		equal(t, "success: runs", h.count(), max(want.successRuns, 1))
		equal(t, "success: outcome", got.Outcome, transport.Acked)
	} else {
		equal(t, "success: outcome", got.Outcome, transport.Retried)
	}

	h = returns(errBroken)
	wrapped, got = around(h.handle, fresh().mw)
	d, msg, _ := deliver(t, given{})
	_, err = wrapped(msg)
	runs, text := max(want.failureRuns, 3), "broken"
	if want.fails != "" {
		runs, text = 0, want.fails
	}
	equal(t, "failure: runs", h.count(), runs)
	equal(t, "failure: recorded", len(d.Failures()), max(runs, 1))
	equal(t, "failure: last recorded", d.Failures()[len(d.Failures())-1].Error, text)
	switch {
	case want.swallows:
		equal(t, "failure: error", err, nil)
		equal(t, "failure: outcome", got.Outcome, transport.Acked)
	case want.acksEarly:
		equal(t, "failure: outcome", got.Outcome, transport.Acked)
	default:
		equal(t, "failure: outcome", got.Outcome, transport.Retried)
		equal(t, "failure: delay", got.Delay, 10*time.Second)
	}

	h = returns(errBroken)
	wrapped, _ = around(h.handle, fresh().mw)
	d, msg, r := deliver(t, given{receives: 2})
	_, _ = wrapped(msg)
	if !want.swallows {
		equal(t, "last delivery: outcome", d.Outcome(), transport.DeadLettered)
		equal(t, "last delivery: reason", r.why.Reason, text)
		equal(t, "last delivery: attempts", len(r.why.Attempts), max(runs, 1))
		equal(t, "last delivery: context", r.ctxErr, nil)
	}

	var draining *transport.Delivery
	wrapped, got = around(func(*message.Message) ([]*message.Message, error) {
		draining.Cancel(transport.ErrDrained)
		return nil, context.Canceled
	}, fresh().mw)
	draining, msg, r = deliver(t, given{receives: 2})
	_, _ = wrapped(msg)
	if want.fails == "" && !want.swallows && !want.acksEarly {
		equal(t, "shutdown: outcome", got.Outcome, transport.Released)
		equal(t, "shutdown: recorded", len(draining.Failures()), 0)
		equal(t, "shutdown: calls to the broker", strings.Join(r.told(), " "), "")
	}
}

// Watermill's Timeout leaves a cancelled context behind, which is how a shutdown looks too.
func TestWatermillTimeoutIsNoShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrapped, got := around(waitsForCtx(context.Cause), watermill.Timeout(time.Second))
		d, msg, _ := deliver(t, given{})
		_, err := wrapped(msg)
		equal(t, "error", err, context.DeadlineExceeded)
		equal(t, "outcome", got.Outcome, transport.Retried)
		equal(t, "runs", got.Attempts, 1) // the retries would find a dead context
		equal(t, "decision by the message's context", Decide(msg.Context(), err), Fail)
		equal(t, "recorded", strings.Join(texts(d), " "), "context deadline exceeded")

		wrapped, _ = around(waitsForCtx(context.Cause), watermill.Timeout(time.Second))
		d, msg, _ = deliver(t, given{receives: 2})
		_, _ = wrapped(msg)
		equal(t, "outcome of the last delivery", d.Outcome(), transport.DeadLettered)
	})
}

// Inside of Retry, where a handler's own wrapping may put it, it must not kill the runs after the first.
func TestWatermillTimeoutInsideOfRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(errBroken, errBroken, nil)
		wrapped, got := around(watermill.Timeout(time.Second)(func(msg *message.Message) ([]*message.Message, error) {
			equal(t, "context of a run", msg.Context().Err(), nil)
			return h.handle(msg)
		}))
		_, msg, _ := deliver(t, given{})
		_, _ = wrapped(msg)
		equal(t, "outcome", got.Outcome, transport.Acked)
		equal(t, "runs", h.count(), 3)
	})
}

// Its CorrelationID and ours agree.
func TestWatermillCorrelationID(t *testing.T) {
	wrapped, _ := around(func(*message.Message) ([]*message.Message, error) {
		return []*message.Message{message.NewMessage("2", nil)}, nil
	}, func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			produced, err := watermill.CorrelationID(h)(msg)
			equal(t, "set by Watermill's", watermill.MessageCorrelationID(produced[0]), "e1")
			return produced, err
		}
	})
	_, msg, _ := deliver(t, given{})
	_, _ = wrapped(msg)
}

// Its Recoverer, inside of ours, puts a stack of 1.4 KB into the error; a record bounds what it takes of it.
func TestWatermillRecovererAroundAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, msg, r := deliver(t, given{receives: 2})
		metadata := maps.Clone(msg.Metadata)
		wrapped := chain(panics("boom"), Poison(usual(), quiet()), watermill.Recoverer, Retry(usual()))
		_, err := wrapped(msg)
		if _, ok := errors.AsType[watermill.RecoveredPanicError](err); !ok {
			t.Errorf("got %v", err)
		}
		equal(t, "outcome", d.Outcome(), transport.DeadLettered)
		equal(t, "metadata", maps.Equal(msg.Metadata, metadata), true)
		if n := len(r.why.Reason); n > 1024 {
			t.Errorf("the reason has %d bytes", n)
		}
	})
}

// Its PoisonQueue in the chain of a plain Watermill router, beside ours: ours leave the message and the error
// to it.
func TestChainInAPlainWatermillRouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pub := new(publisher)
		poison, err := watermill.PoisonQueue(pub, "poison")
		if err != nil {
			t.Fatal(err)
		}
		h := returns(errBroken)
		var cause event.Cause
		wrapped, got := around(func(msg *message.Message) ([]*message.Message, error) {
			cause = event.CauseFrom(msg.Context())
			return h.handle(msg)
		}, Dedupe(DedupeConfig{}), Throttle(100, 1), CircuitBreaker(BreakerConfig{}))
		msg := plain(t)
		_, err = wrapped(msg)
		equal(t, "error", err, errBroken)
		equal(t, "runs", h.count(), 3)
		equal(t, "cause", cause, event.Cause{EventID: "m1", CorrelationID: "m1"})
		equal(t, "outcome", got.Outcome, transport.Open)
		_, err = poison(wrapped)(msg)
		equal(t, "error", err, nil)
		equal(t, "published to the poison queue", pub.published, 1)
	})
}
