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
	// Unseen says that the handler does not look at the message's metadata, and changes nothing of the message.
	// Where there is no middleware of the user's either, [Correlation] then leaves the metadata as it is, and
	// [Retry] keeps no copy of the message.
	Unseen bool
}

// Middleware returns the stack, outermost first, as a router's listener takes it.
func (s Stack) Middleware() []message.HandlerMiddleware {
	var stack []message.HandlerMiddleware
	if s.Observe != nil {
		stack = append(stack, Observe(s.Observe))
	}
	unseen := s.Unseen && len(s.User) == 0
	tell := setCorrelationID
	if unseen {
		tell = func(*message.Message, string) {}
	}
	stack = append(stack, Log(s.Logger), Poison(s.Policy, s.Logger), correlation(tell))
	stack = append(stack, s.User...)
	stack = append(stack, newRetry(s.Policy, unseen))
	if s.Timeout > 0 {
		stack = append(stack, Timeout(s.Timeout))
	}
	return append(stack, Recover())
}
