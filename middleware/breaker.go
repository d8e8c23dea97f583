package middleware

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// ErrOpen is wrapped in what [CircuitBreaker] returns while it is open.
var ErrOpen = errors.New("circuit breaker is open")

// BreakerConfig says when a [CircuitBreaker] opens, and for how long.
type BreakerConfig struct {
	// Failures is how many failures in a row open it. Defaults to 5.
	Failures int
	// Cooldown is how long it stays open. Defaults to 30 seconds.
	Cooldown time.Duration
	// Trip says whether an error counts as a failure. It is asked about whatever the handler returns but
	// nil and the error of a cancelled delivery. Defaults to what [Decide] calls Fail: no skip, no release
	// and no permanent error, which is the event's fault. A panic that gets this far counts always.
	Trip func(err error) bool
}

// CircuitBreaker spares a dependency that is down, and the events that need it. After so many failures in a
// row it opens: for the cool-down it runs no handler and returns a [Pause] that wraps [ErrOpen], so that events
// go back to the broker as not tried and the listener receives none. So an outage costs the events that wait
// neither attempts of the policy nor receives of the broker. What it does cost is the failures that opened
// the breaker and one for each cool-down, the probe's: it is a failure like any other, or a probe that is
// poison itself would keep the listener closed for ever.
//
// After the cool-down one event is the probe, and others that come wait for its result. If it succeeds, the
// breaker closes; if it fails, it opens again; if it does neither, the next event is the probe. Who waits is
// handed back when its context ends or a drain begins: the error wraps [ErrRelease].
//
// Success is a handler that returns nil. An error that does not count neither ends the row nor adds to it.
// Outside of [Retry], where bus.Use puts it, a delivery counts once, by its last run.
//
// Every listener that the middleware wraps has a breaker of its own, in each process. Without a delivery
// nobody could pause, so the message waits for the end of the cool-down.
func CircuitBreaker(cfg BreakerConfig) message.HandlerMiddleware {
	if cfg.Failures <= 0 {
		cfg.Failures = 5
	}
	if cfg.Cooldown <= 0 {
		cfg.Cooldown = 30 * time.Second
	}
	return func(h message.HandlerFunc) message.HandlerFunc {
		b := &breaker{cfg: cfg}
		return func(msg *message.Message) ([]*message.Message, error) { return b.run(h, msg) }
	}
}

// breaker is closed while openUntil is zero, open until then, and half-open after.
type breaker struct {
	cfg BreakerConfig

	mu        sync.Mutex
	row       int // failures in a row while closed
	openUntil time.Time
	probe     chan struct{} // closed when the probe ends; nil if none runs
	era       int           // counts the openings, so that a run that began before one has no say after it
}

type result int

const (
	neutral result = iota
	success
	failure
)

func (b *breaker) run(h message.HandlerFunc, msg *message.Message) ([]*message.Message, error) {
	ctx := msg.Context()
	era, err := b.enter(ctx)
	if err != nil {
		return nil, err
	}
	res := failure
	defer func() { b.leave(era, res) }() // a panic gets here too
	produced, err := h(msg)
	res = b.judge(ctx, err)
	return produced, err
}

func (b *breaker) judge(ctx context.Context, err error) result {
	decision := Decide(ctx, err)
	trips := decision == Fail
	if b.cfg.Trip != nil && err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		trips = b.cfg.Trip(err)
	}
	switch {
	case err == nil:
		return success
	case trips:
		return failure
	}
	return neutral
}

// enter waits until the handler may run, or returns the error that it may not with. The era is for leave.
func (b *breaker) enter(ctx context.Context) (era int, err error) {
	_, delivery := transport.FromContext(ctx)
	for {
		era, left, probe := b.admit()
		switch {
		case left > 0 && delivery:
			return 0, Pause(left, ErrOpen)
		case left > 0:
			timer := time.NewTimer(left)
			err = wait(ctx, timer.C)
			timer.Stop()
		case probe != nil:
			err = wait(ctx, probe)
		default:
			return era, nil
		}
		if err != nil {
			return 0, fmt.Errorf("circuit breaker: %w", err)
		}
	}
}

// admit lets the caller run, as the probe if one is due. Else it returns what is left of the cool-down, or
// the probe to wait for.
func (b *breaker) admit() (era int, left time.Duration, probe <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openUntil.IsZero() {
		return b.era, 0, nil
	}
	if left := time.Until(b.openUntil); left > 0 {
		return 0, left, nil
	}
	if b.probe != nil {
		return 0, 0, b.probe
	}
	b.probe = make(chan struct{})
	return b.era, 0, nil
}

// leave takes the result of a run into account.
func (b *breaker) leave(era int, res result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if era != b.era {
		return
	}
	switch res {
	case success:
		b.row, b.openUntil = 0, time.Time{}
	case failure:
		if b.row++; b.row >= b.cfg.Failures { // as it still is after a probe
			b.openUntil = time.Now().Add(b.cfg.Cooldown)
			b.era++
		}
	case neutral:
	}
	if b.probe != nil {
		close(b.probe)
		b.probe = nil
	}
}
