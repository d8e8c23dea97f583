package sqs

import "time"

// message is a message in one queue. What is above the line does not change once it is in the queue; the rest
// is guarded by the queue's lock.
type message struct {
	id     string
	body   string
	md5    [16]byte // of the body
	attrs  map[string]Attribute
	trace  string // AWSTraceHeader
	sender string
	sent   int64  // when it was sent first, which SentTimestamp reports
	source string // the ARN of the queue that it was moved here from, as to a dead-letter queue
	group  string
	dedup  string
	number uint64 // its SequenceNumber, in a FIFO queue

	// ----

	serial   uint64 // its number in the queue, in receipt handles
	enqueued int64  // when it came in, for the retention
	due      int64  // when it becomes ready, if it is in flight or delayed
	first    int64  // when it was received first; 0 if never
	lentAt   int64  // when it was received last
	lent     uint64 // the number of that receive, in receipt handles
	receives int32  // in all queues, which ApproximateReceiveCount reports
	tries    int32  // in this queue, which its maxReceiveCount is compared with
	state    state
	touch    touch  // how it differs from what is stored
	in       *group // of a FIFO queue

	prev, next *message
	place      [orders]int32
}

type state uint8

const (
	ready state = iota
	inFlight
	delayed
	removed
)

// millis is a time as SQS reports it.
func millis(at int64) int64 { return at / int64(time.Millisecond) }

func seconds(n int) int64 { return int64(n) * int64(time.Second) }

// transfer makes a copy for another queue.
func (m *message) transfer() *message {
	return &message{
		id: m.id, body: m.body, md5: m.md5, attrs: m.attrs, trace: m.trace, sender: m.sender, sent: m.sent,
		source: m.source, group: m.group, dedup: m.dedup,
		enqueued: m.enqueued, first: m.first, receives: m.receives,
	}
}
