// Package batch joins the requests of concurrent callers into batches, as SQS and SNS take them: up to ten in one. A
// caller that is alone waits for nobody; callers in a crowd share requests, which cost as much full as empty.
package batch

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Config is what a Batcher needs. Do is required.
type Config[T any] struct {
	// Do makes the request for a batch, and returns an error for each item, nil where it succeeded. Its ctx ends when
	// nobody waits for the outcome any more. It is called from many goroutines.
	Do func(ctx context.Context, items []T) []error
	// Size of an item in bytes. Defaults to 0 for all.
	Size func(T) int
	// MaxItems of a batch. Defaults to 10, the limit of SQS and SNS
	// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html).
	MaxItems int
	// MaxSize of a batch in bytes. Defaults to no limit. A larger item is a batch of its own.
	MaxSize int
	// MaxRequests is how many requests are made at a time; what comes meanwhile gathers. Defaults to 8.
	MaxRequests int
	// Linger is how long items wait for more, in a crowd: that long it takes to come back when a request is done. Who is
	// alone does not wait. Defaults to 1 ms.
	Linger time.Duration
	// Gather is how long items wait at most: a few, less than half of a batch, while a request is under way, for those who will
	// come back from it. It is a request's time or so. Defaults to 25 ms.
	Gather time.Duration
}

// Batcher is safe for concurrent use. It has no goroutines while nobody calls, and needs no closing.
type Batcher[T any] struct {
	cfg Config[T]

	mu       sync.Mutex
	waiting  []*entry[T]
	size     int         // of those that wait, in bytes
	requests int         // under way
	crowd    bool        // the last batch was not of one
	returned time.Time   // when the last request was done
	timer    *time.Timer // calls dispatch
	at       time.Time   // when it does
}

// entry is one item and who waits for it.
type entry[T any] struct {
	item  T
	size  int
	since time.Time
	done  chan error // holds one
	gone  <-chan struct{}
}

// New makes a Batcher.
func New[T any](c Config[T]) *Batcher[T] {
	if c.Size == nil {
		c.Size = func(T) int { return 0 }
	}
	if c.MaxItems == 0 {
		c.MaxItems = 10
	}
	if c.MaxRequests == 0 {
		c.MaxRequests = 8
	}
	if c.Linger == 0 {
		c.Linger = time.Millisecond
	}
	if c.Gather == 0 {
		c.Gather = 25 * time.Millisecond
	}
	return &Batcher[T]{cfg: c}
}

// Do has an item done in some batch, and returns its error. When ctx ends it returns ctx's error at once: the item is not
// done if its request has not begun, or else it may be done or not.
func (b *Batcher[T]) Do(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e := &entry[T]{item: item, size: b.cfg.Size(item), since: time.Now(), done: make(chan error, 1), gone: ctx.Done()}
	b.mu.Lock()
	b.waiting = append(b.waiting, e)
	b.size += e.size
	b.dispatch()
	b.mu.Unlock()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		select {
		case err := <-e.done: // both happened: the outcome is worth more
			return err
		default:
			b.withdraw(e)
			return ctx.Err()
		}
	}
}

// withdraw takes out an item that waits for its request.
func (b *Batcher[T]) withdraw(e *entry[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.waiting, e); i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
		b.size -= e.size
	}
}

// dispatch begins the requests that can be made now. mu is held.
func (b *Batcher[T]) dispatch() {
	for len(b.waiting) > 0 && b.requests < b.cfg.MaxRequests {
		if left := time.Until(b.due()); left > 0 {
			b.linger(left)
			return
		}
		b.begin(b.cut())
	}
}

// due returns when the next batch is to begin. mu is held.
//
// Callers come back together, those of a full batch and then the rest. Were the rest to go as soon as possible, the crowd would be
// in two for ever: a full batch, and one of a few.
func (b *Batcher[T]) due() time.Time {
	first, n := b.waiting[0].since, len(b.waiting)
	few := 2*n < b.cfg.MaxItems
	switch {
	case n >= b.cfg.MaxItems || b.cfg.MaxSize > 0 && b.size >= b.cfg.MaxSize, few && b.requests == 0 && !b.crowd:
		return time.Time{}
	case few && b.requests > 0 || b.returned.Add(b.cfg.Linger).After(first.Add(b.cfg.Gather)):
		return first.Add(b.cfg.Gather)
	case b.returned.After(first):
		return b.returned.Add(b.cfg.Linger)
	}
	return first.Add(b.cfg.Linger)
}

// linger lets those that wait go a little later, or now if more have come meanwhile. mu is held.
func (b *Batcher[T]) linger(left time.Duration) {
	at := time.Now().Add(left)
	if b.timer != nil && !b.at.After(at) && b.at.After(time.Now()) {
		return // it looks again before that
	}
	b.at = at
	if b.timer != nil {
		b.timer.Reset(left)
		return
	}
	b.timer = time.AfterFunc(left, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.dispatch()
	})
}

// cut takes one batch out of those that wait. mu is held.
func (b *Batcher[T]) cut() []*entry[T] {
	n, size := 0, 0
	for n < len(b.waiting) && n < b.cfg.MaxItems {
		next := size + b.waiting[n].size
		if n > 0 && b.cfg.MaxSize > 0 && next > b.cfg.MaxSize {
			break
		}
		size = next
		n++
	}
	batch := slices.Clone(b.waiting[:n])
	b.waiting = slices.Delete(b.waiting, 0, n)
	b.size -= size
	b.crowd = n > 1 || len(b.waiting) > 0
	return batch
}

// begin makes the request for a batch. mu is held.
func (b *Batcher[T]) begin(batch []*entry[T]) {
	b.requests++
	go func() {
		b.run(batch)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.requests--
		b.returned = time.Now()
		b.dispatch()
	}()
}

func (b *Batcher[T]) run(batch []*entry[T]) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	items := make([]T, len(batch))
	for i, e := range batch {
		items[i] = e.item
	}
	done := make(chan struct{})
	go func() { // ends the request when the last has gone
		for _, e := range batch {
			select {
			case <-e.gone: // nil for who waits for ever
			case <-done:
				return
			}
		}
		cancel()
	}()
	errs := b.cfg.Do(ctx, items)
	close(done)
	for i, e := range batch {
		e.done <- errs[i]
	}
}
