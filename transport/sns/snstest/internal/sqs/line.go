package sqs

// line is what is ready in a standard queue. Its order is that of arrival, except when disorder is asked for:
// "occasionally, messages are delivered in an order different from which they were sent" (standard-queues).
type line struct{ list }

// window is how far disorder reaches.
const window = 64

// next returns the message to be received next; nil if there is none.
func (q *queue) nextInLine() *message {
	if q.line.n == 0 {
		return nil
	}
	m := q.line.head
	if q.service.config.Reorder {
		for range q.random.IntN(min(q.line.n, window)) {
			m = m.next
		}
	}
	return m
}
