package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
)

// skipperError is a user's error type that says by Is what it means.
type skipperError struct{}

func (skipperError) Error() string        { return "not mine" }
func (skipperError) Is(target error) bool { return target == ErrSkip }

// oddError wraps whatever it holds, nothing included.
type oddError struct{ errs []error }

func (oddError) Error() string     { return "odd" }
func (e oddError) Unwrap() []error { return e.errs }

type hollowError struct{}

func (hollowError) Error() string { return "hollow" }
func (hollowError) Unwrap() error { return nil }

func TestDecide(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("handler: %w", err) }
	for _, tt := range []struct {
		name  string
		err   error
		want  Decision
		retry time.Duration // of RetryDelay; -1 if it has none
		pause time.Duration // of PauseFor; -1 if it has none
	}{
		{"nil", nil, Done, -1, -1},
		{"any error", errBroken, Fail, -1, -1},
		{"permanent", Permanent(errBroken), Dead, -1, -1},
		{"permanent nil", Permanent(nil), Done, -1, -1},
		{"retry after", RetryAfter(time.Minute, errBroken), Fail, time.Minute, -1},
		{"retry after, nil", RetryAfter(time.Minute, nil), Fail, time.Minute, -1},
		{"pause", Pause(time.Hour, errBroken), Release, -1, time.Hour},
		{"pause, nil", Pause(time.Hour, nil), Release, -1, time.Hour},
		{"skip", ErrSkip, Skip, -1, -1},
		{"release", ErrRelease, Release, -1, -1},

		{"wrapped permanent", wrap(wrap(Permanent(errBroken))), Dead, -1, -1},
		{"wrapped retry after", wrap(RetryAfter(time.Minute, errBroken)), Fail, time.Minute, -1},
		{"wrapped pause", wrap(Pause(time.Hour, nil)), Release, -1, time.Hour},
		{"wrapped skip", wrap(ErrSkip), Skip, -1, -1},
		{"wrapped release", wrap(ErrRelease), Release, -1, -1},
		{"skip by Is", wrap(skipperError{}), Skip, -1, -1},

		{"permanent in retry after", RetryAfter(time.Minute, Permanent(errBroken)), Fail, time.Minute, -1},
		{"retry after in permanent", Permanent(RetryAfter(time.Minute, errBroken)), Dead, -1, -1},
		{"permanent in pause", wrap(Pause(time.Hour, wrap(Permanent(errBroken)))), Release, -1, time.Hour},
		{"pause in retry after", RetryAfter(time.Minute, Pause(time.Hour, nil)), Fail, time.Minute, -1},
		{"skip in permanent", Permanent(ErrSkip), Dead, -1, -1},
		{"retry after in retry after", RetryAfter(time.Minute, RetryAfter(time.Hour, nil)), Fail, time.Minute, -1},

		{"skip beside a failure", errors.Join(ErrSkip, errBroken), Fail, -1, -1},
		{"skip and a failure by %w", fmt.Errorf("%w: %w", ErrSkip, errBroken), Fail, -1, -1},
		{"release beside a failure", errors.Join(ErrRelease, errBroken), Fail, -1, -1},
		{"pause beside a failure", errors.Join(errBroken, Pause(time.Hour, nil)), Fail, -1, -1},
		{"skip beside release", errors.Join(ErrSkip, ErrRelease), Release, -1, -1},
		{"skip beside skip", errors.Join(ErrSkip, wrap(ErrSkip)), Skip, -1, -1},
		{"permanent beside a failure", errors.Join(errBroken, Permanent(io.EOF)), Dead, -1, -1},
		{"permanent beside skip", errors.Join(Permanent(io.EOF), ErrSkip), Dead, -1, -1},
		{"retry after beside a failure", errors.Join(errBroken, RetryAfter(time.Minute, nil)), Fail, time.Minute, -1},
		{"two retry afters", errors.Join(RetryAfter(time.Minute, nil), RetryAfter(time.Hour, nil), errBroken), Fail, time.Hour, -1},
		{"two pauses", errors.Join(Pause(time.Minute, nil), ErrSkip, Pause(time.Second, nil)), Release, -1, time.Minute},
		{"joined errors, made permanent", Permanent(errors.Join(ErrSkip, errBroken)), Dead, -1, -1},
		{"joined nil", oddError{[]error{nil, ErrSkip}}, Skip, -1, -1},
		{"joined nothing", oddError{}, Fail, -1, -1},
		{"wrapped nothing", hollowError{}, Fail, -1, -1},

		{"panic", &PanicError{Value: "boom"}, Fail, -1, -1},
		{"panic with an outcome", &PanicError{Value: ErrSkip}, Fail, -1, -1},
		{"panic made permanent", Permanent(&PanicError{Value: "boom"}), Dead, -1, -1},
		{"cancelled, and ctx is alive", wrap(context.Canceled), Fail, -1, -1},
		{"timed out, and ctx is alive", wrap(context.DeadlineExceeded), Fail, -1, -1},
		{"what a cause says, and ctx is alive", transport.ErrDrained, Fail, -1, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			equal(t, "Decide", Decide(t.Context(), tt.err), tt.want)
			equal(t, "IsPermanent", IsPermanent(tt.err), tt.want == Dead)
			retry, ok := RetryDelay(tt.err)
			equal(t, "RetryDelay", ok, tt.retry >= 0)
			if ok {
				equal(t, "RetryDelay", retry, tt.retry)
			}
			pause, ok := PauseFor(tt.err)
			equal(t, "PauseFor", ok, tt.pause >= 0)
			if ok {
				equal(t, "PauseFor", pause, tt.pause)
			}
		})
	}
}

