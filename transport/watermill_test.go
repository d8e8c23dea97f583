package transport_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

var finance = transport.Subscription{ID: transport.ID{Service: "finance"}, Lease: 6 * time.Second}

// scripted is a transport whose consumers hand out what they are given.
type scripted struct {
	transport.Transport
	subscribe error
	script    chan any // a *transport.Delivery or an error
	closes    []error  // what the contexts were that its consumers were closed under
}

func (tr *scripted) Subscribe(context.Context, transport.Subscription) (transport.Consumer, error) {
	return &scriptedConsumer{tr}, tr.subscribe
}

type scriptedConsumer struct{ tr *scripted }

func (c *scriptedConsumer) Receive(ctx context.Context, _ int) ([]*transport.Delivery, error) {
	select {
	case next := <-c.tr.script:
		if err, failed := next.(error); failed {
			return nil, err
		}
		return []*transport.Delivery{next.(*transport.Delivery)}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *scriptedConsumer) Close(ctx context.Context) error {
	c.tr.closes = append(c.tr.closes, ctx.Err())
	return nil
}

func TestWatermillPublisher(t *testing.T) {
	broker := memory.New()
	c, err := broker.Subscribe(t.Context(), transport.Subscription{ID: transport.ID{Service: "a", Name: "b"}, Pattern: "*"})
	if err != nil {
		t.Fatal(err)
	}
	pub := &transport.WatermillPublisher{Transport: broker}
	msg := message.NewMessage("uuid", []byte("body"))
	msg.Metadata = message.Metadata{"action": "created", "key": "42", "tenant": "acme"}
	if err := pub.Publish("Order", msg); err != nil {
		t.Fatal(err)
	}
	msg.Metadata["tenant"] = "changed"
	ds, err := c.Receive(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	m := ds[0].Message
	if m.ID != "uuid" || m.Channel != "Order" || m.Action != event.Created || m.Key != "42" || string(m.Body) != "body" ||
		!maps.Equal(m.Attributes, map[string]string{
			event.AttrUUID: "uuid", "action": "created", "key": "42", "tenant": "acme",
		}) {
		t.Errorf("received %+v", m)
	}
	back := ds[0].ToWatermill(t.Context())
	if back.UUID != "uuid" || string(back.Payload) != "body" || !maps.Equal(back.Metadata, map[string]string{
		"action": "created", "key": "42", "tenant": "acme",
	}) {
		t.Errorf("as a Watermill message: %+v", back)
	}
}

func TestWatermillPublisherFails(t *testing.T) {
	broker := memory.New()
	pub := &transport.WatermillPublisher{Transport: broker}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	msgs := []*message.Message{message.NewMessage("first", nil), message.NewMessageWithContext(ended, "second", nil)}
	err := pub.Publish("Order", msgs...)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "second (2 of 2)") {
		t.Errorf("a message whose context has ended: %v", err)
	}
	for range 2 {
		if err := pub.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := pub.Publish("Order", msgs...); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := broker.Publish(t.Context(), &transport.Message{Channel: "Order"}); err != nil {
		t.Errorf("Close of the publisher closed the transport: %v", err)
	}
}

// subscribed publishes n messages and returns a subscriber's channel for them, in a bubble.
func subscribed(t *testing.T, sub *transport.WatermillSubscriber, n int) <-chan *message.Message {
	t.Helper()
	t.Cleanup(func() { _ = sub.Close() })
	if err := sub.SubscribeInitialize("Order"); err != nil {
		t.Fatal(err)
	}
	pub := &transport.WatermillPublisher{Transport: sub.Transport}
	for i := range n {
		if err := pub.Publish("Order", message.NewMessage(string(rune('a'+i)), nil)); err != nil {
			t.Fatal(err)
		}
	}
	msgs, err := sub.Subscribe(t.Context(), "Order")
	if err != nil {
		t.Fatal(err)
	}
	return msgs
}

// depth counts what is left of finance's messages on the channel Order.
func depth(t *testing.T, broker *memory.Transport) transport.Depth {
	t.Helper()
	d, err := broker.Depth(t.Context(), transport.ID{Service: "finance", Name: "Order"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWatermillSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := memory.New()
		msgs := subscribed(t, &transport.WatermillSubscriber{Transport: broker, Subscription: finance}, 2)
		first := <-msgs
		time.Sleep(10 * finance.Lease) // its lease is kept
		select {
		case second := <-msgs:
			t.Fatalf("message %s is out, and then %s", first.UUID, second.UUID)
		default:
		}
		if d, ok := transport.FromContext(first.Context()); !ok || d.Message.ID != first.UUID {
			t.Error("the message's context does not carry its delivery")
		}
		first.Nack()
		seen := map[string]int{first.UUID: 1}
		for range 2 {
			msg := <-msgs
			seen[msg.UUID]++
			msg.Ack()
			<-msg.Context().Done()
		}
		if seen["a"]+seen["b"] != 3 || seen[first.UUID] != 2 {
			t.Errorf("received were %v, nacked was %s", seen, first.UUID)
		}
		synctest.Wait()
		if d := depth(t, broker); d.Pending() != 0 {
			t.Errorf("left is %+v", d)
		}
	})
}

func TestWatermillSubscriberReleasesAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := memory.New()
		sub := &transport.WatermillSubscriber{Transport: broker, Subscription: finance}
		msgs := subscribed(t, sub, 1)
		synctest.Wait() // offered on the channel, taken by nobody
		if err := sub.Close(); err != nil {
			t.Fatal(err)
		}
		if _, open := <-msgs; open {
			t.Error("the channel is open after Close")
		}
		if d := depth(t, broker); d.Ready != 1 {
			t.Errorf("after Close there is %+v", d)
		}
		if err := sub.Close(); err != nil {
			t.Errorf("closing again: %v", err)
		}
		if _, err := sub.Subscribe(t.Context(), "Order"); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("subscribing after Close: %v", err)
		}
	})
}

