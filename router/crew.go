package router

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// crew are the workers of one listener, at most as many as its Concurrency. Each is a goroutine that receives
// deliveries and handles them one after the other; what waits in its hand, a worker that has nothing to do takes
// over. A worker touches what all share once for what it receives, and not for every delivery: between two
// processors that costs more than a quick handler.
//
// Two things must hold whenever the lock is free, or events would lie about:
//
//   - if a delivery waits in a hand and not all workers handle one, a worker is awake that will see it;
//   - if not all workers handle one, a worker receives, or is awake and will, or a watch is kept.
//
// One worker at a time is on its way to see to that, called by the one before it. The next is called when
// it has come and left something to do: a crowd woken at once would find nothing. Where handlers are quick none is
// called only to receive: the one at work is back sooner. The watch is for when it is not.
type crew struct {
	size  int
	procs int    // that workers can run on
	spawn func() // starts one more worker; it must not block

	mu        sync.Mutex
	pace      pace
	out       int       // deliveries received and not known to be done with
	receivers int       // the workers that receive
	asked     int       // for how many deliveries, all together
	backlog   bool      // the last who received got all that it had asked for
	present   []*worker // those that are there, and first the orphans
	coming    int       // those that were spawned and are not there yet
	parked    []*worker // the last to park is the first to be called: it is the warmest
	called    bool      // a worker is on its way
	dismissed bool      // nothing more will be received
	watch     watch
	settled   chan struct{} // closed when nothing is held; nil while nobody wants to know

	ended  chan struct{} // closed when nobody receives any more
	leases *leases       // of what is held
}

// worker is one goroutine of a crew, and what it has in hand.
type worker struct {
	call chan struct{} // holds one

	// Guarded by the crew's lock.
	shares bool      // more than one delivery came into its hand, and some may wait there
	since  time.Time // it came

	mu      sync.Mutex // taken with the crew's lock held or without, never the other way round
	current *transport.Delivery
	hand    []*transport.Delivery // to be handled next, last first
	done    int                   // deliveries that the crew does not know of yet
	seen    *transport.Delivery   // current, at the last beat
}

// newCrew returns a crew without workers. Its first member stands for nobody: what a worker leaves behind that
// ended while it had something in hand is in the hand of that one.
func newCrew(size int, leases *leases) *crew {
	return &crew{size: size, procs: runtime.GOMAXPROCS(0), leases: leases, ended: make(chan struct{}), present: []*worker{{shares: true}}}
}

