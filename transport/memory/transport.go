package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// MaxDelay is the longest delay of a retry: 14 days, as long as SQS keeps a message at most
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html,
// MessageRetentionPeriod). A longer one is cut to it.
const MaxDelay = 14 * 24 * time.Hour

// Transport is a connection to a broker in this process. All methods are safe for concurrent use.
type Transport struct {
	broker *broker
	closed chan struct{}

	mu        sync.Mutex
	consumers map[*consumer]struct{} // nil once closed
}

var (
	_ transport.Transport      = (*Transport)(nil)
	_ transport.BatchPublisher = (*Transport)(nil)
	_ transport.DeadLetterer   = (*Transport)(nil)
	_ transport.Depther        = (*Transport)(nil)
	_ transport.Provisioner    = (*Transport)(nil)
)

// New makes a broker and returns the first connection to it. The broker lives as long as a connection to
// it, or a delivery of it, is in use; there is nothing else to close.
func New(opts ...Option) *Transport {
	var s settings
	for _, o := range opts {
		o(&s)
	}
	return connect(newBroker(s))
}

func connect(b *broker) *Transport {
	return &Transport{broker: b, closed: make(chan struct{}), consumers: make(map[*consumer]struct{})}
}

// Connect returns another connection to the same broker, with a Close of its own, as another process would
// have it. It works on a closed connection too: that is a process that comes back.
func (t *Transport) Connect() *Transport { return connect(t.broker) }

// Features says what the broker can do: all there is, but for durability. MaxBody is SNS's limit
// ([event.MaxSize]), so that what passes here is not too large there.
func (t *Transport) Features() transport.Features { return features() }

func features() transport.Features {
	return transport.Features{
		Name: "memory", Globs: true, Filters: true, Ordered: true, DeadLetters: true, History: true,
		MaxDelay: MaxDelay, MaxBody: event.MaxSize,
	}
}

// Subscribe declares the subscription and returns a consumer of it. Of two different declarations of one
// subscription the later holds, for all its consumers; Concurrency is no part of it.
func (t *Transport) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	c, err := t.subscribe(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("memory: subscribe %s: %w", s.ID, err)
	}
	return c, nil
}

func (t *Transport) subscribe(ctx context.Context, s transport.Subscription) (*consumer, error) {
	q, err := t.declare(ctx, s)
	if err != nil {
		return nil, err
	}
	c := &consumer{transport: t, queue: q}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.consumers == nil {
		return nil, transport.ErrClosed
	}
	t.consumers[c] = struct{}{}
	return c, nil
}

// Provision declares the subscription and opens nothing.
func (t *Transport) Provision(ctx context.Context, s transport.Subscription) error {
	if _, err := t.declare(ctx, s); err != nil {
		return fmt.Errorf("memory: provision %s: %w", s.ID, err)
	}
	return nil
}

func (t *Transport) declare(ctx context.Context, s transport.Subscription) (*queue, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	if err := s.Check(features()); err != nil {
		return nil, err
	}
	return t.broker.declare(s), nil
}

// Depth counts the messages of a subscription, exactly.
func (t *Transport) Depth(ctx context.Context, sub transport.ID) (transport.Depth, error) {
	q, err := t.find(ctx, sub)
	if err != nil {
		return transport.Depth{}, fmt.Errorf("memory: depth of %s: %w", sub, err)
	}
	return q.depth(), nil
}

// Idle waits until every message published on the broker, by whatever connection, is acked or
// dead-lettered, and no Publish is waiting for room. It is never true too early: a handler that publishes
// before it acks keeps the broker busy without a gap. Retries count while they are delayed, and so do
// messages of subscriptions that nobody consumes; dead letters do not. The error wraps ctx.Err(), or
// [transport.ErrClosed].
func (t *Transport) Idle(ctx context.Context) error {
	err := t.usable(ctx)
	if err == nil {
		err = t.broker.pending.wait(ctx, t.closed)
	}
	if err != nil {
		return fmt.Errorf("memory: idle: %w", err)
	}
	return nil
}

// Close ends this connection: its consumers are closed, and its calls that wait return. The broker,
// its subscriptions and other connections go on. Deliveries that are out can still be settled; those that
// are not come back when their lease ends, as after a crash.
func (t *Transport) Close() error {
	t.mu.Lock()
	consumers := t.consumers
	if consumers != nil {
		close(t.closed)
		t.consumers = nil
	}
	t.mu.Unlock()
	for c := range consumers {
		c.queue.dismiss(c)
	}
	return nil
}

// usable says what keeps a method from beginning.
func (t *Transport) usable(ctx context.Context) error {
	select {
	case <-t.closed:
		return transport.ErrClosed
	default:
		return ctx.Err()
	}
}

// find returns the queue of a subscription that exists.
func (t *Transport) find(ctx context.Context, sub transport.ID) (*queue, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	return t.broker.find(sub)
}

// consumer is one replica's hold on a queue.
type consumer struct {
	transport *Transport
	queue     *queue
	closed    bool // guarded by queue.mu
}

// Receive implements [transport.Consumer].
func (c *consumer) Receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	ds, err := c.queue.receive(ctx, c, max(limit, 1))
	if err != nil {
		return nil, fmt.Errorf("memory: receive from %s: %w", c.queue.id, err)
	}
	return ds, nil
}

// Close implements [transport.Consumer]. Nothing is fetched ahead, so there is nothing to hand back.
func (c *consumer) Close(context.Context) error {
	c.transport.mu.Lock()
	delete(c.transport.consumers, c)
	c.transport.mu.Unlock()
	c.queue.dismiss(c)
	return nil
}
