package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
)

// Defaults of [Config].
const (
	DefaultConcurrency  = router.DefaultConcurrency
	DefaultTimeout      = 5 * time.Minute
	DefaultLease        = transport.DefaultLease
	DefaultMaxReceives  = 10
	DefaultDrainTimeout = router.DefaultDrainTimeout
)

// Config configures a Bus. Only Service is required.
type Config struct {
	// Service is the name of the program: the source of its events, and the first half of its listeners'
	// identity. Its replicas have the same. Required.
	Service string
	// Logger gets a line for every failure (Warn), dead letter (Error) and, at Debug, every event. Defaults
	// to slog.Default().
	Logger *slog.Logger
	// Concurrency is how many events each listener handles at a time. Defaults to DefaultConcurrency.
	Concurrency int
	// Retry is the policy of all listeners. Defaults to DefaultPolicy(). A pointer to the zero Policy means
	// no retries: the first failure is a dead letter.
	Retry *Policy
	// Timeout bounds one run of a handler; its context ends then, and the run has failed. Defaults to
	// DefaultTimeout; negative means none.
	Timeout time.Duration
	// Lease is for how long a replica reserves an event; it is extended while the handler runs, so it is the
	// time after which a crashed replica's events come to another. Defaults to DefaultLease.
	Lease time.Duration
	// MaxReceives is how often the broker hands an event out before it gives it up by itself: what ends an
	// event that kills its process. It must exceed the deliveries of the retry policy. Defaults to
	// DefaultMaxReceives, or twice the deliveries of the policy if that is more.
	MaxReceives int
	// DrainTimeout is how long running handlers get when Run's context ends. Defaults to
	// DefaultDrainTimeout; negative means no time at all.
	DrainTimeout time.Duration
	// Observe is called with what became of each delivery, by the goroutine that handled it, before the broker
	// is told of it; a dead letter is with the broker already. It must be safe for concurrent use. Defaults to
	// nothing.
	Observe func(ctx context.Context, r Result)
}

// Bus publishes events and runs listeners. Register listeners with [On], then call Run once; a program
// that only publishes need not call it. All methods are safe for concurrent use.
type Bus struct {
	tr     transport.Transport
	cfg    Config
	router *router.Router

	published sync.Pool // of *publication

	mu        sync.Mutex
	started   bool
	listeners []listener
	user      []message.HandlerMiddleware
	mistakes  []error
}

// New returns a bus on the transport. It opens nothing yet. The transport stays the caller's to close,
// after Run has returned.
func New(tr transport.Transport, cfg Config) (*Bus, error) {
	if tr == nil {
		return nil, errors.New("bus: the transport is nil")
	}
	if err := event.CheckChannel(cfg.Service); err != nil {
		return nil, fmt.Errorf("bus: Config.Service: as a %w", err)
	}
	for name, negative := range map[string]bool{
		"Concurrency": cfg.Concurrency < 0, "Lease": cfg.Lease < 0, "MaxReceives": cfg.MaxReceives < 0,
	} {
		if negative {
			return nil, fmt.Errorf("bus: Config.%s is negative", name)
		}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Concurrency == 0 {
		cfg.Concurrency = DefaultConcurrency
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Lease == 0 {
		cfg.Lease = DefaultLease
	}
	if cfg.Retry == nil {
		policy := DefaultPolicy()
		cfg.Retry = &policy
	}
	if err := cfg.Retry.Validate(); err != nil {
		return nil, fmt.Errorf("bus: Config.Retry: %w", err)
	}
	return &Bus{
		tr: tr, cfg: cfg,
		router: router.New(tr, router.Config{Logger: cfg.Logger, DrainTimeout: cfg.DrainTimeout}),
	}, nil
}

// Use adds middleware around all handlers, those registered before included: outside of the retries and
// inside of the dead-lettering, first added outermost. Any Watermill HandlerMiddleware fits; a middleware
// that changes the payload sets a new one. Use after Run, or of nil, is a mistake that Run reports.
func (b *Bus) Use(mw ...message.HandlerMiddleware) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, m := range mw {
		if m == nil {
			b.mistake(fmt.Errorf("bus: Use: middleware number %d is nil", i+1))
			return
		}
	}
	if b.started {
		b.mistake(errors.New("bus: Use was called after Run"))
		return
	}
	b.user = append(b.user, mw...)
}

// mistake keeps a registration error for Run; after Run, the log is all that is left. b.mu is held.
func (b *Bus) mistake(err error) {
	b.mistakes = append(b.mistakes, err)
	if b.started {
		b.cfg.Logger.Error("framebus: too late", "error", err)
	}
}

// Run opens every listener's subscription and handles events until ctx ends. Then it drains: it receives
// no more, hands back what has not started, waits for running handlers up to DrainTimeout, and returns nil
// or what went wrong, joined. The values of ctx reach the handlers; its end does not.
//
// If listeners were registered wrongly, Run consumes nothing and returns all mistakes, joined. Without any
// listeners it just waits for ctx. A second call returns an error that wraps [ErrClosed].
func (b *Bus) Run(ctx context.Context) error {
	b.mu.Lock()
	if b.started {
		b.mu.Unlock()
		return fmt.Errorf("bus: Run was called before: %w", ErrClosed)
	}
	b.started = true
	mistakes := b.mistakes
	for _, l := range b.listeners {
		if err := b.router.Add(b.routed(l)); err != nil {
			mistakes = append(mistakes, fmt.Errorf("bus: %w", err))
		}
	}
	b.mu.Unlock()
	if err := errors.Join(mistakes...); err != nil {
		return err
	}
	if err := b.router.Run(ctx); err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	return nil
}

// Ready is closed when every subscription is live: what is published from then on reaches every listener.
// It stays open if Run returns an error before.
func (b *Bus) Ready() <-chan struct{} { return b.router.Ready() }

// Live is the liveness question: nil until Run has returned, then an error that says why it has.
func (b *Bus) Live() error { return b.router.Live() }

// Check is the readiness question: nil while every listener receives; else an error that says which does
// not, and why.
func (b *Bus) Check() error { return b.router.Check() }

// Health answers GET /livez and GET /readyz for an orchestrator's probes, with 200 or 503 and a JSON body.
func (b *Bus) Health() http.Handler { return b.router.Health() }
