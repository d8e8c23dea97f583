package middleware

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

func twice() Policy {
	return Policy{Delays: []time.Duration{10 * time.Second, time.Minute}}
}

func TestPoison(t *testing.T) {
	for _, tt := range []struct {
		name     string
		receives int
		err      error
		outcome  transport.Outcome
		decision Decision
		delay    time.Duration // -1 if none is set
		recorded int
	}{
		{"success", 1, nil, transport.Open, Done, -1, 0},
		{"skip", 9, ErrSkip, transport.Open, Skip, -1, 0},
		{"release", 9, ErrRelease, transport.Open, Release, -1, 0},
		{"pause", 9, Pause(time.Hour, errBroken), transport.Open, Release, -1, 0},
		{"first failure", 1, errBroken, transport.Open, Fail, 10 * time.Second, 1},
		{"second failure", 2, errBroken, transport.Open, Fail, time.Minute, 1},
		{"last failure", 3, errBroken, transport.DeadLettered, Dead, -1, 1},
		{"received more often than the policy says", 7, errBroken, transport.DeadLettered, Dead, -1, 1},
		{"retry after", 1, RetryAfter(time.Hour, errBroken), transport.Open, Fail, time.Hour, 1},
		{"retry at once", 1, RetryAfter(0, errBroken), transport.Open, Fail, 0, 1},
		{"retry after in the past", 1, RetryAfter(-time.Second, errBroken), transport.Open, Fail, 0, 1},
		{"retry after the last delay", 3, RetryAfter(time.Hour, errBroken), transport.DeadLettered, Dead, -1, 1},
		{"permanent", 1, Permanent(errBroken), transport.DeadLettered, Dead, -1, 1},
		{"a context's error, and ctx is alive", 1, context.Canceled, transport.Open, Fail, 10 * time.Second, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, msg, r := deliver(t, given{receives: tt.receives})
			_, err := Poison(twice(), quiet())(returns(tt.err).handle)(msg)
			equal(t, "outcome", d.Outcome(), tt.outcome)
			equal(t, "decision of the error passed on", Decide(msg.Context(), err), tt.decision)
			if !errors.Is(err, tt.err) {
				t.Errorf("got %v, want it to wrap %v", err, tt.err)
			}
			delay, ok := d.RetryDelay()
			equal(t, "delay set", ok, tt.delay >= 0)
			if ok {
				equal(t, "delay", delay, tt.delay)
			}
			equal(t, "recorded failures", len(d.Failures()), tt.recorded)
			if dead := tt.outcome == transport.DeadLettered; dead {
				equal(t, "reason", r.why.Reason, errBroken.Error())
				equal(t, "attempts in the record", len(r.why.Attempts), 1)
			}
			equal(t, "calls to the broker", len(r.told()), map[bool]int{true: 1}[tt.outcome == transport.DeadLettered])
		})
	}
}

func TestPoisonZeroPolicyRetriesNothing(t *testing.T) {
	d, msg, _ := deliver(t, given{})
	h := returns(errBroken)
	_, _ = chain(h.handle, Poison(Policy{}, quiet()), Retry(Policy{}))(msg)
	equal(t, "runs", h.count(), 1)
	equal(t, "outcome", d.Outcome(), transport.DeadLettered)
}

func TestPoisonJittersTheDelay(t *testing.T) {
	policy := Policy{Delays: []time.Duration{time.Second}, Jitter: 0.5}
	seen := make(map[time.Duration]bool)
	for range 20 {
		d, msg, _ := deliver(t, given{})
		_, _ = Poison(policy, quiet())(returns(errBroken).handle)(msg)
		delay, _ := d.RetryDelay()
		seen[delay] = true
		if delay < 500*time.Millisecond || delay > 1500*time.Millisecond {
			t.Errorf("got %s", delay)
		}
	}
	if len(seen) < 2 {
		t.Errorf("always %v", seen)
	}
}

// Watermill's PoisonQueue dead-letters a healthy message on shutdown, for "context canceled".
func TestPoisonNeverOnShutdown(t *testing.T) {
	for name, cause := range map[string]error{
		"lease lost": transport.ErrLeaseLost, "drain timeout": transport.ErrDrained, "Watermill's router closes": nil,
	} {
		for _, result := range []error{context.Canceled, errBroken, Permanent(errBroken)} {
			t.Run(name+", "+result.Error(), func(t *testing.T) {
				d, msg, r := deliver(t, given{receives: 9})
				_, err := Poison(Policy{}, quiet())(func(*message.Message) ([]*message.Message, error) {
					d.Cancel(cause)
					return nil, result
				})(msg)
				equal(t, "error", err, result)
				equal(t, "decision", Decide(msg.Context(), err), Release)
				equal(t, "outcome", d.Outcome(), transport.Open)
				equal(t, "calls to the broker", len(r.told()), 0)
				equal(t, "recorded failures", len(d.Failures()), 0)
				if _, ok := d.RetryDelay(); ok {
					t.Error("a delay is set")
				}
			})
		}
	}
}

