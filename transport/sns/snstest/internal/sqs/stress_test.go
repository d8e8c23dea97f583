package sqs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// Senders, and receivers of which some go away while they wait, some release and some delete, on queues that
// share a dead-letter queue: in the end every message was deleted once, or is there, once.
func TestStress(t *testing.T) {
	for _, fifo := range []bool{false, true} {
		t.Run(fmt.Sprint(fifo), func(t *testing.T) { stress(t, fifo) })
	}
}

func stress(t *testing.T, fifo bool) {
	const senders, receivers, each, groups = 8, 16, 200, 5
	d := newDesk(t, Config{})
	suffix, kind := "", []string{}
	if fifo {
		suffix, kind = ".fifo", []string{"FifoQueue", "true"}
	}
	dlq := d.create("dlq"+suffix, kind...)
	q := d.create("q"+suffix, append(kind, "RedrivePolicy", `{"deadLetterTargetArn":"`+dlq.arn+`","maxReceiveCount":5}`)...)

	var mu sync.Mutex
	deleted := map[string]int{}
	var sending, receiving sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for r := range receivers {
		receiving.Go(func() {
			random := rand.New(rand.NewPCG(uint64(r), 1)) //nolint:gosec // a test
			for ctx.Err() == nil {
				one, cancel := context.WithTimeout(ctx, time.Duration(1+random.IntN(20))*time.Millisecond)
				loans, _ := q.receive(one, wanted{most: 1 + random.IntN(10), visibility: 30}, 20)
				cancel()
				for _, l := range loans {
					text := l.handle.text(0)
					if random.IntN(4) == 0 {
						if err := q.changeVisibility(text, 0); err != nil {
							t.Errorf("release: %v", err)
						}
						continue
					}
					if err := q.delete(text); err != nil {
						t.Errorf("delete: %v", err)
					}
					mu.Lock()
					deleted[l.message.id]++
					mu.Unlock()
				}
			}
		})
	}
	sent := make(chan string, senders*each)
	for s := range senders {
		sending.Go(func() {
			for i := range each {
				group := ""
				if fifo {
					group = fmt.Sprint((s + i) % groups)
				}
				sent <- d.post(q, "a", group)
			}
		})
	}
	sending.Wait()
	for left := 1; left > 0; {
		now := q.lock()
		left = q.count[ready] + q.count[inFlight]
		q.unlock(now)
	}
	stop()
	receiving.Wait()
	close(sent)

	left := map[string]int{}
	for _, m := range dlq.dump().Ready {
		left[m.ID]++
	}
	for id := range sent {
		if deleted[id]+left[id] != 1 {
			t.Errorf("%s was deleted %d times and is %d times among the dead letters", id, deleted[id], left[id])
		}
	}
	t.Logf("%d deleted, %d dead letters", len(deleted), len(left))
}
