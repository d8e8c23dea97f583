package sqs

import "time"

// waiters are the receivers of a queue that wait, in the order of their coming, and the timer by which they
// learn that a message becomes ready.
type waiters struct {
	queue      *queue
	head, tail *waiter
	timer      *time.Timer
	armed      int64 // what the timer is set to; 0 if it is not
}

type waiter struct {
	want       wanted
	loans      []loan
	gone       bool          // the queue was deleted
	served     chan struct{} // closed when loans or gone is set
	prev, next *waiter
	queued     bool
}

func (ws *waiters) enter(w *waiter) {
	w.queued, w.prev = true, ws.tail
	if ws.tail == nil {
		ws.head = w
	} else {
		ws.tail.next = w
	}
	ws.tail = w
}

func (ws *waiters) leave(w *waiter) {
	if !w.queued {
		return
	}
	if w.prev == nil {
		ws.head = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		ws.tail = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
	if ws.head == nil && ws.armed != 0 {
		ws.timer.Stop()
		ws.armed = 0
	}
}

// serve hands out what there is to those who wait, first come, first served. Nobody is woken for nothing.
func (q *queue) serve(now int64) {
	ws := &q.waiting
	for w := ws.head; w != nil; w = ws.head {
		if w.loans, _ = q.lend(w.want, now); len(w.loans) == 0 {
			break
		}
		ws.leave(w)
		close(w.served)
	}
	ws.arm(now)
}

// arm sets the timer to when the next message becomes ready, if somebody waits for it.
func (ws *waiters) arm(now int64) {
	next := ws.queue.timed.first()
	if ws.head == nil || next == nil || ws.armed != 0 && ws.armed <= next.due {
		return
	}
	ws.armed = next.due
	d := time.Duration(next.due - now)
	if ws.timer == nil {
		ws.timer = time.AfterFunc(d, ws.queue.catchUp)
	} else {
		ws.timer.Reset(d)
	}
}

// catchUp serves those who wait with what has become ready.
func (q *queue) catchUp() {
	now := q.lock()
	q.waiting.armed = 0
	q.unlock(now)
}

// EndPolls answers all who wait in long polls, with nothing, and lets nobody wait any more.
func (s *Service) EndPolls() {
	s.hurried.Store(true)
	for _, q := range s.list(func(*queue) bool { return true }) {
		now := q.lock()
		ws := &q.waiting
		for w := ws.head; w != nil; w = ws.head {
			ws.leave(w)
			close(w.served)
		}
		q.unlock(now)
	}
}

// dismiss ends all waiting: the queue is no more.
func (q *queue) dismiss() {
	ws := &q.waiting
	for w := ws.head; w != nil; w = ws.head {
		w.gone = true
		ws.leave(w)
		close(w.served)
	}
}
