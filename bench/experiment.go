package main

import (
	"context"
	"fmt"
	"time"
)

// options are how much is measured.
type options struct {
	runs     int
	duration time.Duration // of publishing, in each run of each system
	queued   int           // events of a long queue
}

// experiment measures some figures at once.
type experiment struct {
	figures []string
	run     func(context.Context, options) ([]figure, error)
}

// experiments are all of them. Those that need gigabytes come last, so that the others do not pay for it.
func experiments() []experiment {
	return []experiment{
		{[]string{"memory_throughput", "memory_throughput_allocs"}, rawThroughput},
		{[]string{"memory_throughput_tight", "memory_throughput_tight_allocs"}, tightThroughput},
		{[]string{"memory_latency_p50", "memory_latency_p99"}, latency},
		{[]string{"typed_throughput", "typed_throughput_allocs"}, typedThroughput},
		{[]string{"memory_fanout"}, fanout},
		{[]string{"memory_scale_procs"}, scaleProcs},
		{[]string{"memory_scale_publishers"}, scalePublishers},
		{[]string{"memory_scale_listeners"}, scaleListeners},
		{[]string{"snstest_send", "snstest_publish_batch"}, emulatorRates},
		{[]string{"snstest_server"}, serverRates},
		{[]string{"sns_publish_16", "sns_publish_16_requests", "sns_publish_1"}, cloudPublish},
		{[]string{"sns_drain", "sns_drain_requests", "sns_drain_cpu"}, cloudDrain},
		{[]string{"memory_queued", "memory_drain"}, backlog},
		{[]string{"memory_depth"}, depth},
	}
}

// entrant takes part in an experiment.
type entrant[T any] struct {
	name string
	run  func(context.Context) (T, error)
}

// outcome is what the runs of an entrant gave.
type outcome[T any] struct {
	name string
	runs []T
}

// turns runs every entrant so often. They take turns, so that what the machine does besides hits all alike.
func turns[T any](ctx context.Context, runs int, entrants []entrant[T]) ([]outcome[T], error) {
	outcomes := make([]outcome[T], len(entrants))
	for range runs {
		for i, e := range entrants {
			r, err := e.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("bench: %s: %w", e.name, err)
			}
			outcomes[i].name, outcomes[i].runs = e.name, append(outcomes[i].runs, r)
		}
	}
	return outcomes, nil
}

// floods are entrants that flood, each with its work.
func floods(w work, peers ...peer) []entrant[result] {
	var entrants []entrant[result]
	for _, p := range peers {
		entrants = append(entrants, entrant[result]{p.name, func(ctx context.Context) (result, error) {
			return flood(ctx, p, w)
		}})
	}
	return entrants
}

// compare returns a figure for each outcome but the first, which is ours.
func compare[T any](m measure, outcomes []outcome[T], value func(T) float64) []figure {
	var figures []figure
	ours := values(outcomes[0], value)
	for _, o := range outcomes[1:] {
		figures = append(figures, figure{
			measure: m, peer: o.name, ours: ours, theirs: values(o, value), bar: bars()[[2]string{m.name, o.name}],
		})
	}
	return figures
}

func values[T any](o outcome[T], value func(T) float64) series {
	var s series
	for _, r := range o.runs {
		s = append(s, value(r))
	}
	return s
}
