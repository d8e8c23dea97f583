package memory

import (
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
			q.add(&newMessage(&transport.Message{}, 0).first, 0)
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
		other := q.waiting.head.next
		q.mu.Unlock()
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if q.waiting.count() != 1 || q.waiting.head != other || other.woken {
			t.Errorf("%d receivers wait, want the one of the other consumer", q.waiting.count())
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
