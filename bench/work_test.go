package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fake opens a system with room for 8 events in flight, which does with an event what publish says.
func fake(publish func(handled func()) error, closed *bool) peer {
	return peer{name: "fake", window: 8, open: func(_ context.Context, _ []byte, handled func()) (system, error) {
		return system{
			publish: func(context.Context) error { return publish(handled) },
			close:   func() error { *closed = true; return nil },
		}, nil
	}}
}

func TestFloodCountsWhatIsHandledTwice(t *testing.T) {
	closed := false
	p := fake(func(handled func()) error { handled(); handled(); return nil }, &closed)
	r, err := flood(t.Context(), p, few())
	if err != nil {
		t.Fatal(err)
	}
	if r.published != 200 || r.handled != 400 {
		t.Errorf("published %d and handled %d, want 200 and 400", r.published, r.handled)
	}
	if !closed {
		t.Error("the system was not closed")
	}
}

func TestFloodEndsWhenPublishFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken, closed := errors.New("broken"), false
		var published atomic.Int64
		// Nothing is handled. The publishers that do not fail wait for room, until the one that does ends it.
		p := fake(func(func()) error {
			if published.Add(1) == 8 {
				synctest.Wait()
				return broken
			}
			return nil
		}, &closed)
		start := time.Now()
		if _, err := flood(t.Context(), p, few()); !errors.Is(err, broken) {
			t.Errorf("got %v, want what publish returned", err)
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("the others have waited %s for room", waited)
		}
		if !closed {
			t.Error("the system was not closed")
		}
	})
}

func TestFloodFindsWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := false
		p := fake(func(func()) error { return nil }, &closed)
		if _, err := flood(t.Context(), p, few()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that the time is over", err)
		}
		if !closed {
			t.Error("the system was not closed")
		}
	})
}
