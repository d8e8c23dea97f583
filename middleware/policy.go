package middleware

import (
	"math/rand/v2"
	"time"
)

// Policy says how often and when a failed event is tried again: Immediate runs within the delivery, then
// redeliveries by the broker after each of Delays, then the dead letters. An event is thus delivered
// len(Delays)+1 times and tried up to (Immediate+1) times in each.
type Policy struct {
	// Immediate is how many more runs a delivery gets, in process, after short waits.
	Immediate int
	// Backoff is the wait before the first immediate retry; it doubles with each, up to MaxBackoff. All
	// waits are jittered.
	Backoff, MaxBackoff time.Duration
	// Delays are the waits before the broker's redeliveries. They hold no worker.
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

// backoff returns the wait before the immediate retry number n, from 0.
func (p Policy) backoff(n int) time.Duration {
	wait := p.Backoff
	for range n {
		if wait >= p.MaxBackoff/2 {
			wait = p.MaxBackoff
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
	return p.jitter(p.Delays[n]), true
}

func (p Policy) jitter(wait time.Duration) time.Duration {
	spread := p.Jitter * (2*rand.Float64() - 1)
	return wait + time.Duration(float64(wait)*spread)
}
