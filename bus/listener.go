package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
)

// listener is a registered listener with its options applied.
type listener struct {
	transport.Subscription
	handler    message.NoPublishHandlerFunc
	policy     Policy
	timeout    time.Duration
	middleware []message.HandlerMiddleware
	mistakes   []error
}

// On registers a listener on a channel, or on every channel that a pattern with * matches. T is what the
// event's data is decoded to: json.RawMessage takes any.
//
// A mistake (a bad channel, a name that is taken, a nil handler, an option out of range, On after Run)
// is returned by [Bus.Run], with all others.
func On[T any](b *Bus, channel string, handler func(ctx context.Context, e Event[T]) error, opts ...ListenerOption) {
	var erased message.NoPublishHandlerFunc
	if handler != nil {
		erased = erase(handler)
	}
	b.on(channel, erased, opts)
}

func (b *Bus) on(channel string, handler message.NoPublishHandlerFunc, opts []ListenerOption) {
	l := listener{
		Subscription: transport.Subscription{
			ID: transport.ID{Service: b.cfg.Service, Name: channel}, Pattern: channel,
			Lease: b.cfg.Lease, MaxReceives: b.cfg.MaxReceives, Concurrency: b.cfg.Concurrency,
		},
		handler: handler,
		policy:  *b.cfg.Retry,
		timeout: b.cfg.Timeout,
	}
	for _, opt := range opts {
		if opt == nil {
			l.mistakes = append(l.mistakes, errors.New("an option is nil"))
			continue
		}
		opt(&l)
	}
	l.checkReceives()

	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started {
		l.mistakes = append(l.mistakes, errors.New("registered after Run"))
	}
	for _, err := range l.mistakes {
		b.mistake(fmt.Errorf("bus: listener %s on %q: %w", l.ID, channel, err))
	}
	if len(l.mistakes) == 0 {
		b.listeners = append(b.listeners, l)
	}
}

// checkReceives sets or checks the broker's own limit: it must leave the retry policy its deliveries, or
// events would be given up before the policy has had its way.
func (l *listener) checkReceives() {
	deliveries := len(l.policy.Delays) + 1
	switch {
	case l.MaxReceives == 0:
		l.MaxReceives = max(DefaultMaxReceives, 2*deliveries)
	case l.MaxReceives <= deliveries:
		l.mistakes = append(l.mistakes, fmt.Errorf("MaxReceives is %d, and the retry policy alone needs %d: it must be more",
			l.MaxReceives, deliveries))
	}
}

// routed is the listener as the router runs it, inside of its middleware.
func (b *Bus) routed(l listener) router.Listener {
	stack := middleware.Stack{
		Observe: b.cfg.Observe, Logger: b.cfg.Logger, Policy: l.policy, Timeout: l.timeout,
		User: slices.Concat(b.user, l.middleware), Unseen: true, // it gets an event, and no message
	}
	return router.Listener{Subscription: l.Subscription, Middleware: stack.Middleware(), Handler: l.handler}
}

// ListenerOption changes one listener.
type ListenerOption func(*listener)

// Name gives the listener a name of its own. A second listener of the service on the same channel needs
// one. A listener that is renamed is a new listener: it starts with no events, and the old one's stay with
// the broker.
func Name(name string) ListenerOption {
	return func(l *listener) {
		if err := event.CheckPattern(name); err != nil {
			l.mistakes = append(l.mistakes, fmt.Errorf("Name(%q): as a %w", name, err))
		}
		l.Name = name
	}
}

// Actions makes the listener take these actions only. The broker drops the others, where it can.
func Actions(actions ...Action) ListenerOption {
	return func(l *listener) {
		if len(actions) == 0 {
			l.mistakes = append(l.mistakes, errors.New("Actions() without an action would take none"))
		}
		l.Actions = slices.Clone(actions)
	}
}

// Concurrency is how many events this listener handles at a time in each replica. At least 1.
func Concurrency(n int) ListenerOption {
	return func(l *listener) {
		if n < 1 {
			l.mistakes = append(l.mistakes, fmt.Errorf("Concurrency(%d): must be at least 1", n))
		}
		l.Subscription.Concurrency = n
	}
}

// Ordered makes the listener handle the events of one channel and [Key] one at a time, as published. An
// event that waits for a retry holds back those of its key, and no others.
func Ordered() ListenerOption {
	return func(l *listener) { l.Ordered = true }
}

// Retry gives the listener a policy of its own. The zero Policy means no retries.
func Retry(p Policy) ListenerOption {
	return func(l *listener) {
		if err := p.Validate(); err != nil {
			l.mistakes = append(l.mistakes, fmt.Errorf("Retry: %w", err))
		}
		l.policy = p
	}
}

// Timeout bounds one run of the listener's handler. 0 or less means that nothing does.
func Timeout(d time.Duration) ListenerOption {
	return func(l *listener) { l.timeout = d }
}

// Lease is for how long a replica reserves an event of this listener: see [Config.Lease]. More than 0.
func Lease(d time.Duration) ListenerOption {
	return func(l *listener) {
		if d <= 0 {
			l.mistakes = append(l.mistakes, fmt.Errorf("Lease(%s): must be more than 0", d))
		}
		l.Subscription.Lease = d
	}
}

// MaxReceives is the broker's own limit for this listener: see [Config.MaxReceives].
func MaxReceives(n int) ListenerOption {
	return func(l *listener) {
		if n < 1 {
			l.mistakes = append(l.mistakes, fmt.Errorf("MaxReceives(%d): must be at least 1", n))
		}
		l.Subscription.MaxReceives = n
	}
}

// With adds middleware around this listener's handler, inside of what [Bus.Use] adds.
func With(mw ...message.HandlerMiddleware) ListenerOption {
	return func(l *listener) {
		if slices.ContainsFunc(mw, func(m message.HandlerMiddleware) bool { return m == nil }) {
			l.mistakes = append(l.mistakes, errors.New("With: a middleware is nil"))
			return
		}
		l.middleware = append(l.middleware, mw...)
	}
}
