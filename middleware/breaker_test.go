package middleware

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// call runs a message through h and returns the error and what it means.
func call(t testing.TB, h message.HandlerFunc) (Decision, error) {
	t.Helper()
	_, msg, _ := deliver(t, given{})
	_, err := h(msg)
	return Decide(msg.Context(), err), err
}

// opened returns a breaker that has just opened, around h, by failures that h does not see.
func opened(t testing.TB, cfg BreakerConfig, h message.HandlerFunc) message.HandlerFunc {
	t.Helper()
	var open atomic.Bool
	wrapped := CircuitBreaker(cfg)(func(msg *message.Message) ([]*message.Message, error) {
		if !open.Load() {
			return nil, errBroken
		}
		return h(msg)
	})
	for range cfg.Failures {
		_, _ = call(t, wrapped)
	}
	open.Store(true)
	return wrapped
}

func breaks() BreakerConfig {
	return BreakerConfig{Failures: 3, Cooldown: time.Minute}
}

// Watermill's CircuitBreaker nacks at once while it is open: receive counts rise, and an outage fills the
// dead letters.
func TestBreakerPausesInsteadOfFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(errBroken)
		wrapped := chain(h.handle, Poison(Policy{}, quiet()), CircuitBreaker(breaks()))
		for range 3 {
			decision, _ := call(t, wrapped)
			equal(t, "decision while closed", decision, Dead)
		}
		time.Sleep(20 * time.Second)
		d, msg, r := deliver(t, given{receives: 9})
		_, err := wrapped(msg)
		equal(t, "runs", h.count(), 3)
		equal(t, "decision while open", Decide(msg.Context(), err), Release)
		pause, _ := PauseFor(err)
		equal(t, "pause", pause, 40*time.Second)
		if !errors.Is(err, ErrOpen) {
			t.Errorf("got %v", err)
		}
		equal(t, "recorded failures", len(d.Failures()), 0)
		equal(t, "calls to the broker", len(r.told()), 0)
	})
}

func TestBreakerCounts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		results []error
		trip    func(error) bool
		open    bool
	}{
		{"failures in a row", []error{errBroken, errBroken, errBroken}, nil, true},
		{"too few", []error{errBroken, errBroken}, nil, false},
		{"a success between", []error{errBroken, errBroken, nil, errBroken}, nil, false},
		{"skips between", []error{errBroken, ErrSkip, errBroken, ErrSkip, errBroken}, nil, true},
		{"skips", []error{ErrSkip, ErrSkip, ErrSkip, ErrSkip}, nil, false},
		{"releases", []error{ErrRelease, ErrRelease, ErrRelease}, nil, false},
		{"permanent", []error{Permanent(errBroken), Permanent(errBroken), Permanent(errBroken)}, nil, false},
		{"retry after", []error{RetryAfter(1, nil), RetryAfter(1, nil), RetryAfter(1, nil)}, nil, true},
		{"Trip says no", []error{errBroken, errBroken, errBroken}, func(err error) bool { return errors.Is(err, io.EOF) }, false},
		{"Trip says yes", []error{Permanent(io.EOF), Permanent(io.EOF), Permanent(io.EOF)}, func(err error) bool { return errors.Is(err, io.EOF) }, true},
		{"Trip is not asked about success", []error{nil, nil, nil}, func(err error) bool { return err.Error() != "" }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := breaks()
				cfg.Trip = tt.trip
				h := returns(append(tt.results, nil)...)
				wrapped := CircuitBreaker(cfg)(h.handle)
				for range tt.results {
					_, _ = call(t, wrapped)
				}
				_, err := call(t, wrapped)
				equal(t, "open", errors.Is(err, ErrOpen), tt.open)
			})
		})
	}
}

func TestBreakerDoesNotCountCancellation(t *testing.T) {
	for _, trip := range []func(error) bool{nil, func(error) bool { return true }} {
		cfg := breaks()
		cfg.Trip = trip
		wrapped := CircuitBreaker(cfg)(func(msg *message.Message) ([]*message.Message, error) {
			d, _ := transport.FromContext(msg.Context())
			d.Cancel(transport.ErrDrained)
			return nil, errBroken
		})
		for range 5 {
			_, err := call(t, wrapped)
			equal(t, "error", err, errBroken)
		}
	}
}

func TestBreakerCountsPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrapped := chain(panics("boom"), Recover(), CircuitBreaker(breaks()))
		for range 3 {
			_, _ = call(t, wrapped)
		}
		_, err := call(t, wrapped)
		if !errors.Is(err, ErrOpen) {
			t.Errorf("got %v", err)
		}
	})
}

func TestBreakerDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(errBroken)
		wrapped := CircuitBreaker(BreakerConfig{})(h.handle)
		for range 6 {
			_, _ = call(t, wrapped)
		}
		equal(t, "runs", h.count(), 5)
		_, err := call(t, wrapped)
		pause, _ := PauseFor(err)
		equal(t, "pause", pause, 30*time.Second)
	})
}

func TestBreakerPerListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mw, h := CircuitBreaker(BreakerConfig{Failures: 1}), returns(errBroken)
		first, second := mw(h.handle), mw(h.handle)
		_, _ = call(t, first)
		_, err := call(t, second)
		equal(t, "the other listener's", err, errBroken)
	})
}

func TestBreakerProbe(t *testing.T) {
	for _, tt := range []struct {
		name  string
		probe error
		runs  int  // of four events, the probe included
		open  bool // afterwards
	}{
		{"success closes", nil, 4, false},
		{"failure opens again", errBroken, 1, true},
		{"neither makes the next one the probe", Permanent(errBroken), 4, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := returns(tt.probe, nil)
				wrapped := opened(t, breaks(), func(msg *message.Message) ([]*message.Message, error) {
					if h.count() == 0 {
						time.Sleep(10 * time.Second)
					}
					return h.handle(msg)
				})
				time.Sleep(time.Minute)
				start := time.Now()
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						decision, err := call(t, wrapped)
						if decision == Release {
							pause, _ := PauseFor(err)
							equal(t, "pause of one that waited", pause, time.Minute)
						}
					})
				}
				synctest.Wait()
				equal(t, "runs while the probe is under way", h.count(), 0)
				wg.Wait()
				equal(t, "took", time.Since(start), 10*time.Second)
				equal(t, "runs", h.count(), tt.runs)
				_, err := call(t, wrapped)
				equal(t, "open", errors.Is(err, ErrOpen), tt.open)
			})
		})
	}
}

func TestBreakerClosedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(nil, nil, nil, errBroken)
		wrapped := opened(t, breaks(), func(msg *message.Message) ([]*message.Message, error) {
			time.Sleep(10 * time.Second)
			return h.handle(msg)
		})
		time.Sleep(time.Minute)
		_, _ = call(t, wrapped)
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { _, _ = call(t, wrapped) })
		}
		wg.Wait()
		equal(t, "two events side by side took", time.Since(start), 10*time.Second)
		for range 3 {
			_, err := call(t, wrapped)
			equal(t, "failures that it takes again", err, errBroken)
		}
		_, err := call(t, wrapped)
		equal(t, "open", errors.Is(err, ErrOpen), true)
	})
}

func TestBreakerWaiterGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrapped := opened(t, breaks(), func(*message.Message) ([]*message.Message, error) {
			time.Sleep(time.Hour)
			return nil, nil
		})
		time.Sleep(time.Minute)
		go func() { _, _ = call(t, wrapped) }() // the probe
		synctest.Wait()
		start := time.Now()

		d, msg, _ := deliver(t, given{})
		time.AfterFunc(time.Second, func() { d.Cancel(transport.ErrLeaseLost) })
		_, err := wrapped(msg)
		equal(t, "returned when the context ended", time.Since(start), time.Second)
		equal(t, "decision", Decide(t.Context(), err), Release)

		draining := make(chan struct{})
		_, msg, _ = deliver(t, given{draining: draining})
		time.AfterFunc(time.Second, func() { close(draining) })
		_, err = wrapped(msg)
		equal(t, "returned when the drain began", time.Since(start), 2*time.Second)
		equal(t, "text", err.Error(), "circuit breaker: draining")
		equal(t, "decision", Decide(t.Context(), err), Release)
		time.Sleep(time.Hour)
	})
}

// A run that began while the breaker was closed says nothing about the dependency once it has opened.
func TestBreakerIgnoresRunsFromBefore(t *testing.T) {
	for _, late := range []error{nil, errBroken} {
		synctest.Test(t, func(t *testing.T) {
			var runs atomic.Int32
			wrapped := CircuitBreaker(BreakerConfig{Failures: 1, Cooldown: time.Minute})(
				func(*message.Message) ([]*message.Message, error) {
					switch runs.Add(1) {
					case 1: // began first, ends in the cool-down
						time.Sleep(30 * time.Second)
						return nil, late
					case 2: // opens the breaker
						return nil, errBroken
					}
					return nil, nil
				})
			go func() { _, _ = call(t, wrapped) }()
			synctest.Wait()
			_, _ = call(t, wrapped)
			time.Sleep(45 * time.Second)
			_, err := call(t, wrapped)
			pause, _ := PauseFor(err)
			equal(t, "what is left of the cool-down", pause, 15*time.Second)
			time.Sleep(15 * time.Second)
			_, err = call(t, wrapped)
			equal(t, "probe", err, nil)
		})
	}
}

func TestBreakerWithoutDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(nil)
		wrapped := opened(t, breaks(), h.handle)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		msg := plain(t)
		msg.SetContext(ctx)
		_, err := wrapped(msg)
		equal(t, "gave way after", time.Since(start), time.Second)
		equal(t, "decision", Decide(t.Context(), err), Release)

		_, err = wrapped(plain(t))
		equal(t, "error", err, nil)
		equal(t, "waited", time.Since(start), time.Minute)
		equal(t, "runs", h.count(), 1)
	})
}
