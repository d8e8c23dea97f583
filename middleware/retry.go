package middleware

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// Retry runs a failing handler again in process, up to policy.Immediate times after short waits, for what
// is over in a moment. What that does not cure is for [Poison]. It returns the error of the last run.
//
// Each run that failed is recorded on the delivery. Each run gets the message as the first one got it: its
// context, and the payload and metadata even if a run changed them in place.
//
// An error that is no plain failure ends it: Permanent, RetryAfter, Pause, ErrSkip, ErrRelease. So does a
// wait that the lease would not outlast. When the context ends while it waits it returns at once, with the
// run's error and not the context's. When a drain begins it returns at once too, and since the event has not
// had its runs by no fault of its own, its error then also wraps [ErrRelease].
func Retry(policy Policy) message.HandlerMiddleware { return newRetry(policy, false) }

// newRetry is Retry. If unseen is true nothing inside can change the message, which need not be kept then.
func newRetry(policy Policy, unseen bool) message.HandlerMiddleware {
	r := &retry{policy: policy, unseen: unseen}
	return func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) { return r.run(h, msg) }
	}
}

type retry struct {
	policy Policy
	unseen bool
	saved  snapshots
}

func (r *retry) run(h message.HandlerFunc, msg *message.Message) ([]*message.Message, error) {
	ctx := msg.Context()
	defer msg.SetContext(ctx)
	var first *snapshot
	if r.policy.Immediate > 0 && !r.unseen {
		first = r.saved.take(msg)
		defer r.saved.done(first)
	}
	d, _ := transport.FromContext(ctx)
	for n := 0; ; n++ {
		if d != nil {
			d.Begin() // a panic that Recover is not there to stop leaves it at that
		}
		produced, err := h(msg)
		decision := Decide(ctx, err)
		if d != nil && (decision == Fail || decision == Dead) {
			d.Fail(err)
		}
		if _, delayed := RetryDelay(err); decision != Fail || delayed || n >= r.policy.Immediate {
			return produced, err
		}
		if ok, err := r.again(ctx, d, n, err); !ok {
			return produced, err
		}
		msg.SetContext(ctx)
		if first != nil {
			first.restore(msg)
		}
	}
}

// again waits before retry number n, from 0. ok is false if there is to be none; the error is then what the
// run's error has become.
func (r *retry) again(ctx context.Context, d *transport.Delivery, n int, err error) (ok bool, _ error) {
	backoff := r.policy.backoff(n)
	if d != nil && time.Now().Add(backoff).After(d.Deadline()) {
		return false, err
	}
	stop := interrupted(ctx)
	if stop == nil && backoff > 0 {
		timer := time.NewTimer(backoff)
		defer timer.Stop()
		stop = wait(ctx, timer.C)
	}
	switch {
	case stop == nil:
		return true, err
	case ctx.Err() != nil: // whoever ended it knows why
		return false, err
	}
	return false, &releaseError{err}
}
