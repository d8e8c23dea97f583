package bustest

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// broker is the transport under test: it writes the log, and is where the broker's and the crash's faults
// come in.
type broker struct {
	transport.Transport

	log    *log
	faults *faults

	mu  sync.Mutex
	ids []transport.ID
}

// Publish implements [transport.Transport].
func (b *broker) Publish(ctx context.Context, m *transport.Message) error {
	at := b.log.publishing(m) // before, or a fast listener would come first
	err := b.Transport.Publish(ctx, m)
	if err != nil {
		b.log.failed(at, err)
		return err
	}
	if b.faults.take(duplicate, m.Channel) {
		b.log.duplicated(m)
		return b.Transport.Publish(ctx, m)
	}
	return nil
}

// Subscribe implements [transport.Transport].
func (b *broker) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	c, err := b.Transport.Subscribe(ctx, s)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids = append(b.ids, s.ID)
	return &consumer{Consumer: c, broker: b, sub: s}, nil
}

// listeners returns the subscriptions that are open.
func (b *broker) listeners() []transport.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.ids)
}

// consumer hands out what its broker does, by the faults that are set.
type consumer struct {
	transport.Consumer

	broker *broker
	sub    transport.Subscription

	mu   sync.Mutex
	held []*transport.Delivery // reordered, and not handed out yet
}

// Receive implements [transport.Consumer].
func (c *consumer) Receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	ds, err := c.receive(ctx, limit)
	for i, d := range ds {
		if c.broker.faults.take(crash, c.sub.Name) {
			ds[i] = transport.NewDelivery(d.Message, &c.sub, d.Receives, d.Failures(), lost{})
			c.broker.log.crash(ds[i])
		}
	}
	return ds, err
}

func (c *consumer) receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	for {
		if ds := c.take(limit); len(ds) > 0 {
			return ds, nil
		}
		inner, cancel := context.WithCancel(ctx)
		var ds []*transport.Delivery
		var err error
		if n := c.broker.faults.takeAll(reorder, c.sub.Name); n > 0 {
			err = c.gather(inner, cancel, n)
		} else {
			w := &wait{listener: c.sub.Name, cancel: cancel}
			c.broker.faults.enter(w)
			ds, err = c.Consumer.Receive(inner, limit)
			c.broker.faults.exit(w)
		}
		interrupted := inner.Err() != nil
		cancel()
		if len(ds) > 0 || err != nil && (ctx.Err() != nil || !interrupted) {
			return ds, err
		}
	}
}

// gather holds n deliveries in reverse, or as many as there are when the harness waits for Idle.
func (c *consumer) gather(ctx context.Context, cancel context.CancelFunc, n int) error {
	w := &wait{listener: c.sub.Name, cancel: cancel, gathering: true}
	c.broker.faults.enter(w)
	defer c.broker.faults.exit(w)
	var all []*transport.Delivery
	for len(all) < n {
		ds, err := c.Consumer.Receive(ctx, n-len(all))
		if err != nil && len(all) == 0 {
			return err
		}
		if err != nil {
			break // what is there must not get lost; the error comes again with the next call
		}
		all = append(all, ds...)
		c.broker.faults.hold(w, len(all))
	}
	slices.Reverse(all)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = all
	return nil
}

func (c *consumer) take(limit int) []*transport.Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(limit, len(c.held))
	ds := c.held[:n:n]
	c.held = c.held[n:]
	return ds
}

// Close implements [transport.Consumer].
func (c *consumer) Close(ctx context.Context) error {
	for _, d := range c.take(math.MaxInt) {
		_ = d.Release(ctx) // it comes back when its lease ends
	}
	return c.Consumer.Close(ctx)
}

// lost is the receipt of a delivery whose process is as good as dead: nothing of it reaches the broker, no
// extension of the lease either.
type lost struct{}

func (lost) Ack(context.Context) error                                       { return nil }
func (lost) Retry(context.Context, time.Duration, []transport.Failure) error { return nil }
func (lost) Release(context.Context) error                                   { return nil }
func (lost) DeadLetter(context.Context, transport.Record) error              { return nil }
func (lost) Extend(context.Context, time.Duration) error                     { return nil }
