package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
)

// WatermillPublisher is a Watermill Publisher on a transport: a topic is a channel, the message's UUID is
// the ID, its metadata the attributes, and its context bounds the publish. The metadata "action" and "key"
// become the message's Action and Key. The UUID travels as an attribute too, as Watermill's Pub/Subs send it,
// so that a bus reads any payload as an event's data: see [event.AttrUUID].
type WatermillPublisher struct {
	// Transport to publish on. Close leaves it open.
	Transport Transport

	closed atomic.Bool
}

var _ message.Publisher = (*WatermillPublisher)(nil)

// Publish publishes the messages in order and stops at the first that fails, which the error names: those
// before it are with the broker.
func (p *WatermillPublisher) Publish(topic string, msgs ...*message.Message) error {
	if p.closed.Load() {
		return fmt.Errorf("transport: publish on %s: %w", topic, ErrClosed)
	}
	for i, m := range msgs {
		err := p.Transport.Publish(m.Context(), &Message{
			ID: m.UUID, Channel: topic, Action: event.Action(m.Metadata.Get("action")), Key: m.Metadata.Get("key"),
			Body: m.Payload, Attributes: withUUID(m),
		})
		if err != nil {
			return fmt.Errorf("transport: publish message %s (%d of %d) on %s: %w", m.UUID, i+1, len(msgs), topic, err)
		}
	}
	return nil
}

func withUUID(m *message.Message) map[string]string {
	attributes := make(map[string]string, len(m.Metadata)+1)
	attributes[event.AttrUUID] = m.UUID
	maps.Copy(attributes, m.Metadata)
	return attributes
}

// Close makes later publishes fail.
func (p *WatermillPublisher) Close() error {
	p.closed.Store(true)
	return nil
}

// ToWatermill returns the delivery's message for Watermill's handlers, under ctx.
func (d *Delivery) ToWatermill(ctx context.Context) *message.Message {
	msg := message.NewMessageWithContext(ctx, d.Message.ID, d.Message.Body)
	msg.Metadata = d.Message.Metadata()
	return msg
}

// Metadata returns the attributes as Watermill's metadata, in a map of its own that is never nil: without
// [event.AttrUUID], which is the UUID of Watermill's message.
func (m *Message) Metadata() message.Metadata {
	metadata := make(message.Metadata, len(m.Attributes))
	for name, value := range m.Attributes {
		if name != event.AttrUUID {
			metadata[name] = value
		}
	}
	return metadata
}

// WatermillSubscriber is a Watermill Subscriber on a transport, for Watermill programs and for its test
// suite; framebus's own router does not use it. Each Subscribe opens a consumer and has one message out at
// a time, as Watermill's contract wants it; its lease is kept until the message is acked or nacked, and its
// context ends then. A nacked message comes back at once.
type WatermillSubscriber struct {
	// Transport to subscribe on. Close leaves it open.
	Transport Transport
	// Subscription to open; the topic becomes its Pattern, and is added to its Name behind a dot.
	Subscription Subscription
	// AckTimeout is how long, once closed, a message that is out may still be acked. Defaults to 10 s.
	AckTimeout time.Duration
	// Logger is told what the broker refuses. Defaults to slog.Default().
	Logger *slog.Logger

	mu      sync.Mutex
	closed  bool
	closing chan struct{} // made by the first Subscribe, closed by Close
	wg      sync.WaitGroup
}

var (
	_ message.Subscriber           = (*WatermillSubscriber)(nil)
	_ message.SubscribeInitializer = (*WatermillSubscriber)(nil)
)

