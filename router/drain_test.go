package router_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// Watermill's Router.Close cancels running handlers at once.
func TestDrainKeepsRunningHandlersAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		var handled counter
		var atEnd error
		_, stop := start(t, tr, router.Config{}, listen("a", "Order", func(msg *message.Message) error {
			handled.add("started")
			select {
			case <-time.After(20 * time.Second):
			case <-msg.Context().Done():
			}
			atEnd = msg.Context().Err()
			handled.add("done")
			return nil
		}))
		publish(t, tr, "Order", 1)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Errorf("Run returned %v after a clean drain", err)
		}
		if atEnd != nil || handled.get("done") != 1 {
			t.Errorf("the handler's context ended during the drain: %v", atEnd)
		}
		// A finished event is not redelivered.
		time.Sleep(time.Hour)
		_, stopAgain := start(t, tr, router.Config{}, listen("a", "Order", func(*message.Message) error {
			handled.add("started")
			return nil
		}))
		synctest.Wait()
		if n := handled.get("started"); n != 1 {
			t.Errorf("the event was handled %d times, want once", n)
		}
		if err := stopAgain(); err != nil {
			t.Error(err)
		}
	})
}

func TestDrainTimeoutCancelsWithACauseAndCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &broken{Transport: memory.New(), extend: func() error { return nil }}
		var cause error
		began := make(chan time.Time, 1)
		var ended time.Time
		_, stop := start(t, tr, router.Config{DrainTimeout: 7 * time.Second},
			listen("a", "Order", func(msg *message.Message) error {
				began <- time.Now()
				<-msg.Context().Done()
				ended = time.Now()
				cause = context.Cause(msg.Context())
				return msg.Context().Err()
			}))
		publish(t, tr, "Order", 1)
		from := <-began
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if !errors.Is(cause, transport.ErrDrained) {
			t.Errorf("the context's cause is %v, want ErrDrained", cause)
		}
		if got := ended.Sub(from); got != 7*time.Second {
			t.Errorf("the context ended after %s, want the drain timeout of 7s", got)
		}
		// The event went back at once and uncounted.
		c, err := tr.Subscribe(t.Context(), transport.Subscription{
			ID: transport.ID{Service: "svc", Name: "a"}, Pattern: "Order",
		})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		ds, err := c.Receive(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if wait := time.Since(now); wait != 0 {
			t.Errorf("the event came back after %s, want at once", wait)
		}
		if ds[0].Receives != 1 || len(ds[0].Failures()) != 0 {
			t.Errorf("the cancelled run was counted: receives %d, failures %v", ds[0].Receives, ds[0].Failures())
		}
	})
}

// Watermill's Run returns nil when Close timed out, with handlers still running.
func TestDrainNamesHandlersThatDoNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		release := make(chan struct{})
		_, stop := start(t, tr, router.Config{DrainTimeout: time.Second, CancelGrace: time.Second},
			listen("deaf", "Order", func(*message.Message) error { <-release; return nil }),
			listen("fine", "Order", func(*message.Message) error { return nil }))
		publish(t, tr, "Order", 2)
		synctest.Wait()
		from := time.Now()
		err := stop()
		if !errors.Is(err, transport.ErrDrained) || !strings.Contains(err.Error(), "svc/deaf: 2 handlers") ||
			strings.Contains(err.Error(), "fine") {
			t.Errorf("Run returned %v, want an error that names svc/deaf, its 2 handlers and nobody else", err)
		}
		if took := time.Since(from); took > 4*time.Second {
			t.Errorf("the drain took %s, with 1s of timeout and 1s of grace", took)
		}
		close(release)
		synctest.Wait()
		// What they finish late is acked all the same.
		if err := tr.Idle(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Events that were received and have not started go to a peer at once, uncounted.
func TestDrainReleasesWhatHasNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Events are received at the very moment at which the drain begins.
		mem := memory.New()
		tr := &broken{Transport: mem}
		r := router.New(tr, router.Config{Logger: discard})
		tr.received = func() { <-r.Draining() }
		if err := r.Add(listen("a", "Order", func(*message.Message) error {
			t.Error("a handler started during the drain")
			return nil
		})); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		<-r.Ready()
		publish(t, tr, "Order", 20)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		var peer counter
		_, stop := start(t, mem, router.Config{}, listen("a", "Order", func(msg *message.Message) error {
			d, _ := transport.FromContext(msg.Context())
			if d.Receives != 1 {
				t.Errorf("%s: a released event counts as received: %d", d.Message.ID, d.Receives)
			}
			peer.add("n")
			return nil
		}))
		synctest.Wait()
		if n := peer.get("n"); n != 20 {
			t.Errorf("the peer had %d of 20 events at once", n)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A clean drain closes what it opened, and logs nothing that would wake anybody: Watermill calls the end of
// its handlers an error.
func TestDrainIsCleanAndQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		tr := &broken{Transport: memory.New()}
		_, stop := start(t, tr, router.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))},
			listen("a", "Order", nothing), listen("b", "Order", nothing))
		publish(t, tr, "Order", 10)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if tr.open != 2 || tr.closed != 2 {
			t.Errorf("%d of %d consumers were closed", tr.closed, tr.open)
		}
		if n := strings.Count(log.String(), "\n"); n != 2 || strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("want two lines, running and draining:\n%s", log.String())
		}
	})
}

func TestRunOnceAndOnlyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		r, stop := start(t, tr, router.Config{}, listen("a", "Order", func(*message.Message) error { return nil }))
		if err := r.Run(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("a second Run returned %v, want ErrClosed", err)
		}
		if err := r.Add(listen("b", "Order", func(*message.Message) error { return nil })); err == nil {
			t.Error("Add after Run was accepted")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if err := r.Run(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Run after the end returned %v, want ErrClosed", err)
		}
	})
}

// Watermill's Close before Run hangs for the whole CloseTimeout.
func TestRunWithAnEndedContextReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, ls := range map[string][]router.Listener{
			"without listeners": nil,
			"with one":          {listen("a", "Order", func(*message.Message) error { return nil })},
		} {
			r := router.New(memory.New(), router.Config{Logger: discard})
			for _, l := range ls {
				if err := r.Add(l); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			from := time.Now()
			if err := r.Run(ctx); err != nil {
				t.Errorf("%s: Run returned %v", name, err)
			}
			if took := time.Since(from); took != 0 {
				t.Errorf("%s: Run took %s", name, took)
			}
		}
	})
}

func TestRunWithoutListenersWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, stop := start(t, memory.New(), router.Config{})
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// At debug level Watermill's own account of its life is in the log too, and nowhere above it.
func TestWatermillsLogIsOursOneLevelLower(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelDebug} {
		synctest.Test(t, func(t *testing.T) {
			var log strings.Builder
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level}))
			_, stop := start(t, memory.New(), router.Config{Logger: logger}, listen("a", "Order", nothing))
			if err := stop(); err != nil {
				t.Error(err)
			}
			synctest.Wait() // Watermill has a last word
			for line := range strings.Lines(log.String()) {
				if !strings.Contains(line, "framebus: ") && !strings.Contains(line, "level=DEBUG") {
					t.Errorf("at %s: %s", level, line)
				}
			}
			if got := strings.Contains(log.String(), "Starting handler"); got != (level == slog.LevelDebug) {
				t.Errorf("at %s, Watermill's lines are in the log: %v", level, got)
			}
		})
	}
}
