package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
)

// listener is one Listener at work: its pump, its slots, the leases it holds, and how it is.
type listener struct {
	Listener
	chain    message.HandlerFunc
	filter   bool // the broker does not filter actions, so we do
	logger   *slog.Logger
	draining <-chan struct{}

	consumer transport.Consumer
	out      chan *message.Message
	slots    slots
	leases   *leases

	mu      sync.Mutex
	paused  time.Time          // until when nothing is received
	wake    context.CancelFunc // ends the Receive that is under way
	failing error              // what Receive last returned, nil when it works
	since   time.Time          // when failing began
}

func newListener(r *Router, spec Listener) *listener {
	if spec.Concurrency == 0 {
		spec.Concurrency = DefaultConcurrency
	}
	l := &listener{
		Listener: spec,
		filter:   len(spec.Actions) > 0 && !r.tr.Features().Filters,
		logger:   r.cfg.Logger.With("listener", spec.ID.String()),
		draining: r.draining,
		out:      make(chan *message.Message),
		slots:    newSlots(spec.Concurrency),
	}
	l.leases = newLeases(spec.LeaseOrDefault(), r.cfg.Logger)
	l.chain = func(msg *message.Message) ([]*message.Message, error) { return nil, spec.Handler(msg) }
	// Composed here and not by Watermill, which keeps middleware by the handler's name and never lets go.
	for _, mw := range slices.Backward(spec.Middleware) {
		l.chain = mw(l.chain)
	}
	l.chain = middleware.Recover()(l.chain) // a panic that gets through all of it is an error of the message
	return l
}

// Bounds of the wait after Receive failed: it doubles from the first to the last.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 30 * time.Second
)

// pump receives deliveries and feeds them to Watermill's router until ctx ends. It returns an error only
// if the consumer ended without being told to.
func (l *listener) pump(ctx context.Context) error {
	// What handlers run under: it has ctx's values and not its end, which is what a drain is.
	base := transport.WithDraining(context.WithoutCancel(ctx), l.draining)
	backoff := minBackoff
	for ctx.Err() == nil {
		receive, cancel := l.awake(ctx)
		if receive == nil {
			break
		}
		free := l.slots.take(receive)
		var ds []*transport.Delivery
		var err error
		if free > 0 {
			ds, err = l.consumer.Receive(receive, free)
			l.slots.free(free - len(ds))
		}
		interrupted := receive.Err() != nil
		cancel()
		for _, d := range ds {
			l.start(base, d)
		}
		switch {
		case err == nil:
			if free > 0 {
				l.setFailing(nil)
				backoff = minBackoff
			}
		case interrupted:
		case errors.Is(err, transport.ErrClosed):
			l.setFailing(err)
			return fmt.Errorf("router: listener %s: %w", l.ID, err)
		default:
			l.setFailing(err)
			l.logger.Error("framebus: receiving failed", "error", err, "again_in", backoff)
			wait(ctx, backoff/2+rand.N(backoff/2)) // replicas should not come back in step
			backoff = min(2*backoff, maxBackoff)
		}
	}
	return nil
}

// start hands a delivery to Watermill's router. The slot it holds is freed when handle has settled it.
func (l *listener) start(base context.Context, d *transport.Delivery) {
	l.leases.add(base, d)
	l.out <- d.ToWatermill(d.Context(base))
}

// awake waits while the listener is paused. It returns a context for the next Receive, which ends with
// ctx or when a pause begins; nil if ctx ended.
func (l *listener) awake(ctx context.Context) (context.Context, context.CancelFunc) {
	for {
		l.mu.Lock()
		left := time.Until(l.paused)
		if left <= 0 {
			receive, cancel := context.WithCancel(ctx)
			l.wake = cancel
			l.mu.Unlock()
			return receive, cancel
		}
		l.mu.Unlock()
		if !wait(ctx, left) {
			return nil, nil
		}
	}
}

// pause makes the pump receive nothing for the duration. A longer pause that is under way stays.
func (l *listener) pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := time.Now().Add(d)
	if !until.After(l.paused) {
		return
	}
	l.paused = until
	if l.wake != nil {
		l.wake()
	}
}

func (l *listener) setFailing(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.failing == nil {
		l.since = time.Now()
	}
	l.failing = err
}

// handle runs the chain on one message and settles its delivery. It never returns an error: to Watermill's
// router every message is done, since its ack and nack mean nothing here.
func (l *listener) handle(msg *message.Message) error {
	ctx := msg.Context()
	d, _ := transport.FromContext(ctx) // start put it there
	defer func() {
		d.Cancel(nil)
		l.leases.remove(d)
		l.slots.free(1)
	}()
	settle := context.WithoutCancel(ctx) // whatever became of the handler, the broker must hear of it
	select {
	case <-l.draining: // it has not started: somebody else may have it at once
		l.report(d, d.Release(settle))
		return nil
	default:
	}
	if l.filter && !l.wants(d) {
		l.report(d, d.Ack(settle))
		return nil
	}
	err := l.run(msg)
	msg.SetContext(ctx)
	l.report(d, l.settle(settle, ctx, d, msg, err))
	return nil
}

// wants says whether the listener wants the delivery's action: the message's, or the event's if the message
// has none. What cannot be decoded it must see.
func (l *listener) wants(d *transport.Delivery) bool {
	action := d.Message.Action
	if action == "" {
		env, err := d.Event()
		if err != nil {
			return true
		}
		action = env.Action
	}
	return slices.Contains(l.Actions, action)
}

// run calls the chain. It has no publisher for messages that the chain returns: they are an error.
func (l *listener) run(msg *message.Message) error {
	produced, err := l.chain(msg)
	if err == nil && len(produced) > 0 {
		err = middleware.Permanent(fmt.Errorf("middleware returned %d messages to publish: %w",
			len(produced), message.ErrOutputInNoPublisherHandler))
	}
	return err
}

// settle tells the broker what became of the delivery.
func (l *listener) settle(
	settle, ctx context.Context, d *transport.Delivery, msg *message.Message, err error,
) error {
	if d.Outcome() != transport.Open { // the chain has settled it: Poison gave it up
		return nil
	}
	select {
	case <-msg.Acked(): // middleware has acked it early, and so does not want it again
		return d.Ack(settle)
	default:
	}
	switch middleware.Decide(ctx, err) {
	case middleware.Done, middleware.Skip:
		return d.Ack(settle)
	case middleware.Release:
		if pause, ok := middleware.PauseFor(err); ok {
			l.pause(pause) // before the release, or the pump would be the one to take it
		}
		return d.Release(settle)
	case middleware.Fail, middleware.Dead:
	}
	if _, ok := d.RetryDelay(); !ok { // no policy was asked: it failed outside of the chain's reach
		d.Fail(err)
		d.SetRetryDelay(unruled)
	}
	return d.Retry(settle)
}

// unruled is the delay before a message comes back that failed without any policy deciding on it, as when
// middleware of the user's panics outside of Recover. The subscription's MaxReceives ends it.
const unruled = 10 * time.Second

// report logs that the broker could not be told. The event comes back when its lease ends.
func (l *listener) report(d *transport.Delivery, err error) {
	if err != nil {
		l.logger.Warn("framebus: settling failed, the event may come again", "id", d.Message.ID, "error", err)
	}
}

// wait returns true after the duration, false if ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
