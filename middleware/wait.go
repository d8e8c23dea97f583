package middleware

import (
	"context"
	"errors"

	"github.com/framebus/framebus/transport"
)

var errDraining = errors.New("draining")

// interrupted says why one who waits must give way: ctx has ended or a drain has begun. The error wraps
// [ErrRelease]. It is nil if neither is so.
func interrupted(ctx context.Context) error {
	if ctx.Err() != nil {
		return &releaseError{context.Cause(ctx)}
	}
	select {
	case <-transport.Draining(ctx):
		return &releaseError{errDraining}
	default:
		return nil
	}
}

// wait returns nil when ready is, or what interrupted says when ctx ends or a drain begins before that.
func wait[T any](ctx context.Context, ready <-chan T) error {
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
	case <-transport.Draining(ctx):
	}
	return interrupted(ctx)
}
