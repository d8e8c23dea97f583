package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/framebus/framebus/transport/memory"
)

// gigabytes is how often that is done which needs gigabytes: about half as often as all else.
func (o options) gigabytes() int { return (o.runs + 1) / 2 }

// backlog is what a queued event takes of memory, and then what it takes of time when a listener comes, beside
// a hundredth of the queue.
func backlog(ctx context.Context, o options) ([]figure, error) {
	few := max(o.queued/100, 1)
	outcomes, err := turns(ctx, o.gigabytes(), []entrant[queued]{
		{"ours", func(ctx context.Context) (queued, error) { return drain(ctx, o.queued, 1) }},
		// So often that it is measured for a fifth as long.
		{"ten_thousand", func(ctx context.Context) (queued, error) { return drain(ctx, few, max(o.queued/few/5, 1)) }},
	})
	if err != nil {
		return nil, err
	}
	heap := compare(measure{name: "memory_queued", unit: "bytes/event"}, append(outcomes[:1:1],
		outcome[queued]{"bar", []queued{{bytes: queuedBar}}}), func(q queued) float64 { return q.bytes })
	took := compare(measure{name: "memory_drain", unit: "us/event"}, outcomes, func(q queued) float64 { return q.micros })
	return slices.Concat(heap, took), nil
}

// queuedBar is what an event of 1 KiB may take while it is queued: half as much again, and 512 bytes.
const queuedBar = 1024*3/2 + 512

// queued is what an event takes that waits in a queue.
type queued struct {
	bytes  float64 // of the heap
	micros float64 // to be handled
}

// drain fills and drains a queue so often.
func drain(ctx context.Context, events, times int) (queued, error) {
	var sum queued
	for range times {
		q, err := drainOnce(ctx, events)
		if err != nil {
			return queued{}, err
		}
		sum.bytes += q.bytes / float64(times)
		sum.micros += q.micros / float64(times)
	}
	return sum, nil
}

func drainOnce(ctx context.Context, events int) (q queued, err error) {
	tr := memory.New()
	before := heap()
	if err := fill(ctx, tr, events); err != nil {
		return q, err
	}
	q.bytes = float64(heap()-before) / float64(events)

	g := newGate(events, 0)
	g.enter(events)
	start := time.Now() // to start the router is part of it; with ten thousand that is a hundredth
	stop, err := consume(ctx, tr, 1, 0, func() { g.leave(1) })
	if err != nil {
		return q, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := g.idle(waiting); err != nil {
		return q, err
	}
	q.micros = micros(time.Since(start)) / float64(events)
	return q, nil
}

// fill queues events for the listener that consume will run. Each has a body of its own, so that none is spared.
// The heap is warm afterwards, and holds nothing else.
func fill(ctx context.Context, tr *memory.Transport, events int) error {
	release := warm(events * (1024 + 512)) // about what they take
	defer release()
	if err := tr.Provision(ctx, subscription(listenerName(0), channel)); err != nil {
		return err
	}
	contents := body()
	for range events {
		if err := publisher(tr, bytes.Clone(contents))(ctx); err != nil {
			return err
		}
	}
	return nil
}
