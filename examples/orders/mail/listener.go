// Package mail is the app that confirms orders to their customers, by way of a server that fails now and
// then.
package mail

import (
	"context"
	"log/slog"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/mail/subscribers"
	"github.com/framebus/framebus/examples/orders/shop"
	"github.com/framebus/framebus/middleware"
)

// Listen registers mail's listener, for new orders only. A mail that fails is tried again at once, then
// after two delays, and then given up to the dead letters. The delays are milliseconds for the sake of the
// example: a real server that is down stays down for longer, see bus.DefaultPolicy. Nobody wants the same
// mail twice, so a duplicate of an event is dropped.
func Listen(b *bus.Bus, sender subscribers.Sender, log *slog.Logger) {
	bus.On(b, "Order", func(ctx context.Context, e bus.Event[shop.Order]) error {
		return subscribers.OrderCreated(ctx, sender, e, log)
	},
		bus.Name("mail"),
		bus.Actions(bus.Created),
		bus.Concurrency(8),
		bus.Retry(bus.Policy{
			Immediate: 1, Backoff: time.Millisecond,
			Delays: []time.Duration{10 * time.Millisecond, 20 * time.Millisecond},
		}),
		bus.With(middleware.Dedupe(middleware.DedupeConfig{})),
	)
}
