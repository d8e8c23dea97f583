package middleware

import (
	"context"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Stack is the middleware of one listener. Its order is the delivery contract's (docs/delivery.md): it is
// written down here, so that nobody else has to get it right.
type Stack struct {
	// Observe is called with what became of each delivery; nil for nobody.
	Observe func(ctx context.Context, r Result)
	// Logger of [Log] and [Poison]. Defaults to slog.Default().
	Logger *slog.Logger
	// Policy of [Retry] and [Poison].
	Policy Policy
	// User is the user's middleware, outermost first.
	User []message.HandlerMiddleware
	// Timeout of one run of the handler; 0 or less means none.
	Timeout time.Duration
}

// Middleware returns the stack, outermost first, as a router's listener takes it.
func (s Stack) Middleware() []message.HandlerMiddleware {
	var stack []message.HandlerMiddleware
	if s.Observe != nil {
		stack = append(stack, Observe(s.Observe))
	}
	stack = append(stack, Log(s.Logger), Poison(s.Policy, s.Logger), Correlation())
	stack = append(stack, s.User...)
	stack = append(stack, Retry(s.Policy))
	if s.Timeout > 0 {
		stack = append(stack, Timeout(s.Timeout))
	}
	return append(stack, Recover())
}
