package transport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// ledger is a receipt that notes what it is told. Each method first runs on, if there is one, and returns
// its error.
type ledger struct {
	mu       sync.Mutex
	told     []string
	delay    time.Duration
	failures []transport.Failure
	why      transport.Record
	on       func() error
}

func (l *ledger) note(what string) error {
	if l.on != nil {
		if err := l.on(); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, what)
	return nil
}

func (l *ledger) Ack(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.note("ack")
}

func (l *ledger) Release(context.Context) error { return l.note("release") }

func (l *ledger) Retry(_ context.Context, delay time.Duration, failures []transport.Failure) error {
	l.delay, l.failures = delay, failures
	return l.note("retry")
}

func (l *ledger) DeadLetter(_ context.Context, why transport.Record) error {
	l.why = why
	return l.note("dead")
}

func (l *ledger) Extend(_ context.Context, lease time.Duration) error {
	return l.note("extend " + lease.String())
}

// hanging is a receipt whose broker does not answer an ack.
type hanging struct{ ledger }

func (*hanging) Ack(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// delivered returns a delivery with a lease of 30 s.
func delivered(l transport.Receipt, receives int, failures ...transport.Failure) *transport.Delivery {
	sub := &transport.Subscription{ID: transport.ID{Service: "finance", Name: "audit"}}
	return transport.NewDelivery(&transport.Message{ID: "m1", Channel: "Order"}, sub, receives, failures, l)
}

var errDown = errors.New("broker is down")

func TestDeliverySettlesOnce(t *testing.T) {
	settle := map[transport.Outcome]func(d *transport.Delivery) error{
		transport.Acked:        func(d *transport.Delivery) error { return d.Ack(t.Context()) },
		transport.Retried:      func(d *transport.Delivery) error { return d.Retry(t.Context()) },
		transport.Released:     func(d *transport.Delivery) error { return d.Release(t.Context()) },
		transport.DeadLettered: func(d *transport.Delivery) error { return d.DeadLetter(t.Context(), errDown) },
	}
	for as, first := range settle {
		l := &ledger{}
		d := delivered(l, 1)
		if d.Outcome() != transport.Open {
			t.Fatalf("a new delivery is %s", d.Outcome())
		}
		if err := first(d); err != nil || d.Outcome() != as {
			t.Errorf("settling: %v, the outcome is %s, want %s", err, d.Outcome(), as)
		}
		for _, second := range settle {
			if err := second(d); !errors.Is(err, transport.ErrSettled) || !strings.Contains(err.Error(), as.String()) {
				t.Errorf("settling again what is %s: %v", as, err)
			}
		}
		if err := d.Extend(t.Context()); err != nil {
			t.Errorf("extending what is %s: %v", as, err)
		}
		if len(l.told) != 1 {
			t.Errorf("the broker was told %q", l.told)
		}
	}
}

func TestDeliverySettlesAgainAfterAnError(t *testing.T) {
	down := true
	l := &ledger{on: func() error {
		if down {
			return errDown
		}
		return nil
	}}
	d := delivered(l, 1)
	err := d.Ack(t.Context())
	if !errors.Is(err, errDown) || d.Outcome() != transport.Open {
		t.Fatalf("got %v, the outcome is %s", err, d.Outcome())
	}
	for _, part := range []string{"finance/audit", "m1", "acked"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q does not say %s", err, part)
		}
	}
	down = false
	if err := d.Release(t.Context()); err != nil || d.Outcome() != transport.Released {
		t.Errorf("settling again: %v, the outcome is %s", err, d.Outcome())
	}
}

func TestDeliverySettlesOnceAmongMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{on: func() error {
			time.Sleep(time.Second) // the broker takes its time
			return nil
		}}
		d := delivered(l, 1)
		var settled, refused atomic.Int32
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				err := d.Ack(t.Context())
				if i%2 == 0 {
					err = errors.Join(err, d.Extend(t.Context()))
				}
				switch {
				case err == nil:
					settled.Add(1)
				case errors.Is(err, transport.ErrSettled):
					refused.Add(1)
				default:
					t.Error(err)
				}
				_, _, _ = d.Attempt(), d.Failures(), d.Outcome()
			})
		}
		wg.Wait()
		if settled.Load() != 1 || refused.Load() != 15 || !slices.Equal(l.told, []string{"ack"}) {
			t.Errorf("%d settled, %d refused, the broker was told %q", settled.Load(), refused.Load(), l.told)
		}
	})
}

func TestDeliveryHandsOver(t *testing.T) {
	l := &ledger{}
	d := delivered(l, 2, transport.Failure{Attempt: 1, Delivery: 1, Error: "before"})
	if _, ok := d.RetryDelay(); ok {
		t.Error("a new delivery has a retry delay")
	}
	d.SetRetryDelay(time.Minute)
	d.Fail(errDown)
	if err := d.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.delay != time.Minute || len(l.failures) != 1 || l.failures[0].Error != errDown.Error() {
		t.Errorf("the broker got the delay %s and the failures %+v: only this delivery's are new to it", l.delay, l.failures)
	}

	l = &ledger{}
	d = delivered(l, 2, transport.Failure{Attempt: 1, Delivery: 1, Error: "before"})
	d.SetRetryDelay(-time.Minute)
	if delay, ok := d.RetryDelay(); delay != 0 || !ok {
		t.Errorf("a negative delay is %s, %v", delay, ok)
	}
	d.Fail(errDown)
	if err := d.DeadLetter(t.Context(), fmt.Errorf("given up: %w", errDown)); err != nil {
		t.Fatal(err)
	}
	if w := l.why; w.Listener != "finance/audit" || w.Receives != 2 || len(w.Attempts) != 2 || len(w.Chain) != 2 {
		t.Errorf("the broker got the record %+v", w)
	}
}

