package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/framebus/framebus/transport"
)

// room gives out the places in queues of limited depth. One lock guards all counts, so that a message gets
// its place in every queue at once or in none. Publishers that must wait stand in the line of one full
// queue; a queue that has room has nobody in its line.
type room struct {
	limit  int
	reject bool

	mu      sync.Mutex
	arrived uint64 // claims so far
}

// places is a queue's part of it. Guarded by room.mu.
type places struct {
	taken int
	line  []*claim // in order of arrival
}

// claim is a publisher that waits for a place in each of the queues.
type claim struct {
	queues  []*queue
	arrival uint64
	at      *queue // in whose line it stands; nil once granted
	granted chan struct{}
}

// take takes a place in each of the queues, or waits for them. On an error it took none.
func (r *room) take(ctx context.Context, closed <-chan struct{}, queues []*queue) error {
	c, err := r.try(queues)
	if c == nil {
		return err
	}
	select {
	case <-c.granted:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-closed:
		err = transport.ErrClosed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.at == nil {
		return nil // granted at the same moment
	}
	line := &c.at.places.line
	*line = slices.DeleteFunc(*line, func(other *claim) bool { return other == c })
	return err
}

// try takes the places if all are free. If not, it returns a claim that stands in line, or the error.
func (r *room) try(queues []*queue) (*claim, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	full := r.full(queues)
	if full == nil {
		occupy(queues)
		return nil, nil
	}
	if r.reject {
		return nil, fmt.Errorf("%s holds %d messages: %w", full.id, full.places.taken, transport.ErrFull)
	}
	r.arrived++
	// The clone keeps the caller's array on its stack, when nobody waits.
	c := &claim{queues: slices.Clone(queues), arrival: r.arrived, at: full, granted: make(chan struct{})}
	full.places.line = append(full.places.line, c)
	return c, nil
}

// add takes n places that need not be free.
func (r *room) add(q *queue, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q.places.taken += n
}

// free gives n places back, and grants them to who waits.
func (r *room) free(q *queue, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &q.places
	p.taken -= n
	for len(p.line) > 0 && p.taken < r.limit {
		c := p.line[0]
		p.line = slices.Delete(p.line, 0, 1)
		if full := r.full(c.queues); full != nil {
			r.stand(c, full)
			continue
		}
		occupy(c.queues)
		c.at = nil
		close(c.granted)
	}
}

// stand puts a claim into the line of another queue, at the place of its arrival.
func (r *room) stand(c *claim, at *queue) {
	c.at = at
	line := &at.places.line
	i, _ := slices.BinarySearchFunc(*line, c.arrival, func(other *claim, arrival uint64) int {
		return cmp.Compare(other.arrival, arrival)
	})
	*line = slices.Insert(*line, i, c)
}

// full returns a queue that has no room.
func (r *room) full(queues []*queue) *queue {
	for _, q := range queues {
		if q.places.taken >= r.limit {
			return q
		}
	}
	return nil
}

func occupy(queues []*queue) {
	for _, q := range queues {
		q.places.taken++
	}
}
