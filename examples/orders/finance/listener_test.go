package finance_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/finance"
	"github.com/framebus/framebus/examples/orders/finance/invoice"
	"github.com/framebus/framebus/examples/orders/shop"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// deaf is a transport that fails to publish on "Invoice" as often as told.
type deaf struct {
	*memory.Transport
	times atomic.Int32
}

func (d *deaf) Publish(ctx context.Context, m *transport.Message) error {
	if m.Channel == "Invoice" && d.times.Add(-1) >= 0 {
		return errors.New("the broker is away")
	}
	return d.Transport.Publish(ctx, m)
}

type step struct {
	id     string // of the event
	action bus.Action
	order  shop.Order
}

// tell publishes the steps one after the other and returns what was published on "Invoice", as
// "action number cause". It must be called in a bubble.
func tell(t *testing.T, tr *deaf, steps ...step) (told []string, book *invoice.Book) {
	t.Helper()
	b, err := bus.New(tr, bus.Config{Service: "finance", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	book = invoice.NewBook(b)
	finance.Listen(b, book, slog.New(slog.DiscardHandler))
	bus.On(b, "Invoice", func(_ context.Context, e bus.Event[invoice.Invoice]) error {
		told = append(told, string(e.Action)+" "+string(e.Data.ID)+" "+e.CausationID)
		return nil
	}, bus.Concurrency(1))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	<-b.Ready()
	for _, s := range steps {
		if err := b.Publish(ctx, "Order", s.action, s.order, bus.Key(s.order.ID), bus.ID(s.id)); err != nil {
			t.Fatal(err)
		}
		if err := tr.Idle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return told, book
}

func TestListen(t *testing.T) {
	order := shop.Order{ID: "1", Total: "440.00"}
	created, updated := step{"c1", bus.Created, order}, step{"u1", bus.Updated, order}
	deleted, again := step{"d1", bus.Deleted, order}, step{"c2", bus.Created, order}
	for _, c := range []struct {
		name           string
		steps          []step
		want           []string
		all, cancelled int
	}{
		{"created", []step{created}, []string{"created INV-1 c1"}, 1, 0},
		{"updated alone", []step{updated}, []string{"created INV-1 u1"}, 1, 0},
		{"an update leaves the invoice alone", []step{created, updated}, []string{"created INV-1 c1"}, 1, 0},
		{"deleted", []step{created, deleted}, []string{"created INV-1 c1", "updated INV-1 d1"}, 1, 1},
		{"deleted without an invoice", []step{deleted}, nil, 0, 0},
		{
			"every event twice", []step{created, created, updated, updated, deleted, deleted},
			[]string{"created INV-1 c1", "updated INV-1 d1"}, 1, 1,
		},
		{
			"an order that comes back", []step{created, deleted, again},
			[]string{"created INV-1 c1", "updated INV-1 d1", "created INV-1-2 c2"}, 2, 1,
		},
		{"another action", []step{{"s1", "shipped", order}}, nil, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told, book := tell(t, &deaf{Transport: memory.New()}, c.steps...)
				if !slices.Equal(told, c.want) {
					t.Errorf("published %q, want %q", told, c.want)
				}
				if all, cancelled := book.Count(); all != c.all || cancelled != c.cancelled {
					t.Errorf("%d invoices, %d cancelled, want %d and %d", all, cancelled, c.all, c.cancelled)
				}
			})
		})
	}
}

// An invoice that could not be published is not there, until a retry publishes it.
func TestListenBrokerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &deaf{Transport: memory.New()}
		tr.times.Store(4) // more than the immediate retries
		order := shop.Order{ID: "1", Total: "440.00"}
		told, book := tell(t, tr, step{"c1", bus.Created, order})
		if want := []string{"created INV-1 c1"}; !slices.Equal(told, want) {
			t.Errorf("published %q, want %q", told, want)
		}
		if all, _ := book.Count(); all != 1 {
			t.Errorf("%d invoices, want 1", all)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		tr := &deaf{Transport: memory.New()}
		order := shop.Order{ID: "1", Total: "440.00"}
		_, book := tell(t, tr, step{"c1", bus.Created, order})
		tr.times.Store(1)
		if _, _, err := book.Cancel(t.Context(), "1"); err == nil {
			t.Error("cancelled, though the broker was away")
		}
		if _, cancelled := book.Count(); cancelled != 0 {
			t.Errorf("%d invoices are cancelled, want 0", cancelled)
		}
	})
}
