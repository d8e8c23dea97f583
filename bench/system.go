package main

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// window is how many events are in flight at most: a bounded queue for every system, since not all have one
// of their own.
const window = 1024

// system is a bus that is open, with one listener.
type system struct {
	publish func(context.Context) error
	close   func() error
}

// peer opens a system whose listener calls handled once for each event.
type peer struct {
	name string
	// window is how many events it may have in flight; 0 means window.
	window int
	// polls is true if it looks for events now and then, so that the latency of one is its interval.
	polls bool
	open  func(ctx context.Context, body []byte, handled func()) (system, error)
}

// peers are all systems; the first is ours.
func peers() []peer {
	return []peer{
		{name: "ours", open: openOurs},
		{name: "watermill", open: openWatermill},
		// An empty subscription sleeps 250 ms. Only with room to fill meanwhile is it not that which we measure.
		{name: "mempubsub", open: openMempubsub, window: 1 << 16, polls: true},
		{name: "channel", open: openChannel},
	}
}

// work is what each system does.
type work struct {
	body       []byte
	publishers int
	duration   time.Duration // of publishing
	most       int           // events by each publisher; 0 means no limit
}

// result is what one run of a work cost.
type result struct {
	published, handled int64
	took               time.Duration
	allocations        uint64
}

// flood publishes with all publishers for the work's duration, and waits until every event is handled.
func flood(ctx context.Context, p peer, w work) (r result, err error) {
	room := make(chan struct{}, cmp.Or(p.window, window))
	var handled atomic.Int64
	s, err := p.open(ctx, w.body, func() { handled.Add(1); <-room })
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var stop atomic.Bool
	timer := time.AfterFunc(w.duration, func() { stop.Store(true) })
	defer timer.Stop()
	start := time.Now()
	counts, errs := make([]int, w.publishers), make([]error, w.publishers)
	var publishers sync.WaitGroup
	for i := range w.publishers {
		publishers.Go(func() {
			for !stop.Load() && (w.most == 0 || counts[i] < w.most) {
				room <- struct{}{}
				if errs[i] = s.publish(ctx); errs[i] != nil {
					return
				}
				counts[i]++
			}
		})
	}
	publishers.Wait()
	if err := errors.Join(errs...); err != nil {
		return r, err
	}
	for range cap(room) { // all room is free when all events are handled
		room <- struct{}{}
	}
	r.took = time.Since(start)
	runtime.ReadMemStats(&after)
	for _, n := range counts {
		r.published += int64(n)
	}
	r.handled, r.allocations = handled.Load(), after.Mallocs-before.Mallocs
	return r, nil
}

// single publishes one event at a time and returns how long each took until it was handled.
func single(ctx context.Context, p peer, w work) (took []time.Duration, err error) {
	done := make(chan struct{}, 1)
	s, err := p.open(ctx, w.body, func() { done <- struct{}{} })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for end := time.Now().Add(w.duration); time.Now().Before(end) && (w.most == 0 || len(took) < w.most); {
		start := time.Now()
		if err := s.publish(ctx); err != nil {
			return nil, err
		}
		<-done
		took = append(took, time.Since(start))
	}
	return took, nil
}
