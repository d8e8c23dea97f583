package memory_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// Everything at once: publishers, competing consumers that settle in every way, replicas that come, go and
// declare anew, dead letters that are redriven. Nothing is lost, and nothing of one key is handled out of
// order.
func TestStress(t *testing.T) {
	const publishers, each, keys = 8, 300, 10
	for name, opts := range map[string][]memory.Option{"unlimited": nil, "bounded": {memory.MaxDepth(20)}} {
		t.Run(name, func(t *testing.T) {
			tr := memory.New(opts...)
			ctx, stop := context.WithCancel(t.Context())
			listeners := []*listener{
				{sub: sub("plain", "Order")}, {sub: sub("glob", "O*")}, {sub: ordered(sub("ordered", "*"))},
			}
			var running sync.WaitGroup
			for _, l := range listeners {
				l.t, l.tr = t, tr
				ok(t, tr.Provision(ctx, l.sub))
				for range 4 {
					running.Go(func() { l.run(ctx) })
				}
			}
			var publishing sync.WaitGroup
			for p := range publishers {
				publishing.Go(func() {
					for i := range each {
						m := &transport.Message{
							ID: fmt.Sprintf("%d-%d", p, i), Channel: "Order", Key: strconv.Itoa(p*keys + i%keys), Body: []byte(strconv.Itoa(i)),
						}
						if err := tr.Publish(ctx, m); err != nil {
							t.Error(err)
						}
					}
				})
			}
			publishing.Wait()
			ok(t, tr.Idle(ctx))
			for _, l := range listeners {
				for d := depth(t, tr, l.sub); d.DeadLetters > 0; d = depth(t, tr, l.sub) {
					_, err := deadLetters(t, tr, l.sub).Redrive(ctx)
					ok(t, err)
					ok(t, tr.Idle(ctx))
				}
			}
			stop()
			running.Wait()
			for _, l := range listeners {
				equal(t, l.sub.Name+" acked", l.acked.Load(), publishers*each)
				equal(t, l.sub.Name, depth(t, tr, l.sub), transport.Depth{})
			}
		})
	}
}

type listener struct {
	t     *testing.T
	tr    *memory.Transport
	sub   transport.Subscription
	acked atomic.Int64
	seen  sync.Map // key -> the last number that was acked for the first time
}

// run consumes until ctx ends, by one short-lived connection after the other.
func (l *listener) run(ctx context.Context) {
	for ctx.Err() == nil {
		tr := l.tr.Connect()
		c, err := tr.Subscribe(ctx, l.sub)
		if err != nil {
			break
		}
		var handlers sync.WaitGroup
		for range 1 + rand.N(20) {
			short, cancel := context.WithTimeout(ctx, time.Duration(rand.N(2000))*time.Microsecond)
			ds, err := c.Receive(short, 1+rand.N(5))
			cancel()
			if err != nil && short.Err() == nil {
				l.t.Error(err)
			}
			for _, d := range ds {
				handlers.Go(func() { l.handle(ctx, d) })
			}
		}
		if err := tr.Close(); err != nil {
			l.t.Error(err)
		}
		handlers.Wait()
	}
}

func (l *listener) handle(ctx context.Context, d *transport.Delivery) {
	ctx = context.WithoutCancel(ctx)
	var err error
	switch rand.N(10) {
	case 0:
		err = d.Retry(ctx)
	case 1:
		d.SetRetryDelay(time.Duration(rand.N(1000)) * time.Microsecond)
		err = d.Retry(ctx)
	case 2:
		err = d.Release(ctx)
	case 3:
		if l.sub.Ordered { // one that is redriven goes behind others of its key
			err = d.Extend(ctx)
			l.ack(ctx, d)
		} else if err = d.DeadLetter(ctx, errors.New("no")); rand.N(50) == 0 {
			_, redriveErr := deadLetters(l.t, l.tr, l.sub).Redrive(ctx)
			err = errors.Join(err, redriveErr)
		}
	default:
		l.ack(ctx, d)
	}
	if err != nil {
		l.t.Error(err)
	}
}

func (l *listener) ack(ctx context.Context, d *transport.Delivery) {
	n, err := strconv.Atoi(string(d.Message.Body))
	if err != nil {
		l.t.Error(err)
	}
	if l.sub.Ordered {
		if last, found := l.seen.Swap(d.Message.Key, n); found && n <= last.(int) {
			l.t.Errorf("%s: number %d of key %s came after %d", l.sub.Name, n, d.Message.Key, last)
		}
	}
	l.acked.Add(1)
	if err := d.Ack(ctx); err != nil {
		l.t.Error(err)
	}
}
