package main

import (
	"bytes"
	"context"
	"slices"
)

// rawThroughput is how many events of 1 KiB a second go from Publish to their handler.
func rawThroughput(ctx context.Context, o options) ([]figure, error) {
	return throughput(ctx, o, "memory_throughput", rawPeers())
}

// tightThroughput is the same with few events in flight.
func tightThroughput(ctx context.Context, o options) ([]figure, error) {
	return throughput(ctx, o, "memory_throughput_tight", tightPeers())
}

// typedThroughput is the same with orders, and with all that makes one travel.
func typedThroughput(ctx context.Context, o options) ([]figure, error) {
	return throughput(ctx, o, "typed_throughput", typedPeers())
}

func throughput(ctx context.Context, o options, name string, peers []peer) ([]figure, error) {
	outcomes, err := turns(ctx, o.runs, floods(o.flood(), peers...))
	if err != nil {
		return nil, err
	}
	return slices.Concat(
		compare(measure{name: name, unit: "events/s", more: true}, outcomes, result.rate),
		compare(measure{name: name + "_allocs", unit: "allocs/event"}, outcomes, result.allocated),
	), nil
}

// flood is the work wherever nothing else is said.
func (o options) flood() work {
	return work{body: body(), publishers: 8, duration: o.duration}
}

// body is 1 KiB.
func body() []byte { return bytes.Repeat([]byte("x"), 1024) }