// Watermill's PoisonQueue publishes with the context that killed the message.
func TestPoisonDeadLettersWithALiveContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, msg, r := deliver(t, given{})
		ctx, cancel := context.WithTimeout(msg.Context(), time.Second)
		defer cancel()
		msg.SetContext(ctx)
		_, _ = Poison(Policy{}, quiet())(waitsForCtx(context.Cause))(msg)
		equal(t, "outcome", d.Outcome(), transport.DeadLettered)
		equal(t, "state of the context", r.ctxErr, nil)
		equal(t, "bounded", r.deadline, true)
	})
}

// Watermill's PoisonQueue writes the error into the message, a panic's stack included.
func TestPoisonLeavesTheMessageAlone(t *testing.T) {
	d, msg, r := deliver(t, given{})
	msg.Metadata.Set("a", "1")
	body, metadata := string(msg.Payload), maps.Clone(msg.Metadata)
	before := msg.Context()
	_, _ = chain(panics("boom"), Poison(Policy{}, quiet()), Retry(Policy{}), Recover())(msg)
	equal(t, "outcome", d.Outcome(), transport.DeadLettered)
	equal(t, "payload", string(msg.Payload), body)
	equal(t, "metadata", maps.Equal(msg.Metadata, metadata), true)
	equal(t, "context restored", msg.Context(), before)
	equal(t, "reason", r.why.Reason, "panic: boom")
	for _, text := range append(r.why.Chain, texts(d)...) {
		if strings.Contains(text, "goroutine") {
			t.Errorf("the record has the stack: %s", text)
		}
	}
}

func TestPoisonWhenDeadLetteringFails(t *testing.T) {
	down := errors.New("broker is down")
	for _, tt := range []struct {
		name   string
		policy Policy
		err    error
		delay  time.Duration
	}{
		{"used up", Policy{Delays: []time.Duration{time.Second, time.Hour}}, errBroken, time.Hour},
		{"permanent", Policy{Delays: []time.Duration{time.Second, time.Hour}}, Permanent(errBroken), time.Hour},
		{"no delays", Policy{}, errBroken, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := &logs{}
			d, msg, _ := deliver(t, given{receives: 3, fail: down})
			_, err := Poison(tt.policy, slog.New(log))(returns(tt.err).handle)(msg)
			if !errors.Is(err, errBroken) || !errors.Is(err, down) {
				t.Errorf("got %v, want both errors", err)
			}
			equal(t, "decision", Decide(msg.Context(), err), Fail)
			equal(t, "outcome", d.Outcome(), transport.Open)
			delay, _ := d.RetryDelay()
			equal(t, "delay", delay, tt.delay)
			asked, _ := RetryDelay(err)
			equal(t, "delay that the error asks for", asked, tt.delay)
			if len(log.lines) != 1 || log.lines[0].level != slog.LevelError || log.lines[0].attrs["listener"] != "finance/Order" {
				t.Errorf("logged %v", log.lines)
			}
		})
	}
}

func TestPoisonRecordsEachRunOnce(t *testing.T) {
	fails := func(err error) message.HandlerMiddleware { // what is wrong in the user's place
		return func(h message.HandlerFunc) message.HandlerFunc {
			return func(msg *message.Message) ([]*message.Message, error) {
				produced, inner := h(msg)
				if inner == nil || err == nil {
					return produced, err
				}
				return produced, errors.Join(inner, err)
			}
		}
	}
	errCommit := errors.New("commit")
	for _, tt := range []struct {
		name string
		h    message.HandlerFunc
		mws  []message.HandlerMiddleware
		want []string
	}{
		{"no Retry", returns(errBroken).handle, nil, []string{"broken"}},
		{"Retry", returns(errBroken).handle, []message.HandlerMiddleware{Retry(Policy{Immediate: 1})}, []string{"broken", "broken"}},
		{"the user's fails after a success", returns(errBroken, nil).handle,
			[]message.HandlerMiddleware{fails(errCommit), Retry(Policy{Immediate: 1})}, []string{"broken", "commit"}},
		{"the user's adds to a failure", returns(errBroken).handle,
			[]message.HandlerMiddleware{fails(errCommit), Retry(Policy{})}, []string{"broken"}},
		{"panic", panics("boom"), []message.HandlerMiddleware{Retry(Policy{Immediate: 1}), Recover()}, []string{"panic: boom", "panic: boom"}},
		{"panic without Recover", panics("boom"), []message.HandlerMiddleware{Retry(Policy{Immediate: 1})}, []string{"panic: boom"}},
		{"a failure, then a panic without Recover", func() message.HandlerFunc {
			h := returns(errBroken, nil)
			return func(msg *message.Message) ([]*message.Message, error) {
				if _, err := h.handle(msg); err != nil {
					return nil, err
				}
				panic("boom")
			}
		}(), []message.HandlerMiddleware{Retry(Policy{Immediate: 1})}, []string{"broken", "panic: boom"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, msg, _ := deliver(t, given{})
			_, _ = chain(tt.h, append([]message.HandlerMiddleware{Poison(Policy{}, quiet())}, tt.mws...)...)(msg)
			if got := texts(d); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			equal(t, "outcome", d.Outcome(), transport.DeadLettered)
		})
	}
}

