package bustest

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

const (
	// DefaultService is the service of a harness's bus.
	DefaultService = "test"
	// DefaultPatience is for how long a harness on a real transport waits.
	DefaultPatience = 10 * time.Second
)

// Option changes what [Run] and [OnTransport] make.
type Option func(*settings)

type settings struct {
	bus      bus.Config
	patience time.Duration
}

// Config lets change adjust the configuration of the bus. It starts as the service [DefaultService], no log,
// and the default policy without its jitter, so that a retry comes exactly when the policy says.
func Config(change func(*bus.Config)) Option {
	return func(s *settings) { change(&s.bus) }
}

// Patience is for how long [Harness.Idle], [Harness.Settle] and [Harness.Advance] wait on a real transport
// before they fail the test. Run ignores it. Defaults to [DefaultPatience].
func Patience(d time.Duration) Option {
	return func(s *settings) { s.patience = d }
}

// Run tests listeners in a testing/synctest bubble. It makes a memory transport and a bus on it, has register
// add the listeners, runs the bus, calls test when every subscription is live, waits until nothing more can
// be handled without the clock moving, drains the bus, and checks what the package's documentation lists.
// The bubble's rules hold in test: no t.Run, no t.Parallel, and no waiting for what is outside of it.
func Run(t *testing.T, register func(b *bus.Bus), test func(t *testing.T, h *Harness), opts ...Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		execute(t, tr, bubble{tr}, register, func(h *Harness) { test(t, h) }, opts)
	})
}

// OnTransport runs the same test on another transport, which stays the caller's to close, in real time: what
// Run finds out from the bubble, it finds out by asking the broker until Patience ends. The subscriptions
// stay at the broker, with what they hold: give each test a service of its own by [Config]. Subscriptions that
// hold dead letters from before fail it.
func OnTransport(
	t *testing.T, tr transport.Transport, register func(b *bus.Bus), test func(t *testing.T, h *Harness), opts ...Option,
) {
	t.Helper()
	execute(t, tr, &realTime{tr: tr}, register, func(h *Harness) { test(t, h) }, opts)
}

// reporter is what a harness needs of a *testing.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

func execute(
	t reporter, tr transport.Transport, clock clock, register func(*bus.Bus), test func(*Harness), opts []Option,
) {
	t.Helper()
	policy := bus.DefaultPolicy()
	policy.Jitter = 0
	s := settings{patience: DefaultPatience, bus: bus.Config{
		Service: DefaultService, Logger: slog.New(slog.DiscardHandler), Retry: &policy,
	}}
	for _, opt := range opts {
		opt(&s)
	}
	h := newHarness(t, tr, clock, s)
	b, err := bus.New(h.broker, h.observed(s.bus))
	if err != nil {
		t.Fatalf("bustest: %v", err)
		return
	}
	register(b)
	b.Use(h.faults.middleware)
	h.bus = b

	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	select {
	case <-b.Ready():
	case err := <-done:
		stop()
		t.Fatalf("bustest: the bus does not run: %v", err)
		return
	}
	finished := false
	defer func() { // t.Fatal in the test ends this goroutine, and the bus must not outlive it
		stop()
		if err := <-done; err != nil {
			h.errorf("the bus did not end well: %v", err)
		}
		if finished {
			h.checkDeadLetters()
		}
	}()
	test(h)
	h.Idle()
	finished = true
}
