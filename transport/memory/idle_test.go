package memory_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestIdleWaitsForTheLastMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		ok(t, tr.Idle(t.Context()))
		a, b := subscribe(t, tr, sub("a", "Order")), subscribe(t, tr.Connect(), sub("b", "*"))
		idle := make(chan time.Time, 2)
		start := time.Now()
		send(t, tr, "Order", "1")
		for range 2 {
			go func() { ok(t, tr.Connect().Idle(t.Context())); idle <- time.Now() }()
		}
		synctest.Wait()
		d := take(t, a, 1, "1")[0]
		d.SetRetryDelay(time.Minute)
		ok(t, d.Retry(t.Context()))
		ack(t, b, 1, "1")
		ack(t, a, 1, "1")
		for range 2 {
			equal(t, "idle after", (<-idle).Sub(start), time.Minute)
		}

		send(t, tr, "Order", "2")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		fails(t, tr.Idle(ctx), context.DeadlineExceeded, "memory: idle: context deadline exceeded")
		ack(t, a, 1, "2")
		ok(t, take(t, b, 1, "2")[0].DeadLetter(t.Context(), errors.New("no")))
		ok(t, tr.Idle(t.Context()))
	})
}

// Each handled message publishes the next before it is acked: there is no moment of idleness between.
func TestIdleSeesFollowUpMessages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const chain = 1000
		tr := memory.New()
		var handled atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		for step := range 2 {
			c := subscribe(t, tr, sub(fmt.Sprint(step), fmt.Sprintf("Step%d", step)))
			go func() {
				for {
					ds, err := c.Receive(ctx, 1)
					if err != nil {
						return
					}
					if handled.Add(1) < chain {
						send(t, tr, fmt.Sprintf("Step%d", 1-step), "next")
					}
					ok(t, ds[0].Ack(ctx))
				}
			}()
		}
		send(t, tr, "Step0", "first")
		ok(t, tr.Idle(ctx))
		equal(t, "handled", handled.Load(), chain)
		cancel()
	})
}

// A publish that waits for room is work to come.
func TestIdleSeesWaitingPublishers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(1))
		c := subscribe(t, tr, sub("s", "Order"))
		send(t, tr, "Order", "1")
		ended := post(t.Context(), tr, "Order", "2")
		idle := make(chan error, 1)
		go func() { idle <- tr.Idle(t.Context()) }()
		ack(t, c, 1, "1")
		waits(t, idle)
		ok(t, <-ended)
		ack(t, c, 1, "2")
		ok(t, <-idle)
	})
}

func TestDepth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		equal(t, "depth", depth(t, tr, s), transport.Depth{})
		send(t, tr, "Order", "1")
		time.Sleep(time.Second)
		send(t, tr, "Order", "2", "3", "4")
		time.Sleep(time.Second)
		ds := take(t, c, 3, "1", "2", "3")
		ds[1].SetRetryDelay(time.Minute)
		ok(t, ds[1].Retry(t.Context()))
		equal(t, "depth", depth(t, tr, s), transport.Depth{Ready: 1, InFlight: 2, Delayed: 1, Oldest: 2 * time.Second})
		ok(t, ds[2].DeadLetter(t.Context(), errors.New("no")))
		ok(t, ds[0].Ack(t.Context()))
		equal(t, "depth", depth(t, tr, s), transport.Depth{Ready: 1, Delayed: 1, DeadLetters: 1, Oldest: time.Second})
		time.Sleep(time.Minute)
		equal(t, "depth", depth(t, tr, s), transport.Depth{Ready: 2, DeadLetters: 1, Oldest: time.Minute + time.Second})
	})
}
