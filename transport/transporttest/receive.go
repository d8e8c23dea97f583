package transporttest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

func receiveRules() []rule {
	return []rule{{
		name: "receive/competing",
		text: "The consumers of one subscription compete: each message goes to one of them at a time. Any number " +
			"of consumers, here and in other processes, may share a subscription.",
		test: receiveCompeting,
	}, {
		name: "receive/limit",
		text: "Receive returns between 1 and limit deliveries. It does not wait for limit to fill.",
		test: receiveLimit,
	}, {
		name: "receive/waits",
		text: "Receive waits until at least one message is there.",
		test: receiveWaits,
	}, {
		name: "receive/ctx",
		text: "When ctx ends, Receive returns an error that wraps ctx.Err() and no delivery.",
		test: receiveCtx,
	}, {
		name: "receive/ctx-race",
		text: "When ctx ends, a message that was on its way stays with the broker or is released at once.",
		test: receiveCtxRace,
	}, {
		name: "fanout/every-listener",
		text: "Every subscription whose pattern matches gets every message once. Its identity is service and name.",
		test: fanoutEveryListener,
	}, {
		name: "fanout/isolated",
		text: "Subscriptions never delay each other: a listener that fails, or is stuck, changes nothing for another.",
		test: fanoutIsolated,
	}}
}

func receiveCompeting(t *trial) {
	const messages = 60
	s := t.listener("shared", t.channel("Order"))
	replicas := []transport.Consumer{t.consume(s), t.consume(s), t.consume(s)}
	ms := t.send(t.connect(), s.Pattern, messages)

	// Each holds one message: none may keep the others from getting one.
	var all []*transport.Delivery
	for _, c := range replicas {
		all = append(all, t.take(c))
	}
	t.ack(all...)
	var mu sync.Mutex
	ctx, done := t.patience()
	defer done()
	t.together(len(replicas), func(i int) error {
		for {
			ds, err := t.receive(ctx, replicas[i], 2)
			if err != nil {
				if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
					return fmt.Errorf("receiving: %w", err)
				}
				return nil
			}
			for _, d := range ds {
				if err := d.Ack(t.Context()); err != nil {
					return fmt.Errorf("acking: %w", err)
				}
			}
			mu.Lock()
			if all = append(all, ds...); len(all) >= messages {
				done()
			}
			mu.Unlock()
		}
	})
	if wrong := received(all, ms...); wrong != "" {
		t.Errorf("three replicas of one listener: %s", wrong)
	}
	for _, c := range replicas {
		t.none(c, t.h.Quiet/4)
	}
}

func receiveLimit(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	s.Concurrency = 10
	c := t.subscribe(tr, s)
	t.send(tr, s.Pattern, 1)
	ctx, cancel := t.patience()
	defer cancel()
	ds, err := t.receive(ctx, c, 10)
	if err != nil {
		t.Fatalf("Receive(limit 10) did not return the one message that was there: %v", err)
	}
	t.ack(ds...)
	t.send(tr, s.Pattern, 7)
	for got := 0; got < 7; got += len(ds) {
		if ds, err = t.receive(ctx, c, 2); err != nil { // it checks the limit
			t.Fatalf("received %d of 7 messages: %v", got, err)
		}
		t.ack(ds...)
	}
	t.quiet(c)
}

func receiveWaits(t *trial) {
	s := t.listener("a", t.channel("Order"))
	c := t.consume(s)
	other := t.connect()
	got := make(chan error, 1)
	ctx, cancel := t.patience()
	defer cancel()
	go func() {
		ds, err := t.receive(ctx, c, 1)
		if err == nil {
			err = ds[0].Ack(ctx)
		}
		got <- err
	}()
	select {
	case err := <-got:
		t.Fatalf("Receive returned while there was no message: %v", err)
	case <-time.After(t.h.Quiet):
	}
	t.send(other, s.Pattern, 1)
	if err := <-got; err != nil {
		t.Fatalf("a Receive that waited did not get a message that another process published: %v", err)
	}
}

func receiveCtx(t *trial) {
	s := t.listener("a", t.channel("Order"))
	c := t.consume(s)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expiring, stop := context.WithTimeout(t.Context(), t.h.Quiet/4)
	defer stop()
	waiting, end := context.WithCancel(t.Context())
	timer := time.AfterFunc(t.h.Quiet/4, end)
	defer timer.Stop()
	for name, ctx := range map[string]context.Context{
		"cancelled before": cancelled, "expiring": expiring, "cancelled meanwhile": waiting,
	} {
		var err error
		t.returns("Receive under a ctx "+name, func() { _, err = t.receive(ctx, c, 1) })
		t.mustBe(err, ctx.Err(), "Receive under a ctx "+name)
	}
}

func receiveCtxRace(t *trial) {
	const rounds = 40
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	for round := range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan []*transport.Delivery, 1)
		go func() {
			ds, _ := t.receive(ctx, c, 1)
			got <- ds
		}()
		go cancel()
		ms := t.send(tr, s.Pattern, 1)
		ds := <-got
		cancel()
		if len(ds) == 0 {
			ds = append(ds, t.take(c)) // well within the lease, so nobody holds it
		}
		if wrong := received(ds, ms...); wrong != "" {
			t.Fatalf("in round %d of publishing while Receive's ctx ends: %s", round+1, wrong)
		}
		t.ack(ds...)
	}
	t.quiet(c)
}

func fanoutEveryListener(t *trial) {
	a, b := t.connect(), t.connect()
	channel := t.channel("Order")
	audit, mail := t.listener("audit", channel), t.listener("mail", channel)
	elsewhere := t.listener("audit", channel)
	elsewhere.Service += "-2"
	listeners := []transport.Consumer{t.subscribe(a, audit), t.subscribe(a, mail), t.subscribe(b, elsewhere)}
	ms := t.send(b, channel, 5)
	for i, c := range listeners {
		ds := t.takeAll(c, len(ms))
		if wrong := received(ds, ms...); wrong != "" {
			t.Errorf("listener %d of 3: %s", i+1, wrong)
		}
		t.ack(ds...)
	}
	for _, c := range listeners {
		t.quiet(c)
	}
}

func fanoutIsolated(t *trial) {
	tr := t.connect()
	channel := t.channel("Order")
	stuck := t.subscribe(tr, t.listener("stuck", channel))
	failing := t.subscribe(tr, t.listener("failing", channel))
	sound := t.subscribe(tr, t.listener("sound", channel))
	ms := t.send(tr, channel, 5)
	held := t.take(stuck)
	for range 3 {
		t.retry(t.take(failing), 0)
	}
	ds := t.takeAll(sound, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("beside a stuck and a failing listener: %s", wrong)
	}
	for _, d := range ds {
		if d.Receives != 1 || len(d.Failures()) > 0 {
			t.Errorf("a sound listener got %s with %d failures, which are another's", describe(d), len(d.Failures()))
		}
	}
	t.ack(ds...)
	if t.features.DeadLetters {
		t.bury(held, "stuck for ever")
	}
	t.quiet(sound)
	if wrong := received(t.takeAll(failing, len(ms)), ms...); wrong != "" {
		t.Errorf("a failing listener, after a sound one had acked all: %s", wrong)
	}
}
