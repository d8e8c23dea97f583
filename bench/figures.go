package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// figure is one measure of ours and a peer's.
type figure struct {
	name, peer, unit string
	ours, theirs     float64
	more             bool // is better
}

// ratio is above 1 where ours is better.
func (f figure) ratio() float64 {
	if f.more {
		return f.ours / f.theirs
	}
	return f.theirs / f.ours
}

func (f figure) String() string {
	return fmt.Sprintf("BENCH %s ours=%.3f %s=%.3f ratio=%.3f unit=%s", f.name, f.ours, f.peer, f.theirs, f.ratio(), f.unit)
}

// throughput measures events a second, and allocations, from publish to handled.
func throughput(ctx context.Context, w work, runs int) ([]figure, error) {
	all := peers()
	rates, allocations := make([][]float64, len(all)), make([][]float64, len(all))
	for range runs {
		for i, p := range all {
			r, err := flood(ctx, p, w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			n := float64(r.handled)
			rates[i] = append(rates[i], n/r.took.Seconds())
			allocations[i] = append(allocations[i], float64(r.allocations)/n)
		}
	}
	return slices.Concat(
		compare(figure{name: "memory_throughput", unit: "events/s", more: true}, all, rates),
		compare(figure{name: "memory_throughput_allocs", unit: "allocs/event"}, all, allocations),
	), nil
}

// latency measures one event at a time, from publish to handled.
func latency(ctx context.Context, w work, runs int) ([]figure, error) {
	all := slices.DeleteFunc(peers(), func(p peer) bool { return p.polls })
	p50, p99 := make([][]float64, len(all)), make([][]float64, len(all))
	for range runs {
		for i, p := range all {
			took, err := single(ctx, p, w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			slices.Sort(took)
			p50[i] = append(p50[i], micros(percentile(took, 50)))
			p99[i] = append(p99[i], micros(percentile(took, 99)))
		}
	}
	return slices.Concat(
		compare(figure{name: "memory_latency_p50", unit: "us"}, all, p50),
		compare(figure{name: "memory_latency_p99", unit: "us"}, all, p99),
	), nil
}

// compare returns the figure for each peer: medians of the runs, ours first.
func compare(f figure, all []peer, runs [][]float64) []figure {
	f.ours = median(runs[0])
	var figures []figure
	for i := 1; i < len(all); i++ {
		f.peer, f.theirs = all[i].name, median(runs[i])
		figures = append(figures, f)
	}
	return figures
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// percentile returns the smallest value that p percent of the values do not exceed. They are sorted.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[max((len(sorted)*p+99)/100, 1)-1]
}
