package transporttest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/framebus/framebus/transport"
)

// settleFaults run in a bubble.
func settleFaults() []fault {
	return []fault{{
		name: "hands a message on before its lease ends", breaks: []string{"lease/exclusive", "lease/extend", "drain/left"},
		declare: func(_ *faulty, s *transport.Subscription) { s.Lease /= 2 },
	}, {
		name: "never ends a lease", breaks: []string{"lease/exclusive", "drain/left"},
		declare: func(_ *faulty, s *transport.Subscription) { s.Lease = 1000 * time.Hour },
	}, {
		name: "says nothing when a late settling has no effect", breaks: []string{"lease/late-settle", "order/lease-lost"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.ack = func(ctx context.Context) error {
				err := r.sound.Ack(ctx)
				if errors.Is(err, transport.ErrLeaseLost) {
					err = nil
				}
				return err
			}
		},
	}, {
		name: "lets a late settling take effect", breaks: []string{"lease/late-settle"},
		receipt: func(c *faultyConsumer, d *transport.Delivery, r *receipt) {
			c.tr.memo.mu.Lock()
			defer c.tr.memo.mu.Unlock()
			// The newest receipt is what any receipt of the message settles by.
			key := d.Message.ID
			c.tr.memo.receipts[key] = r.sound
			r.ack = func(ctx context.Context) error {
				own := r.sound.Ack(ctx)
				if errors.Is(own, transport.ErrLeaseLost) {
					c.tr.memo.mu.Lock()
					newest := c.tr.memo.receipts[key]
					c.tr.memo.mu.Unlock()
					_ = newest.Ack(ctx)
				}
				return own
			}
		},
	}, {
		name: "does not extend", breaks: []string{"lease/extend", "drain/extends"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.extend = func(context.Context, time.Duration) error { return nil }
		},
	}, {
		name: "says nothing when a lease is lost", breaks: []string{"lease/extend-late", "lease/late-settle"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.extend = func(ctx context.Context, lease time.Duration) error {
				_ = r.sound.Extend(ctx, lease)
				return nil
			}
		},
	}, {
		name: "forgets an ack", breaks: []string{"settle/ack", "stress/nothing-lost"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.ack = func(context.Context) error { return nil }
		},
	}, {
		name: "acks for all listeners", breaks: []string{"settle/ack"},
		receipt: func(c *faultyConsumer, d *transport.Delivery, r *receipt) {
			r.ack = func(ctx context.Context) error {
				c.tr.memo.add("acked "+d.Message.ID, 1)
				return r.sound.Ack(ctx)
			}
		},
		keep: func(c *faultyConsumer, d *transport.Delivery) bool {
			return c.tr.memo.add("acked "+d.Message.ID, 0) == 0
		},
	}, {
		name: "hands out what was acked", breaks: []string{"settle/once"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.ack = func(ctx context.Context) error { return r.sound.Release(ctx) }
		},
	}, {
		name: "takes an ended ctx for a settled message", breaks: []string{"settle/ctx"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.ack = func(ctx context.Context) error {
				if ctx.Err() == nil {
					return r.sound.Ack(ctx)
				}
				return nil
			}
		},
	}, {
		name: "hides the ctx in the error of a settling", breaks: []string{"settle/ctx"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.release = func(ctx context.Context) error {
				if ctx.Err() != nil {
					return errFaulty
				}
				return r.sound.Release(ctx)
			}
		},
	}, {
		name: "drops what is retried", breaks: []string{"retry/at-once", "retry/count", "stress/nothing-lost"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, _ time.Duration, _ []transport.Failure) error { return r.sound.Ack(ctx) }
		},
	}, {
		name: "does not count", breaks: []string{"retry/count", "lease/exclusive"},
		deliver: func(c *faultyConsumer, d *transport.Delivery) *transport.Delivery {
			d.Receives = 1
			return d
		},
	}, {
		name: "keeps the last failure only", breaks: []string{"retry/history"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, delay time.Duration, failures []transport.Failure) error {
				return r.sound.Retry(ctx, delay, failures[len(failures)-1:])
			}
		},
	}, {
		name: "retries at once, whatever the delay", breaks: []string{"retry/delay", "order/retry"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, _ time.Duration, failures []transport.Failure) error {
				return r.sound.Retry(ctx, 0, failures)
			}
		},
	}, {
		name: "sleeps through a retry's delay", breaks: []string{"retry/holds-no-worker"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, delay time.Duration, failures []transport.Failure) error {
				time.Sleep(delay)
				return r.sound.Retry(ctx, 0, failures)
			}
		},
	}, {
		name: "holds the queue while a retry is delayed", breaks: []string{"retry/holds-no-worker", "order/retry"},
		receipt: func(c *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, delay time.Duration, failures []transport.Failure) error {
				c.mu.Lock()
				time.AfterFunc(delay, c.mu.Unlock)
				return r.sound.Retry(ctx, delay, failures)
			}
		},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			for !c.mu.TryLock() {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				time.Sleep(100 * time.Millisecond)
			}
			c.mu.Unlock()
			return c.get(ctx, limit)
		},
	}, {
		name: "has one delay for all", breaks: []string{"retry/each-delay"},
		receipt: func(c *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, delay time.Duration, failures []transport.Failure) error {
				if n := c.tr.memo.add("delay", 0); n > 0 {
					delay = time.Duration(n)
				} else {
					c.tr.memo.add("delay", int(delay))
				}
				return r.sound.Retry(ctx, delay, failures)
			}
		},
	}, {
		name: "leaves a released message to its lease", breaks: []string{"release/at-once", "drain/releases", "order/release"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.release = func(context.Context) error { return nil }
		},
	}, {
		name: "takes a release for a failure", breaks: []string{"release/no-failure"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.release = func(ctx context.Context) error {
				return r.sound.Retry(ctx, 0, []transport.Failure{{Attempt: 1, Delivery: 1, Error: "released"}})
			}
		},
	}, {
		name: "counts some releases", breaks: []string{"release/no-failure"},
		receipt: func(_ *faultyConsumer, d *transport.Delivery, r *receipt) {
			r.release = func(ctx context.Context) error {
				if d.Receives > 1 {
					return r.sound.Retry(ctx, 0, nil)
				}
				return r.sound.Release(ctx)
			}
		},
	}}
}

