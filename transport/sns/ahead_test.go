package sns_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// slowConsumer has the requests of a consumer take as long as at AWS, and those that prepare a test no time.
func slowConsumer(_ context.Context, c snstest.Call) snstest.Fault {
	switch c.Action {
	case "ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch":
		return snstest.Fault{Delay: latency}
	}
	return snstest.Fault{}
}

// hands are handlers: so many at a time, each for so long. Acks keep none from its next message.
type hands struct {
	number, limit int
	takes         func() time.Duration // of each message

	mu       sync.Mutex
	handled  int
	receives map[string]int // the last receive count of each message
}

// work handles messages until ctx ends. It is called in a bubble.
func (h *hands) work(ctx context.Context, b *bench, c transport.Consumer) {
	h.receives = map[string]int{}
	var all sync.WaitGroup
	for range h.number {
		all.Go(func() {
			var acks sync.WaitGroup
			defer acks.Wait()
			for {
				ds, err := c.Receive(ctx, h.limit)
				if err != nil {
					if !errors.Is(err, ctx.Err()) {
						b.Error(err)
					}
					return
				}
				for _, d := range ds {
					h.handle(d)
					acks.Go(func() {
						if err := d.Ack(context.Background()); err != nil {
							b.Error(err)
						}
					})
				}
			}
		})
	}
	all.Wait()
}

// handle is called in a bubble.
func (h *hands) handle(d *transport.Delivery) {
	if h.takes != nil {
		time.Sleep(h.takes())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.handled++
	h.receives[d.Message.ID] = d.Receives
}

func (h *hands) done() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.handled
}

// again is how many messages were handed out more than once.
func (h *hands) again() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.receives {
		if r > 1 {
			n++
		}
	}
	return n
}

// inFlight is how many messages SQS has handed out that are not settled.
func inFlight(b *bench) (n int) {
	for _, q := range b.srv.Dump().Queues {
		n += len(q.InFlight)
	}
	return n
}

// A queue that was empty and has a backlog at once is emptied at full speed within two seconds, with full requests. The backlog
// is as large as that takes: how large it is in all, the consumer does not know. When it is done, an empty queue costs a request
// each 20 s again.
func TestFullSpeedAndBack(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is not about races")
	}
	const messages = 25_000
	inBubble(t, snstest.Config{Hook: slowConsumer}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		h := &hands{number: 10, limit: 10}
		ctx, stop := context.WithCancel(b.Context())
		var all sync.WaitGroup
		all.Go(func() { h.work(ctx, b, c) })
		time.Sleep(time.Minute)
		b.orders(messages)
		b.srv.ResetRequests()
		best := 0 // of quarters of the first two seconds
		for range 8 {
			before := h.done()
			time.Sleep(time.Second / 4)
			best = max(best, h.done()-before)
		}
		if best < 5000 { // 32 requests for 10 messages in 15 ms are 5,333 in a quarter of a second
			b.Errorf("in its best quarter of a second the consumer has handled %d messages, want 5,000", best)
		}
		time.Sleep(10 * time.Second)
		if n := b.count("ReceiveMessage") + b.count("DeleteMessageBatch"); h.done() != messages || n > 220*messages/1000 {
			b.Errorf("handled %d of %d messages with %d requests, want no more than 220 for 1,000", h.done(), messages, n)
		}
		time.Sleep(time.Minute) // for polls of the backlog that wait for more
		b.srv.ResetRequests()
		time.Sleep(10 * time.Minute)
		if n := b.count("ReceiveMessage"); n > 30 {
			b.Errorf("ten minutes of an empty queue took %d requests to receive", n)
		}
		if n := h.again(); n > 0 {
			b.Errorf("%d messages were handed out more than once", n)
		}
		stop()
		all.Wait()
	})
}

