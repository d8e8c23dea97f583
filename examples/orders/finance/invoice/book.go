// Package invoice holds finance's models: the invoices, and the book they are in.
package invoice

import (
	"context"
	"strconv"
	"sync"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/shop"
)

// Invoice for an order. One that is cancelled stays in the book: what was once invoiced is never forgotten.
type Invoice struct {
	ID        shop.ID      `json:"id"`
	Order     shop.ID      `json:"order"`
	Total     shop.Decimal `json:"total,omitempty"`
	Cancelled bool         `json:"cancelled"`
}

// Book holds all invoices, and publishes what happens to them on "Invoice". Of one order at most one is
// open. The methods are safe for concurrent use, but for two on the same order: a listener that is
// bus.Ordered calls them one after the other.
type Book struct {
	bus *bus.Bus

	mu        sync.Mutex
	invoices  map[shop.ID][]Invoice // by order, oldest first: only the last may be open
	count     int
	cancelled int
}

// NewBook returns an empty book.
func NewBook(b *bus.Bus) *Book {
	return &Book{bus: b, invoices: make(map[shop.ID][]Invoice)}
}

// Open opens an invoice for an order that has no open one; ok is false if it has.
//
// It publishes before it stores, as the shop does: if publishing fails nothing has changed, and the retry
// starts afresh. Since it looks at what is there, an event that comes again changes nothing.
func (b *Book) Open(ctx context.Context, order shop.Order) (in Invoice, ok bool, err error) {
	last, n := b.last(order.ID)
	if n > 0 && !last.Cancelled {
		return last, false, nil
	}
	in = Invoice{ID: number(order.ID, n), Order: order.ID, Total: order.Total}
	if err := b.bus.Publish(ctx, "Invoice", bus.Created, in, bus.Key(in.ID)); err != nil {
		return Invoice{}, false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.invoices[in.Order] = append(b.invoices[in.Order], in)
	b.count++
	return in, true, nil
}

// Cancel cancels the open invoice of an order; ok is false if there is none. To others, an invoice that is
// cancelled is one that was updated: it is still there.
func (b *Book) Cancel(ctx context.Context, order shop.ID) (in Invoice, ok bool, err error) {
	in, n := b.last(order)
	if n == 0 || in.Cancelled {
		return Invoice{}, false, nil
	}
	in.Cancelled = true
	if err := b.bus.Publish(ctx, "Invoice", bus.Updated, in, bus.Key(in.ID)); err != nil {
		return Invoice{}, false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.invoices[order][n-1] = in
	b.cancelled++
	return in, true, nil
}

// Count returns how many invoices are in the book, and how many of them are cancelled.
func (b *Book) Count() (all, cancelled int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count, b.cancelled
}

// last returns the latest invoice of an order, and how many it has had.
func (b *Book) last(order shop.ID) (in Invoice, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.invoices[order]
	if len(all) == 0 {
		return Invoice{}, 0
	}
	return all[len(all)-1], len(all)
}

// number returns the ID of an order's next invoice after n: INV-1001, INV-1001-2.
func number(order shop.ID, n int) shop.ID {
	if n == 0 {
		return "INV-" + order
	}
	return "INV-" + order + "-" + shop.ID(strconv.Itoa(n+1))
}