func deadLetterFaults() []fault {
	// listed changes what List returns.
	listed := func(change func(page []transport.DeadLetter) []transport.DeadLetter) func(*faulty, transport.ID, transport.DeadLetters, error) (transport.DeadLetters, error) {
		return func(_ *faulty, _ transport.ID, dl transport.DeadLetters, err error) (transport.DeadLetters, error) {
			if err != nil {
				return nil, err
			}
			return &letters{DeadLetters: dl, list: func(ctx context.Context, after string, limit int) ([]transport.DeadLetter, error) {
				page, err := dl.List(ctx, after, limit)
				return change(page), err
			}}, nil
		}
	}
	each := func(change func(letter *transport.DeadLetter)) func(*faulty, transport.ID, transport.DeadLetters, error) (transport.DeadLetters, error) {
		return listed(func(page []transport.DeadLetter) []transport.DeadLetter {
			for i := range page {
				change(&page[i])
			}
			return page
		})
	}
	// acting changes Redrive and Purge.
	acting := func(hook func(tr *faulty, sub transport.ID, l *letters)) func(*faulty, transport.ID, transport.DeadLetters, error) (transport.DeadLetters, error) {
		return func(tr *faulty, sub transport.ID, dl transport.DeadLetters, err error) (transport.DeadLetters, error) {
			if err != nil {
				return nil, err
			}
			l := &letters{DeadLetters: dl}
			hook(tr, sub, l)
			return l, nil
		}
	}
	return []fault{{
		name: "trims a dead letter's body", breaks: []string{"dead/untouched"},
		letters: each(func(l *transport.DeadLetter) { l.Message.Body = []byte(strings.TrimSpace(string(l.Message.Body))) }),
	}, {
		name: "leaves a dead letter in its queue", breaks: []string{"dead/untouched"},
		receipt: func(_ *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.bury = func(context.Context, transport.Record) error { return nil }
		},
	}, {
		name: "dead-letters for all listeners", breaks: []string{"dead/untouched"},
		receipt: func(c *faultyConsumer, d *transport.Delivery, r *receipt) {
			r.bury = func(ctx context.Context, why transport.Record) error {
				c.tr.memo.add("dead "+d.Message.ID, 1)
				return r.sound.DeadLetter(ctx, why)
			}
		},
		keep: func(c *faultyConsumer, d *transport.Delivery) bool {
			return c.tr.memo.add("dead "+d.Message.ID, 0) == 0
		},
	}, {
		name: "forgets why", breaks: []string{"dead/record"},
		letters: each(func(l *transport.DeadLetter) { l.Why = transport.Record{} }),
	}, {
		name: "keeps no attempts", breaks: []string{"dead/record", "dead/large", "dead/max-receives"},
		letters: each(func(l *transport.DeadLetter) { l.Why.Attempts = nil }),
	}, {
		name: "keeps the times of its own clock", breaks: []string{"dead/record"},
		letters: each(func(l *transport.DeadLetter) { l.Why.FirstFailure = l.Time }),
	}, {
		name: "cuts a dead letter to what fits", breaks: []string{"dead/large"},
		letters: each(func(l *transport.DeadLetter) {
			l.Message.Body = l.Message.Body[:min(len(l.Message.Body), 100<<10)]
		}),
	}, {
		name: "lists the newest dead letter first", breaks: []string{"dead/list"},
		letters: listed(func(page []transport.DeadLetter) []transport.DeadLetter {
			slices.Reverse(page)
			return page
		}),
	}, {
		name: "lists pages that are not full", breaks: []string{"dead/list"},
		letters: listed(func(page []transport.DeadLetter) []transport.DeadLetter { return page[:min(len(page), 2)] }),
	}, {
		name: "finds dead letters of a subscription that does not exist", breaks: []string{"dead/anywhere"},
		letters: func(_ *faulty, _ transport.ID, dl transport.DeadLetters, err error) (transport.DeadLetters, error) {
			return dl, nil
		},
	}, {
		name: "keeps dead letters in the process", breaks: []string{"dead/anywhere"},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			c, err := tr.consume(ctx, s)
			tr.memo.mu.Lock()
			defer tr.memo.mu.Unlock()
			tr.memo.declared[s.ID] = s
			tr.memo.owner = tr
			return c, err
		},
		letters: func(tr *faulty, _ transport.ID, dl transport.DeadLetters, err error) (transport.DeadLetters, error) {
			if tr.memo.owner != tr {
				return &letters{DeadLetters: dl, list: func(context.Context, string, int) ([]transport.DeadLetter, error) {
					return nil, nil
				}}, err
			}
			return dl, err
		},
	}, {
		name: "does not heed MaxReceives", breaks: []string{"dead/max-receives", "order/max-receives"},
		declare: func(_ *faulty, s *transport.Subscription) { s.MaxReceives = 0 },
	}, {
		name: "gives a message up one receive late", breaks: []string{"dead/max-receives", "order/max-receives"},
		declare: func(_ *faulty, s *transport.Subscription) {
			if s.MaxReceives > 0 {
				s.MaxReceives++
			}
		},
	}, {
		name: "keeps the count over a redrive", breaks: []string{"redrive/as-new"},
		deliver: func(c *faultyConsumer, d *transport.Delivery) *transport.Delivery {
			d.Receives = c.tr.memo.add("receives "+d.Message.ID, 1)
			return d
		},
	}, {
		name: "redrives to every listener", breaks: []string{"redrive/one-listener"},
		letters: acting(func(tr *faulty, _ transport.ID, l *letters) {
			l.redrive = func(ctx context.Context, ids ...string) (int, error) {
				list, err := l.DeadLetters.List(ctx, "", 1000)
				for _, letter := range list {
					err = errors.Join(err, tr.Transport.Publish(ctx, letter.Message))
				}
				n, purged := l.DeadLetters.Purge(ctx)
				return n, errors.Join(err, purged)
			}
		}),
	}, {
		name: "redrives all, whatever is chosen", breaks: []string{"redrive/chosen", "redrive/dies-twice"},
		letters: acting(func(_ *faulty, _ transport.ID, l *letters) {
			l.redrive = func(ctx context.Context, ids ...string) (int, error) { return l.DeadLetters.Redrive(ctx) }
		}),
	}, {
		name: "stops redriving at an unknown ID", breaks: []string{"redrive/chosen"},
		letters: acting(func(_ *faulty, _ transport.ID, l *letters) {
			l.redrive = func(ctx context.Context, ids ...string) (int, error) {
				if slices.Contains(ids, unknownID) {
					return 0, errors.New("no dead letter " + unknownID)
				}
				return l.DeadLetters.Redrive(ctx, ids...)
			}
		}),
	}, {
		name: "names a dead letter by its message", breaks: []string{"redrive/dies-twice"},
		letters: func(_ *faulty, _ transport.ID, dl transport.DeadLetters, err error) (transport.DeadLetters, error) {
			return &letters{
				DeadLetters: dl,
				list: func(ctx context.Context, after string, limit int) ([]transport.DeadLetter, error) {
					page, err := dl.List(ctx, after, limit)
					for i := range page {
						page[i].ID = page[i].Message.ID
					}
					return page, err
				},
				redrive: func(ctx context.Context, ids ...string) (int, error) {
					list, _ := dl.List(ctx, "", 1000)
					for i, id := range ids {
						for _, letter := range list {
							if letter.Message.ID == id {
								ids[i] = letter.ID
							}
						}
					}
					return dl.Redrive(ctx, ids...)
				},
			}, err
		},
	}, {
		name: "purges nothing", breaks: []string{"purge/all", "purge/chosen"},
		letters: acting(func(_ *faulty, _ transport.ID, l *letters) {
			l.purge = func(ctx context.Context, ids ...string) (int, error) {
				list, err := l.DeadLetters.List(ctx, "", 1000)
				return len(list), err
			}
		}),
	}, {
		name: "purges for good what is not there", breaks: []string{"purge/chosen"},
		letters: acting(func(_ *faulty, _ transport.ID, l *letters) {
			l.purge = func(ctx context.Context, ids ...string) (int, error) {
				n, _ := l.DeadLetters.Purge(ctx, ids...)
				return n, nil
			}
		}),
	}}
}

