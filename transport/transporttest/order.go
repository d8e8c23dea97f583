package transporttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

func orderRules() []rule {
	const inLine = "Messages of one Channel and Key are received in publish order, each only after the one before is " +
		"acked or dead-lettered; "
	needs := []feature{ordered()}
	return []rule{{
		name:  "order/replicas",
		text:  inLine + "competing replicas keep it, one message of a key at a time among them all.",
		needs: needs, test: orderReplicas,
	}, {
		name:  "order/retry",
		text:  inLine + "the delay of a retry is waited for, and other keys flow meanwhile.",
		needs: []feature{ordered(), delays()}, test: orderRetry,
	}, {
		name:  "order/lease-lost",
		text:  inLine + "one whose lease was lost comes again before the next, and other keys flow meanwhile.",
		needs: needs, test: orderLeaseLost,
	}, {
		name:  "order/release",
		text:  inLine + "one that was released comes again before the next.",
		needs: needs, test: orderRelease,
	}, {
		name:  "order/dead",
		text:  inLine + "one that is dead-lettered frees the next.",
		needs: []feature{ordered(), deadLetters()}, test: orderDead,
	}, {
		name:  "order/max-receives",
		text:  inLine + "one that the broker itself gives up frees the next.",
		needs: []feature{ordered(), deadLetters()}, test: orderMaxReceives,
	}, {
		name:  "order/keyless",
		text:  "A message without a key is in no order: it waits for none and holds none up.",
		needs: needs, test: orderKeyless,
	}, {
		name:  "order/channels",
		text:  "A key belongs to its channel: the same key on two channels is two orders.",
		needs: []feature{ordered(), globs()}, test: orderChannels,
	}}
}

// line subscribes an ordered listener that holds several messages at a time.
func (t *trial) line(tr transport.Transport) (transport.Subscription, transport.Consumer) {
	t.Helper()
	s := t.listener("ordered", t.channel("Order"))
	s.Ordered, s.Concurrency = true, 10
	return s, t.subscribe(tr, s)
}

// next receives a message and tests that it is m.
func (t *trial) next(c transport.Consumer, m *transport.Message) *transport.Delivery {
	t.Helper()
	d := t.take(c)
	if d.Message.ID != m.ID {
		t.Fatalf("received %s (key %q), where message %s (key %q) was next", describe(d), d.Message.Key, number(m), m.Key)
	}
	return d
}

// queue publishes n messages of a key.
func (t *trial) queue(tr transport.Transport, channel, key string, n int) []*transport.Message {
	t.Helper()
	ms := make([]*transport.Message, n)
	for i := range ms {
		ms[i] = t.keyed(channel, key)
	}
	t.publish(tr, ms...)
	return ms
}

// keyOrder watches the deliveries of many keys to many consumers.
type keyOrder struct {
	mu    sync.Mutex
	want  map[string][]*transport.Message // yet to be acked, by key
	out   map[string]string               // number of the message that is out, by key
	left  int
	wrong []string
}

func (o *keyOrder) received(d *transport.Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key, n := d.Message.Key, number(d.Message)
	if out, busy := o.out[key]; busy {
		o.wrong = append(o.wrong, fmt.Sprintf("message %s of %s was received while message %s was out", n, key, out))
	}
	o.out[key] = n
	if want := o.want[key]; len(want) == 0 || want[0].ID != d.Message.ID {
		o.wrong = append(o.wrong, fmt.Sprintf("message %s of %s was received out of order", n, key))
	}
}

// settling is called before d is settled: the next may be received before the settling call returns.
func (o *keyOrder) settling(d *transport.Delivery, acked bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.out, d.Message.Key)
	if acked {
		o.left--
		o.want[d.Message.Key] = slices.DeleteFunc(o.want[d.Message.Key], func(m *transport.Message) bool {
			return m.ID == d.Message.ID
		})
	}
}

func (o *keyOrder) remaining() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.left
}

func orderReplicas(t *trial) {
	const replicas, keys, each = 3, 5, 12
	tr := t.connect()
	s, first := t.line(tr)
	consumers := []transport.Consumer{first, t.consume(s), t.consume(s)}
	o := &keyOrder{want: map[string][]*transport.Message{}, out: map[string]string{}, left: keys * each}
	for n := range keys * each {
		m := t.keyed(s.Pattern, fmt.Sprintf("key %d", n%keys))
		o.want[m.Key] = append(o.want[m.Key], m)
		t.publish(tr, m)
	}
	ctx, done := t.patience()
	defer done()
	t.together(replicas, func(i int) error {
		for o.remaining() > 0 {
			ds, err := t.receive(ctx, consumers[i], 4)
			if err != nil && o.remaining() > 0 {
				return fmt.Errorf("receiving, with %d messages left: %w", o.remaining(), err)
			}
			for _, d := range ds {
				o.received(d)
			}
			for _, d := range ds {
				t.sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
				settle := d.Ack
				acked := rand.IntN(5) > 0
				if !acked {
					settle = d.Retry
				}
				o.settling(d, acked)
				if err := settle(t.Context()); err != nil {
					return fmt.Errorf("settling %s: %w", describe(d), err)
				}
			}
		}
		done() // the others may wait in Receive
		return nil
	})
	for _, wrong := range o.wrong {
		t.Errorf("%s", wrong)
	}
}

