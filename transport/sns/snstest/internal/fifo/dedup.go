// Package fifo is what FIFO queues and FIFO topics have in common: the deduplication of messages.
package fifo

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// DedupInterval is how long a deduplication ID is known (FIFO-queues-exactly-once-processing, fifo-message-dedup).
const DedupInterval = 5 * time.Minute

// Dedup are the deduplication IDs that are known, each with what was answered, which is the same for a duplicate. The
// zero value knows none. It is for one goroutine at a time.
type Dedup[T any] struct {
	// Forget is called for an ID that is not known any more. Nil: nobody is told.
	Forget func(id string)

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
		if d.Forget != nil {
			d.Forget(d.ends[n].id)
		}
		n++
	}
	d.ends = d.ends[n:]
	answer, ok := d.known[id]
	return answer, ok
}

// Add makes an ID known, that is not, and returns until when.
func (d *Dedup[T]) Add(id string, answer T, now int64) (until int64) {
	until = now + int64(DedupInterval)
	d.Restore(id, answer, until)
	return until
}

// Restore makes an ID known until a time, which is not before that of those that are.
func (d *Dedup[T]) Restore(id string, answer T, until int64) {
	if d.known == nil {
		d.known = map[string]T{}
	}
	d.known[id] = answer
	d.ends = append(d.ends, expiry{id, until})
}

// Clear forgets all.
func (d *Dedup[T]) Clear() {
	if d.Forget != nil {
		for id := range d.known {
			d.Forget(id)
		}
	}
	d.known, d.ends = nil, nil
}

// ContentID is the deduplication ID of a message by its content: "a SHA-256 hash ... using the body of the message
// (but not the attributes of the message)" (API_SendMessage, API_Publish).
func ContentID(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// InGroup is an ID that is one of its group: neither can have a NUL (API_SetQueueAttributes, DeduplicationScope).
func InGroup(group, id string) string { return group + "\x00" + id }

// Printable is an ID of [InGroup] without its NUL. Neither part can have a space, so that it is as good a key.
func Printable(id string) string { return strings.ReplaceAll(id, "\x00", " ") }

// IsToken says whether s can be the ID of a group or of a duplicate: 1 to 128 letters, digits and punctuation marks
// (API_SendMessage, API_Publish; recorded: test_message_deduplication_id_invalid).
func IsToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 128
}
