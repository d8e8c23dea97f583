package router_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// far is a transport whose broker takes a second to hear of an ack. It is for use in a bubble.
func far() *broken {
	return &broken{
		Transport: memory.New(),
		features:  func(f transport.Features) transport.Features { f.Remote = true; return f },
		extend:    func() error { return nil },
		ack:       func() { time.Sleep(time.Second) },
	}
}

// One worker handles a hundred events while the broker has not heard of the first.
func TestNoWorkerWaitsForABrokerElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := far()
		var handled counter
		l := listen("a", "Order", func(*message.Message) error { handled.add("order"); return nil })
		l.Concurrency = 1
		_, stop := start(t, tr, router.Config{}, l)
		publish(t, tr, "Order", 100)
		time.Sleep(500 * time.Millisecond)
		if n := handled.get("order"); n != 100 {
			t.Errorf("after half a second %d of 100 events were handled", n)
		}
		began := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < 400*time.Millisecond || took > time.Second {
			t.Errorf("the drain took %s, and the broker hears of the last half a second later", took)
		}
		again := 0
		_, stop = start(t, tr.Transport, router.Config{}, listen("a", "Order", func(*message.Message) error { again++; return nil }))
		time.Sleep(time.Hour)
		if err := stop(); err != nil || again > 0 {
			t.Errorf("%d events whose handlers had finished came again (%v)", again, err)
		}
	})
}

// So many outcomes are under way and no more: then workers wait for their own.
func TestOutcomesUnderWayAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := far()
		var handled counter
		l := listen("a", "Order", func(*message.Message) error { handled.add("order"); return nil })
		l.Concurrency = 2
		_, stop := start(t, tr, router.Config{}, l)
		publish(t, tr, "Order", 1000)
		time.Sleep(500 * time.Millisecond)
		if n := handled.get("order"); n < 512 || n > 512+l.Concurrency { // each worker may wait for one of its own
			t.Errorf("%d events were handled before the broker heard of any, want 512 and one for each worker at most", n)
		}
		time.Sleep(time.Minute)
		if n := handled.get("order"); n != 1000 {
			t.Errorf("%d of 1,000 events were handled", n)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A broker that never hears ends the drain at its timeout.
func TestDrainDoesNotWaitForEverForTheBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := far()
		release := make(chan struct{})
		tr.ack = func() { <-release }
		_, stop := start(t, tr, router.Config{DrainTimeout: 10 * time.Second}, listen("a", "Order", func(*message.Message) error { return nil }))
		publish(t, tr, "Order", 1)
		synctest.Wait()
		began := time.Now()
		err := stop()
		if took := time.Since(began); took < 10*time.Second || took > time.Minute {
			t.Errorf("the drain took %s, its timeout is 10 s", took)
		}
		if !errors.Is(err, transport.ErrDrained) || !strings.Contains(err.Error(), "the broker has not heard of 1 handled messages") {
			t.Errorf("Run returned %v", err)
		}
		close(release)
	})
}