// Of large messages fewer are fetched ahead.
func TestFewLargeMessagesAreFetchedAhead(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is not about races")
	}
	inBubble(t, snstest.Config{Hook: slowConsumer}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		const large = 240 << 10
		var ms []*transport.Message
		for i := range 600 {
			m := order(i)
			m.Body = fmt.Appendf(nil, `{"action":"created","x":"%s"}`, strings.Repeat("x", large))
			ms = append(ms, m)
		}
		b.publish(ms...)
		h := &hands{number: 2, limit: 10}
		ctx, stop := context.WithCancel(b.Context())
		var all sync.WaitGroup
		all.Go(func() { h.work(ctx, b, c) })
		most := 0
		for h.done() < len(ms) {
			time.Sleep(time.Millisecond)
			most = max(most, inFlight(b))
		}
		stop()
		all.Wait()
		// What is ahead, what is handled, and what is acked.
		if ahead := 16 << 20 / large; most > 2*ahead+40 {
			b.Errorf("%d messages of 240 KiB are in flight, where %d are 16 MiB", most, ahead)
		}
	})
}

// Where handlers are slow nothing is fetched ahead, which another process could have.
func TestSlowHandlersHaveNothingFetchedAhead(t *testing.T) {
	inBubble(t, snstest.Config{Hook: slowConsumer}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		b.orders(200)
		h := &hands{number: 10, limit: 1, takes: func() time.Duration { return time.Second }}
		ctx, stop := context.WithCancel(b.Context())
		var all sync.WaitGroup
		all.Go(func() { h.work(ctx, b, c) })
		most := 0
		for range 300 {
			time.Sleep(100 * time.Millisecond)
			most = max(most, inFlight(b))
		}
		if most > 20 { // ten are handled, and ten acked
			b.Errorf("%d messages are in flight for ten handlers", most)
		}
		stop()
		all.Wait()
		if n := h.again(); n > 0 || h.done() != 200 {
			b.Errorf("handled %d messages, of which %d were handed out more than once", h.done(), n)
		}
	})
}

// Handlers that were quick and get stuck keep what was fetched ahead from nobody.
func TestStuckHandlersLetGo(t *testing.T) {
	inBubble(t, snstest.Config{Hook: slowConsumer}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		b.orders(6000)
		stuck := make(chan struct{})
		h := &hands{number: 10, limit: 10}
		h.takes = func() time.Duration {
			if h.done() > 4000 {
				<-stuck
			}
			return 0
		}
		ctx, stop := context.WithCancel(b.Context())
		var all sync.WaitGroup
		all.Go(func() { h.work(ctx, b, c) })
		for h.done() <= 4000 {
			time.Sleep(latency)
		}
		time.Sleep(2 * latency)
		if held := inFlight(b); held <= 100 {
			b.Errorf("%d messages are in flight: this tests nothing", held)
		}
		time.Sleep(2 * time.Second)
		if held := inFlight(b); held > 100 {
			b.Errorf("after two seconds %d messages are in flight, and handlers have 100", held)
		}
		stop()
		close(stuck)
		all.Wait()
	})
}

// Whoever closes a consumer at full speed gives back what was fetched ahead: a peer handles all of it within a second.
func TestCloseAtFullSpeed(t *testing.T) {
	const messages = 8000
	inBubble(t, snstest.Config{Hook: slowConsumer}, func(b *bench) {
		b.subscribe(listener("a", "Order"))
		b.orders(messages)
		s := listener("a", "Order")
		s.Lease = time.Hour
		one, other := b.subscribe(s), b.subscribe(s)
		first, second := &hands{number: 10, limit: 10}, &hands{number: 10, limit: 10}
		ctx, stop := context.WithCancel(b.Context())
		var all sync.WaitGroup
		all.Go(func() { first.work(ctx, b, one) })
		time.Sleep(300 * time.Millisecond)
		stop()
		all.Wait()
		began := time.Now()
		b.must(one.Close(b.Context()))
		if took := time.Since(began); took > time.Second {
			b.Errorf("closing took %s", took)
		}
		ctx, stop = context.WithCancel(b.Context())
		all.Go(func() { second.work(ctx, b, other) })
		time.Sleep(2 * time.Second)
		stop()
		all.Wait()
		if first.done() == 0 || second.done() == 0 || first.done()+second.done() != messages {
			b.Errorf("one handled %d messages and the other %d, of %d", first.done(), second.done(), messages)
		}
	})
}
