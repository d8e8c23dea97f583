package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Windows are how many events are in flight at most: a bounded queue for every system, since not all have one of
// their own. The default is the least with which an empty mempubsub, that sleeps for 250 ms, does not run empty; a
// tight one favours Watermill, which has two goroutines for each event in flight.
const (
	defaultWindow = 1 << 16
	tightWindow   = 1 << 10
)

// gate bounds what is in flight. It has hysteresis: a publisher that finds the window full waits until it has
// fallen to a low mark. With a semaphore nearly every event would park a goroutine and wake another, and for a
// fast system it would be that which we measure. Here an event costs two atomic additions, and half a window
// one broadcast.
type gate struct {
	window, low int64
	inFlight    atomic.Int64

	mu     sync.Mutex
	turn   sync.Cond
	round  int // of those that were woken
	closed bool
}

func newGate(window, low int) *gate {
	g := &gate{window: int64(window), low: int64(low)}
	g.turn.L = &g.mu
	return g
}

// enter adds n to what is in flight, when there is room. It returns false, having added nothing, if it had to
// wait and the gate was closed.
func (g *gate) enter(n int) bool {
	for g.inFlight.Add(int64(n)) > g.window {
		g.leave(n)
		if !g.wait() {
			return false
		}
	}
	return true
}

// leave takes n from what is in flight.
func (g *gate) leave(n int) {
	after := g.inFlight.Add(-int64(n))
	before := after + int64(n)
	if after <= g.low && before > g.low || after <= 0 && before > 0 {
		g.wake()
	}
}

// wait waits for the low mark. It does not look a second time: those that were woken before have entered
// meanwhile, and there is room for more of them.
func (g *gate) wait() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for round := g.round; !g.closed && g.round == round && g.inFlight.Load() > g.low; {
		g.turn.Wait()
	}
	return !g.closed
}

func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.round++
	g.turn.Broadcast()
}

// close lets those go that wait, and will wait, for room.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.turn.Broadcast()
}

// idle waits until nothing is in flight. What is in flight when ctx ends is lost.
func (g *gate) idle(ctx context.Context) error {
	defer context.AfterFunc(ctx, g.wake)()
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.inFlight.Load() > 0 {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("waiting for %d deliveries: %w", g.inFlight.Load(), err)
		}
		g.turn.Wait()
	}
	return nil
}
