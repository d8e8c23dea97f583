package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"gocloud.dev/pubsub"
	"gocloud.dev/pubsub/mempubsub"
)

// openMempubsub opens a topic and receives as gocloud.dev/pubsub documents it: a goroutine for each message,
// ten at most, as ours. It has no middleware, and its messages have no ids, which favours it.
func openMempubsub(ctx context.Context, body []byte, handled func()) (system, error) {
	topic := mempubsub.NewTopic()
	sub := mempubsub.NewSubscription(topic, time.Minute)
	receiving, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		slots := make(chan struct{}, 10)
		for {
			m, err := sub.Receive(receiving)
			if err != nil {
				return
			}
			slots <- struct{}{}
			running.Go(func() {
				handled()
				m.Ack()
				<-slots
			})
		}
	})
	return system{
		publish: func(ctx context.Context) error { return topic.Send(ctx, &pubsub.Message{Body: body}) },
		close: func() error {
			stop()
			running.Wait()
			ctx := context.WithoutCancel(ctx)
			return errors.Join(topic.Shutdown(ctx), sub.Shutdown(ctx))
		},
	}, nil
}
