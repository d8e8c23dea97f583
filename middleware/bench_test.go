package middleware

import (
	"context"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// BenchmarkChain measures the bus's chain around a handler that does nothing, with logging off, each event a
// new delivery. "none" is what the delivery costs without any middleware.
func BenchmarkChain(b *testing.B) {
	policy := DefaultPolicy()
	all := []struct {
		name string
		mw   message.HandlerMiddleware
	}{
		{"Log", Log(quiet())},
		{"Poison", Poison(policy, quiet())},
		{"Correlation", Correlation()},
		{"Retry", Retry(policy)},
		{"Timeout", Timeout(30 * time.Second)},
		{"Recover", Recover()},
	}
	noop := func(*message.Message) ([]*message.Message, error) { return nil, nil }
	b.Run("none", func(b *testing.B) { benchmark(b, noop) })
	var mws []message.HandlerMiddleware
	for _, m := range all {
		mws = append(mws, m.mw)
		b.Run(m.name, func(b *testing.B) { benchmark(b, m.mw(noop)) })
	}
	b.Run("all", func(b *testing.B) { benchmark(b, chain(noop, mws...)) })
	b.Run("all and Observe", func(b *testing.B) {
		benchmark(b, Observe(func(context.Context, Result) {})(chain(noop, mws...)))
	})
}

func benchmark(b *testing.B, h message.HandlerFunc) {
	b.Helper()
	m := &transport.Message{
		ID: "e1", Channel: "Order", Action: "created", Key: "42", Body: encode(b, testEvent()),
		Attributes: map[string]string{event.AttrUUID: "e1", "source": "shop", "channel": "Order", "action": "created"},
	}
	sub := &transport.Subscription{ID: transport.ID{Service: "finance", Name: "Order"}}
	r := new(receipt)
	b.ReportAllocs()
	for b.Loop() {
		d := transport.NewDelivery(m, sub, 1, nil, r)
		msg := d.ToWatermill(d.Context(b.Context()))
		_, _ = d.Event() // the handler's decoding needs it in any case
		if _, err := h(msg); err != nil {
			b.Fatal(err)
		}
		d.Cancel(nil)
	}
}
