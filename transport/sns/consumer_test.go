package sns_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

func TestIdleQueueCostsOneRequestEach20Seconds(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		for range 10 { // callers share it
			all.Go(func() {
				for ctx.Err() == nil {
					_, _ = c.Receive(ctx, 10)
				}
			})
		}
		all.Wait()
		if n := b.count("ReceiveMessage"); n > 30 {
			b.Errorf("ten minutes of nothing took %d requests to receive", n)
		}
	})
}

// A backlog is received by many requests at a time, all but full, and settled in batches.
func TestBacklog(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		const messages, workers = 5000, 20
		b.orders(messages)
		began := time.Now()
		var mu sync.Mutex
		seen := map[string]bool{}
		ctx, done := context.WithTimeout(b.Context(), time.Minute)
		defer done()
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for {
					ds, err := c.Receive(ctx, 10)
					if err != nil {
						return
					}
					var acks sync.WaitGroup
					for _, d := range ds {
						acks.Go(func() {
							if err := d.Ack(b.Context()); err != nil {
								b.Error(err)
							}
						})
					}
					acks.Wait()
					mu.Lock()
					for _, d := range ds {
						seen[d.Message.ID] = true
					}
					if len(seen) == messages {
						done()
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		n := b.count("ReceiveMessage") + b.count("DeleteMessageBatch")
		b.Logf("%d messages in %s of AWS's time, %d requests", messages, took, n)
		if len(seen) != messages {
			b.Errorf("received %d of %d messages", len(seen), messages)
		}
		if n*1000 > 220*messages {
			b.Errorf("%d messages took %d requests, want no more than 220 for 1,000", messages, n)
		}
	})
}

// One bad message in ten leaves the nine others alone.
func TestOneBadMessageInTen(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		b.orders(10)
		began := time.Now()
		for i, d := range b.take(c, 10) {
			if i == 3 {
				d.Fail(errors.New("bad"))
				d.SetRetryDelay(time.Minute)
				b.must(d.Retry(b.Context()))
				continue
			}
			b.must(d.Ack(b.Context()))
		}
		if took := time.Since(began); took > time.Second {
			b.Errorf("it took %s", took)
		}
		b.none(c, 50*time.Second)
		d := b.take(c, 1)[0]
		if d.Receives != 2 {
			b.Errorf("the bad message comes as receive %d", d.Receives)
		}
		b.must(d.Ack(b.Context()))
		b.none(c, time.Hour)
	})
}

// A fifth each of errors of AWS's, of throttling and of connections cut before or after the effect, for ten minutes, and
// messages in any order, some of them twice: nothing is lost, and nothing is given up because of it.
func TestFaults(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	var mu sync.Mutex
	faults := func(_ context.Context, c snstest.Call) snstest.Fault {
		mu.Lock()
		defer mu.Unlock()
		switch random.IntN(10) {
		case 0, 1:
			return snstest.Fault{Error: snstest.Unavailable()}
		case 2, 3:
			return snstest.Fault{Error: snstest.Throttle()}
		case 4:
			return snstest.Fault{CutBefore: true}
		case 5:
			return snstest.Fault{CutAfter: true}
		}
		return snstest.Fault{}
	}
	inBubble(t, snstest.Config{Disorder: snstest.Disorder{Reorder: true, Duplicates: 0.1, EmptyPolls: 0.3}}, func(b *bench) {
		s := listener("a", "Order")
		s.MaxReceives = 100
		c := b.subscribe(s)
		b.srv.SetHook(faults)
		const messages = 300
		var published, consumed sync.WaitGroup
		for p := range 3 {
			published.Go(func() {
				for i := p; i < messages; i += 3 {
					if err := b.tr.Publish(b.Context(), order(i)); err != nil {
						b.Error(err)
					}
					b.sleep(6 * time.Second)
				}
			})
		}
		seen := map[string]bool{}
		ctx, done := context.WithTimeout(b.Context(), 2*time.Hour)
		defer done()
		for range 5 {
			consumed.Go(func() {
				for ctx.Err() == nil {
					ds, _ := c.Receive(ctx, 3) // an error passes
					for _, d := range ds {
						mu.Lock()
						seen[d.Message.ID] = true
						if len(seen) == messages {
							done()
						}
						mu.Unlock()
						_ = d.Ack(b.Context()) // it comes again otherwise
					}
				}
			})
		}
		published.Wait()
		consumed.Wait()
		b.srv.SetHook(nil)
		if len(seen) != messages {
			b.Errorf("received %d of %d messages", len(seen), messages)
		}
		letters, err := b.tr.DeadLetters(b.Context(), s.ID)
		b.must(err)
		list, err := letters.List(b.Context(), "", 10)
		b.must(err)
		if len(list) > 0 {
			b.Errorf("%d messages are dead letters: %+v", len(list), list[0].Why)
		}
	})
}
