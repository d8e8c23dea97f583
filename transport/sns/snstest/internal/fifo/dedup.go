// Package fifo is what FIFO queues and FIFO topics have in common: the deduplication of messages.
package fifo

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// DedupInterval is how long a deduplication ID is known (FIFO-queues-exactly-once-processing, fifo-message-dedup).
const DedupInterval = 5 * time.Minute

// Dedup are the deduplication IDs that are known, each with what was answered, which is the same for a duplicate. The
// zero value knows none. It is for one goroutine at a time.
type Dedup[T any] struct {
	known map[string]T
	ends  []expiry // in their order
}

type expiry struct {
	id string
	at int64
}

// Find returns what was answered for an ID; false if it is not known, or not any more. now is in nanoseconds.
func (d *Dedup[T]) Find(id string, now int64) (T, bool) {
	n := 0
	for n < len(d.ends) && d.ends[n].at <= now {
		delete(d.known, d.ends[n].id)
		n++
	}
	d.ends = d.ends[n:]
	answer, ok := d.known[id]
	return answer, ok
}

// Add makes an ID known, that is not.
func (d *Dedup[T]) Add(id string, answer T, now int64) {
	if d.known == nil {
		d.known = map[string]T{}
	}
	d.known[id] = answer
	d.ends = append(d.ends, expiry{id, now + int64(DedupInterval)})
}

// ContentID is the deduplication ID of a message by its content: "a SHA-256 hash ... using the body of the message
// (but not the attributes of the message)" (API_SendMessage, API_Publish).
func ContentID(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// InGroup is an ID that is one of its group: neither can have a NUL (API_SetQueueAttributes, DeduplicationScope).
func InGroup(group, id string) string { return group + "\x00" + id }
