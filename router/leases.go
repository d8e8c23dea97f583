package router

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// leases keeps the leases of the deliveries that a crew holds. One timer serves them all, and it is armed only
// while there are any.
type leases struct {
	every  time.Duration // a third of the lease
	logger *slog.Logger
	beat   func() // extends what is due

	timer *time.Timer // this and armed are guarded by the crew's lock
	armed bool
}

func newLeases(lease time.Duration, logger *slog.Logger) *leases {
	return &leases{every: max(lease/3, time.Millisecond), logger: logger}
}

// arm sets the timer, unless it is. The crew's lock is held.
func (l *leases) arm() {
	switch {
	case l.armed:
		return
	case l.timer == nil:
		l.timer = time.AfterFunc(l.every, l.beat)
	default:
		l.timer.Reset(l.every)
	}
	l.armed = true
}

// extend extends the leases of the crew's deliveries that end before the beat after the next one, all at once,
// so that a transport can do it in a batch.
func (l *leases) extend(ctx context.Context, c *crew) {
	soon := time.Now().Add(2 * l.every)
	ctx, cancel := context.WithTimeout(ctx, l.every)
	defer cancel()
	var wg sync.WaitGroup
	for _, d := range c.beat() {
		if d.Deadline().After(soon) {
			continue
		}
		wg.Go(func() {
			if err := d.Extend(ctx); err != nil {
				l.logger.Warn("framebus: extending a lease failed",
					"listener", d.Subscription.String(), "id", d.Message.ID, "error", err)
			}
		})
	}
	wg.Wait()
}

// beat returns what is held, and arms the leases anew if there is anything: before they are extended, since a
// slow broker must not make the next beat late.
func (c *crew) beat() []*transport.Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leases.armed = false
	held := c.held()
	if len(held) > 0 {
		c.leases.arm()
	}
	return held
}

// held returns the deliveries that are held. mu is held.
func (c *crew) held() []*transport.Delivery {
	held := make([]*transport.Delivery, 0, c.out)
	for _, w := range c.present {
		w.mu.Lock()
		if w.current != nil {
			held = append(held, w.current)
		}
		held = append(held, w.hand...)
		w.mu.Unlock()
	}
	return held
}

// cancel ends the contexts of all that is held.
func (c *crew) cancel(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.held() {
		d.Cancel(cause)
	}
}

// left returns how many deliveries are held.
func (c *crew) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held())
}

// settle waits until nothing is held, and returns false if ctx ends first. Nothing more must be received.
func (c *crew) settle(ctx context.Context) bool {
	c.mu.Lock()
	if c.out == 0 {
		c.mu.Unlock()
		return true
	}
	if c.settled == nil {
		c.settled = make(chan struct{})
	}
	settled := c.settled
	c.mu.Unlock()
	select {
	case <-settled:
		return true
	case <-ctx.Done():
		return false
	}
}
