package middleware

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// Log writes one line about each delivery: at debug level if it was handled or skipped, info if it was
// released or the listener paused, warn if it failed and comes again, error if it was dead-lettered. Its
// attributes are listener, channel, action, id, key, attempt and duration, and where they apply error, delay,
// pause and the stack of a panic. It is [Observe] with a function that logs. A nil logger means
// slog.Default().
func Log(logger *slog.Logger) message.HandlerMiddleware {
	if logger == nil {
		logger = slog.Default()
	}
	return observe(func(ctx context.Context, r Result) {
		level, text := r.headline()
		if logger.Enabled(ctx, level) {
			logger.LogAttrs(ctx, level, text, r.attrs()...)
		}
	}, func(ctx context.Context, err error) bool { return err != nil || logger.Enabled(ctx, slog.LevelDebug) })
}

func (r *Result) headline() (slog.Level, string) {
	switch r.Decision {
	case Done:
		return slog.LevelDebug, "framebus: event handled"
	case Skip:
		return slog.LevelDebug, "framebus: event skipped"
	case Release:
		if r.Delay > 0 {
			return slog.LevelInfo, "framebus: event released, listener paused"
		}
		return slog.LevelInfo, "framebus: event released"
	case Fail, Dead:
	}
	switch r.Outcome {
	case transport.DeadLettered:
		return slog.LevelError, "framebus: event dead-lettered"
	case transport.Retried:
		return slog.LevelWarn, "framebus: event failed, it comes again"
	case transport.Open, transport.Acked, transport.Released:
	}
	return slog.LevelWarn, "framebus: event failed"
}

func (r *Result) attrs() []slog.Attr {
	m := r.Message
	id, channel, action, key := m.ID, m.Channel, m.Action, m.Key
	if env, err := r.Event(); err == nil { // a foreign publisher says it in the body alone
		id, channel, action, key = env.ID, env.Channel, env.Action, env.Key
	}
	attrs := make([]slog.Attr, 0, 10)
	attrs = append(attrs,
		slog.String("listener", r.Listener.String()), slog.String("channel", channel),
		slog.String("action", string(action)), slog.String("id", id), slog.String("key", key),
		slog.Int("attempt", r.Attempt), slog.Duration("duration", r.Duration),
	)
	if r.Err != nil {
		attrs = append(attrs, slog.String("error", r.Err.Error()))
	}
	switch r.Outcome {
	case transport.Retried:
		attrs = append(attrs, slog.Duration("delay", r.Delay))
	case transport.Released:
		if r.Delay > 0 {
			attrs = append(attrs, slog.Duration("pause", r.Delay))
		}
	case transport.Open, transport.Acked, transport.DeadLettered:
	}
	if p, ok := errors.AsType[*PanicError](r.Err); ok {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	return attrs
}
