package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// Order is the model of the examples.
type Order struct {
	ID    int    `json:"id"`
	Total string `json:"total,omitempty"`
}

// quick is a configuration whose retries come soon, and whose log is silent.
var quick = bus.Config{
	Service: "finance",
	Logger:  slog.New(slog.DiscardHandler),
	Retry:   &bus.Policy{Immediate: 1, Delays: []time.Duration{time.Millisecond}},
}

// serve runs the bus. settle waits until all events are handled, stops the bus and prints what went wrong.
func serve(b *bus.Bus, tr *memory.Transport) (settle func()) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	<-b.Ready()
	return func() {
		if err := tr.Idle(ctx); err != nil {
			fmt.Println("idle:", err)
		}
		stop()
		if err := <-done; err != nil {
			fmt.Println("run:", err)
		}
	}
}

func must(err error) {
	if err != nil {
		fmt.Println("error:", err)
	}
}

// A service publishes an event and listens to it.
func Example() {
	tr := memory.New()
	b, err := bus.New(tr, bus.Config{Service: "finance"})
	if err != nil {
		fmt.Println(err)
		return
	}
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		fmt.Println(e.Source, e.Channel, e.Action, e.Key, e.Data.Total)
		return nil
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	<-b.Ready()

	err = b.Publish(ctx, "Order", bus.Created, Order{ID: 42, Total: "440.00"}, bus.Key(42))
	fmt.Println("published:", err)

	_ = tr.Idle(ctx) // wait until it is handled
	stop()
	fmt.Println("stopped:", <-done)
	// Unordered output:
	// published: <nil>
	// finance Order created 42 440.00
	// stopped: <nil>
}

// The type of the handler's event says how its data is decoded.
func ExampleOn() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		switch e.Action {
		case bus.Created, bus.Updated:
			fmt.Println("invoice", e.Data.Total)
		case bus.Deleted:
			fmt.Println("cancel", e.Data.ID)
		}
		return nil
	}, bus.Ordered())
	settle := serve(b, tr)
	ctx := context.Background()
	must(b.Publish(ctx, "Order", bus.Created, Order{1, "10.00"}, bus.Key(1)))
	must(b.Publish(ctx, "Order", bus.Updated, Order{1, "12.50"}, bus.Key(1)))
	must(b.Publish(ctx, "Order", bus.Deleted, Order{ID: 1}, bus.Key(1)))
	settle()
	// Output:
	// invoice 10.00
	// invoice 12.50
	// cancel 1
}

// A listener on "*" gets every event, and json.RawMessage takes any data. A glob takes the channels that
// it matches, those that appear later included.
func ExampleOn_pattern() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	audit := func(_ context.Context, e bus.Event[json.RawMessage]) error {
		fmt.Printf("audit: %s.%s %s\n", e.Channel, e.Action, e.Data)
		return nil
	}
	bus.On(b, "*", audit)
	bus.On(b, "Sales.*", func(_ context.Context, e bus.Raw) error {
		fmt.Println("sales:", e.Channel)
		return nil
	})
	settle := serve(b, tr)
	ctx := context.Background()
	must(b.Publish(ctx, "Sales.Order", bus.Created, Order{ID: 1}))
	must(b.Publish(ctx, "Stock", "counted", 17))
	settle()
	// Unordered output:
	// audit: Sales.Order.created {"id":1}
	// sales: Sales.Order
	// audit: Stock.counted 17
}

// Each listener gets every event. A second one on a channel needs a name of its own; one that fails does
// not make another run again.
func ExampleName() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		fmt.Println("invoice for", e.Data.ID)
		return nil
	})
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		fmt.Println("mail for", e.Data.ID, "attempt", e.Attempt)
		if e.Attempt < 3 {
			return errors.New("mail server is busy")
		}
		return nil
	}, bus.Name("mail"))
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", bus.Created, Order{ID: 7}))
	settle()
	// Unordered output:
	// invoice for 7
	// mail for 7 attempt 1
	// mail for 7 attempt 2
	// mail for 7 attempt 3
}

// A listener may take some actions only: others never reach it.
func ExampleActions() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(_ context.Context, e bus.Raw) error {
		fmt.Println(e.Action)
		return nil
	}, bus.Actions(bus.Deleted, "shipped"))
	settle := serve(b, tr)
	ctx := context.Background()
	must(b.Publish(ctx, "Order", bus.Created, nil))
	must(b.Publish(ctx, "Order", "shipped", nil))
	settle()
	// Output: shipped
}

