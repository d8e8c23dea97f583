package memory

import (
	"context"
	"time"

	"github.com/framebus/framebus/transport"
)

// parcel is what a receiver gets: one allocation instead of three.
type parcel struct {
	receipt  receipt
	message  transport.Message
	delivery transport.Delivery
}

// receive waits for entries and makes deliveries of them, outside of the lock.
func (q *queue) receive(ctx context.Context, c *consumer, limit int) ([]*transport.Delivery, error) {
	buf := q.broker.loans.get()
	defer q.broker.loans.put(buf)
	loans, sub, now, err := q.await(ctx, c, limit, (*buf)[:0])
	if err != nil {
		return nil, err
	}
	*buf = loans
	received := q.broker.start.Add(now)
	deliveries := make([]*transport.Delivery, len(loans))
	for i := range loans {
		deliveries[i] = &q.newParcel(&loans[i], sub, received).delivery
	}
	return deliveries, nil
}

// await returns at least one loan, the declaration under which it was made, and when.
func (q *queue) await(
	ctx context.Context, c *consumer, limit int, loans []loan,
) ([]loan, *transport.Subscription, time.Duration, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		err := ctx.Err()
		if c.closed {
			err = transport.ErrClosed
		}
		if err != nil {
			q.notify(q.broker.now()) // whom this call may have been woken instead of
			return nil, nil, 0, err
		}
		now := q.broker.now()
		q.advanceFor(limit, now)
		if loans = q.lend(limit, now, loans); len(loans) > 0 {
			q.together(loans)
			q.notify(now)
			return loans, q.sub, now, nil
		}
		q.waiting.wait(ctx, c, now)
	}
}

// attend takes in what publishers have left and sees to who waits. rung says that it is for the bell.
func (q *queue) attend(rung bool, now time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if rung {
		q.waiting.bell = false
	}
	q.advance(now)
	q.notify(now)
}

// notify sees to those who wait, after anything has changed: it wakes one if there is something to receive,
// or else has the next publisher wake him, and sets the timer. One receiver at a time is on its way: it
// notifies the next if it leaves something. So a burst of messages does not wake a crowd that finds nothing.
func (q *queue) notify(now time.Duration) {
	w := &q.waiting
	for {
		if !w.waking && q.receivable() > 0 {
			w.waking = w.wakeFirst()
		}
		if w.head == nil || w.waking || w.bell {
			break // a bell that nobody waits for any more stays: one publisher rings in vain
		}
		if w.bell = q.inbox.wait(); w.bell {
			break
		}
		q.advance(now) // something has come in meanwhile
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
