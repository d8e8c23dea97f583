package transporttest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/framebus/framebus/transport"
)

func retryRules() []rule {
	return []rule{{
		name: "retry/at-once",
		text: "A message that is settled with Retry and no delay is received again at once, the same in everything.",
		test: retryAtOnce,
	}, {
		name: "retry/count",
		text: "Receives counts how often the broker handed the message out: 1 at first. MaxReceives 0 means no limit.",
		test: retryCount,
	}, {
		name:  "retry/history",
		text:  "Retry's failures come back with the next delivery, oldest first.",
		needs: []feature{history()},
		test:  retryHistory,
	}, {
		name:  "retry/delay",
		text:  "A delayed retry makes the message receivable again after the delay, and no earlier, in any process.",
		needs: []feature{delays()},
		test:  retryDelay,
	}, {
		name:  "retry/holds-no-worker",
		text:  "The delay of a retry holds no worker: a consumer of one message at a time receives others meanwhile.",
		needs: []feature{delays()},
		test:  retryHoldsNoWorker,
	}, {
		name:  "retry/each-delay",
		text:  "Every retry has its own delay: a shorter one ends first, whichever began first.",
		needs: []feature{delays()},
		test:  retryEachDelay,
	}}
}

func releaseRules() []rule {
	return []rule{{
		name: "release/at-once",
		text: "Release makes the message receivable again at once.",
		test: releaseAtOnce,
	}, {
		name: "release/no-failure",
		text: "Release makes the message receivable again as if it had not been received: nobody failed. The receive " +
			"is taken off the count or counted once, and no failure is added or forgotten.",
		test: releaseNoFailure,
	}}
}

// delay returns the delay that retries use, n times the lease where the transport takes that.
func (t *trial) delay(n int) time.Duration {
	return min(time.Duration(n)*t.h.Lease, t.features.MaxDelay)
}

func retryAtOnce(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	m := t.keyed(s.Pattern, "42")
	m.Attributes = map[string]string{"kind": "test"}
	t.publish(tr, m)
	for range 3 {
		t.retry(t.take(c), 0)
	}
	d := t.take(c)
	if wrong := difference(d.Message, m); wrong != "" {
		t.Errorf("after 3 retries %s", wrong)
	}
	t.ack(d)
	t.quiet(c)
}

func retryCount(t *trial) {
	_, c := t.oneMessage()
	for want := 1; want <= 12; want++ {
		d := t.take(c)
		if d.Receives != want {
			t.Fatalf("delivery %d of a message says it is receive %d", want, d.Receives)
		}
		if d.Attempt() != want {
			t.Errorf("delivery %d, with one failure in each before, is attempt %d", want, d.Attempt())
		}
		t.retry(d, 0)
	}
	t.ack(t.take(c))
}

func retryHistory(t *trial) {
	_, c := t.oneMessage()
	var want []transport.Failure
	for delivery := 1; delivery <= 3; delivery++ {
		d := t.take(c)
		got := d.Failures()
		if !slices.EqualFunc(got, want, sameFailure) {
			t.Errorf("delivery %d came with the failures\n\t%+v, before it were\n\t%+v", delivery, got, want)
		}
		for try := range delivery {
			d.Fail(fmt.Errorf("try %d of delivery %d: %s", try, delivery, "\" ü €\n"))
		}
		want = d.Failures()
		t.must(d.Retry(t.Context()), "retrying")
	}
	t.ack(t.take(c))
}

// sameFailure compares failures, their times as brokers may keep them.
func sameFailure(a, b transport.Failure) bool {
	near := a.Time.Sub(b.Time).Abs() <= time.Millisecond
	a.Time, b.Time = time.Time{}, time.Time{}
	return near && a == b
}

func retryDelay(t *trial) {
	s := t.listener("a", t.channel("Order"))
	failing, peer := t.connect(), t.connect()
	c := t.subscribe(failing, s)
	ms := t.send(failing, s.Pattern, 1)
	d := t.take(c)
	t.closeConsumer(c)
	due := time.Now().Add(t.delay(1))
	t.retry(d, t.delay(1))
	t.closeTransport(failing)
	again := t.take(t.subscribe(peer, s))
	t.notBefore(due, fmt.Sprintf("a message that was to be retried after %s was received", t.delay(1)))
	if wrong := received([]*transport.Delivery{again}, ms...); wrong != "" {
		t.Errorf("%s", wrong)
	}
	t.ack(again)
}

func retryHoldsNoWorker(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	failing := t.send(tr, s.Pattern, 1)
	d := t.take(c)
	delay := min(t.longLease(), t.features.MaxDelay) // well beyond the patience
	began := time.Now()
	t.returns(fmt.Sprintf("Retry with a delay of %s", delay), func() {
		d.SetRetryDelay(delay)
		if err := d.Retry(t.Context()); err != nil {
			t.Errorf("retrying: %v", err)
		}
	})
	others := t.send(tr, s.Pattern, 5)
	var ds []*transport.Delivery
	for range others {
		d := t.take(c)
		ds = append(ds, d)
		t.ack(d)
	}
	if wrong := received(ds, others...); wrong != "" {
		t.Errorf("while a message waits %s for its retry: %s", delay, wrong)
	}
	if !t.h.Bubble {
		return
	}
	t.sleep(time.Until(began.Add(delay)))
	again := t.take(c)
	if wrong := received([]*transport.Delivery{again}, failing...); wrong != "" {
		t.Errorf("after its delay: %s", wrong)
	}
	t.ack(again)
}

func retryEachDelay(t *trial) {
	if t.delay(2) == t.delay(1) {
		return // the broker's longest delay is as short
	}
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	s.Concurrency = 2
	c := t.subscribe(tr, s)
	t.send(tr, s.Pattern, 2)
	ds := t.takeAll(c, 2)
	t.retry(ds[0], t.delay(2))
	t.retry(ds[1], t.delay(1))
	for i, want := range []*transport.Delivery{ds[1], ds[0]} {
		d := t.take(c)
		if d.Message.ID != want.Message.ID {
			t.Fatalf("received %s as number %d, where %s was due", describe(d), i+1, describe(want))
		}
		t.ack(d)
	}
}

func releaseAtOnce(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	m := t.message(s.Pattern)
	t.publish(tr, m)
	t.release(t.take(c))
	d := t.take(c)
	if wrong := difference(d.Message, m); wrong != "" {
		t.Errorf("after a release %s", wrong)
	}
	t.ack(d)
	t.quiet(c)
}

func releaseNoFailure(t *trial) {
	_, c := t.oneMessage()
	d := t.take(c)
	t.release(d)
	d = t.take(c)
	counted := d.Receives - 1
	if counted != 0 && counted != 1 {
		t.Errorf("after one release the message comes as receive %d", d.Receives)
	}
	if len(d.Failures()) > 0 {
		t.Errorf("after one release the message comes with %d failures", len(d.Failures()))
	}
	d.Fail(errors.New("a true failure"))
	t.must(d.Retry(t.Context()), "retrying")
	d = t.take(c)
	before := d.Failures()
	t.release(d)
	d = t.take(c)
	if want := 2 + 2*counted; d.Receives != want {
		t.Errorf("after release, retry, release the message comes as receive %d, want %d", d.Receives, want)
	}
	if !slices.EqualFunc(d.Failures(), before, sameFailure) {
		t.Errorf("a release changed the failures from %+v to %+v", before, d.Failures())
	}
	t.ack(d)
}
