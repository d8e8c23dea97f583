package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// openOurs opens a memory transport and a router whose listeners have the bus's default middleware: what a bus
// is, but for the document that it makes of an event. Besides the listeners of the channel, each on a
// subscription of its own, there are idle ones on other channels.
func openOurs(listeners, idle int) opener {
	return func(ctx context.Context, body []byte, handled func()) (system, error) {
		tr := memory.New()
		stop, err := consume(ctx, tr, listeners, idle, handled)
		if err != nil {
			return system{}, err
		}
		return system{publish: publisher(tr, body), close: stop}, nil
	}
}

// publisher publishes the body on the channel, as a new message each time. Its ID is made as Watermill's is.
func publisher(tr *memory.Transport, body []byte) func(context.Context) error {
	return func(ctx context.Context) error {
		return tr.Publish(ctx, &transport.Message{ID: watermill.NewUUID(), Channel: channel, Body: body})
	}
}

// consume runs the listeners on the transport until stop is called.
func consume(
	ctx context.Context, tr transport.Transport, listeners, idle int, handled func(),
) (stop func() error, err error) {
	logger := slog.New(slog.DiscardHandler)
	r := router.New(tr, router.Config{Logger: logger})
	add := func(name, pattern string) error {
		return r.Add(router.Listener{
			Subscription: subscription(name, pattern),
			Middleware: middleware.Stack{
				Logger: logger, Policy: middleware.DefaultPolicy(), Timeout: 5 * time.Minute,
			}.Middleware(),
			Handler: func(*message.Message) error { handled(); return nil },
		})
	}
	for i := range listeners {
		if err := add(listenerName(i), channel); err != nil {
			return nil, err
		}
	}
	for i := range idle {
		name := fmt.Sprint("Idle", i)
		if err := add(name, name); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	if err := started(r.Ready(), done); err != nil {
		cancel()
		return nil, err
	}
	return func() error { cancel(); return <-done }, nil
}

// listenerName of one on the channel.
func listenerName(i int) string { return fmt.Sprint(channel, i) }

// subscription of a listener of ours.
func subscription(name, pattern string) transport.Subscription {
	return transport.Subscription{ID: transport.ID{Service: service, Name: name}, Pattern: pattern}
}
