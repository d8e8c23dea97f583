package router

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
)

// counting is a receipt that knows what became of its delivery.
type counting struct {
	transport.Receipt

	released int
}

func (c *counting) Release(context.Context) error { c.released++; return nil }

func (c *counting) Extend(context.Context, time.Duration) error { return nil }

// newTestCrew returns a crew with workers that are there, and counts whom it calls.
func newTestCrew(size, workers int) (c *crew, ws []*worker, spawned *atomic.Int32) {
	c = newCrew(size, newLeases(time.Hour, slog.New(slog.DiscardHandler)))
	c.procs = 2
	c.leases.beat = func() {}
	spawned = new(atomic.Int32)
	c.spawn = func() { spawned.Add(1) }
	for range workers {
		c.coming++
		ws = append(ws, c.arrive())
	}
	return c, ws, spawned
}

func deliveries(n int) (ds []*transport.Delivery, receipts []*counting) {
	for range n {
		r := &counting{}
		receipts = append(receipts, r)
		ds = append(ds, transport.NewDelivery(&transport.Message{}, &transport.Subscription{}, 1, nil, r))
	}
	return ds, receipts
}

// get has a worker receive n deliveries for as many as there is room, and start with the first.
func get(t *testing.T, c *crew, w *worker, n int) (ds []*transport.Delivery, receipts []*counting) {
	t.Helper()
	d, room := c.next(w)
	if d != nil || room < n {
		t.Fatalf("next: %v and room for %d, want room for %d", d, room, n)
	}
	ds, receipts = deliveries(n)
	c.received(w, append([]*transport.Delivery{}, ds...), room, false)
	if first, _ := c.next(w); first != ds[0] {
		t.Fatal("a worker does not start with the first that it received")
	}
	return ds, receipts
}

func TestPace(t *testing.T) {
	var p pace
	want := func(what string, ahead int) {
		t.Helper()
		if got := p.ahead(); got != ahead {
			t.Errorf("%s: %d ahead, want %d", what, got, ahead)
		}
	}
	want("nothing is known", 0)
	p.note(0, 1)
	want("time stands still", 0)
	for range 50 {
		p.note(20*time.Microsecond, 10)
	}
	want("2 us each", maxAhead)
	p.note(10*time.Microsecond, 1)
	want("one of 10 us", 10)
	p.note(time.Second, 1)
	want("a slow one", 0)
	for range 3 {
		p.note(time.Microsecond, 1)
	}
	want("quick again, believed little by little", 2)
}

// What waits behind a handler is for whoever has nothing to do: one each, or half if handlers are quick.
func TestTakeOver(t *testing.T) {
	for _, quick := range []bool{false, true} {
		c, ws, _ := newTestCrew(8, 3)
		ds, _ := get(t, c, ws[0], 7)
		want := ds[1:2]
		if quick {
			c.pace.each = time.Microsecond
			want = ds[4:7] // the last ones: the first are for the worker that has them
		}
		first, _ := c.next(ws[1])
		got := append([]*transport.Delivery{first}, ws[1].hand...)
		if len(got) != len(want) {
			t.Fatalf("quick %t: %d taken over, want %d", quick, len(got), len(want))
		}
		if n := len(ws[0].hand) + len(got) + 1; n != len(ds) {
			t.Errorf("quick %t: %d deliveries are left of %d", quick, n, len(ds))
		}
		if second, _ := c.next(ws[2]); second == nil || second == first {
			t.Errorf("quick %t: the next worker gets nothing of its own", quick)
		}
	}
}

// While the broker has enough for all, hands are left to those whose they are for a moment; and if one of these is held
// up, the watch has what waits in its hand taken over, although another worker receives.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, ws, spawned := newTestCrew(8, 3)
		c.procs = 2
		get(t, c, ws[0], 7)
		c.pace.each, c.backlog = time.Microsecond, true
		if d, room := c.next(ws[1]); d != nil || room == 0 {
			t.Fatal("a hand was taken over at once, and the broker has enough")
		}
		for spawned.Store(0); spawned.Load() == 0; {
			c.mu.Lock()
			c.called = false // whoever was called is held up as well
			c.mu.Unlock()
			time.Sleep(watchEvery)
			synctest.Wait()
			if time.Since(ws[0].since) > 3*watchEvery {
				t.Fatal("nobody is called for a hand that waits")
			}
		}
		if d, _ := c.next(ws[2]); d == nil {
			t.Error("the worker that was called finds nothing")
		}

		time.Sleep(moment)
		c.mu.Lock()
		c.pace.each, c.backlog, c.receivers, c.called = time.Microsecond, true, 0, false
		c.mu.Unlock()
		if d, _ := c.next(c.arrive()); d == nil {
			t.Error("a hand that has waited for a moment was not taken over")
		}
		c.dismiss()
	})
}

