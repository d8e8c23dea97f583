package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/framebus/framebus/event"
)

// show is a slog.Handler that tells the story: one line for what an app logs, that begins with the line of
// input that it is about. That is the correlation ID of all events which descend from the line, and it is in
// the context of every handler.
type show struct {
	screen *screen
	app    string
	attrs  string
}

// logger returns the logger of an app.
func (p *program) logger(app string) *slog.Logger {
	if p.quiet {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(show{screen: p.screen, app: app})
}

// Enabled implements slog.Handler.
func (s show) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (s show) Handle(ctx context.Context, r slog.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s %-8s %s%s", event.CauseFrom(ctx).CorrelationID, s.app, r.Message, s.attrs)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%s", a.Key, a.Value)
		return true
	})
	s.screen.print(b.String())
	return nil
}

// WithAttrs implements slog.Handler.
func (s show) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		s.attrs += fmt.Sprintf(" %s=%s", a.Key, a.Value)
	}
	return s
}

// WithGroup implements slog.Handler. The show has no groups.
func (s show) WithGroup(string) slog.Handler { return s }
