package bus_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

var discard = slog.New(slog.DiscardHandler)

// newBus returns a bus of the service "svc", silent, after change has been applied to its configuration.
func newBus(t *testing.T, tr transport.Transport, change ...func(*bus.Config)) *bus.Bus {
	t.Helper()
	cfg := bus.Config{Service: "svc", Logger: discard}
	for _, c := range change {
		c(&cfg)
	}
	b, err := bus.New(tr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run starts the bus and returns when it is ready; stop drains it and returns what Run returned.
func run(t *testing.T, b *bus.Bus) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	select {
	case <-b.Ready():
	case err := <-done:
		t.Fatalf("Run: %v", err)
	}
	return sync.OnceValue(func() error {
		cancel()
		return <-done
	})
}

// publish publishes Order.created with the data.
func publish(t *testing.T, b *bus.Bus, data any) {
	t.Helper()
	if err := b.Publish(t.Context(), "Order", bus.Created, data); err != nil {
		t.Fatal(err)
	}
}

// finish waits until all is handled, and stops the bus.
func finish(t *testing.T, tr *memory.Transport, stop func() error) {
	t.Helper()
	if err := tr.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// tally counts by name, safe for concurrent use.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[string]int)
	}
	c.n[name]++
	return c.n[name]
}

func (c *tally) get(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

func (c *tally) sum() (sum int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.n {
		sum += n
	}
	return sum
}
