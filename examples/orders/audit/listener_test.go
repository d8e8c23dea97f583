package audit_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/audit"
	"github.com/framebus/framebus/examples/orders/audit/trail"
	"github.com/framebus/framebus/transport/memory"
)

// Every event of every channel is recorded, and once however often it comes.
func TestListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b, err := bus.New(tr, bus.Config{Service: "audit", Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		recorded := new(trail.Trail)
		audit.Listen(b, recorded, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx) }()
		<-b.Ready()
		for _, channel := range []string{"Order", "Invoice", "Never.Seen.Before"} {
			for _, id := range []string{"1", "2", "1"} {
				if err := b.Publish(ctx, channel, bus.Created, 0, bus.ID(channel+id)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := tr.Idle(ctx); err != nil {
			t.Fatal(err)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := recorded.Count(); n != 6 {
			t.Errorf("%d events are recorded, want 6", n)
		}
	})
}
