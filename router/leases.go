package router

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// leases keeps the leases of the deliveries that a listener holds. One timer serves them all, and it is
// armed only while there are any.
type leases struct {
	every  time.Duration // a third of the lease
	logger *slog.Logger

	mu    sync.Mutex
	held  map[*transport.Delivery]struct{}
	idle  chan struct{} // not nil while somebody waits for held to be empty; closed then
	timer *time.Timer
	armed bool
}

func newLeases(lease time.Duration, logger *slog.Logger) *leases {
	return &leases{every: max(lease/3, time.Millisecond), logger: logger, held: make(map[*transport.Delivery]struct{})}
}

// add begins to keep d's lease. Extending lasts until remove, under ctx.
func (l *leases) add(ctx context.Context, d *transport.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[d] = struct{}{}
	if l.armed {
		return
	}
	l.armed = true
	if l.timer == nil {
		l.timer = time.AfterFunc(l.every, func() { l.beat(ctx) })
		return
	}
	l.timer.Reset(l.every)
}

func (l *leases) remove(d *transport.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, d)
	if len(l.held) == 0 && l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
}

// count returns how many deliveries are held.
func (l *leases) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.held)
}

// wait returns true when nothing is held, false if ctx ends first.
func (l *leases) wait(ctx context.Context) bool {
	l.mu.Lock()
	if len(l.held) == 0 {
		l.mu.Unlock()
		return true
	}
	if l.idle == nil {
		l.idle = make(chan struct{})
	}
	idle := l.idle
	l.mu.Unlock()
	select {
	case <-idle:
		return true
	case <-ctx.Done():
		return false
	}
}

// cancel ends the contexts of all that is held.
func (l *leases) cancel(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for d := range l.held {
		d.Cancel(cause)
	}
}

// beat extends the leases that end before the beat after the next one, all at once, so that a transport
// can do it in a batch. It re-arms first: a slow broker must not make the next beat late.
func (l *leases) beat(ctx context.Context) {
	l.mu.Lock()
	if l.armed = len(l.held) > 0; l.armed {
		l.timer.Reset(l.every)
	}
	soon := time.Now().Add(2 * l.every)
	var due []*transport.Delivery
	for d := range l.held {
		if !d.Deadline().After(soon) {
			due = append(due, d)
		}
	}
	l.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, l.every)
	defer cancel()
	var wg sync.WaitGroup
	for _, d := range due {
		wg.Go(func() {
			if err := d.Extend(ctx); err != nil {
				l.logger.Warn("framebus: extending a lease failed",
					"listener", d.Subscription.String(), "id", d.Message.ID, "error", err)
			}
		})
	}
	wg.Wait()
}
