package transporttest

import (
	"context"
	"fmt"
	"slices"

	"github.com/framebus/framebus/transport"
)

func closeRules() []rule {
	return []rule{{
		name: "close/twice",
		text: "Closing a consumer or a transport twice is no error.",
		test: closeTwice,
	}, {
		name: "close/refuses",
		text: "After Close every method returns an error that wraps ErrClosed, and nothing is published.",
		test: closeRefuses,
	}, {
		name: "close/ends-receive",
		text: "Close ends the consumer: Receive calls return with ErrClosed. Closing the transport ends all consumers " +
			"as their Close would.",
		test: closeEndsReceive,
	}, {
		name: "close/others",
		text: "Close releases what the transport holds in this process, and touches no other process.",
		test: closeOthers,
	}, {
		name: "close/race",
		text: "A message on its way to a consumer that is closed goes back to the broker at once.",
		test: closeRace,
	}}
}

func closeTwice(t *trial) {
	tr := t.connect()
	c := t.subscribe(tr, t.listener("a", t.channel("Order")))
	t.closeConsumer(c)
	t.closeConsumer(c)
	t.closeTransport(tr)
	t.closeTransport(tr)
	t.must(c.Close(t.Context()), "closing a consumer after its transport")
}

func closeRefuses(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	closed, left := t.subscribe(tr, s), t.subscribe(tr, s)
	t.closeConsumer(closed)
	_, err := t.receive(t.Context(), closed, 1)
	t.mustBe(err, transport.ErrClosed, "Receive of a closed consumer")
	t.closeTransport(tr)
	_, err = t.receive(t.Context(), left, 1)
	t.mustBe(err, transport.ErrClosed, "Receive of a consumer whose transport is closed")
	t.mustBe(tr.Publish(t.Context(), t.message(s.Pattern)), transport.ErrClosed, "Publish")
	t.mustBe(transport.PublishBatch(t.Context(), tr, []*transport.Message{t.message(s.Pattern)}),
		transport.ErrClosed, "PublishBatch")
	_, err = tr.Subscribe(t.Context(), s)
	t.mustBe(err, transport.ErrClosed, "Subscribe")
	if dl, ok := tr.(transport.DeadLetterer); ok && t.features.DeadLetters {
		_, err = dl.DeadLetters(t.Context(), s.ID)
		t.mustBe(err, transport.ErrClosed, "DeadLetters")
	}
	if d, ok := tr.(transport.Depther); ok {
		_, err = d.Depth(t.Context(), s.ID)
		t.mustBe(err, transport.ErrClosed, "Depth")
	}
	if p, ok := tr.(transport.Provisioner); ok {
		t.mustBe(p.Provision(t.Context(), s), transport.ErrClosed, "Provision")
	}
	t.quiet(t.consume(s))
}

func closeEndsReceive(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	one, other := t.subscribe(tr, s), t.subscribe(tr, s)
	waiting := func(c transport.Consumer) <-chan error {
		ended := make(chan error, 1)
		go func() {
			_, err := t.receive(t.Context(), c, 1)
			ended <- err
		}()
		return ended
	}
	first, second := waiting(one), waiting(other)
	t.sleep(t.h.Quiet / 4)
	t.closeConsumer(one)
	t.returns("a Receive whose consumer was closed", func() {
		t.mustBe(<-first, transport.ErrClosed, "a Receive whose consumer was closed")
	})
	t.closeTransport(tr)
	t.returns("a Receive whose transport was closed", func() {
		t.mustBe(<-second, transport.ErrClosed, "a Receive whose transport was closed")
	})
}

func closeOthers(t *trial) {
	s := t.listener("a", t.channel("Order"))
	a, b := t.connect(), t.connect()
	t.subscribe(a, s)
	cb, same := t.subscribe(b, s), t.subscribe(b, s)
	ms := t.send(a, s.Pattern, 2)
	held := t.take(cb)
	t.closeTransport(a)
	t.closeConsumer(same)
	rest := t.take(cb)
	t.ack(held, rest)
	if wrong := received([]*transport.Delivery{held, rest}, ms...); wrong != "" {
		t.Errorf("after another process closed: %s", wrong)
	}
	t.send(b, s.Pattern, 1)
	t.ack(t.take(cb))
}

func closeRace(t *trial) {
	const rounds = 25
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	s.Concurrency = 5
	rest := t.subscribe(tr, s)
	var ms []*transport.Message
	var ds []*transport.Delivery
	for range rounds {
		c := t.subscribe(tr, s)
		got := make(chan []*transport.Delivery, 1)
		go func() {
			ds, _ := t.receive(t.Context(), c, 1)
			got <- ds
		}()
		closed := make(chan error, 1)
		go func() { closed <- c.Close(t.Context()) }()
		ms = append(ms, t.send(tr, s.Pattern, 1)...)
		t.must(<-closed, "closing a consumer")
		part := <-got
		t.ack(part...)
		ds = append(ds, part...)
	}
	if n := len(ms) - len(ds); n > 0 {
		part := t.takeAll(rest, n) // well within the lease, so nobody holds them
		t.ack(part...)
		ds = append(ds, part...)
	}
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("%d messages published while a consumer was closed: %s", rounds, wrong)
	}
	t.quiet(rest)
}