func TestAttempts(t *testing.T) {
	failed := func(attempt, delivery int) transport.Failure {
		return transport.Failure{Attempt: attempt, Delivery: delivery}
	}
	for _, c := range []struct {
		name                  string
		receives              int
		before                []transport.Failure
		attempt, redeliveries int
	}{
		{"the first delivery", 1, nil, 1, 0},
		{"a redelivery without a history", 3, nil, 3, 2},
		{"one failure each", 3, []transport.Failure{failed(1, 1), failed(2, 2)}, 3, 2},
		{"three failures in one delivery", 2, []transport.Failure{failed(1, 1), failed(2, 1), failed(3, 1)}, 4, 1},
		{"a crash since", 4, []transport.Failure{failed(1, 1)}, 4, 1},
		{"a history that the broker has cut", 4, []transport.Failure{failed(1, 1), failed(12, 4)}, 13, 4},
		{"a release taken off the count", 1, []transport.Failure{failed(1, 1)}, 2, 1},
	} {
		d := delivered(&ledger{}, c.receives, c.before...)
		if d.Attempt() != c.attempt || d.Redeliveries() != c.redeliveries {
			t.Errorf("%s: attempt %d, want %d; %d redeliveries, want %d", c.name, d.Attempt(), c.attempt, d.Redeliveries(), c.redeliveries)
		}
		d.Fail(errDown)
		d.Fail(errDown)
		if d.Attempt() != c.attempt+2 || d.Redeliveries() != c.redeliveries {
			t.Errorf("%s, after two failures: attempt %d, %d redeliveries", c.name, d.Attempt(), d.Redeliveries())
		}
		all := d.Failures()
		for i, f := range all[len(c.before):] {
			if f.Attempt != c.attempt+i || f.Delivery != c.redeliveries+1 || f.Error != errDown.Error() || f.Time.IsZero() {
				t.Errorf("%s: failure %d is noted as %+v", c.name, i+1, f)
			}
		}
	}
}

func TestFailuresAreTheDeliverysOwn(t *testing.T) {
	before := make([]transport.Failure, 1, 10)
	one, other := delivered(&ledger{}, 2, before...), delivered(&ledger{}, 2, before...)
	one.Fail(errors.New("one"))
	seen := one.Failures()
	one.Fail(errors.New("more"))
	other.Fail(errors.New("other"))
	if got := one.Failures(); len(seen) != 2 || got[1].Error != "one" || got[2].Error != "more" {
		t.Errorf("the failures are %+v", got)
	}
	other.Fail(errors.New(strings.Repeat("x", 2000)))
	if n := len(other.Failures()[2].Error); n != 1024 {
		t.Errorf("an error of 2000 bytes is noted with %d", n)
	}
}

func TestDeliveryEvent(t *testing.T) {
	m := &transport.Message{ID: "m1", Channel: "Order", Body: []byte(`{"channel":"Order","action":"created","data":{"id":"42"}}`)}
	d := transport.NewDelivery(m, &transport.Subscription{}, 1, nil, &ledger{})
	e, err := d.Event()
	if err != nil || e.Channel != "Order" || e.Action != event.Created {
		t.Fatalf("got %+v, %v", e, err)
	}
	m.Body = []byte("overwritten")
	if again, err := d.Event(); again != e || err != nil {
		t.Errorf("the event was decoded twice: %+v, %v", again, err)
	}
	d = transport.NewDelivery(&transport.Message{ID: "m1", Channel: "Order", Body: []byte(`{"channel":`)}, &transport.Subscription{}, 1, nil, &ledger{})
	for range 2 {
		if _, err := d.Event(); err == nil {
			t.Error("half a document was decoded")
		} else if _, ok := errors.AsType[*event.DecodeError](err); !ok {
			t.Errorf("got %v, want a *DecodeError", err)
		}
	}
}

func TestDeliveryContext(t *testing.T) {
	if _, ok := transport.FromContext(t.Context()); ok {
		t.Error("a plain context carries a delivery")
	}
	d := delivered(&ledger{}, 1)
	d.Cancel(nil) // before there is a context
	parent, stop := context.WithCancel(t.Context())
	defer stop()
	ctx := d.Context(parent)
	if got, ok := transport.FromContext(ctx); got != d || !ok {
		t.Errorf("the context carries %v", got)
	}
	if ctx.Err() != nil {
		t.Fatalf("the context begins as %v", ctx.Err())
	}
	d.Cancel(transport.ErrDrained)
	if !errors.Is(context.Cause(ctx), transport.ErrDrained) {
		t.Errorf("the cause is %v", context.Cause(ctx))
	}
	ended := delivered(&ledger{}, 1).Context(parent)
	stop()
	if ended.Err() == nil {
		t.Error("the context outlives its parent")
	}
}

func TestDraining(t *testing.T) {
	if transport.Draining(t.Context()) != nil {
		t.Error("a plain context knows of a drain")
	}
	drain := make(chan struct{})
	ctx := transport.WithDraining(t.Context(), drain)
	close(drain)
	select {
	case <-transport.Draining(ctx):
	default:
		t.Error("the drain is not seen")
	}
}

func TestOutcomeString(t *testing.T) {
	for o, want := range map[transport.Outcome]string{
		transport.Open: "open", transport.Acked: "acked", transport.Retried: "retried", transport.Released: "released",
		transport.DeadLettered: "dead-lettered",
	} {
		if o.String() != want {
			t.Errorf("outcome %d reads %q", int(o), o)
		}
	}
}
