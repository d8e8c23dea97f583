package memory

import (
	"context"
	"time"

	"github.com/framebus/framebus/transport"
)

// receive waits for entries and makes deliveries of them, outside of the lock.
func (q *queue) receive(ctx context.Context, c *consumer, limit int) ([]*transport.Delivery, error) {
	var buf [8]loan
	loans, sub, err := q.await(ctx, c, limit, buf[:0])
	if err != nil {
		return nil, err
	}
	deliveries := make([]*transport.Delivery, len(loans))
	for i, l := range loans {
		r := &receipt{queue: q, entry: l.entry, loan: l.number}
		l.entry.message.copyTo(&r.message)
		deliveries[i] = transport.NewDelivery(&r.message, sub, l.receives, l.history.kept(), r)
	}
	return deliveries, nil
}

// await returns at least one loan, and the declaration under which it was made.
func (q *queue) await(
	ctx context.Context, c *consumer, limit int, loans []loan,
) ([]loan, *transport.Subscription, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		err := ctx.Err()
		if c.closed {
			err = transport.ErrClosed
		}
		if err != nil {
			q.notify(q.broker.now()) // whom this call may have been woken instead of
			return nil, nil, err
		}
		now := q.broker.now()
		q.advance(now)
		if loans = q.lend(limit, now, loans); len(loans) > 0 {
			q.notify(now)
			return loans, q.sub, nil
		}
		q.waiting.wait(ctx, c, now)
	}
}

// notify sees to those who wait, after anything has changed: it wakes one if there is something to receive,
// and sets the timer for the others. One receiver at a time is on its way: it notifies the next if it
// leaves something. So a burst of messages does not wake a crowd that finds nothing.
func (q *queue) notify(now time.Duration) {
	w := &q.waiting
	if !w.waking && q.receivable() > 0 {
		w.waking = w.wakeFirst()
	}
	w.arm(now)
}

// dismiss ends a consumer: its Receive calls return.
func (q *queue) dismiss(c *consumer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.closed = true
	q.waiting.wakeAll(c)
	q.waiting.disarm()
}
