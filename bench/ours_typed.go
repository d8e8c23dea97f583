package main

import (
	"context"
	"log/slog"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport/memory"
)

// openOursTyped opens a bus as it is by default. An event of it is a CloudEvents document with a correlation and
// a time; the peers send the bare JSON, which favours them.
func openOursTyped(ctx context.Context, _ []byte, handled func()) (system, error) {
	b, err := bus.New(memory.New(), bus.Config{Service: service, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return system{}, err
	}
	bus.On(b, channel, func(context.Context, bus.Event[order]) error { handled(); return nil })
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	if err := started(b.Ready(), done); err != nil {
		stop()
		return system{}, err
	}
	o := anOrder()
	return system{
		publish: func(ctx context.Context) error { return b.Publish(ctx, channel, bus.Created, o) },
		close:   func() error { stop(); return <-done },
	}, nil
}
