package transporttest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/framebus/framebus/transport"
)

func settleRules() []rule {
	return []rule{{
		name: "settle/ack",
		text: "Ack removes the message from the subscription, and from no other.",
		test: settleAck,
	}, {
		name: "settle/once",
		text: "A delivery is settled once; settling again returns an error that wraps ErrSettled, and changes nothing.",
		test: settleOnce,
	}, {
		name: "settle/ctx",
		text: "Receipts keep ctx's deadline and return when the broker knows: under an ended ctx the message is " +
			"settled and the error nil, or the error wraps ctx.Err() and it can be settled again.",
		test: settleCtx,
	}}
}

func settleAck(t *trial) {
	tr := t.connect()
	s := t.shortLease(t.listener("a", t.channel("Order")))
	other := s
	other.Name = "b"
	c, co := t.subscribe(tr, s), t.subscribe(tr, other)
	ms := t.send(tr, s.Pattern, 3)
	ds := t.takeAll(c, len(ms))
	t.ack(ds...)
	if got := ds[0].Outcome(); got != transport.Acked {
		t.Errorf("the outcome of an acked delivery is %s", got)
	}
	t.none(c, s.Lease+t.h.Quiet)
	rest := t.takeAll(co, len(ms))
	if wrong := received(rest, ms...); wrong != "" {
		t.Errorf("another listener of messages that were acked: %s", wrong)
	}
	t.ack(rest...)
}

func settleOnce(t *trial) {
	_, c := t.oneMessage()
	d := t.take(c)
	var settled atomic.Int32
	t.together(8, func(i int) error {
		var err error
		switch i % 3 {
		case 0:
			err = d.Ack(t.Context())
		case 1:
			err = d.Retry(t.Context())
		default:
			err = d.Release(t.Context())
		}
		if err == nil {
			settled.Add(1)
		} else {
			t.mustBe(err, transport.ErrSettled, "settling a delivery from 8 goroutines")
		}
		return nil
	})
	if n := settled.Load(); n != 1 {
		t.Errorf("%d of 8 goroutines settled the same delivery", n)
	}
	if d.Outcome() != transport.Acked {
		d = t.take(c)
		t.ack(d)
	}
	t.mustBe(d.Ack(t.Context()), transport.ErrSettled, "acking a second time")
	t.mustBe(d.Retry(t.Context()), transport.ErrSettled, "retrying after an ack")
	t.mustBe(d.Release(t.Context()), transport.ErrSettled, "releasing after an ack")
	t.mustBe(d.DeadLetter(t.Context(), errors.New("x")), transport.ErrSettled, "dead-lettering after an ack")
	t.quiet(c)
}

func settleCtx(t *trial) {
	tr := t.connect()
	s := t.shortLease(t.listener("a", t.channel("Order")))
	s.Concurrency = 10
	c := t.subscribe(tr, s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	settle := map[string]func(ctx context.Context, d *transport.Delivery) error{
		"Ack":     func(ctx context.Context, d *transport.Delivery) error { return d.Ack(ctx) },
		"Retry":   func(ctx context.Context, d *transport.Delivery) error { return d.Retry(ctx) },
		"Release": func(ctx context.Context, d *transport.Delivery) error { return d.Release(ctx) },
	}
	if t.features.DeadLetters {
		settle["DeadLetter"] = func(ctx context.Context, d *transport.Delivery) error {
			return d.DeadLetter(ctx, errors.New("hopeless"))
		}
	}
	t.send(tr, s.Pattern, len(settle))
	ds := t.takeAll(c, len(settle))
	for name, do := range settle {
		d := ds[0]
		ds = ds[1:]
		var err error
		t.returns(name+" under a cancelled ctx", func() { err = do(ended, d) })
		if err != nil {
			t.mustBe(err, context.Canceled, name+" under a cancelled ctx")
			t.must(do(t.Context(), d), name+" after it failed by its ctx")
		}
	}
	back := t.takeAll(c, 2) // Retry and Release; the others are gone
	t.ack(back...)
	t.none(c, s.Lease+t.h.Quiet)
}
