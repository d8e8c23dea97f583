package bus_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// An hour's outage behind a circuit breaker: the events that wait are not tried, none becomes a dead letter,
// another listener sees nothing of it, and afterwards all is handled. Watermill's breaker nacks at once while
// it is open, which burns the receive counts and fills the dead letters.
func TestBreakerPausesThroughAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const events = 500
		tr := memory.New()
		b := newBus(t, tr)
		var down atomic.Bool
		down.Store(true)
		var runs, most atomic.Int64
		var handled, other tally
		bus.On(b, "Order", func(ctx context.Context, e bus.Raw) error {
			runs.Add(1)
			d, _ := transport.FromContext(ctx)
			most.Store(max(most.Load(), int64(d.Receives)))
			if down.Load() {
				return errors.New("database is down")
			}
			handled.add(e.ID)
			return nil
		}, bus.With(middleware.CircuitBreaker(middleware.BreakerConfig{})))
		bus.On(b, "Order", func(_ context.Context, e bus.Raw) error { other.add(e.ID); return nil }, bus.Name("other"))
		stop := run(t, b)
		for range events {
			publish(t, b, nil)
		}
		synctest.Wait()
		if len(other.n) != events {
			t.Errorf("the other listener had %d of %d events at once", len(other.n), events)
		}
		time.Sleep(time.Hour)
		// Those that run as it opens, then one a cool-down of 30 s; each delivery is three runs.
		if n := runs.Load(); n > 3*(2*bus.DefaultConcurrency+120) {
			t.Errorf("%d runs of the handler during the outage", n)
		}
		down.Store(false)
		finish(t, tr, stop)
		if len(handled.n) != events || handled.sum() != events {
			t.Errorf("%d events handled in %d runs, want %d once each", len(handled.n), handled.sum(), events)
		}
		if n := most.Load(); n > 3 {
			t.Errorf("an event was received %d times", n)
		}
		if letters := dead(t, tr, "Order"); len(letters) != 0 {
			t.Errorf("%d healthy events became dead letters", len(letters))
		}
	})
}