func TestDecideCancelled(t *testing.T) {
	cancelled := func(cause error) context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		return ctx
	}
	expired, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	afterExpiry, cancel := context.WithTimeout(cancelled(transport.ErrLeaseLost), time.Hour)
	defer cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context //nolint:containedctx // a test's argument
		err  error
		want Decision
	}{
		{"lease lost", cancelled(transport.ErrLeaseLost), errBroken, Release},
		{"lease lost, context inside", afterExpiry, errBroken, Release},
		{"drain timeout", cancelled(transport.ErrDrained), context.Canceled, Release},
		{"shutdown", cancelled(nil), errBroken, Release},
		{"permanent", cancelled(transport.ErrDrained), Permanent(errBroken), Release},
		{"retry after", cancelled(transport.ErrDrained), RetryAfter(time.Hour, nil), Release},
		{"handled all the same", cancelled(transport.ErrDrained), nil, Done},
		{"skipped all the same", cancelled(transport.ErrDrained), ErrSkip, Skip},
		{"deadline", expired, errBroken, Fail},
		{"deadline, permanent", expired, Permanent(errBroken), Dead},
	} {
		t.Run(tt.name, func(t *testing.T) { equal(t, "Decide", Decide(tt.ctx, tt.err), tt.want) })
	}
}

func TestOutcomesAddNoText(t *testing.T) {
	for _, err := range []error{
		Permanent(errBroken), RetryAfter(time.Second, errBroken), Pause(time.Second, errBroken), &releaseError{errBroken},
	} {
		equal(t, "text", err.Error(), errBroken.Error())
		if !errors.Is(err, errBroken) {
			t.Errorf("%T hides what it wraps", err)
		}
	}
	equal(t, "retry after nil", RetryAfter(time.Second, nil).Error(), "retry after 1s")
	equal(t, "pause nil", Pause(time.Second, nil).Error(), "paused for 1s")
	if !errors.Is(&releaseError{errBroken}, ErrRelease) {
		t.Error("a released error is not ErrRelease")
	}
}

func TestDecisionString(t *testing.T) {
	var s []string
	for d := Done; d <= Dead; d++ {
		s = append(s, d.String())
	}
	equal(t, "words", strings.Join(s, " "), "done skip release fail dead")
}
