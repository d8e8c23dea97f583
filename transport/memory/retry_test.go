package memory_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestRetryAtOnceGoesToTheEndOfTheLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "poison", "2", "3")
		for _, id := range []string{"poison", "2", "3", "poison"} {
			d := take(t, c, 1, id)[0]
			if id == "poison" {
				ok(t, d.Retry(t.Context()))
			} else {
				ok(t, d.Ack(t.Context()))
			}
		}
	})
}

func TestRetryAfterADelay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		delays := []time.Duration{time.Hour, time.Second, time.Minute, time.Second}
		send(t, tr, "Order", "0", "1", "2", "3")
		for i, d := range take(t, c, 10, "0", "1", "2", "3") {
			d.SetRetryDelay(delays[i])
			ok(t, d.Retry(t.Context()))
		}
		equal(t, "depth", depth(t, tr, s), transport.Depth{Delayed: 4})
		start := time.Now()
		send(t, tr, "Order", "4")
		ack(t, c, 10, "4") // others pass it by
		ack(t, c, 10, "1", "3")
		equal(t, "waited", time.Since(start), time.Second)
		ack(t, c, 10, "2")
		equal(t, "waited", time.Since(start), time.Minute)
		equal(t, "receives", take(t, c, 10, "0")[0].Receives, 2)
		equal(t, "waited", time.Since(start), time.Hour)
	})
}

// A message that came back before another was published is received before it.
func TestDelayedMessageIsInLineFromWhenItIsDue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "1", "2")
		d := take(t, c, 1, "1")[0]
		d.SetRetryDelay(time.Second)
		ok(t, d.Retry(t.Context()))
		time.Sleep(time.Minute)
		send(t, tr, "Order", "3")
		take(t, c, 10, "2", "1", "3")
	})
}

// A retry that is due before whatever the waiting receiver was told to wait for.
func TestReceiverLearnsOfAnEarlierDelay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "1")
		d := take(t, c, 1, "1")[0]
		start := time.Now()
		time.AfterFunc(time.Second, func() {
			d.SetRetryDelay(time.Second)
			ok(t, d.Retry(t.Context()))
		})
		take(t, c, 1, "1")
		equal(t, "waited", time.Since(start), 2*time.Second)
	})
}

func TestRetryDelayIsCutToTheLongest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "1")
		d := take(t, c, 1, "1")[0]
		d.SetRetryDelay(math.MaxInt64)
		ok(t, d.Retry(t.Context()))
		start := time.Now()
		ack(t, c, 1, "1")
		equal(t, "waited", time.Since(start), memory.MaxDelay)
	})
}

func TestFailuresComeBackWithTheNextDelivery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1")
		for delivery := range 3 {
			d := take(t, c, 1, "1")[0]
			equal(t, "failures", len(d.Failures()), 2*delivery)
			equal(t, "redeliveries", d.Redeliveries(), delivery)
			for attempt := range 2 {
				d.Fail(fmt.Errorf("delivery %d, attempt %d", delivery, attempt))
			}
			d.SetRetryDelay(time.Second)
			ok(t, d.Retry(t.Context()))
		}
		d := take(t, c, 1, "1")[0]
		equal(t, "oldest failure", d.Failures()[0].Error, "delivery 0, attempt 0")
		equal(t, "latest failure", d.Failures()[5].Error, "delivery 2, attempt 1")
		ok(t, d.Release(t.Context())) // forgets none of it
		ok(t, take(t, c, 1, "1")[0].DeadLetter(t.Context(), errors.New("no")))
		letters, err := deadLetters(t, tr, s).List(t.Context(), "", 1)
		ok(t, err)
		equal(t, "attempts", len(letters[0].Why.Attempts), 6)
	})
}

// A message that is retried for ever does not grow for ever, and its record says what it does not show.
func TestFailuresAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1")
		for i := range 99 {
			d := take(t, c, 1, "1")[0]
			d.Fail(fmt.Errorf("failure %d", i+1))
			ok(t, d.Retry(t.Context()))
		}
		d := take(t, c, 1, "1")[0]
		kept := d.Failures()
		equal(t, "kept", len(kept), 20)
		equal(t, "first", kept[0].Error, "failure 1")
		equal(t, "second", kept[1].Error, "failure 81")
		equal(t, "last", kept[19].Error, "failure 99")
		d.Fail(errors.New("failure 100"))
		ok(t, d.DeadLetter(t.Context(), errors.New("enough")))
		letters, err := deadLetters(t, tr, s).List(t.Context(), "", 1)
		ok(t, err)
		why := letters[0].Why
		equal(t, "attempts", len(why.Attempts), 20)
		equal(t, "omitted", why.Omitted, 80)
		equal(t, "receives", why.Receives, 100)
	})
}
