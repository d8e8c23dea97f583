package router_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
)

var discard = slog.New(slog.DiscardHandler)

// listen is a listener of the service "svc" on the channel.
func listen(name, pattern string, h message.NoPublishHandlerFunc) router.Listener {
	return router.Listener{
		Subscription: transport.Subscription{ID: transport.ID{Service: "svc", Name: name}, Pattern: pattern},
		Handler:      h,
	}
}

// start runs a router with the listeners and returns when it is ready. stop drains it and returns what Run
// returned.
func start(t *testing.T, tr transport.Transport, cfg router.Config, ls ...router.Listener) (r *router.Router, stop func() error) {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = discard
	}
	r = router.New(tr, cfg)
	for _, l := range ls {
		if err := r.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	select {
	case <-r.Ready():
	case err := <-done:
		t.Fatalf("Run: %v", err)
	}
	return r, sync.OnceValue(func() error {
		cancel()
		return <-done
	})
}

func publish(t *testing.T, tr transport.Transport, channel string, n int) {
	t.Helper()
	for i := range n {
		m := &transport.Message{ID: fmt.Sprint(channel, "-", i), Channel: channel, Body: []byte("{}")}
		if err := tr.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// counter counts by name.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) add(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[string]int)
	}
	c.n[name]++
	return c.n[name]
}

func (c *counter) get(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

// broken is a transport whose parts can be made to fail.
type broken struct {
	transport.Transport
	features  func(transport.Features) transport.Features
	subscribe func(transport.Subscription) (transport.Subscription, error)
	receive   func() error // before each Receive
	received  func()       // after each Receive that returned something
	extend    func() error
	ack       func() // before each ack, if extend is set

	mu           sync.Mutex
	open, closed int // consumers
}

func (b *broken) Features() transport.Features {
	f := b.Transport.Features()
	if b.features != nil {
		f = b.features(f)
	}
	return f
}

func (b *broken) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	if b.subscribe != nil {
		var err error
		if s, err = b.subscribe(s); err != nil {
			return nil, err
		}
	}
	c, err := b.Transport.Subscribe(ctx, s)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open++
	return &brokenConsumer{c, b, s}, nil
}

type brokenConsumer struct {
	transport.Consumer
	b *broken
	s transport.Subscription
}

func (c *brokenConsumer) Receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	if c.b.receive != nil {
		if err := c.b.receive(); err != nil {
			return nil, err
		}
	}
	ds, err := c.Consumer.Receive(ctx, limit)
	if len(ds) > 0 && c.b.received != nil {
		c.b.received()
	}
	if c.b.extend == nil {
		return ds, err
	}
	for i, d := range ds {
		ds[i] = transport.NewDelivery(d.Message, &c.s, d.Receives, nil, brokenReceipt{d, c.b})
	}
	return ds, err
}

func (c *brokenConsumer) Close(ctx context.Context) error {
	c.b.mu.Lock()
	c.b.closed++
	c.b.mu.Unlock()
	return c.Consumer.Close(ctx)
}

// brokenReceipt settles by the real delivery, and refuses to under a dead context as a network would. It
// extends as it is told to.
type brokenReceipt struct {
	d *transport.Delivery
	b *broken
}

func (r brokenReceipt) Ack(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.b.ack != nil {
		r.b.ack()
	}
	return r.d.Ack(ctx)
}

func (r brokenReceipt) Retry(ctx context.Context, delay time.Duration, _ []transport.Failure) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.d.SetRetryDelay(delay)
	return r.d.Retry(ctx)
}

func (r brokenReceipt) Release(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.d.Release(ctx)
}

func (r brokenReceipt) DeadLetter(ctx context.Context, _ transport.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.d.DeadLetter(ctx, errors.New("dead"))
}

func (r brokenReceipt) Extend(context.Context, time.Duration) error { return r.b.extend() }
