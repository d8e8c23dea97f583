package transporttest

import (
	"time"

	"github.com/framebus/framebus/transport"
)

func powerRules() []rule {
	return []rule{{
		name: "depth/counts",
		text: "Depth counts what a subscription holds: Ready can be received now, InFlight are leased, Delayed wait for " +
			"their retry, DeadLetters are given up. It need not be open here. A broker that cannot tell a delayed " +
			"message from a leased one counts it as in flight.",
		needs: []feature{depther()},
		test:  depthCounts,
	}, {
		name:  "depth/oldest",
		text:  "Oldest is how long ago the oldest message that is not a dead letter was published; 0 if there is none.",
		needs: []feature{depther()},
		test:  depthOldest,
	}, {
		name:  "provision/keeps",
		text:  "Provision declares the subscription, as Subscribe does, and opens nothing: it keeps what is published next.",
		needs: []feature{provisioner()},
		test:  provisionKeeps,
	}}
}

func (t *trial) depth(tr transport.Transport, id transport.ID) transport.Depth {
	t.Helper()
	d, err := tr.(transport.Depther).Depth(t.Context(), id)
	t.must(err, "counting")
	return d
}

// hasDepth waits for a depth, since counts may come late.
func (t *trial) hasDepth(tr transport.Transport, id transport.ID, want transport.Depth, when string) {
	t.Helper()
	for end := time.Now().Add(t.h.Patience); ; t.sleep(t.h.Quiet / 10) {
		got := t.depth(tr, id)
		got.Oldest = 0
		untold := want
		untold.InFlight, untold.Delayed = want.InFlight+want.Delayed, 0
		if got == want || got == untold {
			return
		}
		if t.h.Bubble || time.Now().After(end) {
			t.Fatalf("%s the depth is %+v, want %+v", when, got, want)
		}
	}
}

func depthCounts(t *trial) {
	tr, other := t.connect(), t.connect()
	s := t.listener("a", t.channel("Order"))
	s.Concurrency = 4
	c := t.subscribe(tr, s)
	t.hasDepth(other, s.ID, transport.Depth{}, "at first")
	t.send(tr, s.Pattern, 5)
	t.hasDepth(other, s.ID, transport.Depth{Ready: 5}, "after publishing 5")
	ds := t.takeAll(c, 4)
	t.closeConsumer(c)
	want := transport.Depth{Ready: 1, InFlight: 4}
	t.hasDepth(other, s.ID, want, "after receiving 4 of 5")
	t.ack(ds[0])
	want.InFlight--
	t.hasDepth(other, s.ID, want, "after acking one")
	t.release(ds[1])
	want.InFlight--
	want.Ready++
	t.hasDepth(other, s.ID, want, "after releasing one")
	if t.features.MaxDelay > 0 {
		t.retry(ds[2], min(time.Hour, t.features.MaxDelay))
		want.InFlight--
		want.Delayed++
		t.hasDepth(other, s.ID, want, "after retrying one with a delay")
	}
	if t.features.DeadLetters {
		t.bury(ds[3], "hopeless")
		want.InFlight--
		want.DeadLetters++
		t.hasDepth(other, s.ID, want, "after dead-lettering one")
	}
	if got := t.depth(other, s.ID); got.Pending() != got.Ready+got.InFlight+got.Delayed {
		t.Errorf("Pending is %d of %+v", got.Pending(), got)
	}
}

func depthOldest(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	if got := t.depth(tr, s.ID).Oldest; got != 0 {
		t.Errorf("an empty subscription's oldest message is %s old", got)
	}
	t.send(tr, s.Pattern, 1)
	began := time.Now()
	t.sleep(t.h.Lease)
	t.send(tr, s.Pattern, 1)
	got := t.depth(tr, s.ID).Oldest
	if got != 0 && (got < t.h.Lease-t.slack() || got > time.Since(began)+t.slack()) { // 0: the broker does not tell
		t.Errorf("Oldest is %s, the first of two messages was published %s ago", got, time.Since(began))
	}
	t.ack(t.takeAll(c, 2)...)
	if got := t.depth(tr, s.ID).Oldest; got != 0 {
		t.Errorf("after all are acked the oldest message is %s old", got)
	}
}

func provisionKeeps(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	for range 2 {
		t.must(tr.(transport.Provisioner).Provision(t.Context(), s), "provisioning")
	}
	ms := t.send(tr, s.Pattern, 3)
	t.closeTransport(tr)
	other := t.connect()
	t.must(other.(transport.Provisioner).Provision(t.Context(), s), "provisioning again")
	c := t.subscribe(other, s)
	ds := t.takeAll(c, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("of 3 messages published between Provision and Subscribe: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}
