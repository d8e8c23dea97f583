package main

import (
	"context"
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
)

// openWatermill opens a GoChannel behind a Router with the middleware of Watermill's basic example. It keeps no
// event that is not acked when it is closed, and has no leases and no dead letters, which favours it.
func openWatermill(handlers int) opener {
	return func(ctx context.Context, body []byte, handled func()) (system, error) {
		pubsub, router, err := newWatermill()
		if err != nil {
			return system{}, err
		}
		for i := range handlers {
			router.AddConsumerHandler(fmt.Sprint(channel, i), channel, pubsub, func(*message.Message) error {
				handled()
				return nil
			})
		}
		return runWatermill(ctx, router, func(context.Context) error {
			return pubsub.Publish(channel, message.NewMessage(watermill.NewUUID(), body))
		})
	}
}

// newWatermill makes the GoChannel, and a Router with the middleware. The Router runs each message in a
// goroutine of its own, without a bound but our window; ours has ten handlers for each listener. An output buffer
// does not help: what is published waits in goroutines anyhow.
func newWatermill() (*gochannel.GoChannel, *message.Router, error) {
	logger := watermill.NopLogger{}
	router, err := message.NewRouter(message.RouterConfig{}, logger)
	if err != nil {
		return nil, nil, err
	}
	router.AddMiddleware(
		middleware.CorrelationID,
		middleware.Retry{MaxRetries: 3, Logger: logger}.Middleware,
		middleware.Recoverer,
	)
	return gochannel.NewGoChannel(gochannel.Config{}, logger), router, nil
}

// runWatermill runs the router, which closes what it subscribed to.
func runWatermill(ctx context.Context, router *message.Router, publish func(context.Context) error) (system, error) {
	done := make(chan error, 1)
	go func() { done <- router.Run(ctx) }()
	if err := started(router.Running(), done); err != nil {
		return system{}, err
	}
	return system{
		publish: publish,
		close: func() error {
			if err := router.Close(); err != nil {
				return err
			}
			return <-done
		},
	}, nil
}
