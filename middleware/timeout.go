package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/internal/lazyctx"
)

// Timeout bounds one run of the handler: after d its context ends. 0 or less means no bound. A run that
// fails after that returns an error that says "timed out after d", wraps context.DeadlineExceeded, and
// keeps the handler's own error and what it means. A run that succeeds, however late, has succeeded.
//
// Go cannot end a goroutine from outside. A handler that ignores its context runs on past d: it keeps its
// place among the listener's Concurrency and its lease, and d passes without effect until it returns.
// Timeout does not return before it, since then the event's next run would go on beside this one. What the
// handler waits for must take its context (QueryContext, http.NewRequestWithContext, select on Done).
func Timeout(d time.Duration) message.HandlerMiddleware {
	return func(h message.HandlerFunc) message.HandlerFunc {
		if d <= 0 {
			return h
		}
		ours := &timeoutError{after: d}
		return func(msg *message.Message) ([]*message.Message, error) {
			parent := msg.Context()
			ctx := lazyctx.WithTimeout(parent, d, ours)
			defer ctx.End()
			defer msg.SetContext(parent)
			msg.SetContext(ctx)
			produced, err := h(msg)
			if err == nil || !errors.Is(context.Cause(ctx), ours) || errors.Is(err, ours) {
				return produced, err
			}
			if d := Decide(parent, err); d == Fail || d == Dead { // the rest it chose in spite of the timeout
				err = &timeoutError{ours.after, err}
			}
			return produced, err
		}
	}
}

// timeoutError is the error of a run that timed out, around the handler's. Without one it is the cause that
// the run's context ends with.
type timeoutError struct {
	after time.Duration
	err   error
}

func (e *timeoutError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("timed out after %s", e.after)
	}
	return fmt.Sprintf("timed out after %s: %v", e.after, e.err)
}

func (e *timeoutError) Unwrap() error { return e.err }

func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }
