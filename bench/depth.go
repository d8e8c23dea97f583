package main

import (
	"context"
	"errors"
	"time"

	"github.com/framebus/framebus/transport/memory"
)

// depth is throughput while the queue is long all the time, beside that while it is short, on as many events.
func depth(ctx context.Context, o options) ([]figure, error) {
	w := o.flood()
	w.duration, w.most = patience, o.queued/2/w.publishers
	outcomes, err := turns(ctx, o.gigabytes(), append(
		[]entrant[result]{{"ours", func(ctx context.Context) (result, error) { return standing(ctx, o.queued, w) }}},
		floods(w, peer{name: "shallow", open: openOurs(1, 0), window: tightWindow})...,
	))
	if err != nil {
		return nil, err
	}
	return compare(measure{name: "memory_depth", unit: "events/s", more: true}, outcomes, result.rate), nil
}

// standing does the work on a queue that is full already. Room for the publishers is made 512 events at a time,
// as in the tight window. Since all that is published comes on top of what was there, and never more than that
// is in flight, as many are handled meanwhile: the time is over when the last is published.
func standing(ctx context.Context, queued int, w work) (r result, err error) {
	tr := memory.New()
	if err := fill(ctx, tr, queued); err != nil {
		return r, err
	}
	g := newGate(queued, queued-tightWindow/2)
	g.enter(queued)
	heap() // is collected
	start := time.Now()
	stop, err := consume(ctx, tr, 1, 0, func() { g.leave(1) })
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if r.published, err = publish(ctx, g, 1, system{publish: publisher(tr, w.body)}, w); err != nil {
		return r, err
	}
	r.took, r.handled = time.Since(start), r.published
	return r, nil
}
