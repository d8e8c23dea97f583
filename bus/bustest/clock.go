package bustest

import (
	"context"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// clock is how a harness waits: in a bubble, or in real time.
type clock interface {
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

func (c bubble) idle(h *Harness) string {
	synctest.Wait()
	for h.faults.flush() {
		synctest.Wait()
	}
	return ""
}

func (c bubble) settle(h *Harness) string {
	for waited, step := time.Duration(0), time.Second; waited < longest; step *= 2 {
		c.idle(h)
		ctx, cancel := context.WithTimeout(context.Background(), step)
		err := c.memory.Idle(ctx)
		cancel()
		if err == nil {
			return c.idle(h)
		}
		waited += step
	}
	return "events are still pending after " + longest.String()
}

func (c bubble) advance(h *Harness, d time.Duration) string {
	c.idle(h)
	pause(d)
	return c.idle(h)
}

// realTime is the clock of a real broker.
type realTime struct{ tr transport.Transport }

const (
	// tick is the time between two looks at the broker.
	tick = 20 * time.Millisecond
	// quiet is how long nothing must happen for it to be idle, if the broker cannot be asked.
	quiet = 250 * time.Millisecond
)

func (c *realTime) idle(h *Harness) string {
	return c.until(h, "idle", func(d transport.Depth) int { return d.Ready })
}

func (c *realTime) settle(h *Harness) string {
	if _, ok := c.tr.(transport.Depther); !ok {
		return "settle: transport " + c.tr.Features().Name + " cannot say what is pending; use Idle"
	}
	return c.until(h, "settled", transport.Depth.Pending)
}

func (c *realTime) advance(h *Harness, d time.Duration) string {
	if d > h.patience {
		return "real time does not advance by " + d.String() + ": the harness's Patience is " + h.patience.String()
	}
	pause(d)
	return c.idle(h)
}

// until waits until no event is being handled, the broker holds none by count, and nothing has happened for
// a while: two ticks, or longer if the broker cannot be asked.
func (c *realTime) until(h *Harness, what string, count func(transport.Depth) int) string {
	depther, asks := c.tr.(transport.Depther)
	still := quiet
	if asks {
		still = 2 * tick
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	defer cancel()
	calm := time.Now()
	for seen := -1; ; {
		left := 0
		if asks {
			for _, id := range h.broker.listeners() {
				d, err := depther.Depth(ctx, id)
				if err != nil && ctx.Err() == nil {
					return "not " + what + ": " + err.Error()
				}
				left += count(d)
			}
		}
		if ctx.Err() != nil {
			return "not " + what + " after " + h.patience.String()
		}
		n, open := h.log.state()
		if n != seen || open > 0 || left > 0 || h.faults.flush() {
			seen, calm = n, time.Now()
		}
		if time.Since(calm) >= still {
			return ""
		}
		pause(tick)
	}
}

func pause(d time.Duration) { <-time.After(d) }
