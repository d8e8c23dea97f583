package middleware

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// observed returns an Observe middleware and what it has seen last.
func observed() (message.HandlerMiddleware, *Result) {
	last := new(Result)
	return Observe(func(_ context.Context, r Result) { *last = r }), last
}

func TestObserve(t *testing.T) {
	policy := Policy{Immediate: 1, Backoff: time.Second, Delays: []time.Duration{10 * time.Second}}
	for _, tt := range []struct {
		name     string
		receives int
		h        message.HandlerFunc
		want     Result // what is compared of it
		err      error
	}{
		{"success", 1, returns(nil).handle,
			Result{Attempt: 1, Attempts: 1, Decision: Done, Outcome: transport.Acked}, nil},
		{"success at the second run", 1, returns(errBroken, nil).handle,
			Result{Attempt: 2, Attempts: 2, Decision: Done, Outcome: transport.Acked, Duration: time.Second}, nil},
		{"skip", 1, returns(ErrSkip).handle,
			Result{Attempt: 1, Attempts: 1, Decision: Skip, Outcome: transport.Acked}, ErrSkip},
		{"failure", 1, returns(errBroken).handle,
			Result{Attempt: 2, Attempts: 2, Decision: Fail, Outcome: transport.Retried, Delay: 10 * time.Second, Duration: time.Second}, errBroken},
		{"failure for ever", 2, returns(errBroken).handle,
			Result{Attempt: 3, Attempts: 2, Decision: Dead, Outcome: transport.DeadLettered, Duration: time.Second}, errBroken},
		{"permanent", 1, returns(Permanent(errBroken)).handle,
			Result{Attempt: 1, Attempts: 1, Decision: Dead, Outcome: transport.DeadLettered}, errBroken},
		{"retry after", 1, returns(RetryAfter(time.Hour, errBroken)).handle,
			Result{Attempt: 1, Attempts: 1, Decision: Fail, Outcome: transport.Retried, Delay: time.Hour}, errBroken},
		{"release", 1, returns(ErrRelease).handle,
			Result{Attempt: 1, Decision: Release, Outcome: transport.Released}, ErrRelease},
		{"pause", 1, returns(Pause(time.Minute, ErrOpen)).handle,
			Result{Attempt: 1, Decision: Release, Outcome: transport.Released, Delay: time.Minute}, ErrOpen},
		{"cancelled in its second run", 1, func() message.HandlerFunc {
			h := returns(errBroken)
			return func(msg *message.Message) ([]*message.Message, error) {
				if h.count() == 1 {
					d, _ := transport.FromContext(msg.Context())
					d.Cancel(transport.ErrDrained)
				}
				return h.handle(msg)
			}
		}(), Result{Attempt: 2, Attempts: 1, Decision: Release, Outcome: transport.Released, Duration: time.Second}, errBroken},
		{"acked early, as by Watermill's InstantAck", 1, func(msg *message.Message) ([]*message.Message, error) {
			msg.Ack()
			return nil, RetryAfter(0, errBroken)
		}, Result{Attempt: 1, Attempts: 1, Decision: Fail, Outcome: transport.Acked}, errBroken},
		{"settled by the handler", 1, func(msg *message.Message) ([]*message.Message, error) {
			d, _ := transport.FromContext(msg.Context())
			return nil, d.Release(msg.Context())
		}, Result{Attempt: 1, Attempts: 1, Decision: Done, Outcome: transport.Released}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, msg, _ := deliver(t, given{receives: tt.receives})
				start := time.Now()
				mw, got := observed()
				_, err := chain(tt.h, mw, Poison(policy, quiet()), Retry(policy))(msg)
				equal(t, "attempt", got.Attempt, tt.want.Attempt)
				equal(t, "attempts", got.Attempts, tt.want.Attempts)
				equal(t, "decision", got.Decision, tt.want.Decision)
				equal(t, "outcome", got.Outcome, tt.want.Outcome)
				equal(t, "delay", got.Delay, tt.want.Delay)
				equal(t, "started", got.Started, start)
				equal(t, "duration", got.Duration, tt.want.Duration)
				equal(t, "listener", got.Listener.String(), "finance/Order")
				equal(t, "message", got.Message.ID, "e1")
				equal(t, "error passed on", err, got.Err)
				if !errors.Is(got.Err, tt.err) {
					t.Errorf("got %v, want %v", got.Err, tt.err)
				}
				if env, err := got.Event(); err != nil || env.ID != "e1" {
					t.Errorf("event: got %v, %v", env, err)
				}
			})
		})
	}
}

