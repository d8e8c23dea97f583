package router

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// drain ends the listeners in order: receiving, handlers, consumers, Watermill's router. r.draining is closed.
func (r *Router) drain(ctx context.Context, e *engine, listeners []*listener) error {
	r.cfg.Logger.Info("framebus: draining", "timeout", r.cfg.DrainTimeout)
	ctx = context.WithoutCancel(ctx)
	for _, l := range listeners {
		l.crew.dismiss()
	}
	closing, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, l := range listeners {
		<-l.crew.ended                         // Receive returns soon after its context ends: that is its contract
		for _, d := range l.crew.unstarted() { // somebody else may have it at once
			wg.Go(func() { l.report(d, d.Release(closing)) })
		}
	}
	wg.Wait()

	if !settled(ctx, listeners, r.cfg.DrainTimeout) {
		for _, l := range listeners {
			l.crew.cancel(transport.ErrDrained)
		}
		settled(ctx, listeners, r.cfg.CancelGrace)
	}
	var errs []error
	for _, l := range listeners {
		if n := l.crew.left(); n > 0 {
			errs = append(errs, fmt.Errorf("router: listener %s: %d handlers have not returned: %w",
				l.ID, n, transport.ErrDrained))
		}
		if n := l.settling.left(); n > 0 {
			errs = append(errs, fmt.Errorf("router: listener %s: the broker has not heard of %d handled messages, which may come again: %w",
				l.ID, n, transport.ErrDrained))
		}
	}
	hung := len(errs) > 0
	errs = append(errs, closeConsumers(ctx, listeners))
	if hung {
		// Watermill's Close holds its locks while it waits for handlers: it has to wait for these too, and
		// Run does not.
		go func() {
			settled(ctx, listeners, forever)
			_ = e.close(listeners)
		}()
		return errors.Join(errs...)
	}
	if err := e.close(listeners); err != nil {
		errs = append(errs, fmt.Errorf("router: %w", err))
	}
	return errors.Join(errs...)
}

const forever time.Duration = 1<<63 - 1

// settled waits until no listener holds a delivery and the broker knows what became of all, at most for the timeout.
func settled(ctx context.Context, listeners []*listener, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var wg sync.WaitGroup
	ok := make([]bool, len(listeners))
	for i, l := range listeners {
		wg.Go(func() { ok[i] = l.crew.settle(ctx) && l.settling.wait(ctx) })
	}
	wg.Wait()
	for _, settled := range ok {
		if !settled {
			return false
		}
	}
	return true
}
