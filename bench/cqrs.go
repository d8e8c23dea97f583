package main

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/components/cqrs"
	"github.com/ThreeDotsLabs/watermill/message"
)

// openCQRS opens Watermill's EventBus and EventProcessor on what openWatermill opens. The default name of an
// event is found by printing its type, for each event on both sides; with one type it need not be, which favours
// it.
func openCQRS(ctx context.Context, _ []byte, handled func()) (system, error) {
	pubsub, router, err := newWatermill()
	if err != nil {
		return system{}, err
	}
	marshaler := cqrs.JSONMarshaler{GenerateName: func(any) string { return channel }}
	events, err := cqrs.NewEventBusWithConfig(pubsub, cqrs.EventBusConfig{
		GeneratePublishTopic: func(p cqrs.GenerateEventPublishTopicParams) (string, error) { return p.EventName, nil },
		Marshaler:            marshaler,
	})
	if err != nil {
		return system{}, err
	}
	processor, err := cqrs.NewEventProcessorWithConfig(router, cqrs.EventProcessorConfig{
		GenerateSubscribeTopic: func(p cqrs.EventProcessorGenerateSubscribeTopicParams) (string, error) {
			return p.EventName, nil
		},
		SubscriberConstructor: func(cqrs.EventProcessorSubscriberConstructorParams) (message.Subscriber, error) {
			return pubsub, nil
		},
		Marshaler: marshaler,
	})
	if err != nil {
		return system{}, err
	}
	err = processor.AddHandlers(cqrs.NewEventHandler(service, func(context.Context, *order) error {
		handled()
		return nil
	}))
	if err != nil {
		return system{}, err
	}
	o := anOrder()
	return runWatermill(ctx, router, func(ctx context.Context) error { return events.Publish(ctx, o) })
}
