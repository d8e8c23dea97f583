// Package reference is an SQS queue written as simply as possible: a slice of messages that every question walks.
// Tests do the same to it and to a real one, which has to come to the same.
package reference

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Queue is the model of one queue that has one user at a time. Times are when the real one was asked.
type Queue struct {
	// FIFO queues keep the order of each group, others that in which messages become ready.
	FIFO bool
	// MaxReceives is maxReceiveCount, 0 for no dead-letter queue. It is for standard queues: of a FIFO queue, how many
	// messages a receiver comes across that were received too often depends on which group comes first.
	MaxReceives int
	// Dead are the bodies of the messages that were moved to the dead-letter queue.
	Dead []string

	messages []*message
	turn     int // by which what becomes ready later stands behind
}

type message struct {
	body, group string
	due         time.Time // when it becomes ready
	turn        int       // when it became ready, in a standard queue; when it came, in a FIFO queue
	out         bool      // in flight
	waits       bool      // delayed or in flight: it becomes ready when due
	receives    int
	handles     []string // its receipt handles, the last one is current
}

// Received is a message as the real queue handed it out.
type Received struct {
	Body, Group, Handle string
	Receives            int
}

// advance makes ready what is due.
func (q *Queue) advance(now time.Time) {
	var due []*message
	for _, m := range q.messages {
		if m.waits && !m.due.After(now) {
			due = append(due, m)
		}
	}
	slices.SortStableFunc(due, func(a, b *message) int { return a.due.Compare(b.due) })
	for _, m := range due {
		m.waits, m.out = false, false
		if !q.FIFO {
			q.turn++
			m.turn = q.turn
		}
	}
}

// Send adds a message. Its body is to be one that no other has.
func (q *Queue) Send(now time.Time, body, group string, delay time.Duration) {
	q.advance(now)
	q.turn++
	q.messages = append(q.messages, &message{
		body: body, group: group, due: now.Add(delay), waits: delay > 0, turn: q.turn,
	})
}

// receivable are the messages that may be received at a time, in the order in which they are: all that are ready in a
// standard queue, and in a FIFO queue those of each group that no other of the group is in front of, unless
// that is receivable as well.
func (q *Queue) receivable(at time.Time) []*message {
	held := map[string]bool{}
	var out []*message
	for _, m := range q.messages {
		if m.waits && m.due.After(at) {
			held[m.group] = true
			continue
		}
		if !q.FIFO || !held[m.group] {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b *message) int { return cmp.Compare(a.turn, b.turn) })
	return out
}

// Next returns when a long poll that begins now is answered.
func (q *Queue) Next(now time.Time, wait time.Duration) time.Time {
	q.advance(now)
	end := now.Add(wait)
	moments := []time.Time{now}
	for _, m := range q.messages {
		if m.waits {
			moments = append(moments, m.due)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	for _, at := range moments {
		if !at.After(end) && slices.ContainsFunc(q.receivable(at), func(m *message) bool { return !q.exhausted(m) }) {
			return at
		}
	}
	return end
}

func (q *Queue) exhausted(m *message) bool { return q.MaxReceives > 0 && m.receives >= q.MaxReceives }

// Receive says what is wrong with what the real queue has handed out, when asked for so many messages with that
// visibility timeout; nil if nothing is.
func (q *Queue) Receive(now time.Time, most int, visibility time.Duration, got []Received) error {
	q.advance(now)
	can := q.bury(q.receivable(now), most)
	if want := min(most, len(can)); len(got) != want {
		return fmt.Errorf("received %d messages, want %d", len(got), want)
	}
	next := map[string]int{} // by group, where in can to look for its next
	for i, r := range got {
		m := can[i]
		if q.FIFO { // which group comes first is not the model's; the order within one is
			m = nil
			for _, c := range can[next[r.Group]:] {
				next[r.Group]++
				if c.group == r.Group {
					m = c
					break
				}
			}
		}
		if m == nil || m.body != r.Body {
			return fmt.Errorf("received %s of group %q as number %d, want %+v", r.Body, r.Group, i, m)
		}
		if m.receives++; r.Receives != m.receives {
			return fmt.Errorf("%s: received %d times, want %d", m.body, r.Receives, m.receives)
		}
		m.handles = append(m.handles, r.Handle)
		m.out, m.waits, m.due = true, true, now.Add(visibility)
	}
	return nil
}

// bury moves those that were received too often to the dead letters: whatever is in front of the last of most
// messages. It returns the others.
func (q *Queue) bury(can []*message, most int) (others []*message) {
	for _, m := range can {
		switch {
		case !q.exhausted(m):
			others = append(others, m)
		case len(others) < most:
			q.Dead = append(q.Dead, m.body)
			q.remove(m)
		}
	}
	return others
}

func (q *Queue) remove(m *message) {
	q.messages = slices.DeleteFunc(q.messages, func(other *message) bool { return other == m })
}

// of returns the message of a handle, and whether it is the current one; nil if the message is gone.
func (q *Queue) of(handle string) (m *message, current bool) {
	for _, m := range q.messages {
		if i := slices.Index(m.handles, handle); i >= 0 {
			return m, i == len(m.handles)-1
		}
	}
	return nil, false
}

// Delete deletes by a handle that was received, and says whether that is an error: of an old handle, or of one whose
// time is over, it is in a FIFO queue. In a standard queue an old one deletes nothing.
func (q *Queue) Delete(now time.Time, handle string) (refused bool) {
	q.advance(now)
	m, current := q.of(handle)
	switch {
	case m == nil:
		return false
	case q.FIFO && (!current || !m.out):
		return true
	case current:
		q.remove(m)
	}
	return false
}

// Hide changes the visibility timeout by a handle that was received, and says whether that is an error.
func (q *Queue) Hide(now time.Time, handle string, d time.Duration) (refused bool) {
	q.advance(now)
	m, current := q.of(handle)
	if m == nil || !m.out || q.FIFO && !current {
		return true
	}
	m.due = now.Add(d)
	q.advance(now)
	return false
}

// Counts returns how many messages there are of each kind.
func (q *Queue) Counts(now time.Time) (ready, inFlight, delayed int) {
	q.advance(now)
	for _, m := range q.messages {
		switch {
		case m.out:
			inFlight++
		case m.waits:
			delayed++
		default:
			ready++
		}
	}
	return ready, inFlight, delayed
}
