package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrSkip, returned by a handler or wrapped in what it returns, acks the event: the handler does not
	// want it, and that is no failure.
	ErrSkip = errors.New("event skipped")
	// ErrRelease, returned or wrapped, hands the event back to the broker at once, as not tried: it costs
	// no attempt. It is for middleware that held an event up and must give way to a shutdown.
	ErrRelease = errors.New("event released")
)

// permanentError, retryAfterError, pauseError and releaseError carry an outcome. They add nothing to the
// text of what they wrap.
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
	releaseError struct{ error }
)

func (e *permanentError) Unwrap() error  { return e.error }
func (e *retryAfterError) Unwrap() error { return e.error }
func (e *pauseError) Unwrap() error      { return e.error }
func (e *releaseError) Unwrap() error    { return e.error }

func (e *releaseError) Is(target error) bool { return target == ErrRelease }

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

// IsPermanent says whether err means that no retry will help: see [Decide] for an error that wraps others.
func IsPermanent(err error) bool { return read(err).decision == Dead }

// RetryDelay returns the delay that err asks for by [RetryAfter]. ok is false if it means anything else.
func RetryDelay(err error) (delay time.Duration, ok bool) {
	v := read(err)
	return v.wait, v.decision == Fail && v.timed
}

// PauseFor returns the duration that err asks for by [Pause]. ok is false if it means anything else.
func PauseFor(err error) (pause time.Duration, ok bool) {
	v := read(err)
	return v.wait, v.decision == Release && v.timed
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

// String returns the decision in a word.
func (d Decision) String() string {
	return [...]string{"done", "skip", "release", "fail", "dead"}[d]
}

// Decide says what the error of a handler, or of a chain of middleware, means.
//
// Of outcomes wrapped in each other the outermost counts, as the last word: RetryAfter of a Permanent error
// is retried, Permanent of a RetryAfter is not. Of errors side by side, by errors.Join or several %w, the
// worst counts, so that no failure hides behind another's ErrSkip: permanent before failed before released
// before skipped. Give the detail of a skip or release by %v. A panic is a failure whatever its value, since
// outcomes are returned.
//
// ctx is the one that the message came with, not one that inner middleware may have left in it. If it is
// cancelled, by a lost lease, the drain timeout or a shutdown, then a failure is the cancellation's and not
// the event's: Release. A deadline is no cancellation, and neither is a handler's context.Canceled while
// ctx is alive: these are failures, or such an event would come back for ever.
func Decide(ctx context.Context, err error) Decision {
	d := read(err).decision
	if d != Done && d != Skip && errors.Is(ctx.Err(), context.Canceled) {
		return Release
	}
	return d
}

// verdict is what an error means apart from any context: a decision, and the wait that RetryAfter or Pause
// gave with it.
type verdict struct {
	decision Decision
	wait     time.Duration
	timed    bool
}

// read follows err to the outermost outcome. It walks by itself where errors.Is and errors.AsType would find
// an outcome without saying what is around or beside it.
//
//nolint:errorlint // for that reason
func read(err error) verdict {
	if err == nil {
		return verdict{decision: Done}
	}
	for err != nil {
		switch e := err.(type) {
		case *permanentError:
			return verdict{decision: Dead}
		case *retryAfterError:
			return verdict{Fail, e.delay, true}
		case *pauseError:
			return verdict{Release, e.pause, true}
		case *PanicError:
			return verdict{decision: Fail}
		}
		switch {
		case is(err, ErrRelease):
			return verdict{decision: Release}
		case is(err, ErrSkip):
			return verdict{decision: Skip}
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			return worst(e.Unwrap())
		default:
			err = nil
		}
	}
	return verdict{decision: Fail}
}

// is says whether err itself, without what it wraps, is target.
//
//nolint:errorlint // for that reason
func is(err, target error) bool {
	if err == target {
		return true
	}
	e, ok := err.(interface{ Is(error) bool })
	return ok && e.Is(target)
}

// worst reads errors that came together. Decisions are in order of badness; of two waits the longer counts.
func worst(errs []error) verdict {
	var v verdict
	for _, err := range errs {
		o := read(err)
		if o.decision > v.decision {
			v = o
		} else if o.decision == v.decision {
			v.wait, v.timed = max(v.wait, o.wait), v.timed || o.timed
		}
	}
	if v.decision == Done { // no errors in it at all, and yet it is one
		v.decision = Fail
	}
	return v
}
