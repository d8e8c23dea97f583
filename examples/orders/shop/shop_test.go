package shop_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/examples/orders/shop"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// subscription catches what a shop publishes.
var subscription = transport.Subscription{ID: transport.ID{Service: "test", Name: "all"}, Pattern: "*"}

// What happens to a model is stored and published, with all that came with it.
func TestApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b, err := bus.New(tr, bus.Config{Service: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		events, err := tr.Subscribe(t.Context(), subscription)
		if err != nil {
			t.Fatal(err)
		}
		s := shop.New(b, slog.New(slog.DiscardHandler))

		first := shop.Message{Channel: "Order", Action: bus.Created, ID: "1", Data: json.RawMessage(`{"id":1,"x":1.10,"名":"東"}`)}
		for _, m := range []shop.Message{
			first,
			{Channel: "Order", Action: bus.Updated, ID: "2", Data: json.RawMessage(`{"id":"2"}`)},
			{Channel: "Order", Action: bus.Deleted, ID: "2", Data: json.RawMessage(`{"id":"2"}`)},
			{Channel: "Part", Action: bus.Deleted, ID: "7", Data: json.RawMessage(`{"id":"7"}`)},
		} {
			if err := s.Apply(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if got, ok := s.Get("Order", "1"); !ok || string(got) != string(first.Data) {
			t.Errorf("stored %s, want %s", got, first.Data)
		}
		if _, ok := s.Get("Order", "2"); ok {
			t.Error("a deleted order is still there")
		}
		if n := s.Count("Order"); n != 1 {
			t.Errorf("%d orders, want 1", n)
		}
		ds, err := events.Receive(t.Context(), 10)
		if err != nil || len(ds) != 4 {
			t.Fatalf("received %d events: %v", len(ds), err)
		}
		env, err := ds[0].Event()
		if err != nil {
			t.Fatal(err)
		}
		if env.Channel != "Order" || env.Action != bus.Created || env.Key != "1" || string(env.Data) != string(first.Data) {
			t.Errorf("published %s.%s %s %s", env.Channel, env.Action, env.Key, env.Data)
		}
	})
}

// What cannot be published is not stored.
func TestApplyRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := bus.New(memory.New(), bus.Config{Service: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		s := shop.New(b, slog.New(slog.DiscardHandler))
		large := json.RawMessage(`{"id":"1","x":"` + strings.Repeat("x", event.MaxSize) + `"}`)
		if err := s.Apply(t.Context(), shop.Message{Channel: "Order", Action: bus.Created, ID: "1", Data: large}); err == nil {
			t.Error("an event above event.MaxSize was taken")
		}
		if n := s.Count("Order"); n != 0 {
			t.Errorf("%d orders are stored", n)
		}
	})
}
