package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// patience is for how long events that are published may be on their way, before they count as lost.
const patience = time.Minute

// work is what each system does.
type work struct {
	body       []byte
	publishers int
	duration   time.Duration // of publishing
	most       int           // events by each publisher; 0 means no limit
}

// result is what one run of a work cost.
type result struct {
	published   int // events
	handled     int // deliveries
	took        time.Duration
	allocations uint64
}

// rate is how many deliveries are handled in a second.
func (r result) rate() float64 { return float64(r.handled) / r.took.Seconds() }

// cost is how many microseconds a delivery takes.
func (r result) cost() float64 { return micros(r.took) / float64(r.handled) }

// allocated is how many allocations a delivery takes, on both sides.
func (r result) allocated() float64 { return float64(r.allocations) / float64(r.handled) }

// flood publishes with all publishers for the work's duration, and waits until every event is handled.
func flood(ctx context.Context, p peer, w work) (r result, err error) {
	g := p.gate()
	s, err := p.open(ctx, w.body, func() { g.leave(1) })
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	runtime.GC() // what the system before has left is not this one's to pay for
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	if r.published, err = publish(ctx, g, p.deliveries(), s, w); err != nil {
		return r, err
	}
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := g.idle(waiting); err != nil {
		return r, err
	}
	r.took = time.Since(start)
	runtime.ReadMemStats(&after)
	r.allocations = after.Mallocs - before.Mallocs
	r.handled = r.published*p.deliveries() - int(g.inFlight.Load()) // below 0 if some were handled twice
	return r, nil
}

// publish publishes with all publishers until the work ends or one fails. It returns how many events they have
// published; each has as many deliveries.
func publish(ctx context.Context, g *gate, deliveries int, s system, w work) (int, error) {
	var stop atomic.Bool
	end := func() { stop.Store(true); g.close() }
	ending, cancel := context.WithTimeout(ctx, w.duration)
	defer cancel()
	defer context.AfterFunc(ending, end)()
	counts, errs := make([]int, w.publishers), make([]error, w.publishers)
	var publishers sync.WaitGroup
	for i := range w.publishers {
		publishers.Go(func() {
			n := 0 // not in counts, whose cache line is the others' too
			for !stop.Load() && (w.most == 0 || n < w.most) && g.enter(deliveries) {
				if errs[i] = s.publish(ctx); errs[i] != nil {
					end()
					break
				}
				n++
			}
			counts[i] = n
		})
	}
	publishers.Wait()
	published := 0
	for _, n := range counts {
		published += n
	}
	return published, errors.Join(append(errs, ctx.Err())...)
}

// single publishes one event at a time and returns how long each took, from before Publish to its handler. It
// is the handler that looks at the clock: the way back to the publisher is not the system's.
func single(ctx context.Context, p peer, w work) (took []time.Duration, err error) {
	handled := make(chan time.Time, 1)
	s, err := p.open(ctx, w.body, func() { handled <- time.Now() })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	took = make([]time.Duration, 0, 1<<20) // so that it does not grow meanwhile
	runtime.GC()
	waiting, stop := context.WithTimeout(ctx, w.duration+patience)
	defer stop()
	// A select that also waits for the end would cost the event more than the rest of the harness.
	defer context.AfterFunc(waiting, func() { handled <- time.Time{} })()
	for end := time.Now().Add(w.duration); time.Now().Before(end) && (w.most == 0 || len(took) < w.most); {
		start := time.Now()
		if err := s.publish(ctx); err != nil {
			return nil, err
		}
		at := <-handled
		if at.IsZero() {
			return nil, waiting.Err()
		}
		took = append(took, at.Sub(start))
	}
	return took, nil
}