func TestWatermillSubscriberDrains(t *testing.T) {
	for name, c := range map[string]struct {
		timeout, handler time.Duration
		acked            bool
	}{
		"within the default timeout": {0, 9 * time.Second, true},
		"after the default timeout":  {0, 11 * time.Second, false},
		"within the timeout":         {time.Minute, 59 * time.Second, true},
		"after the timeout":          {time.Second, 2 * time.Second, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			broker := memory.New()
			sub := &transport.WatermillSubscriber{Transport: broker, Subscription: finance, AckTimeout: c.timeout}
			msg := <-subscribed(t, sub, 1)
			go func() { _ = sub.Close() }()
			synctest.Wait()
			if err := msg.Context().Err(); err != nil {
				t.Errorf("%s: Close ended the context of a message that is out: %v", name, err)
			}
			time.Sleep(c.handler)
			msg.Ack()
			synctest.Wait()
			if d := depth(t, broker); (d.Pending() == 0) != c.acked {
				t.Errorf("acked %s: there is %+v", name, d)
			}
			if msg.Context().Err() == nil {
				t.Errorf("%s: the context goes on", name)
			}
		})
	}
}

// TestWatermillSubscribeCtx: what is out when the context ends is settled all the same.
func TestWatermillSubscribeCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &scripted{script: make(chan any, 1)}
		l := &ledger{}
		tr.script <- delivered(l, 1)
		sub := &transport.WatermillSubscriber{Transport: tr, Subscription: finance}
		ctx, cancel := context.WithCancel(t.Context())
		msgs, err := sub.Subscribe(ctx, "Order")
		if err != nil {
			t.Fatal(err)
		}
		out := <-msgs
		cancel()
		<-out.Context().Done()
		out.Ack()
		if _, open := <-msgs; open {
			t.Error("the channel is open after its context ended")
		}
		if !slices.Equal(l.told, []string{"ack"}) {
			t.Errorf("the broker was told %q", l.told)
		}
		if !slices.Equal(tr.closes, []error{nil}) {
			t.Errorf("the consumer was closed under contexts that were %v", tr.closes)
		}
		if err := sub.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestWatermillSubscribeFails(t *testing.T) {
	sub := &transport.WatermillSubscriber{Transport: &scripted{subscribe: errDown}, Subscription: finance}
	if _, err := sub.Subscribe(t.Context(), "Order"); !errors.Is(err, errDown) {
		t.Errorf("subscribing: %v", err)
	}
	if err := sub.SubscribeInitialize("Order"); !errors.Is(err, errDown) {
		t.Errorf("initializing without a Provisioner: %v", err)
	}
	if err := sub.Close(); err != nil { // and does not wait for what never began
		t.Error(err)
	}
}

func TestWatermillSubscribeInitialize(t *testing.T) {
	sub := &transport.WatermillSubscriber{Transport: &scripted{}, Subscription: finance}
	if err := sub.SubscribeInitialize("Order"); err != nil {
		t.Errorf("without a Provisioner: %v", err)
	}
	broker := memory.New()
	sub = &transport.WatermillSubscriber{Transport: broker, Subscription: finance}
	if err := sub.SubscribeInitialize("Order"); err != nil {
		t.Fatal(err)
	}
	if err := broker.Publish(t.Context(), &transport.Message{Channel: "Order"}); err != nil {
		t.Fatal(err)
	}
	if d := depth(t, broker); d.Ready != 1 {
		t.Errorf("the topic keeps %+v", d)
	}
}

// TestWatermillSubscriberInTrouble: the broker fails, refuses and hangs; the subscriber says so and goes on.
func TestWatermillSubscriberInTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		script := make(chan any, 10)
		sub := &transport.WatermillSubscriber{
			Transport: &scripted{script: script}, Subscription: finance, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		}
		start := time.Now()
		refused := &ledger{on: func() error { return errDown }}
		script <- errors.New("no route")
		script <- delivered(refused, 1)
		msgs, err := sub.Subscribe(t.Context(), "Order")
		if err != nil {
			t.Fatal(err)
		}
		msg := <-msgs
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("after a failed Receive it waited %s", waited)
		}
		msg.Ack()
		synctest.Wait()
		for _, part := range []string{"receiving failed", "no route", "acking a message failed", errDown.Error()} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("the log does not say %q:\n%s", part, &log)
			}
		}

		script <- delivered(&ledger{on: func() error { return transport.ErrLeaseLost }}, 1)
		lost := <-msgs
		<-lost.Context().Done()
		if !errors.Is(context.Cause(lost.Context()), transport.ErrLeaseLost) {
			t.Errorf("the context of a message whose lease was lost ended with %v", context.Cause(lost.Context()))
		}

		d := delivered(&hanging{}, 1)
		script <- d
		(<-msgs).Ack()
		if err := sub.Close(); err != nil {
			t.Error(err)
		}
		if late := time.Since(d.Deadline()); late > 0 {
			t.Errorf("a hanging broker held Close up beyond the lease, by %s", late)
		}

		sub = &transport.WatermillSubscriber{Transport: &scripted{script: script}, Subscription: finance}
		script <- transport.ErrClosed
		if msgs, err = sub.Subscribe(t.Context(), "Order"); err != nil {
			t.Fatal(err)
		}
		if _, open := <-msgs; open {
			t.Error("the channel is open although the consumer was closed")
		}
	})
}