func drainRules() []rule {
	return []rule{{
		name: "drain/settles",
		text: "Deliveries that Receive returned before Close stay valid and can still be settled: what was handled " +
			"during the drain is not redelivered.",
		test: drainSettles,
	}, {
		name: "drain/extends",
		text: "Deliveries that Receive returned before Close stay valid: their lease can still be extended.",
		test: drainExtends,
	}, {
		name: "drain/unstarted",
		text: "Messages that the driver fetched ahead go back to the broker at once when the consumer is closed, and " +
			"are not counted as received.",
		test: drainUnstarted,
	}, {
		name: "drain/releases",
		text: "An unstarted message that is released after the consumer was closed reaches a peer at once.",
		test: drainReleases,
	}, {
		name: "drain/left",
		text: "A delivery that is still open when its process closes comes back after its lease, and not before.",
		test: drainLeft,
	}}
}

func drainSettles(t *trial) {
	s := t.shortLease(t.listener("a", t.channel("Order")))
	s.Concurrency = 10
	old, peer := t.connect(), t.connect()
	c := t.subscribe(old, s)
	n := 3
	if t.features.DeadLetters {
		n++
	}
	t.send(old, s.Pattern, n)
	ds := t.takeAll(c, n)
	t.closeConsumer(c)
	t.ack(ds[0], ds[1])
	t.retry(ds[2], 0)
	if t.features.DeadLetters {
		t.bury(ds[3], "hopeless")
		if letter := t.oneDead(peer, s.ID); letter.Message.ID != ds[3].Message.ID {
			t.Errorf("after the close message %s died, the dead letter is message %s", number(ds[3].Message), number(letter.Message))
		}
	}
	cp := t.subscribe(peer, s)
	again := t.take(cp)
	if again.Message.ID != ds[2].Message.ID {
		t.Errorf("after the close message %s was retried, message %s was received", number(ds[2].Message), number(again.Message))
	}
	t.ack(again)
	t.none(cp, s.Lease+t.h.Quiet)
}

func drainExtends(t *trial) {
	s := t.shortLease(t.listener("a", t.channel("Order")))
	old, peer := t.connect(), t.connect()
	c := t.subscribe(old, s)
	t.send(old, s.Pattern, 1)
	d := t.take(c)
	t.closeConsumer(c)
	cp := t.subscribe(peer, s)
	for range 4 { // two leases
		t.none(cp, s.Lease/2)
		t.must(d.Extend(t.Context()), "extending a lease after Close")
	}
	t.ack(d)
	t.none(cp, s.Lease+t.h.Quiet)
}

func drainUnstarted(t *trial) {
	s := t.listener("a", t.channel("Order"))
	s.Concurrency = 10
	old, peer := t.connect(), t.connect()
	c := t.subscribe(old, s)
	ms := t.send(old, s.Pattern, 6)
	started := t.take(c)
	t.sleep(t.h.Quiet / 2) // for the driver to fetch what it will
	t.closeConsumer(c)
	cp := t.subscribe(peer, s)
	ds := t.takeAll(cp, len(ms)-1) // well within the lease
	for _, d := range ds {
		if d.Receives != 1 {
			t.Errorf("of what the closed consumer never returned comes %s", describe(d))
		}
	}
	t.ack(started)
	t.ack(ds...)
	if wrong := received(append(ds, started), ms...); wrong != "" {
		t.Errorf("%s", wrong)
	}
	t.quiet(cp)
}

func drainReleases(t *trial) {
	s := t.listener("a", t.channel("Order"))
	s.Concurrency = 10
	old, peer := t.connect(), t.connect()
	c := t.subscribe(old, s)
	ms := t.send(old, s.Pattern, 4)
	ds := t.takeAll(c, len(ms))
	t.closeConsumer(c)
	cp := t.subscribe(peer, s)
	got := make(chan error, 1)
	var first []*transport.Delivery
	ctx, cancel := context.WithTimeout(t.Context(), t.h.Patience)
	defer cancel()
	go func() { // a peer that waits already
		var err error
		if first, err = t.receive(ctx, cp, 1); err != nil {
			err = fmt.Errorf("a peer that waits for what another process releases: %w", err)
		}
		got <- err
	}()
	t.sleep(t.h.Quiet / 4)
	t.release(ds...)
	if err := <-got; err != nil {
		t.Fatalf("%v", err)
	}
	rest := slices.Concat(first, t.takeAll(cp, len(ms)-1))
	if wrong := received(rest, ms...); wrong != "" {
		t.Errorf("of 4 released messages: %s", wrong)
	}
	t.ack(rest...)
	t.quiet(cp)
}

func drainLeft(t *trial) {
	s := t.shortLease(t.listener("a", t.channel("Order")))
	old, peer := t.connect(), t.connect()
	c := t.subscribe(old, s)
	ms := t.send(old, s.Pattern, 1)
	end := t.take(c).Deadline()
	t.closeTransport(old)
	again := t.take(t.subscribe(peer, s))
	t.notBefore(end, "a delivery that its closed process left open was received again")
	if wrong := received([]*transport.Delivery{again}, ms...); wrong != "" {
		t.Errorf("%s", wrong)
	}
	t.ack(again)
}