func orderRetry(t *trial) {
	tr := t.connect()
	s, c := t.line(tr)
	ms := t.queue(tr, s.Pattern, "k", 3)
	d := t.next(c, ms[0])
	due := time.Now().Add(t.delay(1))
	t.retry(d, t.delay(1))
	for _, m := range t.queue(tr, s.Pattern, "other", 3) {
		t.ack(t.next(c, m))
	}
	d = t.next(c, ms[0])
	t.notBefore(due, "the first of a key, to be retried with a delay, was received")
	t.ack(d)
	t.ack(t.next(c, ms[1]))
	t.ack(t.next(c, ms[2]))
	t.quiet(c)
}

func orderLeaseLost(t *trial) {
	tr := t.connect()
	s := t.shortLease(t.listener("ordered", t.channel("Order")))
	s.Ordered, s.Concurrency = true, 10
	c := t.subscribe(tr, s)
	ms := t.queue(tr, s.Pattern, "k", 2)
	lost := t.next(c, ms[0])
	for _, m := range t.queue(tr, s.Pattern, "other", 2) {
		t.ack(t.next(c, m))
	}
	again := t.next(c, ms[0])
	t.mustBe(lost.Ack(t.Context()), transport.ErrLeaseLost, "acking after the lease was lost")
	t.none(c, s.Lease/2) // the late ack did not free the next
	t.ack(again)
	t.ack(t.next(c, ms[1]))
	t.quiet(c)
}

func orderRelease(t *trial) {
	tr := t.connect()
	s, c := t.line(tr)
	ms := t.queue(tr, s.Pattern, "k", 3)
	for range 3 {
		t.release(t.next(c, ms[0]))
	}
	for _, m := range ms {
		d := t.next(c, m)
		t.none(c, t.h.Quiet/4)
		t.ack(d)
	}
	t.quiet(c)
}

func orderDead(t *trial) {
	tr := t.connect()
	s, c := t.line(tr)
	ms := t.queue(tr, s.Pattern, "k", 3)
	t.bury(t.next(c, ms[0]), "hopeless")
	t.ack(t.next(c, ms[1]))
	t.redrive(t.dead(tr, s.ID), 1)
	// The redriven one is as newly published: behind those that are there.
	t.ack(t.next(c, ms[2]))
	t.ack(t.next(c, ms[0]))
	t.quiet(c)
}

func orderMaxReceives(t *trial) {
	tr := t.connect()
	s := t.shortLease(t.listener("ordered", t.channel("Order")))
	s.Ordered, s.Concurrency, s.MaxReceives = true, 10, 1
	c := t.subscribe(tr, s)
	ms := t.queue(tr, s.Pattern, "k", 2)
	t.next(c, ms[0])
	t.ack(t.next(c, ms[1]))
	if letter := t.oneDead(tr, s.ID); letter.Message.ID != ms[0].ID {
		t.Errorf("message %s died, message %s was received too often", number(letter.Message), number(ms[0]))
	}
}

func orderKeyless(t *trial) {
	tr := t.connect()
	s, c := t.line(tr)
	held := t.queue(tr, s.Pattern, "k", 1)
	t.next(c, held[0])
	ms := t.send(tr, s.Pattern, 5)
	ds := t.takeAll(c, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("5 messages without a key, none of which is settled: %s", wrong)
	}
	more := t.queue(tr, s.Pattern, "other", 1)
	t.ack(t.next(c, more[0]))
	t.ack(ds...)
}

func orderChannels(t *trial) {
	tr := t.connect()
	s := t.listener("ordered", t.channel("*"))
	s.Ordered, s.Concurrency = true, 10
	c := t.subscribe(tr, s)
	orders := t.queue(tr, t.channel("Order"), "42", 2)
	held := t.next(c, orders[0])
	for _, m := range t.queue(tr, t.channel("Invoice"), "42", 2) {
		t.ack(t.next(c, m))
	}
	t.none(c, t.h.Quiet/4)
	t.ack(held)
	t.ack(t.next(c, orders[1]))
	t.quiet(c)
}
