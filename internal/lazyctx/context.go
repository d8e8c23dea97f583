// Package lazyctx holds a context that makes what cancellation needs (a channel, a timer, its place among
// the parent's children) when somebody first waits for it. Every delivery has such a context, and every run
// of a handler; most handlers never wait, and then neither costs more than the memory that it is part of.
//
// To its users it is what context.WithCancelCause and context.WithDeadlineCause return: contexts derived from
// it are its children, and context.Cause tells its cause.
package lazyctx

import (
	"context"
	"sync/atomic"
	"time"
)

// Context is a context that can be cancelled, and may have a deadline. It may be part of another struct, whose
// own Value method may add to its values. Init must be called before anything else, and only once; the other
// methods are safe for concurrent use.
type Context struct {
	parent context.Context //nolint:containedctx // it is one
	limit  *limit          // nil for none
	ended  atomic.Bool
	made   atomic.Pointer[made]
}

// limit is a deadline, and the cause of the end that it brings.
type limit struct {
	deadline time.Time
	cause    error
}

// made is the real context, once there is one.
type made struct {
	context.Context //nolint:containedctx // it is part of one

	cancel context.CancelCauseFunc
}

var _ context.Context = (*Context)(nil)

// Init makes a zero Context a child of the parent.
func (c *Context) Init(parent context.Context) { c.parent = parent }

// WithTimeout returns a context that ends after the timeout with the cause, or with its parent.
func WithTimeout(parent context.Context, timeout time.Duration, cause error) *Context {
	c := &struct { // one allocation instead of two
		Context

		limit limit
	}{limit: limit{time.Now().Add(timeout), cause}}
	c.parent, c.Context.limit = parent, &c.limit
	return &c.Context
}

// Cancel ends the context with the cause, nil for context.Canceled. Only the first call counts.
func (c *Context) Cancel(cause error) { c.make().cancel(cause) }

// End ends the context as Cancel(nil) does, at no cost if nobody has waited for it. A deadline that passed before
// without anybody looking has then not been missed.
func (c *Context) End() {
	if c.parent.Err() != nil {
		c.make()
	}
	c.ended.Store(true)
	if m := c.made.Load(); m != nil {
		m.cancel(nil)
	}
}

// make returns the real context. Of two that make it at once, one is dropped.
func (c *Context) make() *made {
	if m := c.made.Load(); m != nil {
		return m
	}
	parent, stop := c.parent, func() {}
	switch {
	case c.ended.Load(): // before anything else could
		parent = context.WithoutCancel(parent)
	case c.limit != nil:
		parent, stop = context.WithDeadlineCause(parent, c.limit.deadline, c.limit.cause)
	}
	ctx, cancel := context.WithCancelCause(parent)
	m := &made{ctx, func(cause error) { cancel(cause); stop() }}
	if !c.made.CompareAndSwap(nil, m) {
		m.cancel(nil)
		return c.made.Load()
	}
	if c.ended.Load() { // and End may not have seen m
		m.cancel(nil)
	}
	return m
}

// Done implements context.Context. The first call makes the channel.
func (c *Context) Done() <-chan struct{} { return c.make().Done() }

// Err implements context.Context.
func (c *Context) Err() error {
	if m := c.made.Load(); m != nil {
		return m.Err()
	}
	switch {
	case c.parent.Err() != nil, c.ended.Load(), c.limit != nil && !time.Now().Before(c.limit.deadline):
		return c.make().Err()
	}
	return nil
}

// Deadline implements context.Context.
func (c *Context) Deadline() (deadline time.Time, ok bool) {
	deadline, ok = c.parent.Deadline()
	if c.limit == nil || ok && deadline.Before(c.limit.deadline) {
		return deadline, ok
	}
	return c.limit.deadline, true
}

// Value implements context.Context. Package context asks a context for its own ends as well, by the address of
// an int: for whom it is a child of, and for its cause. That is the real one's to answer.
func (c *Context) Value(key any) any {
	if _, internal := key.(*int); internal {
		return c.make().Value(key)
	}
	return c.parent.Value(key)
}
