package sqs

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/access"
	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Config is what can be chosen. Zero numbers mean the values of AWS.
type Config struct {
	// Now is the time.
	Now func() time.Time
	// Access decides who may do what.
	Access *access.Checker
	// Seed is that of all randomness, which with it is the same every time, queue by queue.
	Seed uint64

	// InFlight is how many messages of a queue can be in flight. Defaults to 120,000 for either type of queue
	// (quotas-queues, quotas-fifo).
	InFlight int
	// DeleteInterval is how long a name cannot be used again. Defaults to 60 s; negative: it can at once.
	DeleteInterval time.Duration
	// PurgeInterval is how long a queue cannot be purged again. Defaults to 60 s; negative: it can at once.
	PurgeInterval time.Duration

	// Reorder hands out the messages of standard queues in disorder.
	Reorder bool
	// Duplicates is how likely a message of a standard queue is delivered twice, from 0 to 1.
	Duplicates float64
	// EmptyPolls is how likely a short poll finds nothing, although there is something, from 0 to 1.
	EmptyPolls float64
	// Consistency is how long it takes until a queue that was created or deleted, or attributes that were set,
	// are seen.
	Consistency time.Duration

	// Journal is told what changes. Nil: nobody is.
	Journal *journal.Journal
}

// Service is Amazon SQS, in all regions and for all accounts. It is safe for concurrent use.
type Service struct {
	config     Config
	attributes []attribute
	epoch      time.Time
	secret     uint64      // of receipt handles
	hurried    atomic.Bool // nobody waits any more

	mu        sync.RWMutex
	queues    map[key]*queue
	deleted   map[key]int64 // when
	instances uint64

	moving sync.Mutex
	tasks  []*task // the latest last
}

// New makes a service without queues.
func New(c Config) *Service {
	if c.InFlight == 0 {
		c.InFlight = 120_000
	}
	if c.DeleteInterval == 0 {
		c.DeleteInterval = time.Minute
	}
	if c.PurgeInterval == 0 {
		c.PurgeInterval = time.Minute
	}
	return &Service{
		config: c, attributes: attributes(), epoch: c.Now(), secret: c.Seed,
		queues: map[key]*queue{}, deleted: map[key]int64{},
	}
}

// now is the time in nanoseconds since 1970. It goes by the monotonic clock, if Now has one.
func (s *Service) now() int64 {
	return s.epoch.UnixNano() + int64(s.config.Now().Sub(s.epoch))
}

// find returns a queue whether or not it can be seen yet; nil if there is none.
func (s *Service) find(k key) *queue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.queues[k]
}

// see returns a queue if there is one that can be seen.
func (s *Service) see(k key) (*queue, *wire.Error) {
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if q := s.queues[k]; q != nil && q.seen(now) {
		return q, nil
	}
	return nil, queueDoesNotExist()
}

// seen says whether the queue can be seen. It goes by the clock, and not by the timer that drops the queue: they
// are of one time, in which either may come first. The service's lock is held.
func (q *queue) seen(now int64) bool { return q.since <= now && now < q.until }

// list returns the queues that can be seen and that choose picks, by name.
func (s *Service) list(choose func(*queue) bool) []*queue {
	now := s.now()
	s.mu.RLock()
	var found []*queue
	for _, q := range s.queues {
		if q.seen(now) && choose(q) {
			found = append(found, q)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(found, func(a, b *queue) int { return strings.Compare(a.arn, b.arn) })
	return found
}

// create makes a queue, or returns the one that there is.
func (s *Service) create(k key, set *settings, tags map[string]string) (q *queue, made bool, err *wire.Error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.deleted[k]; ok && now-at < int64(s.config.DeleteInterval) {
		return nil, false, queueDeletedRecently() // also while the queue can still be seen
	}
	if q := s.queues[k]; q != nil && now < q.until {
		return q, false, nil
	}
	delete(s.deleted, k)
	s.instances++
	q = newQueue(s, k, set, tags, s.instances)
	s.queues[k] = q
	s.keepNew(q)
	return q, true, nil
}

// delete makes a queue go, now or when that has spread.
func (s *Service) delete(q *queue) {
	now := s.now()
	s.mu.Lock()
	s.deleted[q.key] = now
	q.until = now + int64(s.config.Consistency)
	s.keepDeleted(q)
	s.mu.Unlock()
	if s.config.Consistency <= 0 {
		s.drop(q)
		return
	}
	time.AfterFunc(s.config.Consistency, func() { s.drop(q) })
}

func (s *Service) drop(q *queue) {
	s.mu.Lock()
	if s.queues[q.key] == q {
		delete(s.queues, q.key)
	}
	s.mu.Unlock()
	now := q.lock()
	q.dropped = true
	q.dismiss()
	q.erase()
	q.unlock(now)
}

// CatchUp makes all queues look at the clock, for clocks that are moved by hand.
func (s *Service) CatchUp() {
	for _, q := range s.list(func(*queue) bool { return true }) {
		q.catchUp()
	}
}