func TestObserveWithoutPoisonAndRetry(t *testing.T) {
	for _, tt := range []struct {
		err     error
		outcome transport.Outcome
	}{{errBroken, transport.Retried}, {Permanent(errBroken), transport.Retried}} {
		_, msg, _ := deliver(t, given{receives: 2})
		mw, got := observed()
		_, _ = mw(returns(tt.err).handle)(msg)
		equal(t, "attempt", got.Attempt, 2)
		equal(t, "attempts", got.Attempts, 1)
		equal(t, "outcome", got.Outcome, tt.outcome)
	}
}

func TestObserveOfALaterDelivery(t *testing.T) {
	_, msg, _ := deliver(t, given{receives: 2, history: []transport.Failure{{Attempt: 1, Delivery: 1}, {Attempt: 2, Delivery: 1}}})
	mw, got := observed()
	_, _ = chain(returns(errBroken, nil).handle, mw, Retry(Policy{Immediate: 1}))(msg)
	equal(t, "attempt", got.Attempt, 4)
	equal(t, "attempts", got.Attempts, 2)
}

func TestObservePanicAndGoexit(t *testing.T) {
	_, msg, _ := deliver(t, given{})
	mw, got := observed()
	_, err := mw(panics("boom"))(msg)
	equal(t, "error", err.Error(), "panic: boom")
	equal(t, "decision", got.Decision, Fail)

	_, msg, _ = deliver(t, given{})
	done := make(chan struct{})
	mw, got = observed()
	go func() {
		defer close(done)
		_, _ = chain(exits, mw, Poison(twice(), quiet()), Recover())(msg)
	}()
	<-done
	equal(t, "decision", got.Decision, Fail)
	equal(t, "outcome", got.Outcome, transport.Retried)
	equal(t, "delay", got.Delay, 10*time.Second)
}

func TestObserveWithoutDelivery(t *testing.T) {
	mw, got := observed()
	msg := plain(t)
	msg.Metadata = message.Metadata{"key": "42", "action": "created"}
	_, err := mw(returns(errBroken).handle)(msg)
	equal(t, "error", err, errBroken)
	equal(t, "decision", got.Decision, Fail)
	equal(t, "outcome", got.Outcome, transport.Open)
	equal(t, "attempts", got.Attempts, 1)
	equal(t, "message", got.Message.ID+" "+got.Message.Key+" "+string(got.Message.Action), "m1 42 created")
	if _, err := got.Event(); err == nil {
		t.Error("the payload is no event")
	}
	msg.Payload = encode(t, testEvent())
	_, _ = mw(returns(nil).handle)(msg)
	env, err := got.Event()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "event", env.ID, "e1")
}

func TestObserveRestoresContext(t *testing.T) {
	_, msg, _ := deliver(t, given{})
	before := msg.Context()
	mw := Observe(func(ctx context.Context, _ Result) {
		equal(t, "context that the function gets", ctx, before)
	})
	_, _ = mw(func(msg *message.Message) ([]*message.Message, error) {
		msg.SetContext(context.Background())
		return nil, nil
	})(msg)
	equal(t, "context", msg.Context(), before)
}

func TestDecisionOutcomeOfNone(t *testing.T) {
	equal(t, "outcome", Decision(-1).outcome(), transport.Open)
}
