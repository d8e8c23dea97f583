package main

import (
	"cmp"
	"context"
)

// The listeners of every system are of one service, on one channel.
const (
	service = "bench"
	channel = "Order"
)

// system is a bus that is open, with its listeners.
type system struct {
	publish func(context.Context) error
	close   func() error
}

// opener opens a system that publishes the body, or for the typed ones an order, and whose listeners each call
// handled when they have an event.
type opener func(ctx context.Context, body []byte, handled func()) (system, error)

// peer is a system that can be measured.
type peer struct {
	name string
	open opener
	// listeners that get each event; 0 means 1.
	listeners int
	// window is how many events it may have in flight; 0 means defaultWindow.
	window int
	// polls is true if it looks for events now and then, so that the latency of one is its interval.
	polls bool
}

// deliveries of one event.
func (p peer) deliveries() int { return cmp.Or(p.listeners, 1) }

// gate for its events in flight. An event is in flight until its last listener has it.
func (p peer) gate() *gate {
	n := cmp.Or(p.window, defaultWindow) * p.deliveries()
	return newGate(n, n/2)
}

// rawPeers take bodies that are any bytes. The first is ours.
func rawPeers() []peer {
	return []peer{
		{name: "ours", open: openOurs(1, 0)},
		{name: "watermill", open: openWatermill(1)},
		{name: "mempubsub", open: openMempubsub, polls: true},
		{name: limit, open: openChannel},
	}
}

// tightPeers are those of them that are fast with few events in flight.
func tightPeers() []peer {
	return []peer{
		{name: "ours", open: openOurs(1, 0), window: tightWindow},
		{name: "watermill", open: openWatermill(1), window: tightWindow},
	}
}

// typedPeers take an order, and their listener gets an order. The first is ours.
func typedPeers() []peer {
	return []peer{
		{name: "ours", open: openOursTyped},
		{name: "watermill_cqrs", open: openCQRS},
		{name: "jetstream", open: openJetStream},
	}
}

// started waits until a system runs. done gets the error of one that cannot.
func started(running <-chan struct{}, done <-chan error) error {
	select {
	case <-running:
		return nil
	case err := <-done:
		return err
	}
}
