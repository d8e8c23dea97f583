package memory

import (
	"context"
	"fmt"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// Publish puts m into every subscription that matches, or on an error into none. It waits only for room:
// see [MaxDepth].
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	err := t.usable(ctx)
	if err == nil {
		err = t.publish(ctx, m)
	}
	if err != nil {
		return publishError(m, err)
	}
	return nil
}

// PublishBatch publishes the messages in order, each as Publish would.
func (t *Transport) PublishBatch(ctx context.Context, ms []*transport.Message) error {
	var errs []error
	for i, m := range ms {
		if err := t.Publish(ctx, m); err != nil {
			if errs == nil {
				errs = make([]error, len(ms))
			}
			errs[i] = err
		}
	}
	if errs != nil {
		return &transport.BatchError{Errs: errs}
	}
	return nil
}

func (t *Transport) publish(ctx context.Context, m *transport.Message) error {
	if err := m.Check(features()); err != nil {
		return err
	}
	b := t.broker
	var buf [8]*queue
	queues := b.targets(m.Channel).wanting(m.Action, buf[:0])
	if len(queues) == 0 {
		return nil
	}
	b.pending.add(len(queues))
	if b.room != nil {
		if err := b.room.take(ctx, t.closed, queues); err != nil {
			b.pending.done(len(queues))
			return err
		}
	}
	now := b.now()
	stored := b.messages.take(m, now, len(queues))
	for _, q := range queues {
		if ring, much := q.inbox.put(stored); ring || much {
			q.attend(ring, now)
		}
	}
	return nil
}

// publishError names the channel, unless that is what is wrong and may be any bytes.
func publishError(m *transport.Message, err error) error {
	if event.CheckChannel(m.Channel) != nil {
		return fmt.Errorf("memory: publish: %w", err)
	}
	return fmt.Errorf("memory: publish %s: %w", m.Channel, err)
}
