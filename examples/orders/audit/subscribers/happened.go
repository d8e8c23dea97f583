// Package subscribers holds audit's handler.
package subscribers

import (
	"context"
	"log/slog"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/audit/trail"
)

// Happened records any event.
func Happened(ctx context.Context, t *trail.Trail, e bus.Raw, log *slog.Logger) error {
	t.Add()
	log.InfoContext(ctx, "recorded", "event", e.Channel+"."+string(e.Action), "key", e.Key)
	return nil
}
