package memory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestOneMessageOfAKeyAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := ordered(sub("s", "*"))
		c := subscribe(t, tr, s)
		sendKey(t, tr, "Order", "a", "a1", "a2", "a3")
		sendKey(t, tr, "Order", "b", "b1")
		sendKey(t, tr, "Invoice", "a", "i1", "i2") // a key counts within its channel
		send(t, tr, "Order", "free1", "free2")
		ds := take(t, c, 10, "a1", "b1", "i1", "free1", "free2")
		equal(t, "depth", depth(t, tr, s), transport.Depth{InFlight: 5, Delayed: 3})
		nothing(t, c)
		ok(t, ds[0].Ack(t.Context()))
		ok(t, ds[2].DeadLetter(t.Context(), errors.New("no")))
		take(t, c, 10, "a2", "i2")
	})
}

func TestKeyWaitsForItsFirstMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, ordered(sub("s", "*")))
		sendKey(t, tr, "Order", "a", "1", "2")
		take := func() *transport.Delivery { t.Helper(); return take(t, c, 10, "1")[0] }
		start := time.Now()
		ok(t, take().Release(t.Context()))
		ok(t, take().Retry(t.Context()))
		d := take()
		d.SetRetryDelay(time.Hour)
		ok(t, d.Retry(t.Context()))
		take() // and its lease is lost
		equal(t, "waited", time.Since(start), time.Hour)
		last := take()
		equal(t, "waited", time.Since(start), time.Hour+transport.DefaultLease)
		ok(t, last.Ack(t.Context()))
		ack(t, c, 10, "2")
		ok(t, tr.Idle(t.Context()))
	})
}

func TestAckWakesAReceiverForTheNextOfTheKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, ordered(sub("s", "*")))
		sendKey(t, tr, "Order", "a", "1", "2")
		d := take(t, c, 10, "1")[0]
		start := time.Now()
		time.AfterFunc(time.Second, func() { ok(t, d.Ack(t.Context())) })
		ack(t, c, 10, "2")
		equal(t, "waited", time.Since(start), time.Second)
	})
}

func TestMaxReceivesPassesTheTurnOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := ordered(sub("s", "*"))
		s.MaxReceives = 1
		c := subscribe(t, tr, s)
		sendKey(t, tr, "Order", "a", "1", "2")
		take(t, c, 10, "1")
		start := time.Now()
		ack(t, c, 10, "2") // once the lease of 1 is lost
		equal(t, "waited", time.Since(start), transport.DefaultLease)
		equal(t, "depth", depth(t, tr, s), transport.Depth{DeadLetters: 1})
	})
}

func TestRedrivenMessageGoesToTheEndOfItsKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := ordered(sub("s", "*"))
		c := subscribe(t, tr, s)
		sendKey(t, tr, "Order", "a", "1", "2", "3")
		ok(t, take(t, c, 10, "1")[0].DeadLetter(t.Context(), errors.New("no")))
		_, err := deadLetters(t, tr, s).Redrive(t.Context())
		ok(t, err)
		ack(t, c, 10, "2")
		ack(t, c, 10, "3")
		ack(t, c, 10, "1")
	})
}

// A subscription becomes ordered while messages of one key are ready, out, delayed and returned.
func TestOrderTurnedOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "*")
		c := subscribe(t, tr, s)
		sendKey(t, tr, "Order", "a", "1", "2", "3", "4", "5", "6")
		send(t, tr, "Order", "free1", "free2")
		out := take(t, c, 5, "1", "2", "3", "4", "5")
		out[0].SetRetryDelay(time.Minute)
		ok(t, out[0].Retry(t.Context())) // 1 is delayed; 2, 4 and 5 are out
		ok(t, out[2].Release(t.Context()))
		free := take(t, c, 10, "3", "6", "free1", "free2")
		ok(t, free[0].Release(t.Context())) // 3 is returned
		ok(t, free[1].Retry(t.Context()))   // 6 is ready, behind
		ok(t, free[2].Ack(t.Context()))

		ok(t, tr.Provision(t.Context(), ordered(s)))
		equal(t, "depth", depth(t, tr, s), transport.Depth{InFlight: 4, Delayed: 3})
		nothing(t, c)
		ok(t, out[1].Ack(t.Context()))
		nothing(t, c)
		ok(t, out[3].Release(t.Context()))
		nothing(t, c) // 5 is still out
		start := time.Now()
		ok(t, out[4].Release(t.Context())) // 5 comes back behind 1, which is delayed
		ok(t, free[3].Ack(t.Context()))
		for _, id := range []string{"1", "3", "4", "5", "6"} {
			ack(t, c, 10, id)
		}
		equal(t, "waited", time.Since(start).Round(time.Second), time.Minute)
		ok(t, tr.Idle(t.Context()))
	})
}

func TestOrderTurnedOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := ordered(sub("s", "*"))
		c := subscribe(t, tr, s)
		sendKey(t, tr, "Order", "a", "1", "2", "3")
		sendKey(t, tr, "Order", "b", "4", "5")
		d := take(t, c, 1, "1")[0]
		got := make(chan []string)
		s.Ordered = false
		ok(t, tr.Provision(t.Context(), s))
		go func() { got <- ids(receive(t, c, 10)) }()
		same(t, "received", <-got, []string{"2", "3", "4", "5"})
		ok(t, d.Release(t.Context()))
		take(t, c, 10, "1")
		equal(t, "in flight", depth(t, tr, s).InFlight, 5)
	})
}

// Turned on and off again, a message that was delayed still is, and a receiver that waits learns of it.
func TestOrderKeepsDelays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "*")
		c := subscribe(t, tr, s)
		sendKey(t, tr, "Order", "a", "1", "2")
		out := take(t, c, 10, "1", "2")
		out[1].SetRetryDelay(time.Second)
		ok(t, out[1].Retry(t.Context()))
		ok(t, tr.Provision(t.Context(), ordered(s))) // 2 is behind 1 now, and delayed
		start := time.Now()
		go func() {
			time.Sleep(time.Second / 2)
			ok(t, tr.Provision(t.Context(), s))
		}()
		take(t, c, 10, "2")
		equal(t, "waited", time.Since(start), time.Second)
	})
}