// Concurrency bounds how many events a listener handles at a time.
func ExampleConcurrency() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	running := 0 // safe without a lock: one at a time
	bus.On(b, "Order", func(context.Context, bus.Raw) error {
		running++
		if running > 1 {
			fmt.Println("two at once")
		}
		running--
		return nil
	}, bus.Concurrency(1))
	settle := serve(b, tr)
	for range 100 {
		must(b.Publish(context.Background(), "Order", bus.Created, nil))
	}
	settle()
	fmt.Println("done")
	// Output: done
}

// An ordered listener handles the events of one key as they were published, also when one of them fails
// at first.
func ExampleOrdered() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(_ context.Context, e bus.Event[int]) error {
		if e.Data == 1 && e.Attempt < 4 {
			return errors.New("not yet")
		}
		fmt.Println(e.Key, e.Data)
		return nil
	}, bus.Ordered())
	settle := serve(b, tr)
	for i := range 3 {
		must(b.Publish(context.Background(), "Order", bus.Updated, i, bus.Key("A")))
	}
	settle()
	// Output:
	// A 0
	// A 1
	// A 2
}

// An event that no retry helps goes to the listener's dead letters at once, with the reason. From there it
// can be put back to the listener that could not take it.
func ExamplePermanent() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	known := false
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		if !known {
			return bus.Permanent(errors.New("no such customer"))
		}
		fmt.Println("handled", e.Data.ID)
		return nil
	})
	settle := serve(b, tr)
	ctx := context.Background()
	must(b.Publish(ctx, "Order", bus.Created, Order{ID: 9}))
	must(tr.Idle(ctx))

	dead, _ := tr.DeadLetters(ctx, transport.ID{Service: "finance", Name: "Order"})
	letters, _ := dead.List(ctx, "", 10)
	for _, l := range letters {
		fmt.Println(l.Why.Listener, "after", len(l.Why.Attempts), "attempt:", l.Why.Reason)
	}
	known = true
	n, err := dead.Redrive(ctx)
	fmt.Println("redriven:", n, err)
	settle()
	// Unordered output:
	// finance/Order after 1 attempt: no such customer
	// redriven: 1 <nil>
	// handled 9
}

// A handler may say when to try again.
func ExampleRetryAfter() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	var first time.Time
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		if e.Attempt == 1 {
			first = time.Now()
			return bus.RetryAfter(30*time.Millisecond, errors.New("rate limited"))
		}
		fmt.Println("attempt", e.Attempt, "waited:", time.Since(first) >= 30*time.Millisecond)
		return nil
	})
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", bus.Created, nil))
	settle()
	// Output: attempt 2 waited: true
}

// ErrSkip acks an event that the handler does not want.
func ExampleErrSkip() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(_ context.Context, e bus.Event[Order]) error {
		if e.Data.ID == 0 {
			return fmt.Errorf("order without an id: %w", bus.ErrSkip)
		}
		fmt.Println("handled", e.Data.ID)
		return nil
	})
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", bus.Created, Order{}))
	must(b.Publish(context.Background(), "Order", bus.Created, Order{ID: 3}))
	settle()
	// Output: handled 3
}

// Data that does not fit the listener's type is a dead letter at once, and its record says what and where.
func ExampleDecodeError() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(context.Context, bus.Event[Order]) error { return nil })
	settle := serve(b, tr)
	ctx := context.Background()
	must(b.Publish(ctx, "Order", bus.Created, json.RawMessage(`{"id":"forty-two"}`)))
	settle()
	dead, _ := tr.DeadLetters(ctx, transport.ID{Service: "finance", Name: "Order"})
	letters, _ := dead.List(ctx, "", 10)
	fmt.Println(letters[0].Why.Reason)
	// Output: event: decode data.id: json: cannot unmarshal string into Go struct field Order.id of type int (offset 17)
}

