package sns

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
	// patience is how long an answer is waited for, and what the SDK does by itself meanwhile: a connection that leads nowhere
	// any more would be waited for until its owner gives up.
	patience = 15 * time.Second
	// settlePatience is for how long a request about a message is tried again. Beyond it the message comes again, when its lease
	// ends.
	settlePatience = 20 * time.Second
)

// bounded makes a request that ends by itself.
func bounded(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return do(ctx)
}

// retry makes a request, each time up to a limit, until it succeeds or fails for good, or the trouble has gone on for too long.
func (t *Transport) retry(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	began := time.Now()
	for pause := firstPause; ; {
		err := bounded(ctx, limit, do)
		if err == nil || ctx.Err() != nil || !passes(err) || time.Since(began) > settlePatience || wait(ctx, &pause) != nil {
			return err
		}
	}
}

// wait passes a pause, which is longer the next time, and of random length, so that callers do not come in step.
func wait(ctx context.Context, pause *time.Duration) error {
	timer := time.NewTimer(*pause/2 + rand.N(*pause/2)) //nolint:gosec // no secret
	defer timer.Stop()
	*pause = min(*pause*2, maxPause)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