// A crew holds no more than its size unless its handlers are quick, and only one worker receives unless there is
// a backlog.
func TestRoom(t *testing.T) {
	c, ws, spawned := newTestCrew(4, 2)
	_, room := c.next(ws[0])
	if room != 4 {
		t.Fatalf("room for %d, want 4", room)
	}
	if r := c.room(); r != 0 {
		t.Errorf("room for %d more, and one receives already", r)
	}
	ds, _ := deliveries(4)
	c.received(ws[0], ds, room, false)
	if r := c.room(); r != 0 {
		t.Errorf("room for %d more, and all of it is taken", r)
	}
	if spawned.Load() != 1 {
		t.Errorf("%d workers were called for what waits, want one at a time", spawned.Load())
	}
	c.pace.each = 10 * time.Microsecond
	if r := c.room(); r != 10 {
		t.Errorf("quick handlers have room for %d, want what takes them a moment, 10", r)
	}
}

// A worker that ends with something in its hand leaves it to the others.
func TestOrphans(t *testing.T) {
	c, ws, _ := newTestCrew(4, 2)
	ds, _ := get(t, c, ws[0], 2)
	c.leave(ws[0])
	if d, _ := c.next(ws[1]); d != ds[1] {
		t.Error("nobody takes over what a worker left behind")
	}
}

// What is stuck behind a handler goes back to the broker.
func TestStuckHandsGoBack(t *testing.T) {
	c, ws, _ := newTestCrew(4, 2)
	_, receipts := get(t, c, ws[0], 3)
	c.leases.extend(t.Context(), c)
	if receipts[1].released != 0 {
		t.Fatal("handed back at the first beat")
	}
	c.leases.extend(t.Context(), c)
	for i, r := range receipts {
		if want := min(i, 1); r.released != want {
			t.Errorf("delivery %d was released %d times, want %d", i, r.released, want)
		}
	}
	if c.left() != 1 || c.out != 1 {
		t.Errorf("%d are held and %d out, want the one that is handled", c.left(), c.out)
	}
}

// A drain hands back what waits behind handlers that do not return.
func TestUnstarted(t *testing.T) {
	c, ws, _ := newTestCrew(4, 1)
	get(t, c, ws[0], 3)
	c.dismiss()
	<-c.ended
	if n := len(c.unstarted()); n != 2 {
		t.Errorf("%d are unstarted, want 2", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c.settle(ctx) {
		t.Error("settled, and a handler runs")
	}
	if d, room := c.next(ws[0]); d != nil || room != 0 {
		t.Error("a worker goes on after it was dismissed")
	}
	if !c.settle(t.Context()) {
		t.Error("not settled")
	}
}

// Where handlers are quick, a backlog has only as many workers receive as there are processors.
func TestCrowd(t *testing.T) {
	c, ws, _ := newTestCrew(8, 3)
	c.pace.each = time.Microsecond
	if _, room := c.next(ws[0]); room != maxAhead {
		t.Fatalf("room for %d, want %d", room, maxAhead)
	}
	c.backlog = true
	if r := c.room(); r != 0 {
		t.Errorf("room for %d more, with 3 workers at work on 2 processors", r)
	}
	c.procs = 3
	if r := c.room(); r != maxAhead {
		t.Errorf("room for %d more, want %d with a processor for each worker", r, maxAhead)
	}
}

// Where handlers are quick nobody is called only to receive, until one is not quick after all.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, ws, spawned := newTestCrew(4, 1)
		c.pace.each = time.Microsecond
		get(t, c, ws[0], 1)
		if spawned.Load() != 0 {
			t.Fatal("a worker is called to receive although handlers are quick")
		}
		time.Sleep(watchEvery)
		synctest.Wait()
		if spawned.Load() != 0 {
			t.Error("a worker is called at the first look, and somebody has received since the last")
		}
		time.Sleep(watchEvery)
		synctest.Wait()
		if spawned.Load() != 1 || c.pace.quick() {
			t.Errorf("%d workers are called for a handler that is not quick, want 1; quick: %t", spawned.Load(), c.pace.quick())
		}

		c.called, c.pace.each = false, time.Microsecond
		c.keepWatch()
		if _, room := c.next(c.arrive()); room == 0 {
			t.Fatal("the worker that came does not receive")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if c.watch.kept || spawned.Load() != 1 {
			t.Error("watch is kept although a worker receives")
		}
		c.receivers = 0
		c.keepWatch()
		c.dismiss()
		if c.watch.kept || c.watch.timer.Stop() {
			t.Error("watch is kept over a crew that is dismissed")
		}
	})
}
