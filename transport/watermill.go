package transport

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
)

// WatermillPublisher is a Watermill Publisher on a transport: a topic is a channel, the message's UUID is
// the ID, its metadata the attributes, and its context bounds the publish. The metadata "action" and "key"
// become the message's Action and Key.
type WatermillPublisher struct {
	// Transport to publish on. Close leaves it open.
	Transport Transport

	mu     sync.Mutex
	closed bool
}

var _ message.Publisher = (*WatermillPublisher)(nil)

// Publish publishes the messages in order and stops at the first that fails.
func (p *WatermillPublisher) Publish(topic string, msgs ...*message.Message) error {
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return ErrClosed
	}
	for _, m := range msgs {
		err := p.Transport.Publish(m.Context(), &Message{
			ID: m.UUID, Channel: topic, Action: event.Action(m.Metadata.Get("action")), Key: m.Metadata.Get("key"),
			Body: m.Payload, Attributes: maps.Clone(m.Metadata),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Close makes later publishes fail.
func (p *WatermillPublisher) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}

// ToWatermill returns the delivery's message for Watermill's handlers, under ctx.
func (d *Delivery) ToWatermill(ctx context.Context) *message.Message {
	msg := message.NewMessageWithContext(ctx, d.Message.ID, d.Message.Body)
	maps.Copy(msg.Metadata, d.Message.Attributes)
	return msg
}

// WatermillSubscriber is a Watermill Subscriber on a transport, for Watermill programs and for its test
// suite; framebus's own router does not use it. Each Subscribe opens a consumer and has one message out at
// a time, as Watermill's contract wants it; its lease is kept until the message is acked or nacked. A
// nacked message comes back at once.
type WatermillSubscriber struct {
	// Transport to subscribe on. Close leaves it open.
	Transport Transport
	// Subscription to open; the topic becomes its Pattern, and is added to its Name.
	Subscription Subscription
	// AckTimeout is how long, once closed, a message that is out may still be acked. Defaults to 10 s.
	AckTimeout time.Duration

	mu     sync.Mutex
	closed bool
	stops  []context.CancelFunc
	wg     sync.WaitGroup
}

var (
	_ message.Subscriber           = (*WatermillSubscriber)(nil)
	_ message.SubscribeInitializer = (*WatermillSubscriber)(nil)
)

func (s *WatermillSubscriber) subscription(topic string) Subscription {
	sub := s.Subscription
	sub.Pattern = topic
	sub.Name += topic
	sub.Concurrency = 1
	return sub
}

// SubscribeInitialize creates the durable subscription for the topic, so that messages published before
// Subscribe are kept for it.
func (s *WatermillSubscriber) SubscribeInitialize(topic string) error {
	sub := s.subscription(topic)
	if p, ok := s.Transport.(Provisioner); ok {
		return p.Provision(context.Background(), sub)
	}
	c, err := s.Transport.Subscribe(context.Background(), sub)
	if err != nil {
		return err
	}
	return c.Close(context.Background())
}

// Subscribe opens a consumer. The channel is closed when ctx ends or the subscriber is closed.
func (s *WatermillSubscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	consumer, err := s.Transport.Subscribe(ctx, s.subscription(topic))
	if err != nil {
		return nil, err
	}
	open, stop := context.WithCancel(ctx)
	s.stops = append(s.stops, stop)
	out := make(chan *message.Message)
	s.wg.Go(func() {
		defer stop()
		defer close(out)
		s.pump(ctx, open, consumer, out)
	})
	return out, nil
}

// Close ends all subscriptions and returns when their channels are closed.
func (s *WatermillSubscriber) Close() error {
	s.mu.Lock()
	s.closed = true
	for _, stop := range s.stops {
		stop()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// pump moves messages from the consumer to out until open ends.
func (s *WatermillSubscriber) pump(ctx, open context.Context, consumer Consumer, out chan<- *message.Message) {
	settle := context.WithoutCancel(ctx)
	defer func() { _ = consumer.Close(settle) }()
	for open.Err() == nil {
		ds, err := consumer.Receive(open, 1)
		if errors.Is(err, ErrClosed) {
			return
		}
		if err != nil && open.Err() == nil {
			watermill.NewSlogLogger(nil).Error("receiving failed", err, nil)
			sleep(open, time.Second)
		}
		for _, d := range ds {
			s.hand(ctx, open, d, out)
		}
	}
}

// hand offers one delivery on out and settles it by what becomes of the message.
func (s *WatermillSubscriber) hand(ctx, open context.Context, d *Delivery, out chan<- *message.Message) {
	settle := context.WithoutCancel(ctx)
	msgCtx := d.Context(ctx)
	defer d.Cancel(nil)
	msg := d.ToWatermill(msgCtx)
	select {
	case out <- msg:
	case <-open.Done():
		_ = d.Release(settle)
		return
	}
	beat := time.NewTicker(d.Lease() / 3)
	defer beat.Stop()
	closing, grace := open.Done(), (<-chan time.Time)(nil)
	for {
		select {
		case <-msg.Acked():
			_ = d.Ack(settle)
			return
		case <-msg.Nacked():
			_ = d.Retry(settle)
			return
		case <-beat.C:
			if errors.Is(d.Extend(settle), ErrLeaseLost) {
				return
			}
		case <-closing:
			timeout := s.AckTimeout
			if timeout <= 0 {
				timeout = 10 * time.Second
			}
			timer := time.NewTimer(timeout)
			defer timer.Stop()
			closing, grace = nil, timer.C
		case <-grace:
			_ = d.Release(settle)
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
