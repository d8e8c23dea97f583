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
// so that a transport can do it in a batch. What a stuck handler holds up goes back.
func (l *leases) extend(ctx context.Context, c *crew) {
	soon := time.Now().Add(2 * l.every)
	ctx, cancel := context.WithTimeout(ctx, l.every)
	defer cancel()
	held, stuck := c.beat()
	var wg sync.WaitGroup
	for _, d := range held {
		if d.Deadline().After(soon) {
			continue
		}
		wg.Go(func() { l.report("extending a lease", d, d.Extend(ctx)) })
	}
	for _, d := range stuck {
		wg.Go(func() { l.report("handing back", d, d.Release(ctx)) })
	}
	wg.Wait()
}

func (l *leases) report(doing string, d *transport.Delivery, err error) {
	if err != nil {
		l.logger.Warn("framebus: "+doing+" failed",
			"listener", d.Subscription.String(), "id", d.Message.ID, "error", err)
	}
}

// beat returns what is held, and arms the leases anew if there is anything: before they are extended, since a
// slow broker must not make the next beat late. stuck is what has waited since the last beat behind the same
// handler, with nobody to take it over; it is held no more.
func (c *crew) beat() (held, stuck []*transport.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leases.armed = false
	for _, w := range c.present {
		w.mu.Lock()
		if w.current != nil && w.current == w.seen {
			stuck = append(stuck, c.empty(w)...)
		}
		w.seen = w.current
		w.mu.Unlock()
	}
	held = c.held()
	if len(held) > 0 {
		c.leases.arm()
	}
	return held, stuck
}

// unstarted returns what is in the workers' hands, which is held no more.
func (c *crew) unstarted() (ds []*transport.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.present {
		w.mu.Lock()
		ds = append(ds, c.empty(w)...)
		w.mu.Unlock()
	}
	return ds
}

// empty takes away what is in the worker's hand. Both locks are held.
func (c *crew) empty(w *worker) []*transport.Delivery {
	ds := w.hand
	w.hand = nil
	c.out -= len(ds)
	return ds
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
