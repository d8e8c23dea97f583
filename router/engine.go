package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// openAtOnce bounds how many subscriptions are opened side by side: provisioning a queue at a broker is
// several calls, and a service may have a hundred listeners.
const openAtOnce = 8

// open subscribes every listener. If one fails, it closes the others and returns all errors joined.
func open(ctx context.Context, tr transport.Transport, listeners []*listener) error {
	var wg sync.WaitGroup
	errs := make([]error, len(listeners))
	turn := make(chan struct{}, openAtOnce)
	for i, l := range listeners {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			consumer, err := tr.Subscribe(ctx, l.Subscription)
			if err != nil {
				errs[i] = fmt.Errorf("router: listener %s on %q: %w", l.ID, l.Pattern, err)
			}
			l.intake.consumer = consumer
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return errors.Join(err, closeConsumers(ctx, listeners))
	}
	return nil
}

// closeTimeout bounds closing a consumer: it may have to reach the broker, which may be why we stop.
const closeTimeout = 10 * time.Second

func closeConsumers(ctx context.Context, listeners []*listener) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(listeners))
	for i, l := range listeners {
		if l.intake.consumer == nil {
			continue
		}
		wg.Go(func() {
			if err := l.intake.consumer.Close(ctx); err != nil {
				errs[i] = fmt.Errorf("router: listener %s: close: %w", l.ID, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// engine is Watermill's router, which runs the workers of the listeners.
//
// It runs them, and not each event: its way for a message is four goroutines, two channels and four contexts
// long, and for what it does on it (names in the context, a bound on the shutdown) once per worker is enough.
// docs/performance.md has the figures.
type engine struct {
	watermill *message.Router
	cancel    context.CancelFunc // of the context that Watermill's router has
	done      chan error         // its Run's result
}

// startEngine starts Watermill's router and the first worker of each listener. They receive until receiving
// ends; one whose consumer ends without that calls stop with the reason.
func startEngine(
	ctx, receiving context.Context, stop context.CancelCauseFunc, logger *slog.Logger, listeners []*listener,
) (*engine, error) {
	e := &engine{done: make(chan error, 1)}
	var err error
	e.watermill, err = message.NewRouter(message.RouterConfig{}, quiet(ctx, logger))
	if err != nil {
		return nil, fmt.Errorf("router: %w", err)
	}
	for _, l := range listeners {
		e.watermill.AddConsumerHandler(l.ID.String(), l.Pattern, &feed{out: l.out},
			func(carrier *message.Message) error { return l.work(receiving, stop, carrier) })
	}
	ctx = context.WithoutCancel(ctx)
	inner, cancel := context.WithCancel(ctx)
	e.cancel = cancel
	go func() { e.done <- e.watermill.Run(inner) }()
	select {
	case <-e.watermill.Running():
	case err := <-e.done:
		cancel()
		return nil, fmt.Errorf("router: %w", err)
	}
	for _, l := range listeners {
		// What handlers run under: it has ctx's values and not its end, which is what a drain is.
		l.start(transport.WithDraining(ctx, l.draining))
	}
	return e, nil
}

// close ends Watermill's router, when all handlers have returned: no crew spawns any more.
func (e *engine) close(listeners []*listener) error {
	e.cancel() // first, or Watermill takes the closed channels for an accident
	for _, l := range listeners {
		close(l.out)
	}
	err := e.watermill.Close()
	return errors.Join(err, <-e.done)
}

// feed is a Watermill Subscriber whose messages somebody else sends.
type feed struct {
	out chan *message.Message
}

func (f *feed) Subscribe(context.Context, string) (<-chan *message.Message, error) { return f.out, nil }

// Close does nothing: the engine closes the channel, when no crew can send to it.
func (f *feed) Close() error { return nil }

// quiet gives Watermill our logger one level lower: what it calls information is its inner life, and what
// it calls an error of a handler we have settled and logged ourselves. Where that level is off it gets its
// errors alone: its adapter for slog would build every attribute first.
func quiet(ctx context.Context, logger *slog.Logger) watermill.LoggerAdapter {
	adapter := watermill.NewSlogLoggerWithLevelMapping(logger, map[slog.Level]slog.Level{
		slog.LevelInfo: slog.LevelDebug,
	})
	if logger.Enabled(ctx, slog.LevelDebug) {
		return adapter
	}
	return errorsOnly{adapter}
}

type errorsOnly struct{ adapter watermill.LoggerAdapter }

func (e errorsOnly) Error(msg string, err error, fields watermill.LogFields) {
	e.adapter.Error(msg, err, fields)
}
func (errorsOnly) Info(string, watermill.LogFields)  {}
func (errorsOnly) Debug(string, watermill.LogFields) {}
func (errorsOnly) Trace(string, watermill.LogFields) {}

func (e errorsOnly) With(fields watermill.LogFields) watermill.LoggerAdapter {
	return errorsOnly{e.adapter.With(fields)}
}
