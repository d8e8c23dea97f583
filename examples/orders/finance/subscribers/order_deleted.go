package subscribers

import (
	"context"
	"log/slog"

	"github.com/framebus/framebus/examples/orders/finance/invoice"
	"github.com/framebus/framebus/examples/orders/shop"
)

// OrderDeleted cancels the open invoice of an order, if it has one.
func OrderDeleted(ctx context.Context, invoices *invoice.Book, order shop.Order, log *slog.Logger) error {
	in, cancelled, err := invoices.Cancel(ctx, order.ID)
	switch {
	case err != nil:
		return err
	case cancelled:
		log.InfoContext(ctx, "invoice cancelled", "id", in.ID)
	default:
		log.InfoContext(ctx, "no invoice to cancel", "order", order.ID)
	}
	return nil
}
