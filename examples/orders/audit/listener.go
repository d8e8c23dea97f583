// Package audit is the app that keeps a record of everything.
package audit

import (
	"context"
	"log/slog"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/audit/subscribers"
	"github.com/framebus/framebus/examples/orders/audit/trail"
	"github.com/framebus/framebus/middleware"
)

// Listen registers audit's listener, on every channel. Delivery is at least once and the trail counts each
// event once, so what comes again is dropped; a bounded memory of the last events is enough for that.
func Listen(b *bus.Bus, t *trail.Trail, log *slog.Logger) {
	bus.On(b, "*", func(ctx context.Context, e bus.Raw) error {
		return subscribers.Happened(ctx, t, e, log)
	}, bus.Name("audit"), bus.With(middleware.Dedupe(middleware.DedupeConfig{})))
}
