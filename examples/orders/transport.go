package main

import (
	"context"
	"fmt"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// maxDepth bounds each listener's queue. When one is full, reading waits: so the program's memory does not
// depend on how fast its listeners are.
const maxDepth = 1000

// broker is a transport that can tell when every event on it has been handled.
type broker interface {
	transport.Transport
	Idle(ctx context.Context) error
}

// newTransport is the one place that knows what carries the events.
func newTransport(name string) (broker, error) {
	if name == "memory" {
		return memory.New(memory.MaxDepth(maxDepth)), nil
	}
	return nil, fmt.Errorf("there is no transport %q: the only one is memory", name)
}
