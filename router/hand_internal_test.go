package router

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// A drain gives back what waits behind a handler before that handler has returned.
func TestDrainGivesHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		r := New(tr, Config{Logger: slog.New(slog.DiscardHandler)})
		release := make(chan struct{})
		err := r.Add(Listener{
			Subscription: transport.Subscription{
				ID: transport.ID{Service: "s", Name: "n"}, Pattern: "Order", Concurrency: 1,
			},
			Handler: func(*message.Message) error { <-release; return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		<-r.Ready()
		if err := tr.Publish(ctx, &transport.Message{ID: "1", Channel: "Order"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // its handler runs

		ds, receipts := deliveries(2)
		c := r.table.listeners[0].crew
		c.mu.Lock()
		w := c.present[1]
		w.hand, w.shares = ds, true
		c.out += len(ds)
		c.mu.Unlock()
		stop()
		synctest.Wait()
		for i, r := range receipts {
			if r.released != 1 {
				t.Errorf("delivery %d was released %d times while the handler ran, want once", i, r.released)
			}
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
