package main

import (
	"context"
	"runtime"
)

// scaleProcs is throughput with two processors, beside that with one.
func scaleProcs(ctx context.Context, o options) ([]figure, error) {
	on := func(name string, procs int) entrant[result] {
		return entrant[result]{name, func(ctx context.Context) (result, error) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			return flood(ctx, peer{open: openOurs(1, 0)}, o.flood())
		}}
	}
	return scale(ctx, o, "memory_scale_procs", []entrant[result]{on("ours", 2), on("one", 1)})
}

// scalePublishers is throughput with many publishers, beside that with a few.
func scalePublishers(ctx context.Context, o options) ([]figure, error) {
	few := o.flood()
	many := few
	many.publishers = 64
	return scale(ctx, o, "memory_scale_publishers", append(
		floods(many, peer{name: "ours", open: openOurs(1, 0)}),
		floods(few, peer{name: "eight", open: openOurs(1, 0)})...,
	))
}

// scaleListeners is throughput beside many listeners that get nothing, and without them.
func scaleListeners(ctx context.Context, o options) ([]figure, error) {
	return scale(ctx, o, "memory_scale_listeners", floods(o.flood(),
		peer{name: "ours", open: openOurs(1, 1000)},
		peer{name: "none", open: openOurs(1, 0)},
	))
}

func scale(ctx context.Context, o options, name string, entrants []entrant[result]) ([]figure, error) {
	outcomes, err := turns(ctx, o.runs, entrants)
	if err != nil {
		return nil, err
	}
	return compare(measure{name: name, unit: "events/s", more: true}, outcomes, result.rate), nil
}
