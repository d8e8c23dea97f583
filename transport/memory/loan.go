package memory

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/framebus/framebus/transport"
)

// loanState is the number of an entry's last loan, which is never used twice, and whether the entry is on loan
// still. It changes without the queue's lock in one way only: by an ack, from on loan to acked. So of an ack and of
// whoever takes the entry back by force, under the lock, one succeeds.
type loanState struct{ atomic.Uint64 }

const (
	notOnLoan = iota
	onLoan
	acked // but nobody with the lock has seen to it yet
	loanStates
)

// begin starts a loan and returns its number.
func (l *loanState) begin() (number uint64) {
	number = l.Load()/loanStates + 1
	l.Store(number*loanStates + onLoan)
	return number
}

// end ends the loan of that number as acked or notOnLoan. It returns false if it has ended before.
func (l *loanState) end(number, as uint64) bool {
	return l.CompareAndSwap(number*loanStates+onLoan, number*loanStates+as)
}

// is says whether the last loan is that of the number, and in the state.
func (l *loanState) is(number, state uint64) bool { return l.Load() == number*loanStates+state }

// acked says whether an ack waits to be seen to.
func (l *loanState) acked() bool { return l.Load()%loanStates == acked }

// takeBack ends whatever loan there is. It returns false if it is acked.
func (l *loanState) takeBack() bool {
	v := l.Load()
	return v%loanStates == onLoan && l.end(v/loanStates, notOnLoan)
}

// loan is an entry as it was handed out. The entry itself may change as soon as the lock is given up; the
// message is held, until it is copied.
type loan struct {
	entry    *entry
	message  *message
	number   uint64
	until    time.Duration
	receives int
	ordered  bool
	history  *history
	batch    *batch
	i        int32 // which of the batch's it is
}

// batch are loans of one Receive. Their acks are seen to when all of them have ended, by the last: it takes the
// lock once, where each would have to. Acks that somebody waits for, in an ordered queue or for room, are seen to
// at once.
type batch struct {
	queue *queue
	loans []lent
	first [1]lent      // the memory of loans, if there is but one
	open  atomic.Int32 // loans that have not ended
}

// loanBuffers are the memory of loans between their beginning and their delivery.
type loanBuffers struct{ pool sync.Pool }

func (bs *loanBuffers) get() *[]loan {
	if buf, ok := bs.pool.Get().(*[]loan); ok {
		return buf
	}
	buf := make([]loan, 0, maxBatch)
	return &buf
}

func (bs *loanBuffers) put(buf *[]loan) {
	clear(*buf)
	if cap(*buf) <= 4*maxBatch { // a large one is not to stay
		bs.pool.Put(buf)
	}
}

// lent is where a loan's entry is, for its receipt. It is nil when the batch has been seen to: a receipt that somebody
// keeps is not to keep the messages of others.
type lent struct {
	entry  atomic.Pointer[entry]
	number uint64
}

// maxBatch bounds the loans of a batch: a handler that takes long keeps the memory of so many.
const maxBatch = 16

// The methods from here on are called with the queue's lock held, but for newParcel.

// lend hands out up to limit entries, appending them to loans.
func (q *queue) lend(limit int, now time.Duration, loans []loan) []loan {
	for len(loans) < limit {
		e := q.next()
		if e == nil {
			break
		}
		if most := q.sub.MaxReceives; most > 0 && int(e.receives) >= most {
			q.exhaust(e, now)
			continue
		}
		e.receives++
		number := e.loan.begin()
		q.lease(e, after(now, q.sub.LeaseOrDefault()))
		e.message.holders.Add(1)
		loans = append(loans, loan{
			entry: e, message: e.message, number: number, until: e.due, receives: int(e.receives),
			ordered: e.group != nil, history: e.history,
		})
	}
	return loans
}

// together makes batches of loans that begin.
func (q *queue) together(loans []loan) {
	for some := range slices.Chunk(loans, maxBatch) {
		b := &batch{queue: q}
		if b.loans = b.first[:]; len(some) > 1 {
			b.loans = make([]lent, len(some))
		}
		b.open.Store(int32(len(some)))
		for i := range some {
			l := &some[i]
			l.entry.batch, l.batch, l.i = b, b, int32(i)
			b.loans[i].entry.Store(l.entry)
			b.loans[i].number = l.number
		}
	}
}

// takenBack tells an entry's batch that its loan has ended, other than by an ack.
func (q *queue) takenBack(e *entry, now time.Duration) {
	if e.batch.open.Add(-1) == 0 {
		q.reap(e.batch, now)
	}
}

// reap sees to the acks of a batch that has ended.
func (q *queue) reap(b *batch, now time.Duration) {
	n := 0
	for i := range b.loans {
		l := &b.loans[i]
		if e := l.entry.Load(); e.loan.is(l.number, acked) {
			q.bury(e, now)
			n++
		}
		l.entry.Store(nil)
	}
	if n > 0 {
		q.broker.settled(q, n)
	}
}

// bury sees to one ack.
func (q *queue) bury(e *entry, now time.Duration) {
	e.loan.Store(e.loan.Load() - acked + notOnLoan)
	if e.leased {
		q.unlease(e)
	}
	q.done(e, now)
}

// done removes an entry that was acked, and lets its message go.
func (q *queue) done(e *entry, now time.Duration) {
	m := e.message
	q.finish(e, now)
	q.broker.messages.release(m)
}

// buryAll sees to all acks, those of batches that are not complete included.
func (q *queue) buryAll(now time.Duration) {
	n := 0
	for e := q.leased.head; e != nil; {
		next := e.links[byPlace].next
		if e.loan.acked() {
			q.bury(e, now)
			n++
		}
		e = next
	}
	if n > 0 {
		q.broker.settled(q, n)
	}
}

// newParcel makes the delivery of a loan.
func (q *queue) newParcel(l *loan, sub *transport.Subscription, received time.Time) *parcel {
	p := &parcel{receipt: receipt{batch: l.batch, i: l.i, ordered: l.ordered}}
	p.receipt.until.Store(int64(l.until))
	l.message.copyTo(&p.message, q.broker.start)
	q.broker.messages.release(l.message)
	p.delivery.Init(&p.message, sub, l.receives, l.history.kept(), &p.receipt, received)
	return p
}
