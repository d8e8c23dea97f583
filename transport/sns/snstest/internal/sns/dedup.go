package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// DedupInterval is how long a FIFO topic knows a deduplication ID (API_Publish, fifo-message-dedup).
const DedupInterval = 5 * time.Minute

// Sequence numbers have 20 digits in what AWS shows (fifo-topic-message-ordering), are not consecutive, and
// increase.
const (
	firstSequence = 10_000_000_000_000_000_000
	sequenceStep  = 1000
)

// dedup are the deduplication IDs that a FIFO topic knows, with what was answered.
type dedup struct {
	known map[string]published
	ends  []expiry // in their order
}

type expiry struct {
	id string
	at int64
}

// published is what a publisher is told. Decided: for a duplicate it is the same as for the message, as in SQS; of
// SNS the pages say that it is "accepted successfully" and no more.
type published struct{ id, number string }

func (d *dedup) find(id string, now int64) (published, bool) {
	n := 0
	for n < len(d.ends) && d.ends[n].at <= now {
		delete(d.known, d.ends[n].id)
		n++
	}
	d.ends = d.ends[n:]
	p, ok := d.known[id]
	return p, ok
}

func (d *dedup) add(id string, p published, now int64) {
	if d.known == nil {
		d.known = map[string]published{}
	}
	d.known[id] = p
	d.ends = append(d.ends, expiry{id, now + int64(DedupInterval)})
}

// next is the topic's next sequence number.
func (t *topic) next() string {
	t.number++
	return strconv.FormatUint(firstSequence+t.number*sequenceStep, 10)
}

// contentID is the deduplication ID of a message by its content: "a SHA-256 hash ... using the body of the message
// (but not the attributes of the message)" (API_Publish).
func contentID(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}