func TestPoisonGoesByTheHistory(t *testing.T) {
	history := []transport.Failure{{Attempt: 1, Delivery: 1}, {Attempt: 2, Delivery: 1}, {Attempt: 3, Delivery: 1}}
	d, msg, _ := deliver(t, given{receives: 9, history: history}) // received often, handled once
	_, _ = Poison(twice(), quiet())(returns(errBroken).handle)(msg)
	equal(t, "outcome", d.Outcome(), transport.Open)
	delay, _ := d.RetryDelay()
	equal(t, "delay", delay, time.Minute)
}

func TestPoisonKeepsTheDelayThatTheHandlerSet(t *testing.T) {
	set := func(err error) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			d, _ := transport.FromContext(msg.Context())
			d.SetRetryDelay(7 * time.Second)
			return nil, err
		}
	}
	d, msg, _ := deliver(t, given{})
	_, _ = Poison(twice(), quiet())(set(errBroken))(msg)
	delay, _ := d.RetryDelay()
	equal(t, "delay", delay, 7*time.Second)

	d, msg, _ = deliver(t, given{})
	_, _ = Poison(twice(), quiet())(set(RetryAfter(time.Hour, errBroken)))(msg)
	delay, _ = d.RetryDelay()
	equal(t, "delay that RetryAfter asks for as well", delay, time.Hour)
}

func TestPoisonLeavesWhatTheHandlerSettled(t *testing.T) {
	d, msg, r := deliver(t, given{})
	_, err := Poison(Policy{}, quiet())(func(msg *message.Message) ([]*message.Message, error) {
		return nil, errors.Join(errBroken, d.Ack(msg.Context()))
	})(msg)
	equal(t, "error", err.Error(), "broken")
	equal(t, "recorded failures", len(d.Failures()), 0)
	equal(t, "calls to the broker", strings.Join(r.told(), " "), "ack")
}

func TestPoisonOfPanic(t *testing.T) {
	d, msg, r := deliver(t, given{})
	_, err := Poison(twice(), quiet())(panics("boom"))(msg)
	if _, ok := errors.AsType[*PanicError](err); !ok {
		t.Errorf("got %v", err)
	}
	equal(t, "outcome", d.Outcome(), transport.Open)
	equal(t, "calls to the broker", len(r.told()), 0)
	delay, _ := d.RetryDelay()
	equal(t, "delay", delay, 10*time.Second)
}

func TestPoisonOfGoexit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy Policy
		fail   error
		call   string
		lines  int
	}{
		{"redeliveries left", twice(), nil, "retry", 0},
		{"none left", Policy{}, nil, "dead-letter", 0},
		{"broker is down", twice(), errors.New("down"), "retry", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := &logs{}
			d, msg, r := deliver(t, given{fail: tt.fail})
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = chain(exits, Poison(tt.policy, slog.New(log)), Retry(steady()), Recover())(msg)
			}()
			<-done
			equal(t, "calls to the broker", strings.Join(r.told(), " "), tt.call)
			equal(t, "recorded failures", strings.Join(texts(d), " "), "panic: the handler ended its goroutine")
			if tt.call == "retry" {
				equal(t, "delay", r.delay, 10*time.Second)
			}
			equal(t, "lines logged", len(log.lines), tt.lines)
		})
	}
}

func TestPoisonWithoutDelivery(t *testing.T) {
	msg := plain(t)
	before := msg.Context()
	_, err := Poison(Policy{}, quiet())(func(msg *message.Message) ([]*message.Message, error) {
		equal(t, "context", msg.Context(), before)
		return nil, errBroken
	})(msg)
	equal(t, "error", err, errBroken)
}

func TestPoisonNilLogger(t *testing.T) {
	buf := captureDefault(t)
	_, msg, _ := deliver(t, given{fail: errors.New("down")})
	_, _ = Poison(Policy{}, nil)(returns(errBroken).handle)(msg)
	if !strings.Contains(buf.String(), "dead-lettering failed") {
		t.Errorf("logged %q", buf)
	}
}
