package bus_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// BenchmarkPublishToHandled is the cost of one small typed event, from Publish through the default chain
// to the ack, with as many in flight as there are slots.
func BenchmarkPublishToHandled(b *testing.B) {
	tr := memory.New(memory.MaxDepth(1000))
	instance, err := bus.New(tr, bus.Config{Service: "svc", Logger: discard})
	if err != nil {
		b.Fatal(err)
	}
	bus.On(instance, "Order", func(context.Context, bus.Event[Order]) error { return nil })
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- instance.Run(ctx) }()
	<-instance.Ready()
	b.ReportAllocs()
	for b.Loop() {
		if err := instance.Publish(ctx, "Order", bus.Created, Order{ID: 42, Total: "440.00"}); err != nil {
			b.Fatal(err)
		}
	}
	if err := tr.Idle(ctx); err != nil {
		b.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

// BenchmarkIsolation compares the throughput of a listener beside three subscriptions that nobody consumes
// with that beside a listener that hangs, one that panics and one that fails for ever: the publisher has
// the same work with both. The metric sick/idle is 1 if the sick ones cost the healthy one nothing. The
// rounds of both are interleaved, and it is the median of each that counts.
func BenchmarkIsolation(b *testing.B) {
	const events, rounds = 20_000, 7
	var idle, sick []float64
	for b.Loop() {
		for range rounds {
			hang := make(chan struct{})
			idle = append(idle, handleAll(b, events, make([]func(context.Context, bus.Raw) error, 3)...))
			sick = append(sick, handleAll(b, events,
				func(context.Context, bus.Raw) error { <-hang; return nil },
				func(context.Context, bus.Raw) error { panic("sick") },
				func(context.Context, bus.Raw) error { return errors.New("sick") },
			))
			close(hang)
		}
	}
	slices.Sort(idle)
	slices.Sort(sick)
	median := len(idle) / 2
	b.ReportMetric(sick[median]/idle[median], "sick/idle")
	b.ReportMetric(sick[median], "events/s")
}

// handleAll returns how many events a second a listener handles beside the others. Of another that is nil
// there is only the subscription.
func handleAll(b *testing.B, events int, others ...func(context.Context, bus.Raw) error) float64 {
	b.Helper()
	tr := memory.New()
	instance, err := bus.New(tr, bus.Config{Service: "svc", Logger: discard, DrainTimeout: -1})
	if err != nil {
		b.Fatal(err)
	}
	var handled sync.WaitGroup
	handled.Add(events)
	bus.On(instance, "*", func(context.Context, bus.Raw) error { handled.Done(); return nil }, bus.Name("measured"))
	for i, other := range others {
		name := string(rune('a' + i))
		if other != nil {
			bus.On(instance, "*", other, bus.Name(name))
			continue
		}
		sub := transport.Subscription{ID: transport.ID{Service: "svc", Name: name}, Pattern: "*"}
		if err := tr.Provision(b.Context(), sub); err != nil {
			b.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(b.Context())
	go func() { _ = instance.Run(ctx) }() // that some hang at the end is part of it
	<-instance.Ready()
	start := time.Now()
	for range events {
		if err := instance.Publish(ctx, "Order", bus.Created, nil); err != nil {
			b.Fatal(err)
		}
	}
	handled.Wait()
	rate := float64(events) / time.Since(start).Seconds()
	stop()
	return rate
}
