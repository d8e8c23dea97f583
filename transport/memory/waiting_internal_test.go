package memory

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/framebus/framebus/transport"
)

// waitingReceivers returns a queue with three Receive calls that wait: of c, of another consumer, of c.
func waitingReceivers(t *testing.T) (q *queue, c transport.Consumer) {
	t.Helper()
	s := transport.Subscription{ID: transport.ID{Service: "s", Name: "n"}, Pattern: "*"}
	tr := New()
	var consumers []transport.Consumer
	for range 2 {
		c, err := tr.Subscribe(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		consumers = append(consumers, c)
	}
	for _, i := range []int{0, 1, 0} {
		go func() { _, _ = consumers[i].Receive(t.Context(), 1) }()
		synctest.Wait()
	}
	return consumers[0].(*consumer).queue, consumers[0]
}

func (w *waiters) count() (n int) {
	for r := w.head; r != nil; r = r.next {
		n++
	}
	return n
}

// A burst wakes one receiver, and not a crowd of which most find nothing.
func TestBurstWakesOneReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := waitingReceivers(t)
		q.mu.Lock()
		defer q.mu.Unlock()
		for range 3 {
			q.add(new(message), 0)
			q.notify(0)
		}
		if n := q.waiting.count(); n != 2 {
			t.Errorf("%d of 3 receivers still wait, want 2", n)
		}
	})
}

func TestClosingAConsumerLeavesTheOthersInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, c := waitingReceivers(t)
		q.mu.Lock()
		defer q.mu.Unlock()
		other := q.waiting.head.next
		q.waiting.wakeAll(c.(*consumer))
		if q.waiting.count() != 1 || q.waiting.head != other {
			t.Errorf("%d receivers still wait, want the one of the other consumer", q.waiting.count())
		}
	})
}

// A receiver that is woken when its ctx ends leaves no wake-up behind: the next who uses it would take it
// for its own, and who wakes that one would wait for ever.
func TestReceiverIsLeftClean(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			tr := New()
			c, err := tr.subscribe(t.Context(), transport.Subscription{ID: transport.ID{Service: "s", Name: "n"}, Pattern: "*"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() { _, _ = c.Receive(ctx, 1) }()
			synctest.Wait()
			w := &c.queue.waiting
			c.queue.mu.Lock()
			cancel()
			w.waking = w.wakeFirst()
			c.queue.mu.Unlock()
			synctest.Wait()
			if len(w.spare) != 1 || len(w.spare[0].wake) != 0 || w.waking {
				t.Error("a wake-up is left behind")
			}
		})
	}
}

// The timer of a queue that nobody consumes any more would keep the whole broker until a lease ends.
func TestClosingTheLastConsumerStopsTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, c := waitingReceivers(t)
		q.mu.Lock()
		q.add(new(message), 0)
		q.notify(0)
		q.mu.Unlock()
		synctest.Wait() // one has received it, and two wait for the end of its lease
		w := &q.waiting
		if w.armed != transport.DefaultLease {
			t.Fatalf("the timer is set to %s, want %s", w.armed, transport.DefaultLease)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if w.armed == 0 {
			t.Error("the timer is stopped, and one still waits")
		}
		q.dismiss(w.head.consumer)
		if w.armed != 0 || w.timer.Stop() {
			t.Error("the timer still runs")
		}
	})
}

func TestTransportForgetsClosedConsumers(t *testing.T) {
	tr := New()
	c, err := tr.Subscribe(t.Context(), transport.Subscription{ID: transport.ID{Service: "s", Name: "n"}, Pattern: "*"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(tr.consumers) != 0 {
		t.Errorf("%d consumers are kept, want none", len(tr.consumers))
	}
}
