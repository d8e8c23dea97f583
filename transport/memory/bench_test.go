package memory_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
	"github.com/framebus/framebus/transport/transporttest"
)

// benchMessage is as a bus publishes them: a body of 1 KiB and four attributes.
func benchMessage() *transport.Message {
	return &transport.Message{
		ID: "0193f0a4-1111-7000-8000-000000000000", Channel: "Order", Action: "created", Source: "finance",
		Body: make([]byte, 1024), Attributes: map[string]string{
			event.AttrUUID: "0193f0a4-1111-7000-8000-000000000000", "channel": "Order", "action": "created", "source": "finance",
		},
	}
}

// consume receives and acks with a number of workers until they have acked n messages together.
func consume(b *testing.B, c transport.Consumer, workers, limit, n int) (wait func()) {
	ctx, stop := context.WithCancel(b.Context())
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				ds, err := c.Receive(ctx, limit)
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						b.Error(err)
					}
					return
				}
				for _, d := range ds {
					if err := d.Ack(ctx); err != nil {
						b.Error(err)
					}
				}
				if left.Add(-int64(len(ds))) <= 0 {
					stop()
				}
			}
		})
	}
	return func() {
		wg.Wait()
		stop()
	}
}

// flood publishes n messages with a number of publishers.
func flood(b *testing.B, tr *memory.Transport, publishers, n int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			m := benchMessage()
			for next.Add(1) <= int64(n) {
				if err := tr.Publish(b.Context(), m); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

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
			m := benchMessage()
			m.Body = m.Body[:64]
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

// BenchmarkIdleListeners is the cost of a publish beside many listeners of other channels.
func BenchmarkIdleListeners(b *testing.B) {
	for _, listeners := range []int{0, 1000} {
		b.Run("listeners="+strconv.Itoa(listeners), func(b *testing.B) {
			tr := memory.New(memory.MaxDepth(10_000))
			c := subscribe(b, tr, sub("work", "Order"))
			ctx, stop := context.WithCancel(b.Context())
			var idle sync.WaitGroup
			for i := range listeners {
				other := subscribe(b, tr, sub(strconv.Itoa(i), "Other."+strconv.Itoa(i)))
				idle.Go(func() { _, _ = other.Receive(ctx, 1) })
			}
			b.ReportAllocs()
			b.ResetTimer()
			wait := consume(b, c, 10, 10, b.N)
			flood(b, tr, 8, b.N)
			wait()
			b.StopTimer()
			stop()
			idle.Wait()
		})
	}
}
