package memory_test

import (
	"strconv"
	"testing"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
	"github.com/framebus/framebus/transport/transporttest"
)

// BenchmarkConformance is what every transport is measured by.
func BenchmarkConformance(b *testing.B) {
	transporttest.Bench(b, transporttest.Harness{
		New: func(testing.TB) func() transport.Transport {
			broker := memory.New(memory.MaxDepth(10_000))
			return func() transport.Transport { return broker.Connect() }
		},
	})
}

// BenchmarkQueued is the cost of publish, and of receive and ack, when a million messages wait.
func BenchmarkQueued(b *testing.B) {
	for _, depth := range []int{0, 1_000_000} {
		b.Run("depth="+strconv.Itoa(depth), func(b *testing.B) {
			tr := memory.New()
			c := subscribe(b, tr, sub("work", "Order"))
			m := &transport.Message{ID: "1", Channel: "Order", Action: event.Created, Body: make([]byte, 64)}
			for range depth {
				if err := tr.Publish(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := tr.Publish(b.Context(), m); err != nil {
					b.Fatal(err)
				}
				ds, err := c.Receive(b.Context(), 1)
				if err != nil {
					b.Fatal(err)
				}
				if err := ds[0].Ack(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
