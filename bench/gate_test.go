package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestGateHoldsItsWindow(t *testing.T) {
	const window, each = 16, 5000
	g := newGate(window, window/2)
	var inside, most atomic.Int64
	events := make(chan struct{}, 2*window) // more room than the gate gives
	var publishers, handlers sync.WaitGroup
	for range 8 {
		publishers.Go(func() {
			for range each {
				if !g.enter(1) {
					t.Error("the gate is closed")
				}
				for now := inside.Add(1); ; {
					if seen := most.Load(); now <= seen || most.CompareAndSwap(seen, now) {
						break
					}
				}
				events <- struct{}{}
			}
		})
	}
	for range 4 {
		handlers.Go(func() {
			for range events {
				inside.Add(-1)
				g.leave(1)
			}
		})
	}
	publishers.Wait()
	if err := g.idle(t.Context()); err != nil {
		t.Error(err)
	}
	close(events)
	handlers.Wait()
	if n := most.Load(); n > window {
		t.Errorf("%d were in flight, the window is %d", n, window)
	}
}

func TestGateWaitsForItsLowMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(4, 2)
		for range 4 {
			g.enter(1) // there is room, or the test would hang
		}
		var entered atomic.Int64
		for range 3 {
			go func() {
				if g.enter(1) {
					entered.Add(1)
				}
			}()
		}
		for _, step := range []struct{ leave, entered int64 }{
			{0, 0},
			{1, 0}, // there is room, but the low mark is not reached
			{1, 2}, // all three are woken, and there is room for two
			{1, 2},
			{1, 3},
		} {
			if step.leave > 0 {
				g.leave(int(step.leave))
			}
			synctest.Wait()
			if n := entered.Load(); n != step.entered {
				t.Fatalf("%d have entered, want %d: %+v", n, step.entered, step)
			}
		}
	})
}

func TestGateTakesWeights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(10, 5)
		g.enter(6)
		var entered atomic.Bool
		go func() { entered.Store(g.enter(5)) }()
		synctest.Wait()
		if entered.Load() {
			t.Error("11 are in flight, the window is 10")
		}
		g.leave(4) // over the low mark, not onto it
		synctest.Wait()
		if !entered.Load() {
			t.Error("2 are in flight, and 5 have no room in 10")
		}
	})
}

func TestGateLetsGoWhenItCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 0)
		g.enter(1)
		result := make(chan bool, 1)
		go func() { result <- g.enter(1) }()
		synctest.Wait()
		g.close()
		if <-result {
			t.Error("it has entered a gate that is closed and full")
		}
		if g.enter(1) {
			t.Error("and so has another one")
		}
		if n := g.inFlight.Load(); n != 1 {
			t.Errorf("%d are in flight, want the first", n)
		}
	})
}

func TestGateIsIdleWhenNothingIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(4, 2)
		g.enter(2)
		result := make(chan error, 1)
		go func() { result <- g.idle(t.Context()) }()
		g.leave(1)
		synctest.Wait()
		select {
		case <-result:
			t.Error("idle with one in flight")
		default:
		}
		g.leave(1)
		if err := <-result; err != nil {
			t.Error(err)
		}

		g.enter(1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { result <- g.idle(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}
