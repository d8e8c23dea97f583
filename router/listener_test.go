package router_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// Watermill's router runs every message in a goroutine, without a bound.
func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		var running, peak atomic.Int64
		l := listen("a", "Order", func(*message.Message) error {
			peak.Store(max(peak.Load(), running.Add(1)))
			time.Sleep(time.Millisecond)
			running.Add(-1)
			return nil
		})
		l.Concurrency = 3
		_, stop := start(t, tr, router.Config{}, l)
		before := runtime.NumGoroutine()
		publish(t, tr, "Order", 500)
		synctest.Wait()
		if grown := runtime.NumGoroutine() - before; grown > 20 {
			t.Errorf("%d goroutines more with 500 queued events and a concurrency of 3", grown)
		}
		if err := tr.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := peak.Load(); got != 3 {
			t.Errorf("up to %d handlers ran at once, want 3", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestLeaseIsKeptWhileTheHandlerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		var runs counter
		l := listen("a", "Order", func(msg *message.Message) error {
			runs.add(msg.UUID)
			time.Sleep(10 * time.Minute)
			return msg.Context().Err()
		})
		l.Lease = 30 * time.Second
		_, stop := start(t, tr, router.Config{DrainTimeout: time.Hour}, l)
		publish(t, tr, "Order", 3)
		if err := tr.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		for i := range 3 {
			if n := runs.get(fmt.Sprint("Order-", i)); n != 1 {
				t.Errorf("event %d ran %d times during twenty leases, want once", i, n)
			}
		}
	})
}

func TestLostLeaseCancelsTheHandlerWithACause(t *testing.T) {
	for name, extend := range map[string]error{
		"the broker says so":            fmt.Errorf("gone: %w", transport.ErrLeaseLost),
		"the broker cannot be reached":  errors.New("connection refused"),
		"it expired meanwhile, wrapped": fmt.Errorf("late: %w", context.DeadlineExceeded),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &broken{Transport: memory.New(), extend: func() error { return extend }}
				causes := make(chan error, 10)
				l := listen("a", "Order", func(msg *message.Message) error {
					if len(causes) == 0 {
						<-msg.Context().Done()
						causes <- context.Cause(msg.Context())
						return errors.New("interrupted")
					}
					return nil
				})
				l.Lease = 30 * time.Second
				_, stop := start(t, tr, router.Config{}, l)
				from := time.Now()
				publish(t, tr, "Order", 1)
				if cause := <-causes; !errors.Is(cause, transport.ErrLeaseLost) {
					t.Errorf("the context ended with %v, want ErrLeaseLost", cause)
				}
				if after := time.Since(from); after > 41*time.Second {
					t.Errorf("the handler was told after %s, with a lease of 30s", after)
				}
				time.Sleep(time.Minute)
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestOutcomes(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name    string
		err     error
		mw      message.HandlerMiddleware
		runs    int           // within the hour
		second  time.Duration // after the first run, if there are two
		outcome string
	}{
		{name: "nil acks", runs: 1},
		{name: "skip acks", err: fmt.Errorf("not mine: %w", middleware.ErrSkip), runs: 1},
		{name: "a failure no policy saw waits a little", err: boom, runs: 2, second: 10 * time.Second},
		{name: "a delay that middleware set is kept", err: boom, mw: setDelay(3 * time.Minute), runs: 2, second: 3 * time.Minute},
		{name: "release comes back at once", err: middleware.ErrRelease, runs: 2},
		{name: "pause comes back after the pause", err: middleware.Pause(time.Minute, boom), runs: 2, second: time.Minute},
		{name: "an early ack is kept", err: boom, mw: ackEarly, runs: 1},
		{name: "a panic outside of Recover is a failure", mw: panicking, runs: 2, second: 10 * time.Second},
		{name: "a delivery settled by middleware is left alone", err: boom, mw: deadLetter, runs: 1},
		{name: "produced messages are no silent loss", mw: producing, runs: 2, second: 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := memory.New()
				var times []time.Time
				l := listen("a", "Order", func(*message.Message) error {
					times = append(times, time.Now())
					if len(times) == 1 {
						return c.err
					}
					return nil
				})
				once := sync.Once{}
				if c.mw != nil {
					l.Middleware = []message.HandlerMiddleware{func(h message.HandlerFunc) message.HandlerFunc {
						wrapped := c.mw(h)
						return func(msg *message.Message) (ms []*message.Message, err error) {
							handler := h
							once.Do(func() { handler = wrapped })
							return handler(msg)
						}
					}}
				}
				_, stop := start(t, tr, router.Config{}, l)
				publish(t, tr, "Order", 1)
				time.Sleep(time.Hour)
				if err := stop(); err != nil {
					t.Error(err)
				}
				if len(times) != c.runs {
					t.Fatalf("the handler ran %d times, want %d", len(times), c.runs)
				}
				if c.runs == 2 && times[1].Sub(times[0]) != c.second {
					t.Errorf("the second run came after %s, want %s", times[1].Sub(times[0]), c.second)
				}
				if d, err := tr.Depth(t.Context(), l.ID); err != nil || d.Pending() != 0 {
					t.Errorf("left behind: %+v, %v", d, err)
				}
			})
		})
	}
}

