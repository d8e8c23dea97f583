package bustest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/framebus/framebus/transport"
)

// realTime is the clock of a real broker.
type realTime struct{ tr transport.Transport }

const (
	// tick is the time between two looks at the broker.
	tick = 20 * time.Millisecond
	// quiet is how long nothing must happen for it to be idle, if the broker cannot be asked.
	quiet = 250 * time.Millisecond
)

func (*realTime) still() {}

func (c *realTime) idle(h *Harness) string {
	return c.until(h, "idle", func(s transport.Subscription, d transport.Depth) int {
		return d.Ready + max(d.InFlight-h.broker.crashed(s.ID), 0)
	})
}

func (c *realTime) settle(h *Harness) string {
	if _, ok := c.tr.(transport.Depther); !ok {
		return "settle: transport " + c.tr.Features().Name + " cannot say what is pending; use Idle"
	}
	return c.until(h, "settled", func(_ transport.Subscription, d transport.Depth) int { return d.Pending() })
}

func (c *realTime) advance(h *Harness, d time.Duration) string {
	if d > h.patience {
		return fmt.Sprintf("real time does not advance by %s: the harness's Patience is %s", short(d), short(h.patience))
	}
	pause(d)
	return c.idle(h)
}

// until waits until each event has come to its listeners, none is being handled, the broker holds none by
// count, and nothing has happened for a while: two ticks, or longer if the broker cannot be asked.
func (c *realTime) until(h *Harness, what string, count func(transport.Subscription, transport.Depth) int) string {
	still := quiet
	if _, asks := c.tr.(transport.Depther); asks {
		still = 2 * tick
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	defer cancel()
	why, seen, calm := "", -1, time.Now()
	for ; ctx.Err() == nil; pause(tick) {
		why = h.busy(ctx, count)
		n := h.log.happened()
		if n != seen || why != "" || h.faults.flush() {
			seen, calm = n, time.Now()
		}
		if time.Since(calm) >= still {
			return ""
		}
	}
	if why == "" {
		why = fmt.Sprintf("something happened less than %s ago", still)
	}
	return fmt.Sprintf("not %s after %s: %s", what, short(h.patience), why)
}

// busy says what there is to do, as far as the broker and the log can tell.
func (h *Harness) busy(ctx context.Context, count func(transport.Subscription, transport.Depth) int) string {
	if n := len(h.broker.open()); n > 0 {
		return fmt.Sprintf("%d events are being handled", n)
	}
	if listener, m := h.broker.awaited(); m != nil {
		return fmt.Sprintf("%s has not got %s yet", listener, h.log.nameOf(m))
	}
	for _, s := range h.broker.listeners() {
		d, err := h.broker.depth(ctx, s.ID)
		d.InFlight = max(d.InFlight-h.faults.holding(s.Name), 0) // those wait for us
		switch {
		case errors.Is(err, transport.ErrUnsupported):
		case err != nil:
			return err.Error()
		case count(s, d) > 0:
			return fmt.Sprintf("%s has more to do: %s", s.Name, holds(s, d))
		}
	}
	return ""
}
