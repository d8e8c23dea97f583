package memory

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/framebus/framebus/transport"
)

var errUnknown = errors.New("no such subscription")

// broker is what all connections share.
type broker struct {
	start    time.Time
	messages messages
	loans    loanBuffers
	entries  entries
	pending  pending
	room     *room // nil without a limit

	routes atomic.Pointer[routes] // nil when declarations have changed since it was made

	mu     sync.Mutex
	queues []*queue // in order of their first declaration
	byID   map[transport.ID]*queue
}

func newBroker(s settings) *broker {
	b := &broker{start: time.Now(), byID: make(map[transport.ID]*queue)}
	if s.maxDepth > 0 {
		b.room = &room{limit: s.maxDepth, reject: s.reject}
	}
	return b
}

// now is the time since the broker's start: cheaper to get, to keep and to compare than a time.Time.
func (b *broker) now() time.Duration { return time.Since(b.start) }

// declare creates the subscription or changes it.
func (b *broker) declare(s transport.Subscription) *queue {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.byID[s.ID]
	if q == nil {
		q = newQueue(b, s)
		b.byID[s.ID] = q
		b.queues = append(b.queues, q)
		b.routes.Store(nil)
	} else if q.declare(s) {
		b.routes.Store(nil)
	}
	return q
}

func (b *broker) find(id transport.ID) (*queue, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q := b.byID[id]; q != nil {
		return q, nil
	}
	return nil, errUnknown
}

// targets returns who gets what is published on the channel. It takes the broker's lock only after a
// declaration changed; many declarations in a row thus cost one set of routes.
func (b *broker) targets(channel string) *targets {
	r := b.routes.Load()
	if r == nil {
		b.mu.Lock()
		if r = b.routes.Load(); r == nil {
			r = newRoutes(b.queues)
			b.routes.Store(r)
		}
		b.mu.Unlock()
	}
	return r.targets(channel)
}

// settled tells that n messages of the queue are pending no more.
func (b *broker) settled(q *queue, n int) {
	if b.room != nil {
		b.room.free(q, n)
	}
	b.pending.done(n)
}
