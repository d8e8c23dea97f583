package transporttest

import (
	"context"
	"errors"
	"time"

	"github.com/framebus/framebus/transport"
)

func leaseRules() []rule {
	return []rule{{
		name: "lease/exclusive",
		text: "While the lease lasts nobody else receives the message. The consumer settles it, or loses the lease, " +
			"and then the message is received again.",
		test: leaseExclusive,
	}, {
		name: "lease/late-settle",
		text: "Settling a delivery whose lease is lost returns an error that wraps ErrLeaseLost, and does nothing to " +
			"the message that somebody else has by now.",
		test: leaseLateSettle,
	}, {
		name: "lease/extend",
		text: "Extend makes the lease end a full lease from now, any number of times, beyond the lease's first length.",
		test: leaseExtend,
	}, {
		name: "lease/extend-late",
		text: "Extend of a lost lease returns an error that wraps ErrLeaseLost, and the handler's ctx is cancelled " +
			"with it as its cause.",
		test: leaseExtendLate,
	}}
}

// notBefore tests that it is now no earlier than the time given, but for the slack of clocks.
func (t *trial) notBefore(at time.Time, what string) {
	t.Helper()
	if early := time.Until(at); early > t.slack() {
		t.Errorf("%s %s too early", what, early)
	}
}

func leaseExclusive(t *trial) {
	s := t.shortLease(t.listener("a", t.channel("Order")))
	crashed, peer := t.connect(), t.connect()
	c := t.subscribe(crashed, s)
	ms := t.send(crashed, s.Pattern, 1)
	d := t.take(c)
	if d.Receives != 1 {
		t.Errorf("a first delivery says it is receive %d", d.Receives)
	}
	end := d.Deadline()
	if got := d.Lease(); got != s.Lease {
		t.Errorf("the delivery's lease is %s, the subscription's %s", got, s.Lease)
	}
	t.closeConsumer(c)
	again := t.take(t.subscribe(peer, s))
	t.notBefore(end, "a message whose lease was to run out was received again")
	if wrong := received([]*transport.Delivery{again}, ms...); wrong != "" {
		t.Errorf("%s", wrong)
	}
	if again.Receives != 2 {
		t.Errorf("a message whose first lease was lost comes as receive %d", again.Receives)
	}
	t.ack(again)
}

func leaseLateSettle(t *trial) {
	s := t.shortLease(t.listener("a", t.channel("Order")))
	s.Concurrency = 10
	a, b := t.connect(), t.connect()
	ca := t.subscribe(a, s)
	settle := map[string]func(d *transport.Delivery) error{
		"Ack":     func(d *transport.Delivery) error { return d.Ack(t.Context()) },
		"Retry":   func(d *transport.Delivery) error { return d.Retry(t.Context()) },
		"Release": func(d *transport.Delivery) error { return d.Release(t.Context()) },
		"Extend":  func(d *transport.Delivery) error { return d.Extend(t.Context()) },
	}
	if t.features.DeadLetters {
		settle["DeadLetter"] = func(d *transport.Delivery) error { return d.DeadLetter(t.Context(), errors.New("late")) }
	}
	ms := t.send(a, s.Pattern, len(settle))
	late := t.takeAll(ca, len(ms))
	t.closeConsumer(ca)
	s.Lease = t.longLease()
	cb := t.subscribe(b, s)
	held := t.takeAll(cb, len(ms))
	names := make(map[string]string, len(settle))
	for name, do := range settle {
		d := late[0]
		late = late[1:]
		names[d.Message.ID] = name
		t.mustBe(do(d), transport.ErrLeaseLost, name+" after the lease was lost to another process")
	}
	t.quiet(cb) // neither retried nor released
	for _, d := range held {
		if err := d.Release(t.Context()); err != nil {
			t.Errorf("after a late %s by its former holder, the message's holder cannot settle it: %v", names[d.Message.ID], err)
		}
	}
	ds := t.takeAll(cb, len(ms)) // neither acked nor dead
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("after late settling: %s", wrong)
	}
	if t.features.DeadLetters {
		if dead := t.listDead(b, s.ID); len(dead) > 0 {
			t.Errorf("a late DeadLetter made %d dead letters", len(dead))
		}
	}
	t.ack(ds...)
}

func leaseExtend(t *trial) {
	s := t.shortLease(t.listener("a", t.channel("Order")))
	a, b := t.connect(), t.connect()
	ca := t.subscribe(a, s)
	t.send(a, s.Pattern, 1)
	d := t.take(ca)
	t.closeConsumer(ca)
	cb := t.subscribe(b, s)
	for range 5 { // two and a half leases
		t.none(cb, s.Lease/2)
		t.must(d.Extend(t.Context()), "extending a lease in time")
	}
	end := d.Deadline()
	if left := time.Until(end); left < s.Lease/2 {
		t.Errorf("after Extend the lease ends in %s, its length is %s", left, s.Lease)
	}
	again := t.take(cb)
	t.notBefore(end, "a message whose lease was extended was received again")
	t.ack(again)
}

func leaseExtendLate(t *trial) {
	s := t.shortLease(t.listener("a", t.channel("Order")))
	a, b := t.connect(), t.connect()
	ca := t.subscribe(a, s)
	t.send(a, s.Pattern, 1)
	d := t.take(ca)
	ctx := d.Context(t.Context())
	defer d.Cancel(nil)
	t.closeConsumer(ca)
	s.Lease = t.longLease()
	again := t.take(t.subscribe(b, s))
	t.mustBe(d.Extend(t.Context()), transport.ErrLeaseLost, "Extend after another process got the message")
	t.mustBe(context.Cause(ctx), transport.ErrLeaseLost, "the cause of the handler's cancelled ctx")
	t.ack(again)
}