func setDelay(delay time.Duration) message.HandlerMiddleware {
	return func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			d, _ := transport.FromContext(msg.Context())
			d.SetRetryDelay(delay)
			return h(msg)
		}
	}
}

func ackEarly(h message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) { msg.Ack(); return h(msg) }
}

func panicking(h message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		_, _ = h(msg)
		panic("user's middleware")
	}
}

func deadLetter(h message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		out, err := h(msg)
		d, _ := transport.FromContext(msg.Context())
		return out, errors.Join(err, d.DeadLetter(context.WithoutCancel(msg.Context()), err))
	}
}

func producing(h message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		_, err := h(msg)
		return []*message.Message{message.NewMessage("1", nil)}, err
	}
}

// A pause stops receiving: it must not burn the receive counts of events that are fine.
func TestPauseBurnsNoReceives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		var runs counter
		var open atomic.Bool
		l := listen("a", "Order", func(msg *message.Message) error {
			d, _ := transport.FromContext(msg.Context())
			runs.add("runs")
			if d.Receives > 1 {
				runs.add("burnt")
			}
			if !open.Load() {
				return middleware.Pause(10*time.Minute, nil)
			}
			return nil
		})
		l.Concurrency, l.MaxReceives = 4, 2
		_, stop := start(t, tr, router.Config{}, l)
		publish(t, tr, "Order", 100)
		time.Sleep(time.Hour)
		if n := runs.get("runs"); n > 4*7 {
			t.Errorf("%d runs in an hour of pauses of ten minutes, want at most 4 for each", n)
		}
		open.Store(true)
		if err := tr.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if n := runs.get("burnt"); n != 0 {
			t.Errorf("%d receives were counted during the pauses", n)
		}
		if d, _ := tr.Depth(t.Context(), l.ID); d.DeadLetters != 0 {
			t.Errorf("%d healthy events became dead letters during the pauses", d.DeadLetters)
		}
	})
}

// A listener that hangs, panics or fails takes nothing from another.
func TestIsolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		var fine counter
		hang := make(chan struct{})
		_, stop := start(t, tr, router.Config{DrainTimeout: -1, CancelGrace: time.Second},
			listen("hung", "*", func(*message.Message) error { <-hang; return nil }),
			listen("panics", "*", func(*message.Message) error { panic("no") }),
			listen("fails", "*", func(*message.Message) error { return errors.New("no") }),
			listen("fine", "*", func(*message.Message) error { fine.add("n"); return nil }))
		from := time.Now()
		publish(t, tr, "Order", 1000)
		synctest.Wait()
		if n := fine.get("n"); n != 1000 || time.Since(from) != 0 {
			t.Errorf("the fine listener had %d of 1000 events after %s", n, time.Since(from))
		}
		if err := stop(); err == nil || !strings.Contains(err.Error(), "svc/hung") {
			t.Errorf("Run: %v, want an error that names the hung listener", err)
		}
		close(hang)
	})
}

func TestReceivingFailsAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fail atomic.Bool
		var calls atomic.Int64
		tr := &broken{Transport: memory.New()}
		tr.receive = func() error {
			calls.Add(1)
			if fail.Load() {
				return errors.New("broker is away")
			}
			return nil
		}
		var handled counter
		r, stop := start(t, tr, router.Config{}, listen("a", "Order", func(*message.Message) error {
			handled.add("n")
			return nil
		}))
		fail.Store(true)
		publish(t, tr, "Order", 1) // wakes the Receive that was under way
		time.Sleep(time.Second)
		if err := r.Check(); err != nil {
			t.Errorf("not ready after one second of trouble: %v", err)
		}
		publish(t, tr, "Order", 1)
		calls.Store(0)
		time.Sleep(10 * time.Minute)
		if n := calls.Load(); n < 10 || n > 50 {
			t.Errorf("%d calls in ten minutes of trouble: want a backoff that ends at 30s", n)
		}
		err := r.Check()
		if err == nil || !strings.Contains(err.Error(), "svc/a") || !strings.Contains(err.Error(), "broker is away") {
			t.Errorf("Check after ten minutes of trouble: %v", err)
		}
		if err := r.Live(); err != nil {
			t.Errorf("a broker's trouble is no reason to restart us: %v", err)
		}
		fail.Store(false)
		time.Sleep(time.Minute)
		if err := r.Check(); err != nil {
			t.Errorf("not ready after the trouble: %v", err)
		}
		if n := handled.get("n"); n != 2 {
			t.Errorf("%d events handled, want 2", n)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestTransportClosedUnderTheRouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		r := router.New(tr, router.Config{Logger: discard})
		if err := r.Add(listen("a", "Order", func(*message.Message) error { return nil })); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- r.Run(t.Context()) }()
		<-r.Ready()
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Run returned %v, want ErrClosed", err)
		}
		if err := r.Live(); err == nil {
			t.Error("Live says nothing of a router that has stopped")
		}
	})
}

func TestOpeningFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &broken{Transport: memory.New()}
		tr.subscribe = func(s transport.Subscription) (transport.Subscription, error) {
			if strings.HasPrefix(s.Name, "bad") {
				return s, errors.New("access denied")
			}
			return s, nil
		}
		r := router.New(tr, router.Config{Logger: discard})
		for _, name := range []string{"good", "bad1", "bad2"} {
			if err := r.Add(listen(name, "Order", func(*message.Message) error {
				t.Error("an event was handled")
				return nil
			})); err != nil {
				t.Fatal(err)
			}
		}
		publish(t, tr, "Order", 1)
		err := r.Run(t.Context())
		for _, want := range []string{"svc/bad1", "svc/bad2", "access denied"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Run returned %v, want %q in it", err, want)
			}
		}
		select {
		case <-r.Ready():
			t.Error("ready without its subscriptions")
		default:
		}
		if tr.open != 1 || tr.closed != 1 {
			t.Errorf("%d of %d consumers were closed", tr.closed, tr.open)
		}
	})
}

// A broker without filters gives us everything; the listener still gets only what it wants.
func TestActionsWithoutABrokersFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &broken{Transport: memory.New()}
		tr.features = func(f transport.Features) transport.Features { f.Filters = false; return f }
		tr.subscribe = func(s transport.Subscription) (transport.Subscription, error) { s.Actions = nil; return s, nil }
		var got counter
		l := listen("a", "Order", func(msg *message.Message) error { got.add(string(msg.Payload)); return nil })
		l.Actions = []event.Action{event.Deleted}
		_, stop := start(t, tr, router.Config{}, l)
		frame := `{"channel":"Order","action":"%s","data":1}`
		for _, m := range []*transport.Message{
			{ID: "1", Channel: "Order", Action: event.Created, Body: []byte("created")},
			{ID: "2", Channel: "Order", Action: event.Deleted, Body: fmt.Appendf(nil, frame, "deleted")},
			{ID: "3", Channel: "Order", Body: fmt.Appendf(nil, frame, "updated")},
			{ID: "4", Channel: "Order", Body: fmt.Appendf(nil, frame, "deleted")},
			{ID: "5", Channel: "Order", Body: []byte("what is this")},
		} {
			if err := tr.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Transport.(interface{ Idle(context.Context) error }).Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got.get(fmt.Sprintf(frame, "deleted")) != 2 || got.get("what is this") != 1 || len(got.n) != 2 {
			// The first cannot be decoded either, but says that it was created, and so is not wanted.
			t.Errorf("handled %v", got.n)
		}
	})
}
