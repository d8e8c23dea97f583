package router_test

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// BenchmarkFlood is the cost of one message of 1 KiB that is no event, from Publish through the default
// middleware to the ack, with some publishers and 1,024 messages on their way.
func BenchmarkFlood(b *testing.B) {
	for name, publishers := range map[string]int{"1-publisher": 1, "8-publishers": 8} {
		b.Run(name, func(b *testing.B) {
			const window = 1024
			// Publishers that find the window full come back when it is half empty: a semaphore would cost a
			// switch of goroutines for each message.
			var onTheWay atomic.Int64
			var mu sync.Mutex
			room := sync.NewCond(&mu)
			publish := running(b, func() {
				if onTheWay.Add(-1) == window/2 {
					mu.Lock()
					room.Broadcast()
					mu.Unlock()
				}
			})
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range publishers {
				wg.Go(func() {
					for range b.N / publishers {
						if onTheWay.Load() >= window {
							mu.Lock()
							for onTheWay.Load() > window/2 {
								room.Wait()
							}
							mu.Unlock()
						}
						onTheWay.Add(1)
						publish()
					}
				})
			}
			wg.Wait()
		})
	}
}

// BenchmarkOneAtATime is how long one message of 1 KiB takes from Publish to its handler while nothing else
// happens.
func BenchmarkOneAtATime(b *testing.B) {
	handled := make(chan time.Time, 1)
	publish := running(b, func() { handled <- time.Now() })
	took := make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		publish()
		took = append(took, (<-handled).Sub(start))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "ns-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "ns-p99")
}

// running runs a router with one listener, which calls handled, until the benchmark ends and all is handled.
func running(b *testing.B, handled func()) (publish func()) {
	b.Helper()
	tr := memory.New()
	l := listen("a", "Order", func(*message.Message) error { handled(); return nil })
	l.Middleware = middleware.Stack{
		Logger: discard, Policy: middleware.DefaultPolicy(), Timeout: 5 * time.Minute,
	}.Middleware()
	r := router.New(tr, router.Config{Logger: discard})
	if err := r.Add(l); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	<-r.Ready()
	b.Cleanup(func() {
		if err := tr.Idle(ctx); err != nil {
			b.Error(err)
		}
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	m := &transport.Message{ID: "1", Channel: "Order", Body: bytes.Repeat([]byte("x"), 1024)}
	return func() {
		if err := tr.Publish(ctx, m); err != nil {
			b.Error(err)
		}
	}
}
