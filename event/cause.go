package event

import "context"

// Cause is the event that a handler is working on, as far as the events that it publishes need to know.
type Cause struct {
	// EventID becomes their CausationID.
	EventID string
	// CorrelationID is handed on as it is.
	CorrelationID string
}

type causeKey struct{}

// causeContext is a context with a cause: it costs one allocation, where one of context.WithValue costs two.
type causeContext struct {
	context.Context //nolint:containedctx // it is one

	cause Cause
}

// Value implements context.Context.
func (c *causeContext) Value(key any) any {
	if key == (causeKey{}) {
		return &c.cause
	}
	return c.Context.Value(key)
}

// WithCause returns a context whose publishes are caused by c. The correlation middleware sets it for
// every handler; a program that starts work for another reason may set it itself.
func WithCause(ctx context.Context, c Cause) context.Context { return &causeContext{ctx, c} }

// CauseFrom returns the cause in ctx, zero if there is none.
func CauseFrom(ctx context.Context) Cause {
	if c, ok := ctx.Value(causeKey{}).(*Cause); ok {
		return *c
	}
	return Cause{}
}
