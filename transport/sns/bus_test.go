package sns_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// process is one replica of a service: a bus on a transport of its own. It runs until it is stopped.
type process struct {
	bus  *bus.Bus
	stop func()
}

// replica starts one with a listener on Order.
func (b *bench) replica(handler func(context.Context, bus.Event[int]) error, opts ...bus.ListenerOption) *process {
	b.Helper()
	tr := connect(b, b.srv)
	one, err := bus.New(tr, bus.Config{Service: "svc", Logger: slog.New(slog.DiscardHandler)})
	b.must(err)
	bus.On(one, "Order", handler, opts...)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- one.Run(ctx) }()
	<-one.Ready()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, tr.Close()); err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(stop)
	return &process{bus: one, stop: stop}
}

// A handler that runs for ten minutes keeps its event by extending the lease of 30 s: of two replicas one runs, once.
func TestTenMinutesOfWorkAreDoneOnce(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		var began, ended atomic.Int32
		handler := func(ctx context.Context, _ bus.Event[int]) error {
			began.Add(1)
			select {
			case <-time.After(10 * time.Minute):
				ended.Add(1)
			case <-ctx.Done():
				b.Errorf("the handler's context ended: %v", context.Cause(ctx))
			}
			return nil
		}
		opts := []bus.ListenerOption{bus.Lease(30 * time.Second), bus.Timeout(0)}
		one, other := b.replica(handler, opts...), b.replica(handler, opts...)
		b.must(one.bus.Publish(b.Context(), "Order", bus.Created, 1))
		b.sleep(time.Hour)
		one.stop()
		other.stop()
		if began.Load() != 1 || ended.Load() != 1 {
			b.Errorf("the handler began %d times and ended %d times", began.Load(), ended.Load())
		}
		if n := inFlight(b); n != 0 {
			b.Errorf("%d messages are in flight", n)
		}
	})
}

// Who cannot extend a lease before it ends has lost it: the handler's context says so, and the event comes again.
func TestLostLease(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		var runs atomic.Int32
		causes := make(chan error, 1)
		one := b.replica(func(ctx context.Context, _ bus.Event[int]) error {
			if runs.Add(1) > 1 {
				return nil
			}
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return ctx.Err()
		}, bus.Lease(30*time.Second), bus.Timeout(0))
		b.must(one.bus.Publish(b.Context(), "Order", bus.Created, 1))
		b.srv.SetHook(func(_ context.Context, c snstest.Call) snstest.Fault {
			if c.Action == "ChangeMessageVisibilityBatch" {
				return snstest.Fault{Error: snstest.Unavailable()}
			}
			return snstest.Fault{}
		})
		select {
		case cause := <-causes:
			if !errors.Is(cause, transport.ErrLeaseLost) {
				b.Errorf("the context's cause is %v", cause)
			}
		case <-time.After(40 * time.Second):
			b.Error("the context lives on after the lease")
		}
		b.srv.SetHook(nil)
		b.sleep(time.Minute)
		one.stop()
		if runs.Load() != 2 {
			b.Errorf("the handler ran %d times", runs.Load())
		}
	})
}

// A process that is told to stop with eleven events in hand finishes the one that runs, which does not come again, and a peer has
// the ten others within a second.
func TestStoppedWithPrefetchedEvents(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		s := listener("a", "Order")
		old, peer := b.subscribe(s), b.subscribe(s)
		b.orders(11)
		hand := b.take(old, 11)
		got := make(chan []*transport.Delivery)
		go func() { got <- b.take(peer, 10) }()
		synctest.Wait()
		began := time.Now()
		var all sync.WaitGroup
		for _, d := range hand[1:] {
			all.Go(func() {
				if err := d.Release(b.Context()); err != nil {
					b.Error(err)
				}
			})
		}
		b.must(old.Close(b.Context()))
		all.Wait()
		ds := <-got
		if took := time.Since(began); took > time.Second {
			b.Errorf("it took %s until the peer had ten events", took)
		}
		b.sleep(20 * time.Second) // the handler
		b.must(hand[0].Ack(b.Context()))
		for _, d := range ds {
			b.must(d.Ack(b.Context()))
		}
		b.none(peer, time.Hour)
	})
}

