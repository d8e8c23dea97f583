package middleware

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Policy says how often and when a failed event is tried again: Immediate runs within the delivery, then
// redeliveries by the broker after each of Delays, then the dead letters. An event is thus delivered
// len(Delays)+1 times and tried up to Immediate+1 times in each.
//
// The zero Policy retries nothing: an event that fails once is a dead letter.
type Policy struct {
	// Immediate is how many more runs a delivery gets, in process, after short waits.
	Immediate int
	// Backoff is the wait before the first immediate retry; it doubles with each. 0 means no waits.
	Backoff time.Duration
	// MaxBackoff bounds the doubled wait, before jitter. 0 means that only the lease bounds it.
	MaxBackoff time.Duration
	// Delays are the waits before the broker's redeliveries. They hold no worker. One that is longer than
	// the broker can wait is cut to what it can.
	Delays []time.Duration
	// Jitter spreads each wait evenly over wait*(1-Jitter) to wait*(1+Jitter), from 0 for none to 1.
	Jitter float64
}

// DefaultPolicy returns the default: 2 immediate retries from 50 ms, then redeliveries after 10 s, 1 min
// and 10 min, all jittered by 20 %.
func DefaultPolicy() Policy {
	return Policy{
		Immediate: 2, Backoff: 50 * time.Millisecond, MaxBackoff: time.Second,
		Delays: []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute}, Jitter: 0.2,
	}
}

// Bounds of what makes sense in a policy. A retry beyond them is a mistake in the configuration.
const (
	maxImmediate = 100 // each holds a worker
	maxDelays    = 100 // each is a receive, and brokers count no further than SQS's 1000
	// maxWait is how long SQS keeps a message at all
	// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
	maxWait = 14 * 24 * time.Hour
)

// Validate says all that is wrong with the policy, or returns nil: negative values, a Jitter outside of 0
// to 1, a Backoff above MaxBackoff, more than 100 immediate retries or delays, or a wait above 14 days,
// which is how long SQS keeps a message.
func (p Policy) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("middleware: policy: "+format, args...))
	}
	if p.Immediate < 0 || p.Immediate > maxImmediate {
		wrong("immediate retries are %d, want 0 to %d", p.Immediate, maxImmediate)
	}
	if len(p.Delays) > maxDelays {
		wrong("there are %d delays, want at most %d", len(p.Delays), maxDelays)
	}
	wait := func(name string, d time.Duration) {
		if d < 0 || d > maxWait {
			wrong("%s is %s, want 0 to %s", name, d, maxWait)
		}
	}
	wait("backoff", p.Backoff)
	wait("max backoff", p.MaxBackoff)
	for i, d := range p.Delays {
		wait(fmt.Sprintf("delay %d", i+1), d)
	}
	if p.MaxBackoff > 0 && p.Backoff > p.MaxBackoff {
		wrong("backoff %s is above max backoff %s", p.Backoff, p.MaxBackoff)
	}
	if !(p.Jitter >= 0 && p.Jitter <= 1) { // so that NaN is wrong too
		wrong("jitter is %v, want 0 to 1", p.Jitter)
	}
	return errors.Join(errs...)
}

// backoff returns the wait before the immediate retry number n, from 0.
func (p Policy) backoff(n int) time.Duration {
	limit := p.MaxBackoff
	if limit <= 0 {
		limit = maxWait
	}
	wait := min(p.Backoff, limit)
	for range n {
		if wait > limit/2 {
			wait = limit
			break
		}
		wait *= 2
	}
	return p.jitter(wait)
}

// redelivery returns the wait before redelivery number n, from 0; ok is false if there is none.
func (p Policy) redelivery(n int) (wait time.Duration, ok bool) {
	if n >= len(p.Delays) {
		return 0, false
	}
	return p.jitter(p.Delays[max(n, 0)]), true
}

func (p Policy) jitter(wait time.Duration) time.Duration {
	spread := p.Jitter * (2*rand.Float64() - 1) //nolint:gosec // spreads load, guards nothing
	return wait + time.Duration(float64(wait)*spread)
}
