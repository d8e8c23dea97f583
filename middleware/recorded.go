package middleware

import (
	"context"
	"sync/atomic"
)

// recordedContext takes word from Retry to Poison, which has to record a failed run that no Retry has: whether
// the last run failed and is on the delivery's record. Middleware between the two may fail after a run that
// succeeded, so the number of failures does not tell. It is a context of its own type to cost one allocation.
type recordedContext struct {
	context.Context //nolint:containedctx // it is one

	recorded atomic.Bool // middleware between may run the handler on another goroutine
}

type recordedKey struct{}

func (c *recordedContext) Value(key any) any {
	if key == (recordedKey{}) {
		return &c.recorded
	}
	return c.Context.Value(key)
}

// recordedIn returns the flag for Retry to set, one that nobody reads if there is no Poison.
func recordedIn(ctx context.Context) *atomic.Bool {
	if recorded, ok := ctx.Value(recordedKey{}).(*atomic.Bool); ok {
		return recorded
	}
	return new(atomic.Bool)
}
