package main

import (
	"context"
	"errors"
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
func newTransport(ctx context.Context, name string, local bool) (broker, error) {
	switch {
	case name == "sns":
		return newAWS(ctx, local)
	case name != "memory":
		return nil, fmt.Errorf("there is no transport %q: there are memory and sns", name)
	case local:
		return nil, errors.New("-local is for -transport sns: memory is local anyway")
	}
	return memory.New(memory.MaxDepth(maxDepth)), nil
}
