// Package finance is the app that invoices orders.
package finance

import (
	"context"
	"log/slog"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/finance/invoice"
	"github.com/framebus/framebus/examples/orders/finance/subscribers"
	"github.com/framebus/framebus/examples/orders/shop"
)

// Listen registers finance's listener. It is ordered: an order that is created and then deleted must not
// have its invoice cancelled before there is one.
func Listen(b *bus.Bus, invoices *invoice.Book, log *slog.Logger) {
	bus.On(b, "Order", func(ctx context.Context, e bus.Event[shop.Order]) error {
		switch e.Action {
		case bus.Created, bus.Updated:
			return subscribers.OrderSaved(ctx, invoices, e.Data, log)
		case bus.Deleted:
			return subscribers.OrderDeleted(ctx, invoices, e.Data, log)
		}
		return bus.ErrSkip
	}, bus.Name("finance.order"), bus.Ordered())
}
