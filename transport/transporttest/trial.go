package transporttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// trial is one run of a rule's test against a broker. Its Errorf and Fatalf say which rule was broken.
type trial struct {
	testing.TB
	rule     rule
	h        Harness
	features transport.Features

	id       string // part of every name of the trial
	open     func() transport.Transport
	messages atomic.Int64
	calls    sync.WaitGroup // those of returns
}

func newTrial(tb testing.TB, h Harness, r rule) *trial {
	t := &trial{TB: tb, rule: r, h: h, id: fmt.Sprintf("tt%08x", rand.Uint32()), open: h.New(tb)}
	tb.Cleanup(func() { // after all transports are closed
		if h.Bubble {
			t.calls.Wait() // a bubble must not end before its goroutines
		}
	})
	return t
}

// Errorf fails the trial.
func (t *trial) Errorf(format string, args ...any) {
	t.TB.Helper()
	t.TB.Errorf("%s", t.rule.broken(format, args...))
}

// Fatalf fails the trial and ends it. Only the trial's own goroutine may call it.
func (t *trial) Fatalf(format string, args ...any) {
	t.TB.Helper()
	t.TB.Fatalf("%s", t.rule.broken(format, args...))
}

// must ends the trial if err is not nil.
func (t *trial) must(err error, doing string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

// mustBe fails the trial if err does not wrap target.
func (t *trial) mustBe(err, target error, doing string) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: got the error %v, want one that wraps %q", doing, err, target)
	}
}

// connect plays one more process.
func (t *trial) connect() transport.Transport {
	tr := t.open()
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Errorf("closing a transport: %v", err)
		}
	})
	return tr
}

// channel returns a name that no other trial uses.
func (t *trial) channel(name string) string { return t.id + "." + name }

// longLease is so long that what comes within the trial's patience did not come by the end of a lease.
func (t *trial) longLease() time.Duration { return 20 * t.h.Patience }

// slack is how much too early something may come by the clock here: brokers have clocks of their own, and
// a lease that the broker began before the reply was here ends before this process thinks.
func (t *trial) slack() time.Duration {
	if t.h.Bubble {
		return 0
	}
	return t.h.Lease / 5
}

// listener describes a subscription to the channel or pattern with a long lease.
func (t *trial) listener(name, pattern string) transport.Subscription {
	return transport.Subscription{
		ID: transport.ID{Service: t.id, Name: name}, Pattern: pattern, Lease: t.longLease(), Concurrency: 1,
	}
}

// shortLease returns s with the harness's lease, to be let run out.
func (t *trial) shortLease(s transport.Subscription) transport.Subscription {
	s.Lease = t.h.Lease
	return s
}

func (t *trial) subscribe(tr transport.Transport, s transport.Subscription) transport.Consumer {
	t.Helper()
	c, err := tr.Subscribe(t.Context(), s)
	t.must(err, "subscribing "+s.ID.String()+" to "+s.Pattern)
	return c
}

// consume is connect and subscribe in one, for a trial of one process.
func (t *trial) consume(s transport.Subscription) transport.Consumer {
	t.Helper()
	return t.subscribe(t.connect(), s)
}

func (t *trial) closeConsumer(c transport.Consumer) {
	t.Helper()
	t.must(c.Close(t.Context()), "closing a consumer")
}

func (t *trial) closeTransport(tr transport.Transport) {
	t.Helper()
	t.must(tr.Close(), "closing a transport")
}

// message returns a new message whose body is its number.
func (t *trial) message(channel string) *transport.Message {
	n := strconv.FormatInt(t.messages.Add(1), 10)
	return &transport.Message{
		ID: t.id + "-" + n, Channel: channel, Action: event.Created, Source: "transporttest", Body: []byte(n),
	}
}

// keyed returns a new message with a key.
func (t *trial) keyed(channel, key string) *transport.Message {
	m := t.message(channel)
	m.Key = key
	return m
}

// publish publishes messages in order.
func (t *trial) publish(tr transport.Transport, ms ...*transport.Message) {
	t.Helper()
	for _, m := range ms {
		t.must(tr.Publish(t.Context(), m), "publishing "+m.ID+" on "+m.Channel)
	}
}