func orderFaults() []fault {
	// stuck holds back deliveries for ever.
	stuck := func(holds func(c *faultyConsumer, m *transport.Message) bool) func(context.Context, *faultyConsumer, int) ([]*transport.Delivery, error) {
		return func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			for {
				ds, err := c.get(ctx, limit)
				if err != nil {
					return nil, err
				}
				if ds = slices.DeleteFunc(ds, func(d *transport.Delivery) bool { return holds(c, d.Message) }); len(ds) > 0 {
					return ds, nil
				}
			}
		}
	}
	return []fault{{
		name: "claims order and has none",
		breaks: []string{
			"order/replicas", "order/retry", "order/lease-lost", "order/release", "order/channels",
		},
		declare: func(_ *faulty, s *transport.Subscription) { s.Ordered = false },
	}, {
		name: "stops a key for ever at a dead letter", breaks: []string{"order/dead"},
		receipt: func(c *faultyConsumer, d *transport.Delivery, r *receipt) {
			r.bury = func(ctx context.Context, why transport.Record) error {
				c.tr.memo.add("stopped "+d.Message.Key, 1)
				return r.sound.DeadLetter(ctx, why)
			}
		},
		receive: stuck(func(c *faultyConsumer, m *transport.Message) bool {
			return c.tr.memo.add("stopped "+m.Key, 0) > 0
		}),
	}, {
		name: "takes messages without a key for one key", breaks: []string{"order/keyless"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			m = m.Clone()
			if m.Key == "" {
				m.Key = "none"
			}
			return tr.Transport.Publish(ctx, m)
		},
	}, {
		name: "keeps one order for a key on all channels", breaks: []string{"order/channels"},
		receive: stuck(func(c *faultyConsumer, m *transport.Message) bool {
			key := "first channel of " + m.Key
			c.tr.memo.mu.Lock()
			defer c.tr.memo.mu.Unlock()
			if first := c.tr.memo.messages[key]; first != nil && first.Channel != m.Channel {
				return true
			}
			c.tr.memo.messages[key] = m
			return false
		}),
	}, {
		name: "keeps one order for all keys", breaks: []string{"order/retry", "order/lease-lost", "order/keyless"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			m = m.Clone()
			m.Key = "one"
			return tr.Transport.Publish(ctx, m)
		},
	}}
}
