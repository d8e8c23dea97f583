package sqs

import (
	"context"
	"slices"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// wanted is what a receiver asks for.
type wanted struct {
	most       int
	visibility int // seconds; negative: the queue's
	attempt    string
}

// loan is a message as it was handed out. The message itself may go on changing.
type loan struct {
	message  *message
	handle   handle
	receives int
	first    int64
}

// receive hands out messages: at once, or as soon as there are any, for as long as wait. A negative wait is the
// queue's. If ctx ends before, nothing is handed out.
func (q *queue) receive(ctx context.Context, want wanted, wait int) ([]loan, error) {
	now := q.lock()
	if wait < 0 {
		wait = q.settings.wait
	}
	if p := q.service.config.EmptyPolls; wait == 0 && p > 0 && q.random.Float64() < p {
		q.unlock(now)
		return nil, nil
	}
	if q.dropped {
		q.unlock(now)
		return nil, queueDoesNotExist()
	}
	loans, full := q.lend(want, now)
	if len(loans) > 0 || wait == 0 || ctx.Err() != nil || q.service.hurried.Load() {
		q.unlock(now)
		// quotas-queues and sqs-short-and-long-polling: over the limit, a short poll is an error and a long
		// poll waits. FIFO queues answer with nothing (API_ChangeMessageVisibility).
		if full && len(loans) == 0 && wait == 0 && !q.fifo {
			return nil, overLimit("The maximum number of in flight messages is reached.")
		}
		return loans, nil
	}
	w := &waiter{want: want, served: make(chan struct{})}
	q.waiting.enter(w)
	q.unlock(now)
	return q.wait(ctx, w, time.Duration(wait)*time.Second)
}

// wait waits until the waiter has been served. What becomes ready at the very moment when the wait is over is
// still for those who wait: lock sees to that.
func (q *queue) wait(ctx context.Context, w *waiter, d time.Duration) ([]loan, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.served:
	case <-timer.C:
	case <-ctx.Done():
	}
	now := q.lock()
	defer q.unlock(now)
	q.waiting.leave(w)
	if ctx.Err() != nil {
		q.giveBack(w.loans)
		return nil, nil
	}
	if w.gone {
		return nil, queueDoesNotExist()
	}
	return w.loans, nil
}

// lend hands out messages; full says that there may be more, but too many are in flight.
func (q *queue) lend(want wanted, now int64) (loans []loan, full bool) {
	if loans = q.again(want, now); len(loans) > 0 {
		return loans, false
	}
	if want.visibility < 0 {
		want.visibility = q.settings.visibility
	}
	if q.fifo {
		loans = q.lendGroups(want, now)
	} else {
		loans, full = q.lendLine(want, now)
	}
	q.attempts.remember(want, loans, now)
	for m := q.timed.first(); m != nil && m.due <= now; m = q.timed.first() {
		q.wake(m) // a visibility timeout of 0
	}
	return loans, full
}

func (q *queue) full() bool { return q.count[inFlight] >= q.service.config.InFlight }

func (q *queue) lendLine(want wanted, now int64) (loans []loan, full bool) {
	dlq := q.deadLetterQueue()
	for len(loans) < want.most {
		m := q.nextInLine()
		switch {
		case m == nil:
			return loans, false
		case q.exhausted(m, dlq):
			q.exhaust(m, dlq)
		case q.full():
			return loans, true
		default:
			q.line.remove(m)
			loans = append(loans, q.lendOne(m, want, now))
		}
	}
	return loans, false
}

// lendGroups hands out as many messages of one group as there are before it turns to the next
// (FIFO-queues-understanding-logic, "Receiving messages").
func (q *queue) lendGroups(want wanted, now int64) (loans []loan) {
	dlq := q.deadLetterQueue()
	for g := q.groups.head; g != nil; g = q.groups.head {
		for m := g.list.head; m != nil && m.state == ready; {
			next := m.next
			switch {
			case q.exhausted(m, dlq):
				q.exhaust(m, dlq)
			case len(loans) == want.most || q.full():
				return loans
			default:
				loans = append(loans, q.lendOne(m, want, now))
			}
			m = next
		}
		q.groups.offer(g, false)
	}
	return loans
}

func (q *queue) lendOne(m *message, want wanted, now int64) loan {
	q.receives++
	m.lent, m.lentAt, m.due = q.receives, now, now+seconds(want.visibility)
	m.receives++
	m.tries++
	if m.first == 0 {
		m.first = now
	}
	q.turn(m, inFlight)
	q.timed.push(m)
	q.mark(m, moved)
	return q.loanOf(m)
}

func (q *queue) loanOf(m *message) loan {
	return loan{
		message: m, handle: handle{q.instance, m.serial, m.lent}, receives: int(m.receives), first: m.first,
	}
}

// giveBack puts back what was handed out to somebody who has gone, as if it had not been.
func (q *queue) giveBack(loans []loan) {
	for _, l := range slices.Backward(loans) {
		m := l.message
		if m.state != inFlight || m.lent != l.handle.receive {
			continue
		}
		m.receives--
		m.tries--
		if m.receives == 0 {
			m.first = 0
		}
		q.timed.remove(m)
		q.turn(m, ready)
		q.offer(m, true)
		m.due = 0 // it stands where it stood before
		q.mark(m, moved)
	}
}

// deadLetterQueue is where messages go that were received too often; nil if nowhere. One that has been deleted
// does not count: AWS does not document what happens then, and this keeps the messages where they are.
func (q *queue) deadLetterQueue() *queue {
	if q.settings.redrive == nil {
		return nil
	}
	return q.service.find(q.settings.redrive.target)
}

func (q *queue) exhausted(m *message, dlq *queue) bool {
	return dlq != nil && int(m.tries) >= q.settings.redrive.most
}

// exhaust takes out a message that was received too often: "When the ReceiveCount for a message exceeds the
// maxReceiveCount for a queue, Amazon SQS moves the message to the dead-letter-queue" (API_SetQueueAttributes).
func (q *queue) exhaust(m *message, to *queue) {
	q.remove(m)
	moved := m.transfer()
	moved.source = q.arn
	m.touch |= taken
	q.dead = append(q.dead, burial{moved, to, m, q})
}

// message finds the message of a handle. The error is for handles that this queue never gave out; a message
// that is there no more is nil.
func (q *queue) message(text string) (*message, handle, *wire.Error) {
	h, ok := readHandle(text, q.service.secret)
	if !ok || h.queue != q.instance {
		return nil, h, receiptHandleIsInvalid(text)
	}
	return q.messages[h.message], h, nil
}
