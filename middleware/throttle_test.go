package middleware

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
)

func TestThrottle(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rate  float64
		burst int
		want  []time.Duration // when each of five runs
	}{
		{"no burst", 10, 1, []time.Duration{0, 100, 200, 300, 400}},
		{"burst", 10, 3, []time.Duration{0, 0, 0, 100, 200}},
		{"burst of 0 is 1", 2, 0, []time.Duration{0, 500, 1000, 1500, 2000}},
		{"no limit", 0, 1, []time.Duration{0, 0, 0, 0, 0}},
		{"no limit, negative", -1, 1, []time.Duration{0, 0, 0, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := returns(nil)
				limited := Throttle(tt.rate, tt.burst)(h.handle)
				start := time.Now()
				var wg sync.WaitGroup
				for range 5 {
					wg.Go(func() {
						_, msg, _ := deliver(t, given{})
						_, _ = limited(msg)
					})
				}
				wg.Wait()
				var at []time.Duration
				for _, run := range h.runs {
					at = append(at, run.Sub(start).Round(time.Millisecond)/time.Millisecond)
				}
				if !slices.Equal(at, tt.want) {
					t.Errorf("got runs at %v ms, want %v", at, tt.want)
				}
			})
		})
	}
}

func TestThrottleIsSharedByTheListenersItWraps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, mw := returns(nil), Throttle(1, 1)
		start := time.Now()
		_, _ = mw(h.handle)(plain(t))
		_, _ = mw(h.handle)(plain(t))
		equal(t, "took", time.Since(start), time.Second)
		_, _ = Throttle(1, 1)(h.handle)(plain(t))
		equal(t, "took with another", time.Since(start), time.Second)
	})
}

// Watermill's Throttle waits for its turn whatever becomes of the message.
func TestThrottleGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		draining := make(chan struct{})
		h, mw := returns(nil), Throttle(0.1, 1)
		_, _ = mw(h.handle)(plain(t))
		start := time.Now()

		d, msg, _ := deliver(t, given{})
		time.AfterFunc(time.Second, func() { d.Cancel(transport.ErrLeaseLost) })
		_, err := mw(h.handle)(msg)
		equal(t, "returned when the context ended", time.Since(start), time.Second)
		equal(t, "decision", Decide(msg.Context(), err), Release)
		if !errors.Is(err, ErrRelease) || !errors.Is(err, transport.ErrLeaseLost) {
			t.Errorf("got %v", err)
		}
		equal(t, "text", err.Error(), "throttle: lease lost")

		_, msg, _ = deliver(t, given{draining: draining})
		time.AfterFunc(time.Second, func() { close(draining) })
		_, err = mw(h.handle)(msg)
		equal(t, "returned when the drain began", time.Since(start), 2*time.Second)
		equal(t, "decision", Decide(msg.Context(), err), Release)
		equal(t, "text", err.Error(), "throttle: draining")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		msg = plain(t)
		msg.SetContext(ctx)
		_, err = mw(h.handle)(msg)
		equal(t, "decision without a delivery", Decide(t.Context(), err), Release)

		equal(t, "runs", h.count(), 1)
		_, _ = mw(h.handle)(plain(t)) // those that gave way have given their turns back
		equal(t, "next turn", time.Since(start).Round(time.Millisecond), 10*time.Second)
	})
}
