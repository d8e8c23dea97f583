package memory_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestLeaseEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		s.Lease = time.Minute
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1", "2", "3")
		late := take(t, c, 2, "1", "2")
		equal(t, "depth", depth(t, tr, s), transport.Depth{Ready: 1, InFlight: 2})
		time.Sleep(time.Minute - 1)
		equal(t, "depth", depth(t, tr, s), transport.Depth{Ready: 1, InFlight: 2, Oldest: time.Minute - 1})
		time.Sleep(1)
		equal(t, "depth", depth(t, tr, s), transport.Depth{Ready: 3, Oldest: time.Minute})

		ctx := t.Context()
		d := late[0]
		for _, err := range []error{d.Extend(ctx), d.Ack(ctx), d.Retry(ctx), d.Release(ctx), d.DeadLetter(ctx, errors.New("no"))} {
			if !errors.Is(err, transport.ErrLeaseLost) {
				t.Errorf("settling late returned %v", err)
			}
		}
		fails(t, d.Ack(ctx), transport.ErrLeaseLost,
			"transport: service/s: message 1 on acked: memory: ack from service/s: lease lost")

		ds := take(t, c, 10, "1", "2", "3") // to where they were
		equal(t, "receives", ds[0].Receives, 2)
		equal(t, "receives", ds[2].Receives, 1)
		if err := late[1].Ack(ctx); !errors.Is(err, transport.ErrLeaseLost) {
			t.Errorf("the ack of an earlier loan returned %v", err)
		}
		for _, d := range ds {
			ok(t, d.Ack(ctx))
		}
		ok(t, tr.Idle(ctx))
	})
}

// The last moment counts: a lease is over when its time is, whether anybody has noticed or not.
func TestAckAtTheEndOfTheLeaseIsLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "1", "2")
		ds := take(t, c, 2, "1", "2")
		time.Sleep(transport.DefaultLease - 1)
		ok(t, ds[0].Ack(t.Context()))
		time.Sleep(1)
		if err := ds[1].Ack(t.Context()); !errors.Is(err, transport.ErrLeaseLost) {
			t.Errorf("a late ack returned %v", err)
		}
	})
}

func TestEndOfALeaseSeesToTheAcksBesideIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "1", "2")
		ds := take(t, c, 2, "1", "2")
		time.Sleep(transport.DefaultLease / 2)
		ok(t, ds[0].Extend(t.Context()))
		ok(t, ds[0].Ack(t.Context())) // and 2 is lost, as in a crash
		time.Sleep(transport.DefaultLease / 2)
		ack(t, c, 1, "2")
		start := time.Now()
		ok(t, tr.Idle(t.Context()))
		equal(t, "idle after", time.Since(start), 0)
	})
}

func TestEndOfALeaseWakesAReceiver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c, dead := subscribe(t, tr, s), subscribe(t, tr, s)
		send(t, tr, "Order", "1", "2", "3")
		start := time.Now()
		take(t, dead, 1, "1")
		time.Sleep(time.Second)
		take(t, dead, 1, "2")
		time.Sleep(time.Second)
		take(t, dead, 1, "3")
		for i, id := range []string{"1", "2", "3"} {
			ack(t, c, 1, id)
			equal(t, "waited", time.Since(start), transport.DefaultLease+time.Duration(i)*time.Second)
		}
	})
}

// The lease of a message that another consumer takes while this one already waits is watched as well.
func TestReceiverWaitsForALeaseThatBeganLater(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		got := make(chan string)
		for range 2 {
			go func() { got <- receive(t, c, 1)[0].Message.ID }()
		}
		synctest.Wait()
		start := time.Now()
		send(t, tr, "Order", "1")
		<-got
		<-got // the other one, when the first has lost its lease
		equal(t, "waited", time.Since(start), transport.DefaultLease)
	})
}

func TestExtend(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		s.Lease = time.Minute
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1", "2")
		ds := take(t, c, 2, "1", "2")
		start := time.Now()
		for range 10 {
			time.Sleep(time.Minute / 3)
			ok(t, ds[0].Extend(t.Context()))
		}
		take(t, c, 2, "2") // nobody has extended it
		take(t, c, 2, "1", "2")
		equal(t, "lease", time.Since(start), 10*time.Minute/3+time.Minute)
	})
}

func TestLeaseWithoutEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		s.Lease = math.MaxInt64
		c := subscribe(t, tr, s)
		time.Sleep(time.Second)
		send(t, tr, "Order", "1")
		d := take(t, c, 1, "1")[0]
		time.Sleep(1000 * time.Hour)
		nothing(t, c)
		ok(t, d.Ack(t.Context()))
	})
}

func TestMaxReceives(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		s.MaxReceives = 3
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1", "2", "3")
		for i := range 3 { // each ends with its process
			equal(t, "receives", take(t, c, 1, "1")[0].Receives, i+1)
			time.Sleep(transport.DefaultLease)
		}
		ack(t, c, 10, "2", "3")
		letters, err := deadLetters(t, tr, s).List(t.Context(), "", 10)
		ok(t, err)
		equal(t, "dead letters", len(letters), 1)
		why := letters[0].Why
		equal(t, "dead", letters[0].Message.ID, "1")
		equal(t, "listener", why.Listener, "service/s")
		equal(t, "reason", why.Reason, "received 3 times, the limit, and never settled for good")
		equal(t, "receives", why.Receives, 3)
		equal(t, "attempts", len(why.Attempts), 0)
		equal(t, "died", letters[0].Time, time.Now().UTC())
		ok(t, tr.Idle(t.Context()))

		send(t, tr, "Order", "4")
		for range 10 { // a release is no receive
			ok(t, take(t, c, 1, "4")[0].Release(t.Context()))
		}
		for range 3 {
			d := take(t, c, 1, "4")[0]
			d.Fail(errors.New("it failed"))
			ok(t, d.Retry(t.Context()))
		}
		nothing(t, c)
		letters, err = deadLetters(t, tr, s).List(t.Context(), letters[0].ID, 10)
		ok(t, err)
		equal(t, "attempts", len(letters[0].Why.Attempts), 3)
	})
}

func TestReleaseGoesToTheFront(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1", "2", "3", "4", "5")
		ds := take(t, c, 3, "1", "2", "3")
		for _, i := range []int{1, 0, 2} { // in whatever order they are released
			ok(t, ds[i].Release(t.Context()))
		}
		ds = take(t, c, 10, "1", "2", "3", "4", "5")
		equal(t, "receives", ds[0].Receives, 1)
	})
}

func TestReleaseReachesAPeerAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c, peer := subscribe(t, tr, s), subscribe(t, tr.Connect(), s)
		send(t, tr, "Order", "1")
		d := take(t, c, 1, "1")[0]
		start := time.Now()
		time.AfterFunc(time.Second, func() { ok(t, d.Release(context.Background())) })
		take(t, peer, 1, "1")
		equal(t, "waited", time.Since(start), time.Second)
	})
}
