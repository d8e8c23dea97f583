package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// Defaults of [Config] and [Listener].
const (
	DefaultDrainTimeout = 30 * time.Second
	DefaultCancelGrace  = 5 * time.Second
	DefaultConcurrency  = 10
)

// Config configures a Router. The zero value is ready to use.
type Config struct {
	// Logger for the router's own messages. Defaults to slog.Default().
	Logger *slog.Logger
	// DrainTimeout is how long running handlers keep a live context after Run's has ended. Defaults to
	// DefaultDrainTimeout; negative means that they get none.
	DrainTimeout time.Duration
	// CancelGrace is how long handlers get to return once their context is cancelled at DrainTimeout.
	// Defaults to DefaultCancelGrace.
	CancelGrace time.Duration
}

// Listener is one durable subscription and what to do with its messages.
type Listener struct {
	// Subscription that the listener consumes. Its Concurrency bounds how many handlers run at once;
	// defaults to DefaultConcurrency.
	transport.Subscription
	// Middleware around Handler, outermost first.
	Middleware []message.HandlerMiddleware
	// Handler takes one message. Its error decides what becomes of the message: see middleware.Decide.
	Handler message.NoPublishHandlerFunc
}

// Router runs listeners on a transport. Add them, then Run once. All methods are safe for concurrent use.
type Router struct {
	tr  transport.Transport
	cfg Config

	mu      sync.Mutex
	table   table
	started bool

	ready    chan struct{}
	draining chan struct{}
	state    atomic.Pointer[string] // why the router is not live, nil while it is
}

// New returns a router without listeners. It does not open anything and does not close tr.
func New(tr transport.Transport, cfg Config) *Router {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.DrainTimeout == 0 {
		cfg.DrainTimeout = DefaultDrainTimeout
	}
	if cfg.CancelGrace <= 0 {
		cfg.CancelGrace = DefaultCancelGrace
	}
	return &Router{tr: tr, cfg: cfg, ready: make(chan struct{}), draining: make(chan struct{})}
}

// Add registers a listener. It returns an error, and registers nothing, if the subscription is not valid
// or more than the transport can do, if another listener has the same ID, if there is no handler, or
// after Run was called.
func (r *Router) Add(l Listener) error {
	if l.Handler == nil {
		return fmt.Errorf("router: listener %s on %q: the handler is nil", l.ID, l.Pattern)
	}
	if err := l.Check(r.tr.Features()); err != nil {
		return fmt.Errorf("router: listener %s on %q: %w", l.ID, l.Pattern, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		return fmt.Errorf("router: listener %s on %q: added after Run", l.ID, l.Pattern)
	}
	return r.table.add(newListener(r, l))
}

// Match returns the IDs of the listeners that an event on the channel goes to, in the order of Add.
func (r *Router) Match(channel string, action event.Action) []transport.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.table.match(channel, action)
}

// Ready is closed when every subscription is live. It stays open if Run fails before that.
func (r *Router) Ready() <-chan struct{} { return r.ready }

// Draining is closed when Run begins to drain.
func (r *Router) Draining() <-chan struct{} { return r.draining }

// Run opens the subscriptions and runs the listeners until ctx ends; then it drains (see the package's
// documentation) and returns nil, or what went wrong, joined. It returns early if a subscription cannot be
// opened, having consumed nothing, or if the transport is closed under it. The values of ctx reach the
// handlers; its end does not. A second call returns an error that wraps [transport.ErrClosed].
func (r *Router) Run(ctx context.Context) error {
	r.mu.Lock()
	if r.started {
		r.mu.Unlock()
		return fmt.Errorf("router: Run was called before: %w", transport.ErrClosed)
	}
	r.started = true
	listeners := r.table.listeners
	r.mu.Unlock()

	err := r.run(ctx, listeners)
	state := "the router has stopped"
	if err != nil {
		state += ": " + err.Error()
	}
	r.state.Store(&state)
	return err
}

func (r *Router) run(ctx context.Context, listeners []*listener) error {
	if err := open(ctx, r.tr, listeners); err != nil {
		close(r.draining)
		if ctx.Err() != nil { // told to stop before it had begun: nothing was consumed, nothing is wrong
			return nil
		}
		return err
	}
	receiving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	engine, err := startEngine(ctx, receiving, stop, r.cfg.Logger, listeners)
	if err != nil {
		return errors.Join(err, closeConsumers(ctx, listeners))
	}
	close(r.ready)
	r.cfg.Logger.Info("framebus: running", "listeners", len(listeners), "transport", r.tr.Features().Name)

	<-receiving.Done()
	var broken error
	if cause := context.Cause(receiving); ctx.Err() == nil {
		broken = cause // a consumer ended and nobody asked for it
	}
	close(r.draining)
	return errors.Join(broken, r.drain(ctx, engine, listeners))
}
