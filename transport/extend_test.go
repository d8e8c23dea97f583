package transport_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
)

const lease = transport.DefaultLease

func TestExtend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		d := delivered(l, 1)
		if d.Lease() != lease || !d.Deadline().Equal(time.Now().Add(lease)) {
			t.Fatalf("the lease is %s and ends in %s", d.Lease(), time.Until(d.Deadline()))
		}
		l.on = func() error { time.Sleep(time.Second); return nil } // the broker counts from when it was told, at the latest
		for range 4 {
			time.Sleep(lease / 2)
			start := time.Now()
			if err := d.Extend(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !d.Deadline().Equal(start.Add(lease)) {
				t.Errorf("extended at %s, the lease ends at %s", start, d.Deadline())
			}
		}
		if !slices.Equal(l.told, slices.Repeat([]string{"extend 30s"}, 4)) {
			t.Errorf("the broker was told %q", l.told)
		}
	})
}

func TestExtendOfALostLease(t *testing.T) {
	l := &ledger{on: func() error { return transport.ErrLeaseLost }}
	d := delivered(l, 1)
	ctx := d.Context(t.Context())
	if err := d.Extend(t.Context()); !errors.Is(err, transport.ErrLeaseLost) {
		t.Errorf("got %v", err)
	}
	if !errors.Is(context.Cause(ctx), transport.ErrLeaseLost) {
		t.Errorf("the handler's context ended with %v", context.Cause(ctx))
	}
	late := delivered(l, 1)
	_ = late.Extend(t.Context())
	if ctx := late.Context(t.Context()); !errors.Is(context.Cause(ctx), transport.ErrLeaseLost) {
		t.Errorf("a context that is made after the loss ended with %v", context.Cause(ctx))
	}
}

// TestExtendWithoutTheBroker: the lease is lost when its time is over, and not before.
func TestExtendWithoutTheBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{on: func() error { return errDown }}
		d := delivered(l, 1)
		ctx := d.Context(t.Context())
		time.Sleep(lease - 1)
		if err := d.Extend(t.Context()); !errors.Is(err, errDown) || errors.Is(err, transport.ErrLeaseLost) || ctx.Err() != nil {
			t.Errorf("within the lease: %v, the context: %v", err, ctx.Err())
		}
		time.Sleep(1)
		if err := d.Extend(t.Context()); !errors.Is(err, errDown) || !errors.Is(err, transport.ErrLeaseLost) {
			t.Errorf("after the lease: %v", err)
		}
		if !errors.Is(context.Cause(ctx), transport.ErrLeaseLost) {
			t.Errorf("after the lease the context ended with %v", context.Cause(ctx))
		}
	})
}

// TestExtendThatTakesLong: a call that begins within the lease and fails after it.
func TestExtendThatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{on: func() error { time.Sleep(lease); return errDown }}
		d := delivered(l, 1)
		time.Sleep(lease / 2)
		if err := d.Extend(t.Context()); !errors.Is(err, transport.ErrLeaseLost) {
			t.Errorf("got %v", err)
		}
	})
}

// TestExtendBesideASettle: the broker forgets the lease of what is settled, and that is no loss.
func TestExtendBesideASettle(t *testing.T) {
	for _, settleTakes := range []time.Duration{time.Second, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			l := &ledger{}
			d := delivered(l, 1)
			ctx := d.Context(t.Context())
			extended := make(chan error, 1)
			l.on = func() error { time.Sleep(2 * time.Second); return transport.ErrLeaseLost }
			go func() { extended <- d.Extend(t.Context()) }()
			synctest.Wait()
			l.on = func() error { time.Sleep(settleTakes); return nil }
			if err := d.Ack(t.Context()); err != nil {
				t.Error(err)
			}
			if err := <-extended; err != nil || ctx.Err() != nil {
				t.Errorf("extending while an ack takes %s: %v, the context: %v", settleTakes, err, ctx.Err())
			}
		})
	}
}
