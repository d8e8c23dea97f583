package memory

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/framebus/framebus/transport"
)

// receipt is one loan of an entry. No method waits for anything, so that none looks at its ctx.
type receipt struct {
	batch   *batch
	until   atomic.Int64 // when the lease ends
	i       int32        // which of the batch's loans it is
	ordered bool         // another message waits for its end
}

// Ack implements [transport.Receipt].
func (r *receipt) Ack(context.Context) error {
	q, l := r.batch.queue, r.lent()
	if r.ordered || q.broker.room != nil {
		return r.settle("ack", func(q *queue, e *entry, now time.Duration) {
			q.done(e, now)
			q.broker.settled(q, 1)
		})
	}
	e := l.entry.Load()
	if e == nil || q.broker.now() >= time.Duration(r.until.Load()) || !e.loan.end(l.number, acked) {
		return q.lost("ack")
	}
	if r.batch.open.Add(-1) == 0 {
		q.mu.Lock()
		defer q.mu.Unlock()
		now := q.broker.now()
		q.reap(r.batch, now)
		q.notify(now)
	}
	return nil
}

// Retry implements [transport.Receipt]. The first failure of a message is kept, and the last 19.
func (r *receipt) Retry(_ context.Context, delay time.Duration, failures []transport.Failure) error {
	return r.settle("retry", func(q *queue, e *entry, now time.Duration) {
		e.history = e.history.with(failures)
		q.putOff(e, after(now, min(max(delay, 0), MaxDelay)), now)
	})
}

// Release implements [transport.Receipt]. It takes the receive off the count.
func (r *receipt) Release(context.Context) error {
	return r.settle("release", func(q *queue, e *entry, now time.Duration) {
		e.receives--
		q.giveBack(e, now)
	})
}

// DeadLetter implements [transport.Receipt].
func (r *receipt) DeadLetter(_ context.Context, why transport.Record) error {
	return r.settle("dead-letter", func(q *queue, e *entry, now time.Duration) {
		m, history := e.message, e.history
		q.finish(e, now)
		q.dead.add(m, history.complete(why))
		q.broker.settled(q, 1)
	})
}

// Extend implements [transport.Receipt].
func (r *receipt) Extend(_ context.Context, lease time.Duration) error {
	q, l := r.batch.queue, r.lent()
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.broker.now()
	q.advance(now)
	defer q.notify(now)
	e := l.entry.Load()
	if e == nil || !e.loan.is(l.number, onLoan) {
		return q.lost("extend")
	}
	q.unlease(e)
	q.lease(e, after(now, lease))
	r.until.Store(int64(e.due))
	return nil
}

// settle ends the loan and calls do, unless it has ended before.
func (r *receipt) settle(what string, do func(*queue, *entry, time.Duration)) error {
	q, l := r.batch.queue, r.lent()
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.broker.now()
	q.advance(now)
	defer q.notify(now)
	e := l.entry.Load()
	if e == nil || !e.loan.end(l.number, notOnLoan) {
		return q.lost(what)
	}
	q.unlease(e)
	do(q, e, now)
	if r.batch.open.Add(-1) == 0 {
		q.reap(r.batch, now)
	}
	return nil
}

func (r *receipt) lent() *lent { return &r.batch.loans[r.i] }

// lost is the error of settling what is on loan no more.
func (q *queue) lost(what string) error {
	return fmt.Errorf("memory: %s from %s: %w", what, q.id, transport.ErrLeaseLost)
}
