package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/framebus/framebus/transport"
)

var (
	// ErrSkip, returned by a handler or wrapped in what it returns, acks the event: the handler does not
	// want it, and that is no failure.
	ErrSkip = errors.New("event skipped")
	// ErrRelease, returned or wrapped, hands the event back to the broker at once, as not tried: it costs
	// no attempt. It is for middleware that held an event up and must give way to a shutdown.
	ErrRelease = errors.New("event released")
)

// permanentError, retryAfterError and pauseError carry an outcome. They add nothing to the text of what
// they wrap.
type (
	permanentError  struct{ error }
	retryAfterError struct {
		error
		delay time.Duration
	}
	pauseError struct {
		error
		pause time.Duration
	}
)

func (e *permanentError) Unwrap() error  { return e.error }
func (e *retryAfterError) Unwrap() error { return e.error }
func (e *pauseError) Unwrap() error      { return e.error }

// Permanent says that no retry will help: the event goes to the dead letters at once. Permanent(nil) is
// nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// RetryAfter says that the event failed and is to be redelivered after the delay, instead of the one that
// the policy has. It skips the immediate retries and counts as a failed delivery like any other. A nil err
// stands for "retry after d".
func RetryAfter(d time.Duration, err error) error {
	if err == nil {
		err = fmt.Errorf("retry after %s", d)
	}
	return &retryAfterError{err, d}
}

// Pause hands the event back as not tried, as [ErrRelease] does, and makes the listener receive nothing
// for the duration: the event is fine, the listener is not. A nil err stands for "paused for d".
func Pause(d time.Duration, err error) error {
	if err == nil {
		err = fmt.Errorf("paused for %s", d)
	}
	return &pauseError{err, d}
}

// IsPermanent says whether err is, or wraps, a [Permanent] error.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

// RetryDelay returns the delay of the [RetryAfter] error that err is or wraps.
func RetryDelay(err error) (delay time.Duration, ok bool) {
	e, ok := errors.AsType[*retryAfterError](err)
	if !ok {
		return 0, false
	}
	return e.delay, true
}

// PauseFor returns the duration of the [Pause] error that err is or wraps.
func PauseFor(err error) (pause time.Duration, ok bool) {
	e, ok := errors.AsType[*pauseError](err)
	if !ok {
		return 0, false
	}
	return e.pause, true
}

// Decision is what an error means for the event.
type Decision int

// The decisions.
const (
	Done    Decision = iota // no error: ack
	Skip                    // ErrSkip: ack
	Release                 // nobody failed: back to the broker at once
	Fail                    // a failure: retry, and give up by the policy
	Dead                    // a permanent failure: dead letters
)

// Decide says what the error of a handler, or of a chain of middleware, means. ctx is the message's. An
// error that came after the delivery was cancelled, by a lost lease or at the drain timeout, is the
// cancellation's and not the event's.
func Decide(ctx context.Context, err error) Decision {
	if err == nil {
		return Done
	}
	if cause := context.Cause(ctx); errors.Is(cause, transport.ErrLeaseLost) || errors.Is(cause, transport.ErrDrained) {
		return Release
	}
	if _, pause := PauseFor(err); pause || errors.Is(err, ErrRelease) {
		return Release
	}
	switch {
	case errors.Is(err, ErrSkip):
		return Skip
	case IsPermanent(err):
		return Dead
	}
	return Fail
}
