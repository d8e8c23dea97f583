package sns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/topology"
)

const (
	// longPoll is how long SQS waits for a message at most
	// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html).
	longPoll = 20 * time.Second
	// maxPolls is how many requests a consumer makes at a time while there is a backlog.
	maxPolls = 32
	// parting is how old a poll must be to be broken off when its consumer is closed. Where there are messages, the answer
	// comes within a request's time, and is on its way until then; who waits for longer does so at an empty queue.
	parting = 500 * time.Millisecond
)

// consumer receives for the callers of Receive. While the queue is empty one request waits for all of them. While it has
// more than requests bring in time, some are made ahead of the callers, as many as pace says, and no others: SQS counts a
// message as received that nobody has seen, when it is given back.
type consumer struct {
	transport *Transport
	sub       transport.Subscription
	queue     topology.Queue
	channel   string // that messages without one are from; empty for a glob

	mu      sync.Mutex
	callers []*caller // in the order in which they came; none while something is ahead
	ahead   []fetched // nobody has asked for them yet; the first are the oldest
	pace    pace
	asked   int // for how many messages, by polls that are under way
	polls   map[*poll]bool
	backlog bool        // the last poll got about all that it asked for
	hold    *time.Timer // gives back what waits for too long; nil while nothing waits
	closed  bool

	gathering  bool               // polls are about to be made
	refreshing context.CancelFunc // ends the look for topics that is under way; nil before the first
	idle       sync.WaitGroup     // polls, and what they gave back
}

// caller is one Receive.
type caller struct {
	limit int
	got   chan received // holds one
}

type received struct {
	ds  []*transport.Delivery
	err error
}

func newConsumer(t *Transport, s transport.Subscription, q topology.Queue) *consumer {
	c := &consumer{transport: t, sub: s, queue: q, channel: s.Pattern, polls: map[*poll]bool{}}
	if strings.Contains(s.Pattern, "*") {
		c.channel = ""
	}
	return c
}

// Receive implements [transport.Consumer].
func (c *consumer) Receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	r := &caller{limit: limit, got: make(chan received, 1)}
	if ds, err := c.enter(ctx, r); err != nil {
		return nil, fmt.Errorf("sns: receive from %s: %w", c.sub.ID, err)
	} else if len(ds) > 0 {
		return ds, nil
	}
	var got received
	select {
	case got = <-r.got:
	case <-ctx.Done():
		rest, served := c.leave(r)
		if served {
			got = <-r.got
			rest = append(rest, got.ds...)
			got.ds = nil
		}
		c.giveBack(rest)
		got.err = ctx.Err()
	}
	if got.err != nil {
		return nil, fmt.Errorf("sns: receive from %s: %w", c.sub.ID, got.err)
	}
	return got.ds, nil
}

// enter takes what is there, or gets into the line.
func (c *consumer) enter(ctx context.Context, r *caller) ([]*transport.Delivery, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, transport.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ds := c.take(r.limit)
	if len(ds) == 0 {
		c.callers = append(c.callers, r)
	}
	c.poll(false)
	return ds, nil
}

// leave takes a caller out of the line, which may have been served at the same time. If it was the last and did not want
// to wait, all are about to stop: what is ahead goes back now.
func (c *consumer) leave(r *caller) (rest []*transport.Delivery, served bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.callers, r)
	if i >= 0 {
		c.callers = slices.Delete(c.callers, i, i+1)
	}
	if len(c.callers) == 0 {
		c.pace.stop()
		rest = c.take(len(c.ahead))
	}
	return rest, i < 0
}

// giveBack makes messages visible that nobody has seen.
func (c *consumer) giveBack(ds []*transport.Delivery) {
	var all sync.WaitGroup
	for _, d := range ds {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), settlePatience)
			defer cancel()
			if err := d.Release(ctx); err != nil {
				c.transport.log.Warn("framebus: a message that nobody has seen could not be given back", "listener", c.sub.ID.String(),
					"id", d.Message.ID, "error", err)
			}
		})
	}
	all.Wait()
}

// Close implements [transport.Consumer]. It returns when no request is under way: a moment after the last was made, at most. A
// message that comes to an empty queue just then may be invisible until its lease is over.
func (c *consumer) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	for _, r := range c.callers {
		r.got <- received{err: transport.ErrClosed}
	}
	c.callers = nil
	rest := c.take(len(c.ahead))
	if c.hold != nil {
		c.hold.Stop()
	}
	if c.refreshing != nil {
		c.refreshing()
	}
	var young time.Duration
	for p := range c.polls {
		young = max(young, parting-time.Since(p.began))
	}
	c.mu.Unlock()
	done := make(chan struct{})
	go func() {
		c.giveBack(rest)
		c.idle.Wait()
		close(done)
	}()
	part := time.AfterFunc(young, c.breakOff)
	defer c.breakOff()
	defer part.Stop()
	select {
	case <-done:
	case <-ctx.Done():
		return fmt.Errorf("sns: close consumer of %s: %w", c.sub.ID, ctx.Err())
	}
	t := c.transport
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.consumers, c)
	return nil
}

// breakOff ends the polls that are under way.
func (c *consumer) breakOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p := range c.polls {
		p.end()
	}
}
