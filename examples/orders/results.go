package main

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/event"
)

// results counts what became of the deliveries.
type results struct {
	retries, deadLetters atomic.Int64
}

// observe is told by the bus what became of each delivery.
func (p *program) observe(ctx context.Context, r bus.Result) {
	p.results.retries.Add(int64(max(r.Attempts-1, 0))) // all but the last were tried again at once
	switch r.Outcome {
	case bus.Retried:
		p.results.retries.Add(1)
	case bus.DeadLettered:
		p.results.deadLetters.Add(1)
	default:
		return
	}
	if p.quiet {
		return
	}
	if env, err := r.Event(); err == nil { // the handler's context is gone; the event knows its story too
		ctx = event.WithCause(ctx, event.Cause{EventID: env.CausationID, CorrelationID: env.CorrelationID})
	}
	log := p.logger("bus").With("listener", r.Listener.Name)
	if r.Outcome == bus.Retried {
		log.WarnContext(ctx, "comes again", "in", r.Delay)
		return
	}
	log.ErrorContext(ctx, "dead letter", "attempts", r.Attempt, "error", r.Err)
}

// busLogger is for troubles of the bus. What becomes of single events the show tells.
func (p *program) busLogger() *slog.Logger {
	return slog.New(troubles{slog.NewTextHandler(reporter{p.screen}, &slog.HandlerOptions{Level: slog.LevelWarn})})
}

type troubles struct{ slog.Handler }

func (t troubles) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "framebus: event ") {
		return nil
	}
	return t.Handler.Handle(ctx, r)
}

// reporter writes to standard error, clear of the progress bar.
type reporter struct{ screen *screen }

func (r reporter) Write(line []byte) (int, error) {
	r.screen.report("%s", strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
