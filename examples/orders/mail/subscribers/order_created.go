// Package subscribers holds mail's handler.
package subscribers

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/mail/server"
	"github.com/framebus/framebus/examples/orders/shop"
)

// Sender is what sends mails.
type Sender interface {
	Send(ctx context.Context, m server.Mail) error
}

// OrderCreated confirms an order to its customer. An error means that the bus tries again.
func OrderCreated(ctx context.Context, sender Sender, e bus.Event[shop.Order], log *slog.Logger) error {
	err := sender.Send(ctx, server.Mail{Order: e.Data.ID, Customer: e.Data.Customer, Attempt: e.Attempt})
	if err != nil {
		log.WarnContext(ctx, "not sent", "attempt", e.Attempt, "error", err)
		return fmt.Errorf("confirming order %s: %w", e.Data.ID, err)
	}
	log.InfoContext(ctx, "confirmation sent", "to", e.Data.Customer, "attempt", e.Attempt)
	return nil
}