func (s *WatermillSubscriber) subscription(topic string) Subscription {
	sub := s.Subscription
	sub.Pattern = topic
	sub.Name = strings.TrimPrefix(sub.Name+"."+topic, ".")
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

// Subscribe opens a consumer. The channel is closed when ctx ends or the subscriber is closed; a message
// that is out then may still be acked for AckTimeout.
func (s *WatermillSubscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	closing, err := s.begin()
	if err != nil {
		return nil, err
	}
	open, stop := context.WithCancel(ctx)
	go func() {
		select {
		case <-closing:
			stop()
		case <-open.Done():
		}
	}()
	consumer, err := s.Transport.Subscribe(open, s.subscription(topic))
	if err != nil {
		stop()
		s.wg.Done()
		return nil, err
	}
	out := make(chan *message.Message)
	go func() {
		defer s.wg.Done()
		defer stop()
		defer close(out)
		s.pump(ctx, open, consumer, out)
	}()
	return out, nil
}

// begin counts one more subscription, whose end calls s.wg.Done, and returns what Close closes.
func (s *WatermillSubscriber) begin() (closing <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("transport: subscribe: %w", ErrClosed)
	}
	if s.closing == nil {
		s.closing = make(chan struct{})
	}
	s.wg.Add(1)
	return s.closing, nil
}

// Close ends all subscriptions and returns when their channels are closed. Closing twice is no error.
func (s *WatermillSubscriber) Close() error {
	s.mu.Lock()
	if !s.closed && s.closing != nil {
		close(s.closing)
	}
	s.closed = true
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// pump moves messages from the consumer to out until open ends.
func (s *WatermillSubscriber) pump(ctx, open context.Context, consumer Consumer, out chan<- *message.Message) {
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.ackTimeout())
		defer cancel()
		s.report("closing a consumer", consumer.Close(bound))
	}()
	for open.Err() == nil {
		ds, err := consumer.Receive(open, 1)
		if errors.Is(err, ErrClosed) {
			return
		}
		if err != nil && open.Err() == nil {
			s.report("receiving", err)
			pause(open, time.Second)
		}
		for _, d := range ds {
			s.hand(ctx, open, d, out)
		}
	}
}

// hand offers one delivery on out and settles it by what becomes of the message.
func (s *WatermillSubscriber) hand(ctx, open context.Context, d *Delivery, out chan<- *message.Message) {
	msg := d.ToWatermill(d.Context(ctx))
	defer d.Cancel(nil)
	select {
	case out <- msg:
	case <-open.Done():
		s.settle(ctx, d, "releasing", d.Release)
		return
	}
	beat := time.NewTicker(max(d.Lease()/3, 1))
	defer beat.Stop()
	var grace <-chan time.Time
	closing := open.Done()
	for {
		select {
		case <-msg.Acked():
			s.settle(ctx, d, "acking", d.Ack)
			return
		case <-msg.Nacked():
			s.settle(ctx, d, "retrying", d.Retry)
			return
		case <-beat.C:
			err := leased(ctx, d, d.Extend)
			s.report("extending a lease", err)
			if errors.Is(err, ErrLeaseLost) {
				return
			}
		case <-closing:
			closing, grace = nil, time.After(s.ackTimeout())
		case <-grace:
			s.settle(ctx, d, "releasing", d.Release)
			return
		}
	}
}

func (s *WatermillSubscriber) settle(ctx context.Context, d *Delivery, doing string, do func(context.Context) error) {
	s.report(doing+" a message", leased(ctx, d, do))
}

// leased calls the broker about a delivery, whether ctx has ended or not, for as long as the lease lasts:
// later the broker would refuse.
func leased(ctx context.Context, d *Delivery, do func(context.Context) error) error {
	bound, cancel := context.WithDeadline(context.WithoutCancel(ctx), d.Deadline())
	defer cancel()
	return do(bound)
}

func (s *WatermillSubscriber) ackTimeout() time.Duration {
	if s.AckTimeout > 0 {
		return s.AckTimeout
	}
	return 10 * time.Second
}

func (s *WatermillSubscriber) report(doing string, err error) {
	if err == nil {
		return
	}
	logger := s.Logger
	if logger == nil {
		logger = slog.Default()
	}
	logger.Warn("transport: "+doing+" failed", "error", err)
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
