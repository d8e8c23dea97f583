package sqs

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// DedupInterval is how long a FIFO queue knows a deduplication ID (FIFO-queues-exactly-once-processing).
const DedupInterval = 5 * time.Minute

// Sequence numbers have 20 digits in what AWS shows (FIFO-queue-message-identifiers), are not consecutive, and
// increase.
const (
	firstSequence = 10_000_000_000_000_000_000
	sequenceStep  = 256
)

// dedup are the deduplication IDs that a FIFO queue knows. It goes on knowing one when the message has been
// received and deleted (API_SendMessage).
type dedup struct {
	known map[string]sent
	ends  []expiry // in their order
}

type expiry struct {
	id string
	at int64
}

// sent is what SendMessage answers, which is the same for a duplicate.
type sent struct {
	id     string
	number uint64
}

func (d *dedup) expire(now int64) {
	n := 0
	for n < len(d.ends) && d.ends[n].at <= now {
		delete(d.known, d.ends[n].id)
		n++
	}
	d.ends = d.ends[n:]
}

func (d *dedup) find(id string, now int64) (sent, bool) {
	d.expire(now)
	s, ok := d.known[id]
	return s, ok
}

func (d *dedup) add(id string, s sent, now int64) {
	if d.known == nil {
		d.known = map[string]sent{}
	}
	d.known[id] = s
	d.ends = append(d.ends, expiry{id, now + int64(DedupInterval)})
}

// dedupKey is what a message is a duplicate by: in the scope messageGroup, the group counts
// (API_SetQueueAttributes, DeduplicationScope).
func (s *settings) dedupKey(m *message) string {
	if s.groupScope {
		return m.group + "\x00" + m.dedup // neither can have a NUL
	}
	return m.dedup
}

// contentID is the deduplication ID of a message by its content: "a SHA-256 hash ... using the body of the
// message (but not the attributes of the message)" (API_SendMessage).
func contentID(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}
