package bus_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport/memory"
)

// A deploy under load: the old replica drains while the new one runs and 10,000 events flow. None is lost,
// and none that was handled to the end is handled again.
func TestDeployUnderLoad(t *testing.T) {
	t.Run("in virtual time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { deployUnderLoad(t, func() { time.Sleep(time.Millisecond) }) })
	})
	t.Run("in real time", func(t *testing.T) { deployUnderLoad(t, runtime.Gosched) })
}

// deployUnderLoad calls slow in some handlers, so that the drain finds some running.
func deployUnderLoad(t *testing.T, slow func()) {
	const events = 10_000
	tr := memory.New()
	var handled tally
	half := make(chan struct{})
	replica := func() *bus.Bus {
		b := newBus(t, tr)
		bus.On(b, "Order", func(_ context.Context, e bus.Event[int]) error {
			if e.Data%100 == 0 {
				slow()
			}
			handled.add(e.ID)
			if e.Data == events/2 {
				close(half)
			}
			return nil
		})
		return b
	}
	stopOld := run(t, replica())
	var wg sync.WaitGroup
	publisher := newBus(t, tr)
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < events; i += 4 {
				if err := publisher.Publish(t.Context(), "Order", bus.Created, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	<-half
	stopNew := run(t, replica())
	if err := stopOld(); err != nil {
		t.Errorf("draining the old replica: %v", err)
	}
	wg.Wait()
	if err := tr.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stopNew(); err != nil {
		t.Error(err)
	}
	if len(handled.n) != events || handled.sum() != events {
		t.Errorf("%d of %d events were handled, in %d runs", len(handled.n), events, handled.sum())
	}
}

// A shutdown is never a failure of the event: a handler that the drain timeout interrupts again and again
// costs no attempt, and nothing is dead-lettered.
func TestShutdownsCostNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		var patient atomic.Bool
		var attempts atomic.Int64
		for replica := range 20 {
			b := newBus(t, tr, func(c *bus.Config) {
				c.DrainTimeout = time.Second
				c.Retry = &bus.Policy{}
				c.MaxReceives = 2
			})
			bus.On(b, "Order", func(ctx context.Context, e bus.Raw) error {
				if n := attempts.Add(1); e.Attempt != 1 {
					t.Errorf("run %d is attempt %d, want 1: nobody has failed", n, e.Attempt)
				}
				if patient.Load() {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			})
			stop := run(t, b)
			if replica == 0 {
				publish(t, b, nil)
			}
			synctest.Wait()
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		patient.Store(true)
		b := newBus(t, tr)
		done := errors.New("not handled")
		bus.On(b, "Order", func(context.Context, bus.Raw) error { done = nil; return nil })
		stop := run(t, b)
		if err := tr.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(stop(), done); err != nil || attempts.Load() != 20 {
			t.Errorf("after %d interrupted runs: %v", attempts.Load(), err)
		}
	})
}
