package main

import (
	"context"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
)

// openWatermill opens a GoChannel behind a Router with the middleware of Watermill's basic example. Its
// subscription hands out one message at a time; ours has ten handlers.
func openWatermill(ctx context.Context, body []byte, handled func()) (system, error) {
	logger := watermill.NopLogger{}
	channel := gochannel.NewGoChannel(gochannel.Config{}, logger)
	router, err := message.NewRouter(message.RouterConfig{}, logger)
	if err != nil {
		return system{}, err
	}
	router.AddMiddleware(
		middleware.CorrelationID,
		middleware.Retry{MaxRetries: 3, Logger: logger}.Middleware,
		middleware.Recoverer,
	)
	router.AddConsumerHandler("bench", "Order", channel, func(*message.Message) error { handled(); return nil })
	done := make(chan error, 1)
	go func() { done <- router.Run(ctx) }()
	<-router.Running()
	return system{
		publish: func(context.Context) error {
			return channel.Publish("Order", message.NewMessage(watermill.NewUUID(), body))
		},
		close: func() error {
			if err := router.Close(); err != nil {
				return err
			}
			return <-done
		},
	}, nil
}
