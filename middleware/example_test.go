package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
)

// printer is a broker's end of a delivery that prints what it is told.
type printer struct{ transport.Receipt }

func (printer) DeadLetter(_ context.Context, why transport.Record) error {
	fmt.Printf("dead letter of %s: %s, attempts: %d\n", why.Listener, why.Reason, len(why.Attempts))
	return nil
}

// delivered returns a message as framebus's router hands it to the middleware.
func delivered(id string) *message.Message {
	env := event.Envelope{ID: id, Source: "shop", Channel: "Order", Action: event.Created, Key: "42"}
	body, err := env.Encode()
	if err != nil {
		panic(err)
	}
	d := transport.NewDelivery(
		&transport.Message{ID: id, Channel: "Order", Action: event.Created, Key: "42", Body: body},
		&transport.Subscription{ID: transport.ID{Service: "finance", Name: "Order"}}, 1, nil, printer{})
	return d.ToWatermill(d.Context(context.Background()))
}

func ExampleRecover() {
	h := middleware.Recover()(func(*message.Message) ([]*message.Message, error) {
		panic("boom")
	})
	_, err := h(delivered("1"))
	fmt.Println(err)
	p, ok := errors.AsType[*middleware.PanicError](err)
	fmt.Println("has a stack:", ok && len(p.Stack) > 0)
	// Output:
	// panic: boom
	// has a stack: true
}

func ExampleTimeout() {
	h := middleware.Timeout(10 * time.Millisecond)(func(msg *message.Message) ([]*message.Message, error) {
		<-msg.Context().Done() // as a database call does that takes the context
		return nil, errors.New("query: canceled")
	})
	_, err := h(delivered("1"))
	fmt.Println(err)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output:
	// timed out after 10ms: query: canceled
	// true
}

func ExampleRetry() {
	runs := 0
	h := middleware.Retry(middleware.Policy{Immediate: 2, Backoff: time.Millisecond})(
		func(*message.Message) ([]*message.Message, error) {
			if runs++; runs < 3 {
				return nil, errors.New("deadlock")
			}
			return nil, nil
		})
	_, err := h(delivered("1"))
	fmt.Println("runs:", runs, "error:", err)
	// Output:
	// runs: 3 error: <nil>
}

func ExamplePoison() {
	policy := middleware.Policy{Delays: []time.Duration{10 * time.Second}}
	poison := middleware.Poison(policy, nil)

	msg := delivered("1")
	_, _ = poison(func(*message.Message) ([]*message.Message, error) {
		return nil, errors.New("mail server is away")
	})(msg)
	d, _ := transport.FromContext(msg.Context())
	delay, _ := d.RetryDelay()
	fmt.Println("comes again after", delay)

	_, _ = poison(func(*message.Message) ([]*message.Message, error) {
		return nil, middleware.Permanent(errors.New("no such customer"))
	})(delivered("2"))
	// Output:
	// comes again after 10s
	// dead letter of finance/Order: no such customer, attempts: 1
}

func ExampleCorrelation() {
	h := middleware.Correlation()(func(msg *message.Message) ([]*message.Message, error) {
		cause := event.CauseFrom(msg.Context()) // what a publish with this context takes over
		fmt.Println("causation:", cause.EventID, "correlation:", cause.CorrelationID)
		return nil, nil
	})
	_, _ = h(delivered("1"))
	// Output:
	// causation: 1 correlation: 1
}

func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" {
				return slog.Attr{}
			}
			return a
		},
	}))
	h := middleware.Log(logger)(func(*message.Message) ([]*message.Message, error) {
		return nil, middleware.Pause(time.Minute, errors.New("bank is closed"))
	})
	_, _ = h(delivered("1"))
	// Output:
	// level=INFO msg="framebus: event released, listener paused" listener=finance/Order channel=Order action=created id=1 key=42 attempt=1 error="bank is closed" pause=1m0s
}

func ExampleObserve() {
	observe := middleware.Observe(func(_ context.Context, r middleware.Result) {
		fmt.Printf("%s: %s %s: %s\n", r.Listener, r.Message.Channel, r.Message.ID, r.Outcome)
	})
	_, _ = observe(func(*message.Message) ([]*message.Message, error) { return nil, nil })(delivered("1"))
	_, _ = observe(func(*message.Message) ([]*message.Message, error) { return nil, errors.New("broken") })(delivered("2"))
	// Output:
	// finance/Order: Order 1: acked
	// finance/Order: Order 2: retried
}

func ExampleDedupe() {
	h := middleware.Dedupe(middleware.DedupeConfig{Window: time.Minute})(
		func(*message.Message) ([]*message.Message, error) {
			fmt.Println("handled")
			return nil, nil
		})
	_, _ = h(delivered("1"))
	_, err := h(delivered("1"))
	fmt.Println(err)
	// Output:
	// handled
	// dedupe: duplicate: event skipped
}

func ExampleCircuitBreaker() {
	h := middleware.CircuitBreaker(middleware.BreakerConfig{Failures: 2, Cooldown: time.Minute})(
		func(*message.Message) ([]*message.Message, error) { return nil, errors.New("bank is away") })
	for id := range 3 {
		_, err := h(delivered(fmt.Sprint(id)))
		_, paused := middleware.PauseFor(err)
		fmt.Println(err, paused)
	}
	// Output:
	// bank is away false
	// bank is away false
	// circuit breaker is open true
}
