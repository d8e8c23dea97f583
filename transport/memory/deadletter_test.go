package memory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// kill dead-letters a message for each ID in the subscription.
func kill(tb testing.TB, tr *memory.Transport, c transport.Consumer, names ...string) {
	tb.Helper()
	send(tb, tr, "Order", names...)
	for range names {
		d := receive(tb, c, 1)[0]
		ok(tb, d.DeadLetter(tb.Context(), errors.New("no "+d.Message.ID)))
	}
}

// list returns what the dead letters are of, and their IDs.
func list(tb testing.TB, dl transport.DeadLetters, after string, limit int) (messages, letters []string) {
	tb.Helper()
	page, err := dl.List(tb.Context(), after, limit)
	ok(tb, err)
	for _, l := range page {
		messages, letters = append(messages, l.Message.ID), append(letters, l.ID)
	}
	return messages, letters
}

func TestDeadLetterSaysWhy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1")
		d := take(t, c, 1, "1")[0]
		d.Fail(errors.New("first"))
		time.Sleep(time.Second)
		d.Fail(errors.New("second"))
		failed := time.Now().UTC()
		time.Sleep(time.Second)
		ok(t, d.DeadLetter(t.Context(), errors.New("enough")))
		page, err := deadLetters(t, tr, s).List(t.Context(), "", 10)
		ok(t, err)
		l := page[0]
		equal(t, "message", l.Message.ID, "1")
		equal(t, "listener", l.Why.Listener, "service/s")
		equal(t, "reason", l.Why.Reason, "enough")
		equal(t, "attempts", len(l.Why.Attempts), 2)
		equal(t, "last failure", l.Why.LastFailure, failed)
		equal(t, "death", l.Time, time.Now().UTC())
	})
}

func TestListPages(t *testing.T) {
	tr := memory.New()
	s := sub("s", "Order")
	c := subscribe(t, tr, s)
	dl := deadLetters(t, tr, s)
	got, _ := list(t, dl, "", 10)
	same(t, "letters", got, nil)
	kill(t, tr, c, "1", "2", "3", "3", "5")

	got, letters := list(t, dl, "", 10)
	same(t, "letters", got, []string{"1", "2", "3", "3", "5"}) // one that died twice is there twice
	got, _ = list(t, dl, "", 2)
	same(t, "first page", got, []string{"1", "2"})
	got, _ = list(t, dl, letters[1], 2)
	same(t, "second page", got, []string{"3", "3"})
	got, _ = list(t, dl, letters[3], 2)
	same(t, "third page", got, []string{"5"})
	got, _ = list(t, dl, letters[4], 2)
	same(t, "behind the last", got, nil)
	got, _ = list(t, dl, "", 0)
	same(t, "none", got, nil)

	_, err := dl.Purge(t.Context(), letters[1], letters[2])
	ok(t, err)
	got, _ = list(t, dl, letters[1], 2) // gone, and still a place
	same(t, "second page", got, []string{"3", "5"})
	if _, err = dl.List(t.Context(), "x", 1); err == nil ||
		err.Error() != `memory: list dead letters of service/s: "x" is not the ID of a dead letter` {
		t.Error(err)
	}
}

func TestRedriveGoesToItsSubscriptionOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		s.MaxReceives = 2
		c := subscribe(t, tr, s)
		other := subscribe(t, tr, sub("other", "Order"))
		send(t, tr, "Order", "1")
		ack(t, other, 10, "1")
		d := take(t, c, 1, "1")[0]
		d.Fail(errors.New("no"))
		ok(t, d.Retry(t.Context()))
		ok(t, take(t, c, 1, "1")[0].DeadLetter(t.Context(), errors.New("no")))
		time.Sleep(time.Hour)

		ok(t, tr.Idle(t.Context()))
		n, err := deadLetters(t, tr, s).Redrive(t.Context())
		ok(t, err)
		equal(t, "redriven", n, 1)
		equal(t, "depth", depth(t, tr, s), transport.Depth{Ready: 1})
		nothing(t, other)
		d = take(t, c, 10, "1")[0]
		equal(t, "receives", d.Receives, 1)
		equal(t, "failures", len(d.Failures()), 0)
		ok(t, d.DeadLetter(t.Context(), errors.New("again"))) // a message may die twice
		_, letters := list(t, deadLetters(t, tr, s), "", 10)
		same(t, "letters", letters, []string{"2"})
	})
}

func TestRedriveWakesAReceiver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		kill(t, tr, c, "1")
		time.AfterFunc(time.Second, func() {
			if _, err := deadLetters(t, tr, s).Redrive(t.Context()); err != nil {
				t.Error(err)
			}
		})
		take(t, c, 1, "1")
	})
}

func TestChosenDeadLetters(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		kill(t, tr, c, "a", "b", "c", "d", "e")
		dl := deadLetters(t, tr, s)

		n, err := dl.Redrive(t.Context(), "4", "2", "2", "99", "x", "02", "0")
		equal(t, "redriven", n, 2)
		want := "memory: redrive dead letters of service/s: " +
			"no dead letter \"99\"\nno dead letter \"x\"\nno dead letter \"02\"\nno dead letter \"0\""
		if err == nil || err.Error() != want {
			t.Errorf("the error is %v", err)
		}
		take(t, c, 10, "b", "d")
		n, err = dl.Purge(t.Context(), "4", "5")
		equal(t, "purged", n, 1)
		if err == nil || err.Error() != `memory: purge dead letters of service/s: no dead letter "4"` {
			t.Errorf("the error is %v", err)
		}
		got, _ := list(t, dl, "", 10)
		same(t, "left", got, []string{"a", "c"})
		n, err = dl.Purge(t.Context())
		ok(t, err)
		equal(t, "purged", n, 2)
		n, err = dl.Redrive(t.Context())
		ok(t, err)
		equal(t, "redriven", n, 0)
		kill(t, tr, c, "f")
		_, letters := list(t, dl, "", 10)
		same(t, "letters", letters, []string{"6"}) // an ID is not used again
	})
}

func TestDeadLettersOfAnUnknownSubscription(t *testing.T) {
	_, err := memory.New().DeadLetters(t.Context(), sub("s", "").ID)
	if err == nil || err.Error() != "memory: dead letters of service/s: no such subscription" {
		t.Error(err)
	}
}