// What a handler publishes with its ctx carries the story on: the correlation stays, and the cause is the
// event that it handles.
func ExampleBus_Publish() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(ctx context.Context, e bus.Event[Order]) error {
		return b.Publish(ctx, "Invoice", bus.Created, e.Data, bus.Key(e.Key))
	})
	bus.On(b, "Invoice", func(_ context.Context, e bus.Event[Order]) error {
		fmt.Println(e.Key, "caused by", e.CausationID, "in", e.CorrelationID)
		return nil
	})
	settle := serve(b, tr)
	ctx := context.Background()
	must(b.Publish(ctx, "Order", bus.Created, Order{ID: 1}, bus.Key(1), bus.ID("order-event"), bus.CorrelationID("request-7")))
	settle()

	// What cannot be published is an error before anything is sent.
	fmt.Println(b.Publish(ctx, "*", bus.Created, nil))
	fmt.Println(b.Publish(ctx, "Order", "", nil))
	fmt.Println(b.Publish(ctx, "Order", bus.Created, func() {}))
	fmt.Println(b.Publish(ctx, "Order", bus.Created, nil, bus.Key(&ctx)))
	// Output:
	// 1 caused by order-event in request-7
	// bus: publish *.created: event: encode *.created: channel: "*" holds '*', which only patterns may
	// bus: publish Order.: event: encode Order.: action: is empty
	// bus: publish Order.created: event: encode Order.created: data: json: unsupported type: func()
	// bus: publish Order.created: key: a *context.Context does not identify anything: it must be a string, an integer, or have String or MarshalText
}

// Any Watermill middleware goes around all handlers.
func ExampleBus_Use() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	b.Use(func(next message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			fmt.Println("before")
			defer fmt.Println("after")
			return next(msg)
		}
	})
	bus.On(b, "Order", func(context.Context, bus.Raw) error {
		fmt.Println("handler")
		return nil
	})
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", bus.Created, nil))
	settle()
	// Output:
	// before
	// handler
	// after
}

// A listener may have middleware, a policy and a timeout of its own.
func ExampleWith() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(ctx context.Context, e bus.Raw) error {
		deadline, _ := ctx.Deadline()
		fmt.Println("attempt", e.Attempt, "within a second:", time.Until(deadline) < time.Second)
		return errors.New("no luck")
	},
		bus.With(func(next message.HandlerFunc) message.HandlerFunc {
			return func(msg *message.Message) ([]*message.Message, error) {
				out, err := next(msg)
				fmt.Println("after the retries:", err)
				return out, err
			}
		}),
		bus.Retry(bus.Policy{Immediate: 2}),
		bus.Timeout(time.Second))
	settle := serve(b, tr)
	must(b.Publish(context.Background(), "Order", bus.Created, nil))
	settle()
	// Output:
	// attempt 1 within a second: true
	// attempt 2 within a second: true
	// attempt 3 within a second: true
	// after the retries: no luck
}

// Mistakes of registration are found by Run, all together, before anything is consumed.
func ExampleBus_Run() {
	b, _ := bus.New(memory.New(), quick)
	handler := func(context.Context, bus.Raw) error { return nil }
	bus.On(b, "Order", handler)
	bus.On(b, "Order", handler)
	bus.On(b, "", handler)
	bus.On(b, "Sales.[ab]", handler)
	bus.On[Order](b, "Part", nil)
	bus.On(b, "Customer", handler, bus.Concurrency(0))
	fmt.Println(b.Run(context.Background()))
	// Output:
	// bus: listener finance/Customer on "Customer": Concurrency(0): must be at least 1
	// bus: router: listener finance/Order on "Order": there is one of that name already, on "Order": give one of them another name
	// bus: router: listener finance/ on "": a subscription needs a service and a name
	// bus: router: listener finance/Sales.[ab] on "Sales.[ab]": channel pattern "Sales.[ab]" holds '[': the only wildcard is *
	// bus: router: listener finance/Part on "Part": the handler is nil
}

// An orchestrator asks whether the service lives and is ready.
func ExampleBus_Health() {
	tr := memory.New()
	b, _ := bus.New(tr, quick)
	bus.On(b, "Order", func(context.Context, bus.Raw) error { return nil })
	server := httptest.NewServer(b.Health())
	defer server.Close()
	ask := func(path string) {
		res, err := http.Get(server.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer res.Body.Close()
		fmt.Println(path, res.StatusCode)
	}
	ask("/livez")
	ask("/readyz")
	settle := serve(b, tr)
	ask("/readyz")
	settle()
	ask("/livez")
	// Output:
	// /livez 200
	// /readyz 503
	// /readyz 200
	// /livez 503
}
