package sqs

import (
	"strconv"

	"github.com/framebus/framebus/transport/sns/snstest/internal/fifo"
	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
)

// Keys of records. A message has two: what was sent, written once, and what became of it since, if anything did. So a
// receive does not write the body again.
const (
	serviceKey = "sqs"
	queueKey   = "queue/"
	sentKey    = "message/"
	stateKey   = "state/"
	dedupKey   = "dedup/"
	deletedKey = "deleted/"
	taskKey    = "task/"
)

// touch is how a message differs from what is stored of it.
type touch uint8

const (
	born   touch = 1 << iota // nothing is stored of it
	moved                    // its state is another
	gone                     // it is there no more
	taken                    // it is in another queue, which sees to the records here
	stated                   // its state is stored; this stays
)

// unsaved is what a queue has not told the journal yet. It does when its lock is given up, of all that was done under
// it at once, so that what belongs together is saved together.
type unsaved struct {
	self     bool // settings, tags, times
	messages []*message
	records  []journal.Record
	ceiling  uint64 // serials and receives up to it may have been given out
}

// stretch is how far the ceiling is ahead of what was given out, so that it is not written for each message. After a
// restart numbers begin above it: no receipt handle is given out twice, and sequence numbers increase.
const stretch = 4096

// mark takes note of what happens to a message. Without a journal it does nothing.
func (q *queue) mark(m *message, how touch) {
	if q.service.config.Journal == nil {
		return
	}
	if m.touch&^stated == 0 {
		q.unsaved.messages = append(q.unsaved.messages, m)
	}
	m.touch |= how
}

func (q *queue) key64(kind string, n uint64) string {
	return kind + strconv.FormatUint(q.instance, 10) + "/" + strconv.FormatUint(n, 10)
}

func (q *queue) put(key string, value any) {
	q.unsaved.records = append(q.unsaved.records, journal.Of(key, value))
}

func (q *queue) drop(key string) {
	q.unsaved.records = append(q.unsaved.records, journal.Record{Key: key})
}

// dropMessage drops what is stored of a message of this queue.
func (q *queue) dropMessage(of *queue, m *message) {
	q.drop(of.key64(sentKey, m.serial))
	if m.touch&stated != 0 {
		q.drop(of.key64(stateKey, m.serial))
	}
}

// take drops the records of a message that comes from another queue, together with what is added here: whenever the
// process ends, it is in one of the two.
func (q *queue) take(from *queue, m *message) {
	if q.service.config.Journal != nil {
		q.dropMessage(from, m)
	}
}

// keep tells the journal what has changed. The lock is held.
func (q *queue) keep() {
	u := &q.unsaved
	if q.dropped { // what happens to it is of no account any more
		u.messages, u.self = nil, false
	}
	for _, m := range u.messages {
		how := m.touch
		m.touch &= stated
		switch {
		case how&taken != 0:
			m.touch = how & (stated | taken)
		case how&(gone|born) == gone|born:
		case how&gone != 0:
			m.touch = how & stated
			q.dropMessage(q, m)
		case how&born != 0:
			q.put(q.key64(sentKey, m.serial), q.storedMessage(m))
		default:
			m.touch |= stated
			q.put(q.key64(stateKey, m.serial), q.storedState(m))
		}
	}
	clear(u.messages)
	u.messages = u.messages[:0]
	if top := max(q.serial, q.receives); top > u.ceiling {
		u.ceiling, u.self = top+stretch, true
	}
	if u.self && !q.dropped {
		q.put(q.key64(queueKey, 0), q.stored())
	}
	u.self = false
	if len(u.records) > 0 {
		q.service.config.Journal.Add(u.records...)
		clear(u.records)
		u.records = u.records[:0]
	}
}

// erase drops all that is stored of a queue.
func (q *queue) erase() {
	if q.service.config.Journal == nil {
		return
	}
	q.drop(q.key64(queueKey, 0))
	for _, m := range q.messages {
		q.dropMessage(q, m)
	}
	q.dedup.Clear()
}

func (q *queue) dedupKey(id string) string {
	return dedupKey + strconv.FormatUint(q.instance, 10) + "/" + fifo.Printable(id)
}

func (q *queue) forget(id string) { q.drop(q.dedupKey(id)) }

func (q *queue) keepDedup(id string, answer sent, until int64) {
	if q.service.config.Journal == nil {
		return
	}
	q.put(q.dedupKey(id), storedDedup{
		Instance: q.instance, ID: id, MessageID: answer.id, Number: answer.number, Until: until,
	})
}

// keepNew keeps a queue that was made just now. The service's lock is held, and nobody else knows the queue.
func (s *Service) keepNew(q *queue) {
	if s.config.Journal == nil {
		return
	}
	s.config.Journal.Add(
		journal.Of(serviceKey, storedService{Instances: s.instances, Secret: s.secret}),
		journal.Of(q.key64(queueKey, 0), q.stored()),
		journal.Record{Key: deletedKey + q.arn},
	)
}

// keepDeleted keeps that a queue was deleted. The service's lock is held.
func (s *Service) keepDeleted(q *queue) {
	if s.config.Journal == nil {
		return
	}
	s.config.Journal.Add(
		journal.Of(deletedKey+q.arn, storedDeleted{ARN: q.arn, Instance: q.instance, At: s.deleted[q.key], Until: q.until}),
	)
}

// keepTask keeps a move task. The lock for moving is held.
func (s *Service) keepTask(t *task) {
	if s.config.Journal == nil {
		return
	}
	kept := storedTask{
		ID: t.id, Source: t.source.instance, Rate: t.rate, Status: t.status, Moved: t.moved, ToMove: t.toMove,
		Reason: t.reason, Started: t.started,
	}
	if t.to != nil {
		kept.To = t.to.arn()
	}
	s.config.Journal.Add(journal.Of(taskKey+t.id, kept))
}
