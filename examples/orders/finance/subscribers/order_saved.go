// Package subscribers holds finance's handlers, one for each thing that can happen.
package subscribers

import (
	"context"
	"log/slog"

	"github.com/framebus/framebus/examples/orders/finance/invoice"
	"github.com/framebus/framebus/examples/orders/shop"
)

// OrderSaved opens an invoice for an order that was created or updated, unless it has one.
func OrderSaved(ctx context.Context, invoices *invoice.Book, order shop.Order, log *slog.Logger) error {
	in, opened, err := invoices.Open(ctx, order)
	switch {
	case err != nil:
		return err
	case opened:
		log.InfoContext(ctx, "invoice opened", "id", in.ID, "total", in.Total)
	default:
		log.InfoContext(ctx, "has its invoice", "id", in.ID)
	}
	return nil
}
