package sqs

import "github.com/framebus/framebus/transport/sns/snstest/internal/fifo"

// Sequence numbers have 20 digits in what AWS shows (FIFO-queue-message-identifiers), are not consecutive, and
// increase.
const (
	firstSequence = 10_000_000_000_000_000_000
	sequenceStep  = 256
)

// dedup are the deduplication IDs that a FIFO queue knows. It goes on knowing one when the message has been
// received and deleted (API_SendMessage).
type dedup = fifo.Dedup[sent]

// sent is what SendMessage answers, which is the same for a duplicate.
type sent struct {
	id     string
	number uint64
}

// dedupKey is what a message is a duplicate by: in the scope messageGroup, the group counts
// (API_SetQueueAttributes, DeduplicationScope).
func (s *settings) dedupKey(m *message) string {
	if s.groupScope {
		return fifo.InGroup(m.group, m.dedup)
	}
	return m.dedup
}
