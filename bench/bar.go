package main

import "fmt"

// bar is what the project asks of a figure. The zero bar asks nothing.
type bar struct {
	ratio float64 // at least
	ours  float64 // at most
}

// bars are by figure and peer.
func bars() map[[2]string]bar {
	return map[[2]string]bar{
		{"memory_throughput", "watermill"}:        {ratio: 5},
		{"memory_throughput", "mempubsub"}:        {ratio: 2.5},
		{"memory_throughput_allocs", "watermill"}: {ours: 32}, // whoever the peer is; once is enough
		{"memory_latency_p50", "watermill"}:       {ratio: 3},
		{"memory_latency_p99", "watermill"}:       {ratio: 3},
		{"typed_throughput", "watermill_cqrs"}:    {ratio: 4},
		{"typed_throughput", "jetstream"}:         {ratio: 2},
		{"memory_fanout", "one"}:                  {ratio: 1},
		{"memory_scale_procs", "one"}:             {ratio: 1.4},
		{"memory_scale_publishers", "eight"}:      {ratio: 0.95}, // it does not fall
		{"memory_scale_listeners", "none"}:        {ratio: 0.95}, // nor here
		{"snstest_send", "fauxqs"}:                {ratio: 3},
		{"snstest_publish_batch", "fauxqs"}:       {ratio: 3},
		{"memory_queued", "bar"}:                  {ratio: 1},
		{"memory_drain", "ten_thousand"}:          {ratio: 0.8}, // linear
		{"memory_depth", "shallow"}:               {ratio: 0.8},
	}
}

// met says whether the figure reaches its bar.
func (b bar) met(f figure) bool {
	return f.ratio() >= b.ratio && (b.ours == 0 || f.ours.median() <= b.ours)
}

// String is empty for no bar.
func (b bar) String() string {
	switch {
	case b.ours > 0:
		return fmt.Sprintf("ours ≤ %g", b.ours)
	case b.ratio > 0:
		return fmt.Sprintf("ratio ≥ %g", b.ratio)
	}
	return ""
}
