package middleware

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

func waitsForCtx(wrap func(ctx context.Context) error) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		<-msg.Context().Done()
		return nil, wrap(msg.Context())
	}
}

func TestTimeout(t *testing.T) {
	for _, tt := range []struct {
		name     string
		result   func(ctx context.Context) error
		text     string // "" for no error
		decision Decision
		wraps    bool // context.DeadlineExceeded
	}{
		{"context's error", context.Context.Err, "timed out after 5s: context deadline exceeded", Fail, true},
		{"context's cause", context.Cause, "timed out after 5s", Fail, true},
		{"own error", func(context.Context) error { return errBroken }, "timed out after 5s: broken", Fail, true},
		{"permanent", func(context.Context) error { return Permanent(errBroken) }, "timed out after 5s: broken", Dead, true},
		{"retry after", func(context.Context) error { return RetryAfter(time.Hour, errBroken) }, "timed out after 5s: broken", Fail, true},
		{"skip", func(context.Context) error { return ErrSkip }, "event skipped", Skip, false},
		{"success", func(context.Context) error { return nil }, "", Done, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				msg := plain(t)
				_, err := Timeout(5 * time.Second)(waitsForCtx(tt.result))(msg)
				equal(t, "ended after", time.Since(start), 5*time.Second)
				equal(t, "decision", Decide(msg.Context(), err), tt.decision)
				if tt.text != "" {
					equal(t, "text", err.Error(), tt.text)
				}
				equal(t, "wraps DeadlineExceeded", errors.Is(err, context.DeadlineExceeded), tt.wraps)
			})
		})
	}
}

func TestTimeoutKeepsTheHandlersError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := Timeout(time.Second)(waitsForCtx(func(context.Context) error {
			return RetryAfter(time.Hour, errBroken)
		}))(plain(t))
		if delay, _ := RetryDelay(err); delay != time.Hour || !errors.Is(err, errBroken) {
			t.Errorf("got %v", err)
		}
	})
}

// Watermill's Timeout leaves its context on the message, cancelled even after a normal return.
func TestTimeoutRestoresContext(t *testing.T) {
	for name, h := range map[string]message.HandlerFunc{
		"success":   returns(nil).handle,
		"failure":   returns(errBroken).handle,
		"timed out": waitsForCtx(context.Context.Err),
		"panic":     panics("boom"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				msg := plain(t)
				before := msg.Context()
				_, _ = Recover()(Timeout(time.Second)(h))(msg)
				if msg.Context() != before {
					t.Error("the message has another context")
				}
			})
		})
	}
}

func TestTimeoutIsNotAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, limit := range map[string]time.Duration{"parent's deadline": time.Second, "parent cancelled": time.Hour} {
			msg := plain(t)
			ctx, cancel := context.WithTimeout(msg.Context(), limit)
			time.AfterFunc(2*time.Second, cancel)
			msg.SetContext(ctx)
			_, err := Timeout(5 * time.Second)(waitsForCtx(func(context.Context) error { return errBroken }))(msg)
			equal(t, name, err, errBroken)
			cancel()
		}
		_, err := Timeout(5 * time.Second)(returns(errBroken).handle)(plain(t))
		equal(t, "an error in time", err, errBroken)
	})
}

func TestTimeoutNested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := chain(waitsForCtx(context.Cause), Timeout(time.Second), Timeout(time.Minute))
		_, err := h(plain(t))
		equal(t, "text", fmt.Sprint(err), "timed out after 1s")
	})
}

func TestTimeoutLeaseLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, msg, _ := deliver(t, given{})
		time.AfterFunc(time.Second, func() { d.Cancel(transport.ErrLeaseLost) })
		_, err := Timeout(time.Minute)(waitsForCtx(context.Cause))(msg)
		equal(t, "error", err, transport.ErrLeaseLost)
		equal(t, "decision", Decide(msg.Context(), err), Release)
	})
}

func TestTimeoutNone(t *testing.T) {
	for _, d := range []time.Duration{0, -time.Second} {
		_, err := Timeout(d)(func(msg *message.Message) ([]*message.Message, error) {
			if _, ok := msg.Context().Deadline(); ok {
				t.Errorf("Timeout(%s) sets a deadline", d)
			}
			return nil, nil
		})(plain(t))
		equal(t, "error", err, nil)
	}
}

// A handler that ignores its context cannot be stopped. What must hold is that no second run begins beside
// it, and that its late success counts.
func TestTimeoutOfHandlerThatIgnoresIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		running := 0
		h := chain(func(*message.Message) ([]*message.Message, error) {
			if running++; running > 1 {
				t.Error("two runs at once")
			}
			defer func() { running-- }()
			time.Sleep(time.Minute)
			return nil, nil
		}, Retry(Policy{Immediate: 3}), Timeout(time.Second))
		_, err := h(plain(t))
		equal(t, "error", err, nil)
		equal(t, "returned after", time.Since(start), time.Minute)
	})
}
