package bustest

import (
	"context"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport/memory"
)

// clock is how a harness waits: in a bubble, or in real time.
type clock interface {
	// still returns when nothing moves, if it can tell: what is looked at then is the same in each run of a
	// test.
	still()
	// idle returns "" when nothing is left to do now, or what kept it from that.
	idle(h *Harness) string
	// settle returns "" when nothing is pending, or what kept it from that.
	settle(h *Harness) string
	// advance lets d pass, or says why it cannot.
	advance(h *Harness, d time.Duration) string
}

// bubble is the clock of a testing/synctest bubble.
type bubble struct{ memory *memory.Transport }

// longest is for how long a bubble waits: longer than any policy, and no time at all.
const longest = 30 * 24 * time.Hour

func (bubble) still() { synctest.Wait() }

func (c bubble) idle(h *Harness) string {
	synctest.Wait()
	for h.faults.flush() {
		synctest.Wait()
	}
	return ""
}

func (c bubble) settle(h *Harness) string {
	for waited, step := time.Duration(0), time.Second; waited < longest; step = min(2*step, longest-waited) {
		c.idle(h)
		ctx, cancel := context.WithTimeout(context.Background(), step)
		err := c.memory.Idle(ctx)
		cancel()
		if err == nil {
			return c.idle(h)
		}
		waited += step
	}
	return "events are still pending after " + short(longest)
}

func (c bubble) advance(h *Harness, d time.Duration) string {
	c.idle(h)
	pause(d)
	return c.idle(h)
}

func pause(d time.Duration) { <-time.After(d) }
