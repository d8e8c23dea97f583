package memory

import (
	"context"
	"time"
)

// waiters are the Receive calls of a queue that wait, first come, first served, and the one timer by which
// they learn that a lease or a delay has ended. Guarded by the queue's lock.
type waiters struct {
	queue      *queue
	head, tail *receiver
	waking     bool // one was woken and has not got the lock yet
	bell       bool // the next publisher wakes one
	spare      []*receiver

	timer *time.Timer
	armed time.Duration // when the timer is set to; 0 if it is not
}

// maxSpare bounds the receivers that are kept for the next to wait.
const maxSpare = 64

// receiver is one call that waits.
type receiver struct {
	prev, next *receiver
	consumer   *consumer
	wake       chan struct{} // holds one; sent under the lock
	woken      bool          // it is out of the line
	instead    bool          // it was woken to receive, instead of others
}

// wait gives up the lock until the call is woken, or ctx ends.
func (w *waiters) wait(ctx context.Context, c *consumer, now time.Duration) {
	r := w.enter(c)
	w.queue.notify(now)
	w.queue.mu.Unlock()
	select {
	case <-r.wake:
	case <-ctx.Done():
	}
	w.queue.mu.Lock()
	w.exit(r)
}

func (w *waiters) enter(c *consumer) *receiver {
	var r *receiver
	if n := len(w.spare); n > 0 {
		r = w.spare[n-1]
		w.spare = w.spare[:n-1]
	} else {
		r = &receiver{wake: make(chan struct{}, 1)}
	}
	r.consumer, r.prev = c, w.tail
	if w.tail != nil {
		w.tail.next = r
	} else {
		w.head = r
	}
	w.tail = r
	return r
}

func (w *waiters) exit(r *receiver) {
	if !r.woken {
		w.unlink(r)
	}
	if r.instead {
		w.waking = false
	}
	select {
	case <-r.wake: // it was woken and its ctx ended as well
	default:
	}
	*r = receiver{wake: r.wake}
	if len(w.spare) < maxSpare {
		w.spare = append(w.spare, r)
	}
}

func (w *waiters) unlink(r *receiver) {
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		w.head = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	} else {
		w.tail = r.prev
	}
}

func (w *waiters) signal(r *receiver) {
	w.unlink(r)
	r.woken = true
	r.wake <- struct{}{}
}

func (w *waiters) wakeFirst() bool {
	r := w.head
	if r == nil {
		return false
	}
	r.instead = true
	w.signal(r)
	return true
}

func (w *waiters) wakeAll(c *consumer) {
	for r := w.head; r != nil; {
		next := r.next
		if r.consumer == c {
			w.signal(r)
		}
		r = next
	}
}

// arm sets the timer to the next end of a lease or a delay, if somebody waits for it. A timer that is
// set to an earlier time is left alone: it finds nothing, and is set anew then. So there is about one
// setting for a lease's length, and not one for every message.
func (w *waiters) arm(now time.Duration) {
	if w.head == nil {
		return
	}
	due, ok := w.queue.nextDue()
	if !ok || w.armed != 0 && w.armed <= due {
		return
	}
	w.armed = due
	if w.timer == nil {
		w.timer = time.AfterFunc(due-now, w.fire)
	} else {
		w.timer.Reset(due - now)
	}
}

// disarm stops the timer if nobody waits for it: until it fires it would keep the broker in memory.
func (w *waiters) disarm() {
	if w.head == nil && w.armed != 0 {
		w.timer.Stop()
		w.armed = 0
	}
}

func (w *waiters) fire() {
	q := w.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	w.armed = 0
	now := q.broker.now()
	q.advance(now)
	q.notify(now)
}

// nextDue returns when the first lease or delay ends.
func (q *queue) nextDue() (due time.Duration, ok bool) {
	if q.leased.head != nil {
		due, ok = q.leased.head.due, true
	}
	if len(q.delayed) > 0 && (!ok || q.delayed[0].due < due) {
		due, ok = q.delayed[0].due, true
	}
	return due, ok
}
