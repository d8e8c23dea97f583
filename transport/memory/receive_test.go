package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestReceiveTakesUpToLimit(t *testing.T) {
	tr := memory.New()
	c := subscribe(t, tr, sub("s", "Order"))
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprint(i))
	}
	send(t, tr, "Order", want...)
	take(t, c, 0, want[0]) // there is no less than one
	take(t, c, 1, want[1])
	take(t, c, 12, want[2:14]...)
	take(t, c, 100, want[14:]...)
}

func TestReceiveWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		start := time.Now()
		time.AfterFunc(time.Hour, func() { send(t, tr, "Order", "1") })
		take(t, c, 10, "1")
		equal(t, "waited", time.Since(start), time.Hour)
	})
}

func TestReceiversAreServedInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		c := subscribe(t, tr, sub("s", "Order"))
		var mu sync.Mutex
		var got []string
		for i := range 5 {
			go func() {
				d := receive(t, c, 1)[0]
				mu.Lock()
				defer mu.Unlock()
				got = append(got, fmt.Sprintf("%d: %s", i, d.Message.ID))
			}()
			synctest.Wait()
		}
		for i := range 5 {
			send(t, tr, "Order", fmt.Sprint(i))
			synctest.Wait()
		}
		same(t, "receivers", got, []string{"0: 0", "1: 1", "2: 2", "3: 3", "4: 4"})
	})
}

// A burst wakes one receiver, who wakes the next as long as there is something left.
func TestBurstReachesEveryReceiver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		got := make(chan []string, 10)
		for range 5 {
			go func() { got <- ids(receive(t, c, 2)) }()
		}
		synctest.Wait()
		send(t, tr, "Order", "1", "2", "3", "4", "5", "6", "7", "8", "9")
		synctest.Wait()
		var all []string
		for range 5 {
			all = append(all, <-got...) // each gets something, or the bubble ends here
		}
		// One that was woken between two messages of the burst took one only.
		if left := depth(t, tr, s).Ready; left > 0 {
			all = append(all, ids(receive(t, c, left))...)
		}
		slices.Sort(all)
		same(t, "received", all, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"})
	})
}

func TestReceiveEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c := subscribe(t, tr, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Receive(ctx, 1)
		fails(t, err, context.DeadlineExceeded, "memory: receive from service/s: context deadline exceeded")
		send(t, tr, "Order", "1")
		_, err = c.Receive(ctx, 1)
		fails(t, err, context.DeadlineExceeded, "memory: receive from service/s: context deadline exceeded")
		equal(t, "ready", depth(t, tr, s).Ready, 1)
		equal(t, "receives", take(t, c, 1, "1")[0].Receives, 1)
	})
}

// A receiver whose ctx ends, or whose consumer is closed, just when it is woken hands the wake-up on.
func TestWakeUpIsPassedOn(t *testing.T) {
	for name, end := range map[string]func(context.CancelFunc, transport.Consumer){
		"ctx":   func(cancel context.CancelFunc, _ transport.Consumer) { cancel() },
		"close": func(_ context.CancelFunc, c transport.Consumer) { _ = c.Close(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				bubble(t, func(t *testing.T) {
					tr := memory.New()
					s := sub("s", "Order")
					fickle, patient := subscribe(t, tr, s), subscribe(t, tr, s)
					ctx, cancel := context.WithCancel(t.Context())
					got := make(chan []string, 2)
					go func() {
						ds, err := fickle.Receive(ctx, 1)
						if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, transport.ErrClosed) {
							t.Error(err)
						}
						got <- ids(ds)
					}()
					synctest.Wait()
					go func() { got <- ids(receive(t, patient, 1)) }()
					synctest.Wait()
					send(t, tr, "Order", "1")
					end(cancel, fickle)
					synctest.Wait()
					if first := <-got; first != nil {
						send(t, tr, "Order", "2") // the fickle one has it: let the other one go
					}
					<-got
					cancel()
				})
			}
		})
	}
}

func TestConsumerClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("s", "Order")
		c, other := subscribe(t, tr, s), subscribe(t, tr, s)
		send(t, tr, "Order", "1", "2", "3", "4", "5")
		out := receive(t, c, 5)
		failed := make(chan error, 2)
		for range 2 {
			go func() { _, err := c.Receive(t.Context(), 1); failed <- err }()
		}
		got := make(chan []string, 1)
		go func() { got <- ids(receive(t, other, 1)) }()
		synctest.Wait()
		ok(t, c.Close(t.Context()))
		ok(t, c.Close(t.Context()))
		for range 2 {
			if err := <-failed; !errors.Is(err, transport.ErrClosed) {
				t.Errorf("Receive returned %v", err)
			}
		}
		_, err := c.Receive(t.Context(), 1)
		fails(t, err, transport.ErrClosed, "memory: receive from service/s: closed")

		ok(t, out[0].Ack(t.Context()))
		ok(t, out[1].Extend(t.Context()))
		ok(t, out[1].DeadLetter(t.Context(), errors.New("no")))
		ok(t, out[2].Release(t.Context()))
		same(t, "the other consumer received", <-got, []string{"3"})
		ok(t, out[3].Retry(t.Context()))
		take(t, other, 1, "4")
		equal(t, "depth", depth(t, tr, s), transport.Depth{InFlight: 3, DeadLetters: 1})
	})
}
