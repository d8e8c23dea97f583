package memory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// post publishes in a goroutine of its own and returns how it ended.
func post(ctx context.Context, tr *memory.Transport, channel, id string) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- tr.Publish(ctx, &transport.Message{ID: id, Channel: channel}) }()
	synctest.Wait()
	return ended
}

// waits checks that a publish has not ended yet.
func waits(tb testing.TB, ended <-chan error) {
	tb.Helper()
	synctest.Wait()
	select {
	case err := <-ended:
		tb.Fatalf("the publish does not wait, it returned %v", err)
	default:
	}
}

func TestPublishWaitsForRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(3))
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "ready", "out", "delayed")
		ds := take(t, c, 3, "ready", "out", "delayed")
		ok(t, ds[0].Release(t.Context()))
		ds[2].SetRetryDelay(time.Second)
		ok(t, ds[2].Retry(t.Context()))

		ended := post(t.Context(), tr, "Order", "4")
		waits(t, ended)
		send(t, tr, "Other", "goes nowhere, and so waits for nothing")
		ok(t, ds[1].Ack(t.Context()))
		ok(t, <-ended)
		ended = post(t.Context(), tr, "Order", "5")
		waits(t, ended)
		ok(t, take(t, c, 1, "ready")[0].DeadLetter(t.Context(), errors.New("no")))
		ok(t, <-ended)
		equal(t, "pending", depth(t, tr, s).Pending(), 3)
	})
}

func TestMaxReceivesMakesRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(1))
		s := sub("s", "Order")
		s.MaxReceives = 1
		c := subscribe(t, tr, s)
		send(t, tr, "Order", "1")
		take(t, c, 1, "1")
		ended := post(t.Context(), tr, "Order", "2")
		waits(t, ended)
		take(t, c, 1, "2")
		ok(t, <-ended)
	})
}

func TestPublishersWaitInLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(1))
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "0")
		var ended []<-chan error
		for i := 1; i < 5; i++ {
			ended = append(ended, post(t.Context(), tr, "Order", fmt.Sprint(i)))
		}
		for i := range 5 {
			ack(t, c, 1, fmt.Sprint(i))
		}
		for _, e := range ended {
			ok(t, <-e)
		}
	})
}

func TestWaitingPublishEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(1))
		c, roomy := subscribe(t, tr, sub("s", "Order")), subscribe(t, tr, sub("roomy", "*"))
		send(t, tr, "Order", "1")
		ack(t, roomy, 1, "1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late := post(ctx, tr, "Order", "2")
		patient := post(t.Context(), tr, "Order", "3")
		fails(t, <-late, context.DeadlineExceeded, "memory: publish Order: context deadline exceeded")
		waits(t, patient)
		nothing(t, roomy) // nobody got 2
		ack(t, c, 1, "1")
		ok(t, <-patient)
		ack(t, c, 1, "3")
		ack(t, roomy, 1, "3")
		ok(t, tr.Idle(t.Context()))
	})
}

func TestRejectWhenFull(t *testing.T) {
	tr := memory.New(memory.MaxDepth(2), memory.RejectWhenFull())
	order, all := subscribe(t, tr, sub("order", "Order")), subscribe(t, tr, sub("all", "*"))
	send(t, tr, "Order", "1")
	send(t, tr, "Customer", "2")
	full := "memory: publish Order: service/all holds 2 messages: queue is full"
	fails(t, tr.Publish(t.Context(), &transport.Message{ID: "3", Channel: "Order"}), transport.ErrFull, full)
	ack(t, order, 10, "1") // and not 3
	ack(t, all, 1, "1")
	send(t, tr, "Order", "4")
	ack(t, order, 10, "4")
	ack(t, all, 10, "2", "4")
	ok(t, tr.Idle(t.Context()))
}

// A publisher that waits for a stuck subscription takes nothing from the others.
func TestStuckSubscriptionCostsTheOthersNoRoom(t *testing.T) {
	for _, name := range []string{"a", "z"} { // declared before the other, or after it
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				tr := memory.New(memory.MaxDepth(1))
				if name == "a" {
					subscribe(t, tr, sub("stuck", "Order"))
				}
				free := subscribe(t, tr, sub("free", "*"))
				if name == "z" {
					subscribe(t, tr, sub("stuck", "Order"))
				}
				send(t, tr, "Order", "1")
				ack(t, free, 1, "1")
				ctx, cancel := context.WithCancel(t.Context())
				var stuck []<-chan error
				for range 5 {
					stuck = append(stuck, post(ctx, tr, "Order", "never"))
				}
				for range 10 {
					send(t, tr, "Customer", "2")
					ack(t, free, 1, "2")
				}
				cancel()
				for _, ended := range stuck {
					if err := <-ended; !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				}
			})
		})
	}
}

// A publisher that finds room in one full subscription and not in another waits there, at the place of its
// arrival, and gets both.
func TestPublisherWaitsForSeveralSubscriptions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(1))
		a, b := subscribe(t, tr, sub("a", "A*")), subscribe(t, tr, sub("b", "*B"))
		send(t, tr, "AB", "1")
		both := post(t.Context(), tr, "AB", "2") // stands in line at a
		onlyB := post(t.Context(), tr, "B", "3")
		onlyA := post(t.Context(), tr, "A", "4")
		ack(t, a, 1, "1") // now 2 stands in line at b, before 3; 4 goes
		ok(t, <-onlyA)
		waits(t, both)
		ack(t, a, 1, "4")
		waits(t, both)
		ack(t, b, 1, "1")
		ok(t, <-both)
		waits(t, onlyB)
		ack(t, a, 1, "2")
		ack(t, b, 1, "2")
		ok(t, <-onlyB)
		ack(t, b, 1, "3")
		ok(t, tr.Idle(t.Context()))
	})
}

func TestRedriveExceedsTheDepth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(2))
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		for range 2 {
			send(t, tr, "Order", "1", "2")
			for _, d := range take(t, c, 2, "1", "2") {
				ok(t, d.DeadLetter(t.Context(), errors.New("no")))
			}
		}
		n, err := deadLetters(t, tr, s).Redrive(t.Context())
		ok(t, err)
		equal(t, "redriven", n, 4)
		ended := post(t.Context(), tr, "Order", "3")
		ack(t, c, 2, "1", "2")
		waits(t, ended)
		ack(t, c, 1, "1")
		ok(t, <-ended)
		ack(t, c, 2, "2", "3")
		ok(t, tr.Idle(t.Context()))
	})
}

// A publish whose ctx ends just when there is room either took it and published, or did neither.
func TestRoomAtTheSameMomentAsTheEnd(t *testing.T) {
	for range 100 {
		bubble(t, func(t *testing.T) {
			tr := memory.New(memory.MaxDepth(1))
			c := subscribe(t, tr, sub("s", "Order"))
			send(t, tr, "Order", "1")
			ctx, cancel := context.WithCancel(t.Context())
			ended := post(ctx, tr, "Order", "2")
			cancel()
			ack(t, c, 1, "1")
			if err := <-ended; err == nil {
				ack(t, c, 1, "2")
			} else if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			send(t, tr, "Order", "3") // there is room
			ack(t, c, 1, "3")
			ok(t, tr.Idle(t.Context()))
		})
	}
}