// send publishes n new messages on a channel.
func (t *trial) send(tr transport.Transport, channel string, n int) []*transport.Message {
	t.Helper()
	ms := make([]*transport.Message, n)
	for i := range ms {
		ms[i] = t.message(channel)
	}
	t.publish(tr, ms...)
	return ms
}

// receive is Receive without the messages of others, which "*" gets on a shared broker. It may be called
// on any goroutine.
func (t *trial) receive(ctx context.Context, c transport.Consumer, limit int) ([]*transport.Delivery, error) {
	for {
		ds, err := c.Receive(ctx, limit)
		if err != nil && len(ds) > 0 {
			t.Errorf("Receive returned %d deliveries and the error %v", len(ds), err)
		}
		if err != nil {
			return nil, err
		}
		if len(ds) == 0 || len(ds) > limit {
			return nil, fmt.Errorf("Receive(limit %d) returned %d deliveries", limit, len(ds))
		}
		own := make([]*transport.Delivery, 0, len(ds))
		for _, d := range ds {
			if d.Message == nil {
				return nil, errors.New("Receive returned a delivery without a message")
			}
			if strings.Contains(d.Message.Channel, t.id) {
				own = append(own, d)
			} else {
				_ = d.Ack(ctx)
			}
		}
		if len(own) > 0 {
			return own, nil
		}
	}
}

// patience returns a context for what must come soon.
func (t *trial) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), t.h.Patience)
}

// take receives one message.
func (t *trial) take(c transport.Consumer) *transport.Delivery {
	t.Helper()
	ctx, cancel := t.patience()
	defer cancel()
	ds, err := t.receive(ctx, c, 1)
	if err != nil {
		t.Fatalf("a message that must be received was not, within %s: %v", t.h.Patience, err)
	}
	return ds[0]
}

// takeAll receives n messages, and holds them.
func (t *trial) takeAll(c transport.Consumer, n int) []*transport.Delivery {
	t.Helper()
	ctx, cancel := t.patience()
	defer cancel()
	var all []*transport.Delivery
	for len(all) < n {
		ds, err := t.receive(ctx, c, n-len(all))
		if err != nil {
			t.Fatalf("received %d messages (%s) of the %d that must come within %s: %v",
				len(all), numbers(all), n, t.h.Patience, err)
		}
		all = append(all, ds...)
	}
	return all
}

// none watches that nothing is received for a while.
func (t *trial) none(c transport.Consumer, while time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), while)
	defer cancel()
	ds, err := t.receive(ctx, c, 1)
	if err == nil {
		t.Fatalf("received %s, where nothing may come for %s", describe(ds[0]), while)
	}
	t.mustBe(err, context.DeadlineExceeded, "Receive while there is nothing")
}

// quiet watches for the harness's time that nothing is received.
func (t *trial) quiet(c transport.Consumer) {
	t.Helper()
	t.none(c, t.h.Quiet)
}

func (t *trial) ack(ds ...*transport.Delivery) {
	t.Helper()
	for _, d := range ds {
		t.must(d.Ack(t.Context()), "acking "+describe(d))
	}
}

// retry records a failure and settles d with Retry.
func (t *trial) retry(d *transport.Delivery, delay time.Duration) {
	t.Helper()
	d.Fail(errors.New("failure of delivery " + strconv.Itoa(d.Receives)))
	d.SetRetryDelay(delay)
	t.must(d.Retry(t.Context()), "retrying "+describe(d))
}

func (t *trial) release(ds ...*transport.Delivery) {
	t.Helper()
	for _, d := range ds {
		t.must(d.Release(t.Context()), "releasing "+describe(d))
	}
}

func (t *trial) bury(d *transport.Delivery, reason string) {
	t.Helper()
	t.must(d.DeadLetter(t.Context(), errors.New(reason)), "dead-lettering "+describe(d))
}

// sleep waits, by the bubble's clock in a bubble.
func (t *trial) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// returns fails the trial if do has not returned within its patience. It is for calls that a faulty driver
// may never return from.
func (t *trial) returns(doing string, do func()) {
	t.Helper()
	done := make(chan struct{})
	t.calls.Go(func() {
		defer close(done)
		do()
	})
	timer := time.NewTimer(t.h.Patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		t.Fatalf("%s did not return within %s", doing, t.h.Patience)
	}
}

// together runs do n times at once and ends the trial with the first error.
func (t *trial) together(n int, do func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatalf("%v", err)
		}
	}
}
