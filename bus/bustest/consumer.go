package bustest

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// consumer hands out what its broker does, by the faults that are set.
type consumer struct {
	transport.Consumer

	broker *broker
	sub    transport.Subscription

	mu   sync.Mutex
	held []*transport.Delivery // reordered, and not handed out yet
	beat *time.Timer           // extends their leases; nil while there are none
}

// Receive implements [transport.Consumer].
func (c *consumer) Receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	ds, err := c.receive(ctx, limit)
	for i, d := range ds {
		if c.broker.faults.take(crash, c.sub.Name) {
			ds[i] = transport.NewDelivery(d.Message, &c.sub, d.Receives, d.Failures(), lost{})
			c.broker.crash(d, ds[i])
		}
	}
	c.broker.handOut(ds)
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
			w := c.broker.faults.enter(c.sub.Name, cancel, false)
			ds, err = c.Consumer.Receive(inner, limit)
			c.broker.faults.exit(w)
			c.broker.arrived(c.sub.ID, ds)
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
	w := c.broker.faults.enter(c.sub.Name, cancel, true)
	defer c.broker.faults.exit(w)
	for got := 0; got < n; {
		ds, err := c.Consumer.Receive(ctx, n-got)
		if err != nil && got == 0 {
			return err
		}
		if err != nil {
			break // what is there must not get lost; the error comes again with the next call
		}
		got += len(ds)
		c.broker.arrived(c.sub.ID, ds)
		c.hold(ds)
		c.broker.faults.hold(w, got)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broker.handOut(c.held) // before exit, or for a moment nobody would seem to have them
	return nil
}

// hold puts deliveries before those that are held. Nobody else extends their leases meanwhile: without that a
// slow listener would get them twice.
func (c *consumer) hold(ds []*transport.Delivery) {
	slices.Reverse(ds)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = append(ds, c.held...)
	if c.beat == nil {
		c.beat = time.AfterFunc(c.sub.LeaseOrDefault()/3, c.extend)
	}
}

func (c *consumer) extend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.held {
		_ = d.Extend(context.Background()) // at worst it comes twice, as from any broker
	}
	if c.beat != nil {
		c.beat.Reset(c.sub.LeaseOrDefault() / 3)
	}
}

func (c *consumer) take(limit int) []*transport.Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(limit, len(c.held))
	ds := c.held[:n:n]
	c.held = c.held[n:]
	if len(c.held) == 0 && c.beat != nil {
		c.beat.Stop()
		c.beat = nil
	}
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
