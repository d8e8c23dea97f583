package memory_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// A bus does all of this; it shows what the broker does beneath.
func Example() {
	ctx := context.Background()
	tr := memory.New()
	defer tr.Close()

	mail := transport.Subscription{ID: transport.ID{Service: "shop", Name: "mail"}, Pattern: "Order"}
	consumer, err := tr.Subscribe(ctx, mail)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := tr.Publish(ctx, &transport.Message{ID: "1", Channel: "Order", Body: []byte("hello")}); err != nil {
		fmt.Println(err)
		return
	}
	deliveries, err := consumer.Receive(ctx, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range deliveries {
		fmt.Println(d.Message.Channel, string(d.Message.Body), d.Ack(ctx))
	}
	// Output: Order hello <nil>
}

// Two processes that share a broker: what one has received when it dies, the other one gets.
func ExampleTransport_Connect() {
	ctx := context.Background()
	first := memory.New()
	second := first.Connect()
	s := transport.Subscription{ID: transport.ID{Service: "shop", Name: "mail"}, Pattern: "*"}
	if _, err := first.Subscribe(ctx, s); err != nil {
		fmt.Println(err)
		return
	}
	consumer, err := second.Subscribe(ctx, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	first.Close()
	fmt.Println(first.Publish(ctx, &transport.Message{Channel: "Order"}))
	fmt.Println(second.Publish(ctx, &transport.Message{Channel: "Order"}))
	deliveries, err := consumer.Receive(ctx, 1)
	fmt.Println(len(deliveries), err)
	// Output:
	// memory: publish Order: closed
	// <nil>
	// 1 <nil>
}

// Full subscriptions refuse instead of making the publisher wait.
func ExampleRejectWhenFull() {
	ctx := context.Background()
	tr := memory.New(memory.MaxDepth(1), memory.RejectWhenFull())
	s := transport.Subscription{ID: transport.ID{Service: "shop", Name: "mail"}, Pattern: "Order"}
	if err := tr.Provision(ctx, s); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tr.Publish(ctx, &transport.Message{Channel: "Order"}))
	err := tr.Publish(ctx, &transport.Message{Channel: "Order"})
	fmt.Println(err)
	fmt.Println(errors.Is(err, transport.ErrFull))
	// Output:
	// <nil>
	// memory: publish Order: shop/mail holds 1 messages: queue is full
	// true
}
