package sqs

import (
	"maps"
	"math"
	"math/rand/v2"
	"sync"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// queue is one queue. The rules of standard and of FIFO queues part in line and group.
type queue struct {
	service  *Service
	key      key
	arn      string
	fifo     bool
	instance uint64 // tells it from others of the same name, before and after
	created  int64
	since    int64 // from when on it can be seen
	until    int64 // and until when; guarded by the service's lock

	mu       sync.Mutex
	settings *settings
	pending  []change // settings that are yet to take effect
	tags     map[string]string
	modified int64
	purged   int64 // when it was purged last; 0 if never
	dropped  bool  // it was deleted, and is known only to those who knew it before

	serial   uint64
	receives uint64
	sequence uint64
	messages map[uint64]*message // by serial
	timed    heap                // in flight or delayed, by when that ends
	ages     heap                // all
	count    [removed]int        // by state
	line     line                // of a standard queue
	groups   groups              // of a FIFO queue
	dedup    dedup               // of a FIFO queue
	attempts attempts            // of a FIFO queue
	waiting  waiters
	dead     []burial // what is to be moved to dead-letter queues once the lock is free
	random   *rand.Rand
	unsaved  unsaved
}

// change is a change of settings that takes effect later.
type change struct {
	at       int64
	settings *settings
}

// burial is a message on its way to a dead-letter queue.
type burial struct {
	message *message
	to      *queue
	left    *message // as it was in the queue that it leaves
	from    *queue
}

func newQueue(s *Service, k key, set *settings, tags map[string]string, instance uint64) *queue {
	now := s.now()
	q := &queue{
		service: s, key: k, arn: k.arn(), fifo: set.fifo, instance: instance, created: now, modified: now,
		since: now + int64(s.config.Consistency), until: math.MaxInt64, settings: set, tags: maps.Clone(tags),
		messages: map[uint64]*message{}, timed: heap{by: byDue}, ages: heap{by: byAge},
		sequence: firstSequence, random: rand.New(rand.NewPCG(s.config.Seed, instance)),
	}
	if q.tags == nil {
		q.tags = map[string]string{}
	}
	q.waiting.queue = q
	if s.config.Journal != nil {
		q.dedup.Forget = q.forget
	}
	return q
}

// lock takes the lock and catches up with the time, which it returns: what has become ready meanwhile is for
// those who wait. unlock must follow.
func (q *queue) lock() (now int64) {
	q.mu.Lock()
	now = q.service.now()
	q.advance(now)
	q.serve(now)
	return now
}

// unlock serves those who wait, gives the lock up, and moves what has been received too often.
func (q *queue) unlock(now int64) {
	q.serve(now)
	dead := q.dead
	q.dead = nil
	if q.service.config.Journal != nil {
		q.keep()
	}
	q.mu.Unlock()
	for _, b := range dead {
		b.to.bury(b)
	}
}

// advance does what has come to pass.
func (q *queue) advance(now int64) {
	for len(q.pending) > 0 && q.pending[0].at <= now {
		q.apply(q.pending[0].settings)
		q.pending = q.pending[1:]
	}
	q.expire(now)
	for m := q.timed.first(); m != nil && m.due <= now; m = q.timed.first() {
		q.wake(m)
	}
}

// expire deletes what is older than the retention, whatever its state (sqs-basic-architecture, "message
// lifecycle"; recorded: test_message_retention_with_inflight).
func (q *queue) expire(now int64) {
	limit := now - seconds(q.settings.retention)
	for m := q.ages.first(); m != nil && m.enqueued <= limit; m = q.ages.first() {
		q.remove(m)
	}
}

// wake makes a message ready whose time in flight or delay is over.
func (q *queue) wake(m *message) {
	q.timed.remove(m)
	q.turn(m, ready)
	q.offer(m, false)
}

// turn changes a message's state. Where it stands is for the caller to change.
func (q *queue) turn(m *message, to state) {
	if m.state != removed {
		q.count[m.state]--
	}
	if m.state = to; to != removed {
		q.count[to]++
	}
}

// offer puts a message that is ready where it can be received. In front, if it was not really taken.
func (q *queue) offer(m *message, front bool) {
	switch {
	case q.fifo:
		q.groups.offer(m.in, front)
	case front:
		q.line.pushFront(m)
	default:
		q.line.pushBack(m)
	}
}

// add takes a message in, with a delay in seconds.
func (q *queue) add(m *message, delay int, now int64) {
	q.serial++
	m.serial = q.serial
	q.messages[m.serial] = m
	q.ages.push(m)
	if q.fifo {
		q.sequence += sequenceStep
		m.number = q.sequence
		q.groups.add(m)
	}
	m.state = removed // as far as counting goes
	q.mark(m, born)
	if delay > 0 {
		m.due = now + seconds(delay)
		q.turn(m, delayed)
		q.timed.push(m)
		return
	}
	q.turn(m, ready)
	q.offer(m, false)
}

// remove takes a message out for good.
func (q *queue) remove(m *message) {
	if m.state == ready && !q.fifo {
		q.line.remove(m)
	}
	if m.state != ready {
		q.timed.remove(m)
	}
	q.turn(m, removed)
	q.ages.remove(m)
	delete(q.messages, m.serial)
	if q.fifo {
		q.groups.remove(m)
	}
	q.mark(m, gone)
}

// apply makes settings take effect. The delay of a FIFO queue is retroactive, that of a standard queue is not
// (sqs-delay-queues).
func (q *queue) apply(set *settings) {
	before := q.settings
	q.settings = set
	if !q.fifo || before.delay == set.delay {
		return
	}
	now := q.service.now()
	for _, m := range q.ages.items {
		if m.receives > 0 || m.state == inFlight {
			continue
		}
		if m.state == delayed {
			q.timed.remove(m)
		}
		q.turn(m, ready)
		if m.due = m.enqueued + seconds(set.delay); m.due > now {
			q.turn(m, delayed)
			q.timed.push(m)
		}
		q.groups.offer(m.in, false)
		q.mark(m, moved)
	}
}

// change sets settings, at once or when they have spread.
func (q *queue) change(set *settings, now int64) {
	q.modified, q.unsaved.self = now, true
	if lag := int64(q.service.config.Consistency); lag > 0 {
		q.pending = append(q.pending, change{now + lag, set})
		return
	}
	q.apply(set)
}

// latest are the settings as they were set last, whether they take effect already or not.
func (q *queue) latest() *settings {
	if n := len(q.pending); n > 0 {
		return q.pending[n-1].settings
	}
	return q.settings
}

// bury takes in a message from a queue that this one is the dead-letter queue of.
func (q *queue) bury(b burial) {
	m := b.message
	now := q.lock()
	defer q.unlock(now)
	q.take(b.from, b.left)
	if q.fifo {
		// sqs-configure-dead-letter-queue-redrive: "the original message's deduplication ID will be replaced
		// with the original message's ID"; setting-up-dead-letter-queue-retention: the time starts anew, while
		// that of a message of a standard queue goes on.
		m.dedup = m.id
		m.enqueued = now
	}
	q.add(m, 0, now)
}

// purge deletes all messages: API_PurgeQueue. AWS takes up to 60 seconds.
func (q *queue) purge(now int64) *wire.Error {
	if q.purged != 0 && now-q.purged < int64(q.service.config.PurgeInterval) {
		return purgeInProgress(q.key.name)
	}
	q.purged, q.unsaved.self = now, true
	for _, m := range q.messages {
		q.remove(m)
	}
	q.dedup.Clear() // recorded: test_purge_queue_clears_fifo_deduplication_cache
	q.attempts = attempts{}
	return nil
}
