package memory_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestFeatures(t *testing.T) {
	f := memory.New().Features()
	if f.Name != "memory" || f.Durable || !f.Globs || !f.Filters || !f.Ordered || !f.DeadLetters || !f.History ||
		f.MaxDelay != memory.MaxDelay || f.MaxBody != event.MaxSize {
		t.Errorf("%+v", f)
	}
}

func TestSubscriptionKeepsItsMessagesWhileNobodyConsumes(t *testing.T) {
	tr := memory.New()
	s := sub("order", "Order")
	ok(t, tr.Provision(t.Context(), s))
	send(t, tr, "Order", "1")
	c := subscribe(t, tr, s)
	send(t, tr, "Order", "2")
	ok(t, c.Close(t.Context()))
	send(t, tr, "Order", "3")
	ack(t, subscribe(t, tr.Connect(), s), 10, "1", "2", "3")
}

func TestSubscriptionIsChecked(t *testing.T) {
	tr := memory.New()
	bad := sub("bad", "Order**")
	_, err := tr.Subscribe(t.Context(), bad)
	if err == nil || !strings.HasPrefix(err.Error(), "memory: subscribe service/bad: channel pattern") {
		t.Error(err)
	}
	if err := tr.Provision(t.Context(), bad); err == nil || !strings.HasPrefix(err.Error(), "memory: provision service/bad: ") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = tr.Subscribe(ctx, sub("good", "Order"))
	fails(t, err, context.Canceled, "memory: subscribe service/good: context canceled")
	if _, err := tr.Depth(t.Context(), sub("good", "").ID); err == nil ||
		err.Error() != "memory: depth of service/good: no such subscription" {
		t.Error(err)
	}
}

func TestDeclaringAgainMovesTheSubscription(t *testing.T) {
	tr := memory.New()
	s := sub("s", "Order")
	old := subscribe(t, tr, s)
	glob := subscribe(t, tr, sub("glob", "C*"))
	send(t, tr, "Order", "1")
	send(t, tr, "Customer", "0")

	s.Pattern = "Customer"
	c := subscribe(t, tr, s)
	send(t, tr, "Order", "2") // left behind
	send(t, tr, "Customer", "3")
	s.Pattern = "Cust*"
	ok(t, tr.Provision(t.Context(), s))
	send(t, tr, "Customer", "4")
	send(t, tr, "Custody", "5")
	s.Actions = []event.Action{"created"}
	ok(t, tr.Provision(t.Context(), s))
	send(t, tr, "Customer", "6")

	take(t, old, 1, "1") // the message held stays, and any consumer gets it
	take(t, c, 10, "3", "4", "5")
	take(t, glob, 10, "0", "3", "4", "5", "6")
}

func TestDeclaringAgainChangesLeaseAndMaxReceives(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		s.Lease = time.Hour
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1", "2")
		long := take(t, c, 1, "1")[0]
		s.Lease, s.MaxReceives = time.Minute, 1
		ok(t, tr.Provision(t.Context(), s))
		short := take(t, c, 1, "2")[0] // its lease ends before that of 1, which was received before
		equal(t, "lease", short.Lease(), time.Minute)
		time.Sleep(time.Minute)
		equal(t, "in flight", depth(t, tr, s).InFlight, 1)
		nothing(t, c) // 2 is received too often
		equal(t, "dead letters", depth(t, tr, s).DeadLetters, 1)
		ok(t, long.Ack(t.Context()))
	})
}

func TestReplicasThatDeclareAtOnce(t *testing.T) {
	tr := memory.New()
	s := ordered(sub("s", "Order"))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 20 {
				if _, err := tr.Connect().Subscribe(t.Context(), s); err != nil {
					t.Error(err)
				}
				send(t, tr, "Order", "1")
			}
		})
	}
	wg.Wait()
	equal(t, "ready", depth(t, tr, s).Ready, 400)
}

func TestConsumersCompete(t *testing.T) {
	tr := memory.New()
	s := sub("s", "Order")
	one, two := subscribe(t, tr, s), subscribe(t, tr.Connect(), s)
	send(t, tr, "Order", "1", "2", "3")
	take(t, one, 1, "1")
	take(t, two, 1, "2")
	take(t, one, 1, "3")
	equal(t, "ready", depth(t, tr, s).Ready, 0)
}

func TestCloseEndsOneConnectionOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(2))
		other := tr.Connect()
		s := sub("s", "Order")
		c, survivor := subscribe(t, tr, s), subscribe(t, other, s)
		send(t, tr, "Order", "1", "2")
		out := take(t, c, 2, "1", "2")
		dl := deadLetters(t, tr, s)

		ctx, failed := t.Context(), make(chan error, 3)
		go func() { _, err := c.Receive(ctx, 1); failed <- err }()
		go func() { failed <- tr.Publish(ctx, &transport.Message{Channel: "Order"}) }()
		go func() { failed <- tr.Idle(ctx) }()
		time.Sleep(time.Second) // all three wait
		ok(t, tr.Close())
		ok(t, tr.Close())
		for range 3 {
			if err := <-failed; !errors.Is(err, transport.ErrClosed) {
				t.Errorf("a waiting call returned %v", err)
			}
		}

		_, err := c.Receive(ctx, 1)
		fails(t, err, transport.ErrClosed, "memory: receive from service/s: closed")
		fails(t, tr.Publish(ctx, &transport.Message{Channel: "Order"}), transport.ErrClosed, "memory: publish Order: closed")
		fails(t, tr.Idle(ctx), transport.ErrClosed, "memory: idle: closed")
		_, err = tr.Subscribe(ctx, s)
		fails(t, err, transport.ErrClosed, "memory: subscribe service/s: closed")
		fails(t, tr.Provision(ctx, s), transport.ErrClosed, "memory: provision service/s: closed")
		_, err = tr.Depth(ctx, s.ID)
		fails(t, err, transport.ErrClosed, "memory: depth of service/s: closed")
		_, err = tr.DeadLetters(ctx, s.ID)
		fails(t, err, transport.ErrClosed, "memory: dead letters of service/s: closed")
		_, err = dl.List(ctx, "", 1)
		fails(t, err, transport.ErrClosed, "memory: list dead letters of service/s: closed")
		_, err = dl.Purge(ctx)
		fails(t, err, transport.ErrClosed, "memory: purge dead letters of service/s: closed")
		if err := tr.PublishBatch(ctx, []*transport.Message{{Channel: "Order"}}); !errors.Is(err, transport.ErrClosed) {
			t.Error(err)
		}

		ok(t, c.Close(ctx))
		ok(t, out[0].Ack(ctx)) // what is out can still be settled
		send(t, other, "Order", "3")
		ack(t, survivor, 1, "3")
		time.Sleep(transport.DefaultLease)
		ack(t, subscribe(t, tr.Connect(), s), 10, "2") // as after a crash
		ok(t, other.Idle(ctx))
	})
}
