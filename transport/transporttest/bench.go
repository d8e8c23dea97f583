package transporttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// Bench measures a transport: throughput, fan-out, throughput beside idle listeners, and latency, of messages as a bus publishes them, with
// 1 KiB of body. Of the harness it uses New alone. A broker whose queues are bounded, by a limit that makes
// Publish wait, shows the flow rather than the growth of a queue.
func Bench(b *testing.B, h Harness) {
	for _, publishers := range []int{1, 8, 64} {
		for _, limit := range []int{1, 10} {
			b.Run(fmt.Sprintf("throughput/publishers=%d/receive=%d", publishers, limit), func(b *testing.B) {
				benchThroughput(b, newBench(b, h), publishers, limit)
			})
		}
	}
	for _, listeners := range []int{1, 100} {
		b.Run(fmt.Sprintf("fanout/listeners=%d", listeners), func(b *testing.B) {
			benchFanout(b, newBench(b, h), listeners)
		})
	}
	for _, idle := range []int{0, 1000} {
		b.Run(fmt.Sprintf("idle/listeners=%d", idle), func(b *testing.B) { benchIdle(b, newBench(b, h), idle) })
	}
	b.Run("latency", func(b *testing.B) { benchLatency(b, newBench(b, h)) })
}

// workers is how many goroutines receive where one listener is measured: a bus's default concurrency.
const workers = 10

// bench is one measurement on channels and subscriptions of its own.
type bench struct {
	transport.Transport
	id string
}

func newBench(b *testing.B, h Harness) *bench {
	tr := h.New(b)()
	b.Cleanup(func() {
		if err := tr.Close(); err != nil {
			b.Error(err)
		}
	})
	return &bench{tr, fmt.Sprintf("tb%08x", rand.Uint32())}
}

func (m *bench) message() *transport.Message {
	const id = "0193f0a4-1111-7000-8000-000000000000"
	return &transport.Message{
		ID: id, Channel: m.id + ".Order", Action: event.Created, Source: "finance", Body: make([]byte, 1024),
		Attributes: map[string]string{
			event.AttrUUID: id, event.AttrSource: "finance", event.AttrChannel: "Order", event.AttrAction: "created",
		},
	}
}

func (m *bench) subscribe(b *testing.B, name, channel string, concurrency int) transport.Consumer {
	c, err := m.Subscribe(b.Context(), transport.Subscription{
		ID: transport.ID{Service: m.id, Name: name}, Pattern: m.id + "." + channel, Concurrency: concurrency,
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// publish publishes n messages with a number of publishers.
func (m *bench) publish(b *testing.B, publishers, n int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			msg := m.message()
			for next.Add(1) <= int64(n) {
				if err := m.Publish(b.Context(), msg); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// consume receives and acks with a number of workers, until they have acked n messages together.
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
					if err := d.Ack(b.Context()); err != nil {
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

// benchThroughput is a message's way from publish to ack.
func benchThroughput(b *testing.B, m *bench, publishers, limit int) {
	c := m.subscribe(b, "work", "Order", workers)
	b.ReportAllocs()
	b.ResetTimer()
	wait := consume(b, c, workers, limit, b.N)
	m.publish(b, publishers, b.N)
	wait()
}

// benchFanout is the cost of one delivery among those to many listeners.
func benchFanout(b *testing.B, m *bench, listeners int) {
	rounds := b.N/listeners + 1
	consumers := make([]transport.Consumer, listeners)
	for i := range consumers {
		consumers[i] = m.subscribe(b, fmt.Sprint("listener", i), "Order", 1)
	}
	b.ReportAllocs()
	b.ResetTimer()
	waits := make([]func(), listeners)
	for i, c := range consumers {
		waits[i] = consume(b, c, 1, 10, rounds)
	}
	m.publish(b, 8, rounds)
	for _, wait := range waits {
		wait()
	}
}

// benchIdle is throughput beside listeners of other channels that wait for nothing.
func benchIdle(b *testing.B, m *bench, idle int) {
	ctx, stop := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	for i := range idle {
		c := m.subscribe(b, fmt.Sprint("idle", i), fmt.Sprint("Other", i), 1)
		wg.Go(func() { _, _ = c.Receive(ctx, 1) }) // until the end
	}
	benchThroughput(b, m, 8, 10)
	b.StopTimer()
	stop()
	wg.Wait()
}

// benchLatency is the time of one message alone, from before its publish to after its ack.
func benchLatency(b *testing.B, m *bench) {
	c := m.subscribe(b, "work", "Order", 1)
	acked := make(chan struct{})
	ctx, stop := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			ds, err := c.Receive(ctx, 1)
			if err != nil {
				return // the end, or the publisher waits in vain and the run times out
			}
			if err := ds[0].Ack(b.Context()); err != nil {
				b.Error(err)
			}
			acked <- struct{}{}
		}
	})
	msg := m.message()
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Publish(b.Context(), msg); err != nil {
			b.Fatal(err)
		}
		<-acked
	}
	stop()
	wg.Wait()
}
