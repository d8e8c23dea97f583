package sqs

import "github.com/framebus/framebus/transport/sns/snstest/internal/fifo"

// attempts are the receives of a FIFO queue that can be repeated (using-receiverequestattemptid-request-parameter,
// API_ReceiveMessage).
type attempts struct {
	known map[string]attempt
	made  []attemptID // in their order
}

type attemptID struct {
	id string
	at int64
}

type attempt struct {
	loans []loan
	due   []int64 // when each is to become visible, by which a change is noticed
	at    int64
}

func (a *attempts) remember(want wanted, loans []loan, now int64) {
	if want.attempt == "" || len(loans) == 0 {
		return
	}
	if a.known == nil {
		a.known = map[string]attempt{}
	}
	made := attempt{loans: loans, at: now}
	for _, l := range loans {
		made.due = append(made.due, l.message.due)
	}
	a.known[want.attempt] = made
	a.made = append(a.made, attemptID{want.attempt, now})
}

// again repeats a receive: within five minutes, while none of its messages was deleted, had its visibility
// changed, or became visible again. "Subsequent calls with the same ReceiveRequestAttemptId return the same
// messages and receipt handles. If a retry occurs within the deduplication interval, it resets the visibility
// timeout."
func (q *queue) again(want wanted, now int64) []loan {
	a := &q.attempts
	for len(a.made) > 0 && a.made[0].at+int64(fifo.DedupInterval) <= now {
		if a.known[a.made[0].id].at == a.made[0].at {
			delete(a.known, a.made[0].id)
		}
		a.made = a.made[1:]
	}
	made, ok := a.known[want.attempt]
	if !ok || want.attempt == "" {
		return nil
	}
	for i, l := range made.loans {
		if l.message.state != inFlight || l.message.lent != l.handle.receive || l.message.due != made.due[i] {
			delete(a.known, want.attempt)
			return nil
		}
	}
	visibility := want.visibility
	if visibility < 0 {
		visibility = q.settings.visibility
	}
	for i, l := range made.loans {
		l.message.due = now + seconds(visibility)
		made.due[i] = l.message.due
		q.timed.fix(l.message)
		q.mark(l.message, moved)
	}
	return made.loans
}
