package main

import "context"

// fanout is what a delivery costs where each event has many.
func fanout(ctx context.Context, o options) ([]figure, error) {
	outcomes, err := turns(ctx, o.runs, floods(o.flood(), fanoutPeers()...))
	if err != nil {
		return nil, err
	}
	return compare(measure{name: "memory_fanout", unit: "us/delivery"}, outcomes, result.cost), nil
}

// fanoutPeers have 64 events in flight, which are 6,400 deliveries. With 1,024 events ours is as fast, and
// Watermill half as fast, having a goroutine for each of 102,400 deliveries; with ten, both wait for publishers.
func fanoutPeers() []peer {
	const listeners, window = 100, 64
	return []peer{
		{name: "ours", open: openOurs(listeners, 0), listeners: listeners, window: window},
		{name: "one", open: openOurs(1, 0)},
		{name: "watermill", open: openWatermill(listeners), listeners: listeners, window: window},
	}
}
