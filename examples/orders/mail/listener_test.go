package mail_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/mail"
	"github.com/framebus/framebus/examples/orders/mail/server"
	"github.com/framebus/framebus/examples/orders/shop"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// sender sends through the server and remembers what went out.
type sender struct {
	server.Server

	mu    sync.Mutex
	sent  []string
	tries int
}

func (s *sender) Send(ctx context.Context, m server.Mail) error {
	err := s.Server.Send(ctx, m)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	if err == nil {
		s.sent = append(s.sent, string(m.Order+" "+m.Customer))
	}
	return err
}

// New orders are confirmed once each. A busy server is tried again; a mailbox that is unknown ends in the
// dead letters after 2 tries in each of 3 deliveries.
func TestListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b, err := bus.New(tr, bus.Config{Service: "mail", Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		s := new(sender)
		mail.Listen(b, s, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx) }()
		<-b.Ready()
		for n, e := range []struct {
			action bus.Action
			order  shop.ID
		}{
			{bus.Created, "1001"}, {bus.Updated, "1001"}, {bus.Deleted, "1001"},
			{bus.Created, "1006"}, // the server is busy for this one
			{bus.Created, "1156"}, // and knows no mailbox for this one
		} {
			order := shop.Order{ID: e.order, Customer: "ALFKI"}
			for range 2 { // the same event twice
				if err := b.Publish(ctx, "Order", e.action, order, bus.ID(fmt.Sprint(n))); err != nil {
					t.Fatal(err)
				}
				if e.order == "1156" {
					break // one that dies is not remembered as handled
				}
			}
		}
		if err := tr.Idle(ctx); err != nil {
			t.Fatal(err)
		}
		dead, err := tr.DeadLetters(ctx, transport.ID{Service: "mail", Name: "mail"})
		if err != nil {
			t.Fatal(err)
		}
		letters, err := dead.List(ctx, "", 10)
		if err != nil || len(letters) != 1 || len(letters[0].Why.Attempts) != 6 {
			t.Errorf("dead letters: %+v, %v; want one of 6 attempts", letters, err)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		slices.Sort(s.sent)
		if want := []string{"1001 ALFKI", "1006 ALFKI"}; !slices.Equal(s.sent, want) {
			t.Errorf("sent %q, want %q", s.sent, want)
		}
		if want := 1 + 2 + 6; s.tries != want {
			t.Errorf("%d tries, want %d", s.tries, want)
		}
	})
}

// The server refuses about as many as it says, and says why.
func TestServer(t *testing.T) {
	var busy, unknown int
	const mails = 40_000
	for n := range mails {
		m := server.Mail{Order: shop.ID(fmt.Sprint(n)), Attempt: 1}
		switch err := (server.Server{}).Send(t.Context(), m); {
		case errors.Is(err, server.ErrBusy):
			busy++
			if m.Attempt++; (server.Server{}).Send(t.Context(), m) != nil {
				t.Errorf("order %s is refused again", m.Order)
			}
		case errors.Is(err, server.ErrUnknown):
			unknown++
		}
	}
	if want := mails / 50; busy < want*8/10 || busy > want*12/10 {
		t.Errorf("busy for %d of %d mails, want about %d", busy, mails, want)
	}
	if want := mails / 400; unknown < want*7/10 || unknown > want*13/10 {
		t.Errorf("unknown mailbox for %d of %d mails, want about %d", unknown, mails, want)
	}
}
