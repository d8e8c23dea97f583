package bus_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// What a plain Watermill publisher sends is an event whose data is the payload, whatever it is.
func TestPlainWatermillMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		var got []bus.Event[[]byte]
		bus.On(b, "Order", func(_ context.Context, e bus.Event[[]byte]) error {
			got = append(got, e)
			return nil
		}, bus.Concurrency(1), bus.Ordered())
		stop := run(t, b)
		time.Sleep(time.Minute)
		pub := &transport.WatermillPublisher{Transport: tr}
		for _, payload := range []string{"plain \xff bytes", `{"json":true}`, ""} {
			msg := message.NewMessage("uuid-1", []byte(payload))
			msg.Metadata.Set("action", "shipped")
			msg.Metadata.Set("key", "1")
			if err := pub.Publish("Order", msg); err != nil {
				t.Fatal(err)
			}
		}
		finish(t, tr, stop)
		if len(got) != 3 || string(got[0].Data) != "plain \xff bytes" || string(got[1].Data) != `{"json":true}` || len(got[2].Data) != 0 {
			t.Fatalf("got %+v", got)
		}
		e := got[0]
		if e.ID != "uuid-1" || e.Channel != "Order" || e.Action != "shipped" || !e.Time.Equal(time.Now()) {
			t.Errorf("got %+v", e)
		}
	})
}

// A FRAME message has no time of its own: its event has the time at which the broker got it.
func TestFRAMEMessagesHaveTheBrokersTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		var at time.Time
		bus.On(b, "Order", func(_ context.Context, e bus.Raw) error { at = e.Time; return nil })
		stop := run(t, b)
		time.Sleep(time.Minute)
		published := time.Now()
		m := &transport.Message{ID: "1", Channel: "Order", Body: []byte(`{"channel":"Order","action":"created","data":{}}`)}
		if err := tr.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		finish(t, tr, stop)
		if !at.Equal(published) || at.Location() != time.UTC {
			t.Errorf("the event's time is %s, want %s in UTC", at, published)
		}
	})
}
