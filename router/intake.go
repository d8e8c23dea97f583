package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// Bounds of the wait after Receive failed: it doubles from the first to the last.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 30 * time.Second
)

// intake receives for a listener. It keeps how receiving goes, and pauses.
type intake struct {
	id       transport.ID
	logger   *slog.Logger
	consumer transport.Consumer

	mu        sync.Mutex
	backoff   time.Duration   // after the next error
	paused    time.Time       // until when nothing is received
	receiving context.Context //nolint:containedctx // of every Receive until the next pause: one each would cost
	interrupt context.CancelFunc
	failing   error     // what Receive last returned, nil when it works
	since     time.Time // when failing began
}

// receive waits for up to room deliveries. It returns none when a pause began, or after an error and a wait;
// last is true if ctx has ended or the consumer has, whose error is then returned.
func (in *intake) receive(ctx context.Context, room int) (ds []*transport.Delivery, last bool, err error) {
	receiving := in.awake(ctx)
	if receiving == nil {
		return nil, true, nil
	}
	ds, err = in.consumer.Receive(receiving, room)
	switch {
	case err == nil:
		in.works()
		return ds, ctx.Err() != nil, nil
	case ctx.Err() != nil:
		return ds, true, nil //nolint:nilerr // it is what ended Receive
	case receiving.Err() != nil:
		return ds, false, nil //nolint:nilerr // a pause did
	}
	backoff := in.fails(err)
	if errors.Is(err, transport.ErrClosed) {
		return ds, true, fmt.Errorf("router: listener %s: %w", in.id, err)
	}
	in.logger.Error("framebus: receiving failed", "error", err, "again_in", backoff)
	wait(ctx, backoff/2+rand.N(backoff/2)) // replicas should not come back in step
	return ds, false, nil
}

// awake waits while the listener is paused. It returns the context for the next Receive, which ends with
// ctx or when a pause begins; nil if ctx ended.
func (in *intake) awake(ctx context.Context) context.Context {
	in.mu.Lock()
	defer in.mu.Unlock()
	for !in.paused.IsZero() {
		left := time.Until(in.paused)
		if left <= 0 {
			in.paused = time.Time{}
			break
		}
		in.mu.Unlock()
		ended := !wait(ctx, left)
		in.mu.Lock()
		if ended {
			return nil
		}
	}
	if in.receiving == nil {
		in.receiving, in.interrupt = context.WithCancel(ctx)
	}
	return in.receiving
}

// pause makes the intake receive nothing for the duration. A longer pause that is under way stays.
func (in *intake) pause(d time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	until := time.Now().Add(d)
	if !until.After(in.paused) {
		return
	}
	in.paused = until
	if in.receiving != nil {
		in.interrupt()
		in.receiving = nil
	}
}

// works takes note that receiving works.
func (in *intake) works() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.failing = nil
}

// fails takes note of an error, and returns for how long to wait after it.
func (in *intake) fails(err error) (backoff time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.failing == nil {
		in.since, in.backoff = time.Now(), minBackoff
	}
	in.failing = err
	backoff = in.backoff
	in.backoff = min(2*backoff, maxBackoff)
	return backoff
}

// check returns an error if receiving has failed for so long that the listener is not ready.
func (in *intake) check() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.failing == nil || time.Since(in.since) < unreadyAfter {
		return nil
	}
	return fmt.Errorf("router: listener %s: receiving fails since %s: %w",
		in.id, in.since.UTC().Format(time.RFC3339), in.failing)
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
