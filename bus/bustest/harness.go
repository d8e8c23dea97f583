package bustest

import (
	"context"
	"fmt"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
)

// Harness is a bus at work, as a test sees it. Listeners are named as in their subscription: by their channel,
// or by [bus.Name]; an unknown name fails the test. Its methods are for the test's own goroutine.
type Harness struct {
	t        reporter
	bus      *bus.Bus
	clock    clock
	patience time.Duration
	broker   *broker
	faults   *faults
	log      *log

	allowed  bool
	expected []expectation
	reported string // what the last failure said of now
}

func newHarness(t reporter, tr transport.Transport, c clock, s settings) *Harness {
	l, f := newLog(time.Now()), newFaults()
	return &Harness{t: t, clock: c, patience: s.patience, log: l, faults: f, broker: newBroker(tr, l, f)}
}

// observed is the configuration with the log as one more observer.
func (h *Harness) observed(cfg bus.Config) bus.Config {
	next := cfg.Observe
	cfg.Observe = func(ctx context.Context, r bus.Result) {
		h.log.result(ctx, r)
		if next != nil {
			next(ctx, r)
		}
	}
	return cfg
}

// Publish publishes an event as [bus.Bus.Publish] does, and fails the test on an error.
func (h *Harness) Publish(channel string, action bus.Action, data any, opts ...bus.PublishOption) {
	h.t.Helper()
	if err := h.TryPublish(channel, action, data, opts...); err != nil {
		h.fatalf("%v", err)
	}
}

// TryPublish publishes an event and returns the error.
func (h *Harness) TryPublish(channel string, action bus.Action, data any, opts ...bus.PublishOption) error {
	ctx := context.WithValue(h.t.Context(), testKey{}, true)
	return h.bus.Publish(ctx, channel, action, data, opts...)
}

// Bus returns the bus, to hand it to what publishes by itself.
func (h *Harness) Bus() *bus.Bus { return h.bus }

// Idle returns when everything that can be handled now has been, the events that handlers published
// included. The clock stands: what waits for a retry, an immediate one too, or for a lease stays where it
// is. On a real transport it waits for the handlers that run as well.
func (h *Harness) Idle() {
	h.t.Helper()
	h.fatal(h.clock.idle(h))
}

// Settle returns when nothing is pending at all: every event is acked or dead, retries and leases included,
// however long the clock has to run for that.
func (h *Harness) Settle() {
	h.t.Helper()
	h.fatal(h.clock.settle(h))
}

// Advance moves the clock by d, and then waits as Idle does. On a real transport it waits for d, and fails
// the test if that is more than [Patience].
func (h *Harness) Advance(d time.Duration) {
	h.t.Helper()
	h.fatal(h.clock.advance(h, d))
}

// listener returns the listener's identity.
func (h *Harness) listener(name string) (transport.ID, bool) {
	h.t.Helper()
	subs := h.broker.listeners()
	names := make([]string, len(subs))
	for i, s := range subs {
		if s.Name == name {
			return s.ID, true
		}
		names[i] = s.Name
	}
	h.fatalf("no listener %q; there are: %s", name, list(names))
	return transport.ID{}, false
}

func (h *Harness) fatal(trouble string) {
	h.t.Helper()
	if trouble != "" {
		h.fatalf("%s", trouble)
	}
}

func (h *Harness) fatalf(format string, args ...any) {
	h.t.Helper()
	h.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), h.report())
}

func (h *Harness) errorf(format string, args ...any) {
	h.t.Helper()
	h.t.Errorf("%s\n%s", fmt.Sprintf(format, args...), h.report())
}
