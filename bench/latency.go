package main

import (
	"context"
	"slices"
	"time"
)

// latency is how long one event takes from before Publish to its handler while nothing else happens.
func latency(ctx context.Context, o options) ([]figure, error) {
	var entrants []entrant[[]time.Duration]
	for _, p := range rawPeers() {
		if p.polls {
			continue
		}
		entrants = append(entrants, entrant[[]time.Duration]{p.name, func(ctx context.Context) ([]time.Duration, error) {
			took, err := single(ctx, p, o.flood())
			slices.Sort(took)
			return took, err
		}})
	}
	outcomes, err := turns(ctx, o.runs, entrants)
	if err != nil {
		return nil, err
	}
	at := func(p int) func([]time.Duration) float64 {
		return func(sorted []time.Duration) float64 { return micros(percentile(sorted, p)) }
	}
	return slices.Concat(
		compare(measure{name: "memory_latency_p50", unit: "us"}, outcomes, at(50)),
		compare(measure{name: "memory_latency_p99", unit: "us"}, outcomes, at(99)),
	), nil
}
