package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport/memory"
)

// openOurs opens a bus with its default middleware. It puts the body in an event's document and takes it out
// again, which the peers do not: that favours them.
func openOurs(ctx context.Context, body []byte, handled func()) (system, error) {
	b, err := bus.New(memory.New(), bus.Config{Service: "bench", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return system{}, err
	}
	bus.On(b, "Order", func(context.Context, bus.Raw) error { handled(); return nil })
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	<-b.Ready()
	return system{
		publish: func(ctx context.Context) error {
			return b.Publish(ctx, "Order", bus.Created, json.RawMessage(body))
		},
		close: func() error { stop(); return <-done },
	}, nil
}
