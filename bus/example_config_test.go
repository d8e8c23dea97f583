package bus_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport/memory"
)

// A bus runs once, and a closed transport takes nothing.
func ExampleErrClosed() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	settle := serve(b, tr)
	fmt.Println(b.Run(context.Background()))
	settle()
	must(tr.Close())
	err := b.Publish(context.Background(), "Order", bus.Created, nil)
	fmt.Println(errors.Is(err, bus.ErrClosed))
	// Output:
	// bus: Run was called before: closed
	// true
}

// Observe tells what became of each delivery, for metrics, or for a program that shows what it does.
func ExampleConfig() {
	tr := memory.New()
	cfg := quick
	cfg.Observe = func(_ context.Context, r bus.Result) {
		fmt.Println(r.Listener, r.Outcome, "after", r.Attempts, "runs:", r.Err)
	}
	b, _ := bus.New(tr, cfg)
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		if e.Attempt < 4 {
			return errors.New("busy")
		}
		return nil
	})
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", bus.Created, nil))
	settle()
	// Output:
	// finance/Order retried after 2 runs: busy
	// finance/Order acked after 2 runs: <nil>
}

// Ready is closed when every listener is subscribed: what is published from then on reaches them all.
func ExampleBus_Ready() {
	b, _ := bus.New(memory.New(), quick)
	bus.On(b, "Order", func(context.Context, bus.Raw) error { return nil })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	select {
	case <-b.Ready():
		fmt.Println("ready")
	case err := <-done: // Run failed before
		fmt.Println(err)
	}
	stop()
	fmt.Println(<-done)
	// Output:
	// ready
	// <nil>
}

// A handler that takes too long has failed: its ctx ends, and the event is retried.
func ExampleTimeout() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(ctx context.Context, e bus.Event[Order]) error {
		if e.Attempt == 1 {
			<-ctx.Done() // as a call to a slow server would
			return ctx.Err()
		}
		fmt.Println("handled at attempt", e.Attempt)
		return nil
	}, bus.Timeout(10*time.Millisecond))
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", bus.Created, nil))
	settle()
	// Output: handled at attempt 2
}

// A publisher may say what an event is, when it happened and what else there is to know of it.
func ExamplePublishOption() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		fmt.Println(e.ID, e.Key, e.Time.Format(time.DateOnly), e.Extensions["region"])
		return nil
	})
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", "shipped", Order{ID: 1},
		bus.Key(1), bus.ID("order-1-shipped"), bus.Time(time.Date(1996, 7, 16, 0, 0, 0, 0, time.UTC)),
		bus.Extension("region", "eu")))
	settle()
	// Output: order-1-shipped 1 1996-07-16 eu
}