// arrive says that a worker that was spawned is there.
func (c *crew) arrive() *worker {
	w := &worker{call: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.called = false
	c.coming--
	c.present = append(c.present, w)
	return w
}

// leave says that a worker is gone, whatever ended it.
func (c *crew) leave(w *worker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.mu.Lock()
	w.finish()
	left := w.hand
	w.mu.Unlock()
	c.report(w)
	c.present = slices.DeleteFunc(c.present, func(other *worker) bool { return other == w })
	orphans := c.present[0]
	orphans.mu.Lock()
	orphans.hand = append(orphans.hand, left...)
	orphans.mu.Unlock()
	c.summon()
}

// next returns what the worker has to do now that it is done with what it had: handle the delivery; or, if
// that is nil, receive as many as there is room for, and tell received of them; or, if that is 0, go.
func (c *crew) next(w *worker) (d *transport.Delivery, room int) {
	if d := w.rest(); d != nil {
		return d, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report(w)
	for {
		grace := c.grace()
		if c.takeOver(w, grace) {
			c.summon()
			return w.rest(), 0
		}
		if c.dismissed {
			return nil, 0
		}
		if room := c.room(); room > 0 {
			if grace > 0 {
				c.keepWatch()
			}
			c.receivers++
			c.asked += room
			return nil, room
		}
		if grace > 0 && c.takeOver(w, 0) {
			c.summon()
			return w.rest(), 0
		}
		c.parked = append(c.parked, w)
		c.mu.Unlock()
		<-w.call
		c.mu.Lock()
		c.called = false
	}
}

// rest ends the worker's turn with its delivery, and returns the next in its hand, nil if there is none.
func (w *worker) rest() *transport.Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finish()
	if n := len(w.hand); n > 0 {
		w.current, w.hand[n-1] = w.hand[n-1], nil
		w.hand = w.hand[:n-1]
	}
	return w.current
}

// finish ends the worker's turn with its delivery. Its lock is held.
func (w *worker) finish() {
	if w.current != nil {
		w.current = nil
		w.done++
	}
}

// report takes note of what the worker has done since the last time. mu is held.
func (c *crew) report(w *worker) {
	w.shares = false
	if w.done == 0 {
		return
	}
	c.out -= w.done
	c.pace.note(time.Since(w.since), w.done)
	w.done = 0
	if c.settled != nil && c.out == 0 {
		close(c.settled)
		c.settled = nil
	}
}

// grace is for how long others keep what waits in their hands, while the broker has enough for all: it is theirs in a
// moment, and would have to come from their processor to the worker's. If it is not, the watch sees to it. mu is held.
func (c *crew) grace() time.Duration {
	if c.procs > 1 && c.backlog && !c.dismissed && c.pace.quick() {
		return moment
	}
	return 0
}

// takeOver moves what waits in another's hand, for longer than grace, to the worker: half of it if they are handled
// quickly, else one. It returns false if there is nothing. mu is held.
func (c *crew) takeOver(w *worker, grace time.Duration) bool {
	for _, other := range c.present {
		if !other.shares || grace > 0 && time.Since(other.since) < grace {
			continue
		}
		other.mu.Lock()
		n := 1
		if c.pace.quick() {
			n = (len(other.hand) + 1) / 2
		}
		n = min(n, len(other.hand))
		w.hand = append(w.hand, other.hand[:n]...)
		other.hand = slices.Delete(other.hand, 0, n)
		other.mu.Unlock()
		if n > 0 {
			w.shares, w.since = n > 1, time.Now()
			return true
		}
	}
	return false
}

// waits says whether a delivery waits in a hand. mu is held.
func (c *crew) waits() bool {
	return slices.ContainsFunc(c.present, func(w *worker) bool {
		if !w.shares {
			return false
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.hand) > 0
	})
}

// room returns for how many deliveries one more worker may ask, 0 if it may not. One worker receives; if there is
// a backlog, others do so as well, unless handlers are quick and it would only wait for a processor. mu is held.
func (c *crew) room() int {
	if c.receivers > 0 && (!c.backlog || c.pace.quick() && len(c.present)-1-len(c.parked) > c.procs) {
		return 0
	}
	free := max(c.size-c.out-c.asked, 0)
	return max((free+c.receivers)/(c.receivers+1), c.pace.ahead())
}

// summon has a worker come if there is something to do and nobody on the way to it. mu is held.
func (c *crew) summon() {
	if c.called || !c.waits() && !c.vacant() {
		return
	}
	c.call()
}

// vacant says whether a worker is to be called to receive. mu is held.
func (c *crew) vacant() bool {
	if c.dismissed || c.room() == 0 {
		return false
	}
	if c.pace.quick() {
		c.keepWatch()
		return false
	}
	return true
}

// call has a worker come, if one is left. mu is held.
func (c *crew) call() {
	if n := len(c.parked); n > 0 {
		w := c.parked[n-1]
		c.parked = c.parked[:n-1]
		c.called = true
		w.call <- struct{}{}
	} else if len(c.present)-1+c.coming < c.size {
		c.called = true
		c.coming++
		c.spawn()
	}
}

// received puts what a worker has received, having asked for room, into its hand. last is true if nothing more
// will be received.
func (c *crew) received(w *worker, ds []*transport.Delivery, room int, last bool) {
	w.mu.Lock()
	for _, d := range slices.Backward(ds) {
		w.hand = append(w.hand, d)
	}
	w.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receivers--
	c.asked -= room
	c.out += len(ds)
	c.backlog = len(ds) == room
	c.watch.turns++
	if w.shares = len(ds) > 1; len(ds) > 0 {
		w.since = ds[0].Received()
		c.leases.arm()
	}
	if last || c.dismissed {
		c.dismissed = true
		c.end()
	} else {
		c.summon()
	}
}

// dismiss makes the workers go when they have handled what was received. A Receive that is under way is to be
// ended by its context; ended is closed when it has.
func (c *crew) dismiss() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dismissed = true
	c.end()
}

// end, when nobody receives any more, closes ended and calls all who are parked to go. mu is held.
func (c *crew) end() {
	if c.receivers > 0 {
		return
	}
	select {
	case <-c.ended:
		return
	default:
		close(c.ended)
	}
	c.watch.stop()
	for _, w := range c.parked {
		w.call <- struct{}{}
	}
	c.parked = nil
}