// A deploy under load: the old process drains while the new one runs. No event whose handler has finished comes again.
func TestDeployUnderLoad(t *testing.T) {
	const events = 3000
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		var mu sync.Mutex
		finished := map[int]int{}
		handler := func(ctx context.Context, e bus.Event[int]) error {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
			mu.Lock()
			defer mu.Unlock()
			finished[e.Data]++
			return nil
		}
		done := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(finished)
		}
		running := b.replica(handler)
		var publishers sync.WaitGroup
		for p := range 50 {
			publishers.Go(func() {
				for i := p; i < events; i += 50 {
					if err := running.bus.Publish(b.Context(), "Order", bus.Created, i); err != nil {
						b.Error(err)
					}
				}
			})
		}
		old := running
		for range 5 {
			b.sleep(200 * time.Millisecond)
			next := b.replica(handler)
			if old != running { // which publishes
				old.stop()
			}
			old = next
		}
		publishers.Wait()
		b.sleep(time.Minute)
		if done() != events {
			b.Errorf("%d of %d events were handled", done(), events)
		}
		for e, n := range finished {
			if n > 1 {
				b.Errorf("event %d was handled %d times", e, n)
			}
		}
	})
}

// One event in ten fails for good. The others are handled once and at once, and it is a dead letter with the record of it.
func TestOneBadEventInTen(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		var mu sync.Mutex
		runs := map[int]int{}
		one := b.replica(func(_ context.Context, e bus.Event[int]) error {
			mu.Lock()
			defer mu.Unlock()
			runs[e.Data]++
			if e.Data == 3 {
				return fmt.Errorf("cannot take %d", e.Data)
			}
			return nil
		}, bus.Retry(bus.Policy{Delays: []time.Duration{time.Minute}}))
		for i := range 10 {
			b.must(one.bus.Publish(b.Context(), "Order", bus.Created, i))
		}
		b.sleep(time.Second)
		mu.Lock()
		for i := range 10 {
			if runs[i] != 1 {
				b.Errorf("after a second event %d was handled %d times", i, runs[i])
			}
		}
		mu.Unlock()
		b.sleep(time.Hour)
		one.stop()
		if runs[3] != 2 || len(runs) != 10 {
			b.Errorf("the bad event was handled %d times", runs[3])
		}
		letters, err := b.tr.DeadLetters(b.Context(), transport.ID{Service: "svc", Name: "Order"})
		b.must(err)
		list, err := letters.List(b.Context(), "", 10)
		b.must(err)
		if len(list) != 1 || list[0].Why.Reason == "" || list[0].Why.Receives != 2 {
			b.Errorf("the dead letters are %+v", list)
		}
	})
}

// The bar for draining a queue at 15 ms a request, with nothing configured: eighty times watermill-aws's default of 27.5 events a
// second, eight times its best of 376, 1.3 times the 3,500 of gocloud.dev, with no more than 220 requests for 1,000 events.
func TestDefaultsDrainAtFullSpeed(t *testing.T) {
	const events, bar = 12_000, 4550
	inBubble(t, snstest.Config{Hook: slowConsumer}, func(b *bench) {
		b.subscribe(listener("Order", "Order"))
		ms := make([]*transport.Message, events)
		for i := range ms {
			ms[i] = order(i)
			ms[i].Body = fmt.Appendf(nil, `{"channel":"Order","action":"created","data":%d}`, i)
		}
		b.publish(ms...)
		b.srv.ResetRequests()
		var handled atomic.Int32
		began := time.Now()
		one := b.replica(func(context.Context, bus.Event[int]) error {
			handled.Add(1)
			return nil
		})
		for handled.Load() < events && time.Since(began) < time.Minute {
			b.sleep(latency)
		}
		took := time.Since(began)
		one.stop()
		n := b.count("ReceiveMessage") + b.count("DeleteMessageBatch") + b.count("ChangeMessageVisibilityBatch")
		b.Logf("%d events in %s, %d requests, %v", handled.Load(), took, n, b.srv.Requests())
		if rate := events / took.Seconds(); rate < bar || n > 220*events/1000 {
			b.Errorf("handled %.0f events a second with %d requests for %d, want %d with 220 for 1,000", rate, n, events, bar)
		}
	})
}
