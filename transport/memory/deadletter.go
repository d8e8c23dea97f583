package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/framebus/framebus/transport"
)

// deadLetterQueue holds the dead letters of one queue. Guarded by the queue's lock.
type deadLetterQueue struct {
	letters []*deadLetter // by number
	died    uint64        // so far
}

type deadLetter struct {
	number  uint64   // within the queue, in order of death; its ID in decimal
	message *message // held for good: somebody may be listing the letter when it is removed
	why     transport.Record
	at      time.Time
}

func (q *deadLetterQueue) add(m *message, why transport.Record) {
	q.died++
	q.letters = append(q.letters, &deadLetter{number: q.died, message: m, why: why, at: time.Now().UTC()})
}

// from returns up to limit letters that died after the one with this number.
func (q *deadLetterQueue) from(number uint64, limit int) []*deadLetter {
	i, found := q.find(number)
	if found {
		i++
	}
	rest := q.letters[i:]
	return slices.Clone(rest[:min(max(limit, 0), len(rest))])
}

// find returns where the letter with this number stands, or would.
func (q *deadLetterQueue) find(number uint64) (i int, found bool) {
	return slices.BinarySearchFunc(q.letters, number, func(d *deadLetter, number uint64) int {
		return cmp.Compare(d.number, number)
	})
}

// remove takes out the letters with these IDs, all without IDs. The error names what is not there.
func (q *deadLetterQueue) remove(ids []string) ([]*deadLetter, error) {
	if len(ids) == 0 {
		all := q.letters
		q.letters = nil
		return all, nil
	}
	chosen := make(map[uint64]bool, len(ids))
	var errs []error
	for _, id := range ids {
		number, valid := parseID(id)
		if _, found := q.find(number); found && valid {
			chosen[number] = true
		} else {
			errs = append(errs, fmt.Errorf("no dead letter %q", id))
		}
	}
	removed := make([]*deadLetter, 0, len(chosen))
	for _, number := range slices.Sorted(maps.Keys(chosen)) {
		i, _ := q.find(number)
		removed = append(removed, q.letters[i])
	}
	q.letters = slices.DeleteFunc(q.letters, func(d *deadLetter) bool { return chosen[d.number] })
	return removed, errors.Join(errs...)
}

func (d *deadLetter) id() string { return strconv.FormatUint(d.number, 10) }

// parseID is the reverse of id, and takes nothing that id does not return.
func parseID(id string) (number uint64, valid bool) {
	number, err := strconv.ParseUint(id, 10, 64)
	return number, err == nil && strconv.FormatUint(number, 10) == id
}

// copy returns the letter as its receiver may change it. start is the broker's.
func (d *deadLetter) copy(start time.Time) transport.DeadLetter {
	out := transport.DeadLetter{ID: d.id(), Message: new(transport.Message), Why: d.why, Time: d.at}
	d.message.copyTo(out.Message, start)
	out.Why.Chain = slices.Clone(d.why.Chain)
	out.Why.Attempts = slices.Clone(d.why.Attempts)
	return out
}

// DeadLetters returns the dead letters of a subscription. Those of one that is closed or never consumed
// can be looked at as well.
func (t *Transport) DeadLetters(ctx context.Context, sub transport.ID) (transport.DeadLetters, error) {
	q, err := t.find(ctx, sub)
	if err != nil {
		return nil, fmt.Errorf("memory: dead letters of %s: %w", sub, err)
	}
	return &deadLetters{transport: t, queue: q}, nil
}

// deadLetters is a queue's dead letters as one connection sees it.
type deadLetters struct {
	transport *Transport
	queue     *queue
}

// List implements [transport.DeadLetters]. After may be a dead letter that is gone by now.
func (l *deadLetters) List(ctx context.Context, after string, limit int) ([]transport.DeadLetter, error) {
	letters, err := l.from(ctx, after, limit)
	if err != nil {
		return nil, fmt.Errorf("memory: list dead letters of %s: %w", l.queue.id, err)
	}
	out := make([]transport.DeadLetter, len(letters))
	for i, d := range letters {
		out[i] = d.copy(l.queue.broker.start)
	}
	return out, nil
}

func (l *deadLetters) from(ctx context.Context, after string, limit int) ([]*deadLetter, error) {
	if err := l.transport.usable(ctx); err != nil {
		return nil, err
	}
	var number uint64
	if after != "" {
		var valid bool
		if number, valid = parseID(after); !valid {
			return nil, fmt.Errorf("%q is not the ID of a dead letter", after)
		}
	}
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	return l.queue.dead.from(number, limit), nil
}

// Redrive implements [transport.DeadLetters]. In an ordered subscription a message goes to the end of its
// key. It does not wait for room: a subscription may come to hold more than its [MaxDepth].
func (l *deadLetters) Redrive(ctx context.Context, ids ...string) (int, error) {
	q := l.queue
	n, err := l.remove(ctx, ids, func(letters []*deadLetter) {
		if b := q.broker; b.room != nil {
			b.room.add(q, len(letters))
		}
		q.broker.pending.add(len(letters))
		now := q.broker.now()
		for _, d := range letters {
			q.add(d.message.again(now), now)
		}
		q.notify(now)
	})
	if err != nil {
		return n, fmt.Errorf("memory: redrive dead letters of %s: %w", q.id, err)
	}
	return n, nil
}

// Purge implements [transport.DeadLetters].
func (l *deadLetters) Purge(ctx context.Context, ids ...string) (int, error) {
	n, err := l.remove(ctx, ids, func([]*deadLetter) {})
	if err != nil {
		return n, fmt.Errorf("memory: purge dead letters of %s: %w", l.queue.id, err)
	}
	return n, nil
}

// remove takes out the letters, calls then with them under the queue's lock, and counts them.
func (l *deadLetters) remove(ctx context.Context, ids []string, then func([]*deadLetter)) (int, error) {
	if err := l.transport.usable(ctx); err != nil {
		return 0, err
	}
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	letters, err := l.queue.dead.remove(ids)
	then(letters)
	return len(letters), err
}
