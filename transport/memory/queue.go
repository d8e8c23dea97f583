package memory

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// queue is what the broker holds of one subscription. An entry is in exactly one of ready, returned,
// leased, delayed and the backlog of a group.
type queue struct {
	broker *broker
	id     transport.ID
	places places
	inbox  inbox

	mu       sync.Mutex
	sub      *transport.Subscription // replaced, not changed
	added    uint64                  // entries so far
	all      list                    // every entry, oldest first
	ready    list                    // can be received, in order of arrival
	returned heap                    // can be received before these, oldest first
	leased   list                    // by the end of the lease
	delayed  heap                    // by the end of the delay
	groups   groups
	dead     deadLetterQueue
	waiting  waiters
}

func newQueue(b *broker, s transport.Subscription) *queue {
	q := &queue{broker: b, id: s.ID, sub: declared(s), all: list{by: byAge}}
	q.waiting.queue = q
	return q
}

// declared returns what is kept of a declaration: a copy, without what concerns one consumer only.
func declared(s transport.Subscription) *transport.Subscription {
	s.Actions = slices.Clone(s.Actions)
	s.Concurrency = 0
	return &s
}

func (q *queue) declaration() *transport.Subscription {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sub
}

// declare changes the subscription, and says whether other messages than before belong to it.
func (q *queue) declare(s transport.Subscription) (rerouted bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	old := q.sub
	q.sub = declared(s)
	if old.Ordered != s.Ordered {
		now := q.broker.now()
		q.advance(now)
		q.buryAll(now)
		q.reorder(now)
		q.notify(now)
	}
	return old.Pattern != s.Pattern || !slices.Equal(old.Actions, s.Actions)
}

// depth counts what the queue holds.
func (q *queue) depth() transport.Depth {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.broker.now()
	q.advance(now)
	q.buryAll(now)
	q.notify(now)
	d := transport.Depth{Ready: q.receivable(), InFlight: q.leased.n, DeadLetters: len(q.dead.letters)}
	d.Delayed = q.all.n - d.Ready - d.InFlight
	if oldest := q.all.head; oldest != nil {
		d.Oldest = now - oldest.message.published
	}
	return d
}

// The methods from here on are called with mu held.

// add takes in a message, which it holds from now on, behind what was due before.
func (q *queue) add(m *message, now time.Duration) {
	e := q.broker.entries.get(m)
	q.added++
	e.age = q.added
	q.all.pushBack(e)
	q.place(e, now)
}

// activate puts an entry where it can be received, at once or when it is due.
func (q *queue) activate(e *entry, now time.Duration) {
	if e.due > now {
		q.delayed.push(e)
		return
	}
	e.due = 0
	q.ready.pushBack(e)
}

// advance does what has come to pass, in its order: messages came in, leases and delays ended.
func (q *queue) advance(now time.Duration) { q.advanceFor(math.MaxInt, now) }

// advanceFor is advance for who needs so many entries to be receivable. If they are, it leaves what came in where
// it is: where publishers leave it costs more to touch than all else.
func (q *queue) advanceFor(limit int, now time.Duration) {
	if due, ok := q.nextDue(); q.receivable() >= limit && (!ok || due > now) {
		return
	}
	taken := q.inbox.take()
	for i, m := range taken {
		taken[i] = nil // the inbox keeps the slice, and is not to keep the message
		q.expire(m.published)
		q.add(m, now)
	}
	q.expire(now)
}

// expire ends leases and delays.
func (q *queue) expire(now time.Duration) {
	for e := q.leased.head; e != nil && e.due <= now; e = q.leased.head {
		if e.loan.takeBack() {
			q.unlease(e)
			q.giveBack(e, now)
			q.takenBack(e, now)
			continue
		}
		q.bury(e, now)
		q.broker.settled(q, 1)
	}
	for len(q.delayed) > 0 && q.delayed[0].due <= now {
		q.activate(q.delayed.pop(), now)
	}
}

func (q *queue) receivable() int { return q.ready.n + len(q.returned) }

// next takes out the entry to be received next, nil if there is none.
func (q *queue) next() *entry {
	if len(q.returned) > 0 {
		return q.returned.pop()
	}
	return q.ready.popFront()
}

// exhaust gives up an entry that was received too often.
func (q *queue) exhaust(e *entry, now time.Duration) {
	reason := fmt.Errorf("received %d times, the limit, and never settled for good", e.receives)
	why := transport.NewRecord(q.id, int(e.receives), e.history.kept(), reason)
	m, history := e.message, e.history
	q.finish(e, now)
	q.dead.add(m, history.complete(why))
	q.broker.settled(q, 1)
}

func (q *queue) lease(e *entry, until time.Duration) {
	e.leased, e.due = true, until
	q.leased.insertByDue(e)
}

// unlease takes an entry off loan, to be put somewhere else.
func (q *queue) unlease(e *entry) {
	q.leased.remove(e)
	e.leased, e.due = false, 0
}

// giveBack puts an entry that was on loan back to its old place.
func (q *queue) giveBack(e *entry, now time.Duration) {
	if !q.yield(e, now) {
		q.returned.push(e)
	}
}

// putOff puts an entry that was on loan to the end of the line, when it is due.
func (q *queue) putOff(e *entry, due, now time.Duration) {
	e.due = due
	if !q.yield(e, now) {
		q.activate(e, now)
	}
}

// finish removes an entry that is in no place any more. Its message stays held.
func (q *queue) finish(e *entry, now time.Duration) {
	q.all.remove(e)
	if e.group != nil {
		q.pass(e, now)
		e.group = nil
	}
	q.broker.entries.put(e)
}

// after adds without overflow.
func after(now, d time.Duration) time.Duration {
	if d > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + d
}
