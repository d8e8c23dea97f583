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

// WithCause returns a context whose publishes are caused by c. The correlation middleware sets it for
// every handler; a program that starts work for another reason may set it itself.
func WithCause(ctx context.Context, c Cause) context.Context {
	return context.WithValue(ctx, causeKey{}, c)
}

// CauseFrom returns the cause in ctx, zero if there is none.
func CauseFrom(ctx context.Context) Cause {
	c, _ := ctx.Value(causeKey{}).(Cause)
	return c
}
