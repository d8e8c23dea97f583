package memory

import (
	"context"
	"fmt"
	"time"

	"github.com/framebus/framebus/transport"
)

// receipt is one loan of an entry, and the delivery's copy of the message: one allocation instead of two.
// No method waits for anything, so that none looks at its ctx.
type receipt struct {
	queue   *queue
	entry   *entry
	loan    uint32
	message transport.Message
}

// Ack implements [transport.Receipt].
func (r *receipt) Ack(context.Context) error {
	err := r.settle("ack", func(q *queue, e *entry, now time.Duration) {
		q.unlease(e)
		q.finish(e, now)
	})
	if err != nil {
		return err
	}
	r.queue.broker.settled(r.queue, 1)
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
	err := r.settle("dead-letter", func(q *queue, e *entry, now time.Duration) {
		q.unlease(e)
		q.finish(e, now)
		q.dead.add(e.message, e.history.complete(why))
	})
	if err != nil {
		return err
	}
	r.queue.broker.settled(r.queue, 1)
	return nil
}

// Extend implements [transport.Receipt].
func (r *receipt) Extend(_ context.Context, lease time.Duration) error {
	return r.settle("extend", func(q *queue, e *entry, now time.Duration) {
		q.unlease(e)
		q.lease(e, after(now, lease))
	})
}

// settle calls do if the loan has not ended.
func (r *receipt) settle(what string, do func(*queue, *entry, time.Duration)) error {
	q, e := r.queue, r.entry
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.broker.now()
	q.advance(now)
	defer q.notify(now)
	if !e.leased || e.loan != r.loan {
		return fmt.Errorf("memory: %s from %s: %w", what, q.id, transport.ErrLeaseLost)
	}
	do(q, e, now)
	return nil
}
