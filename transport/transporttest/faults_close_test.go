package transporttest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/framebus/framebus/transport"
)

// closeFaults run in a bubble.
func closeFaults() []fault {
	// fetchAhead receives as many as the consumer means to hold.
	fetchAhead := func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.held) == 0 {
			ds, err := c.get(ctx, max(c.sub.Concurrency, limit))
			if err != nil {
				return nil, err
			}
			c.held = ds
		}
		n := min(limit, len(c.held))
		ds := c.held[:n:n]
		c.held = c.held[n:]
		return ds, nil
	}
	// remember notes what is out, for a close to touch.
	remember := func(c *faultyConsumer, d *transport.Delivery) *transport.Delivery {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.held = append(c.held, d)
		return d
	}
	return []fault{{
		name: "refuses a second close", breaks: []string{"close/twice"},
		close: func(ctx context.Context, c *faultyConsumer) error {
			if c.tr.memo.add("closes", 1) > 1 {
				return transport.ErrClosed
			}
			return c.Consumer.Close(ctx)
		},
	}, {
		name: "publishes after its close", breaks: []string{"close/refuses"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			return tr.Connect().Publish(ctx, m)
		},
	}, {
		name: "waits on after its close", breaks: []string{"close/ends-receive"},
		close: func(context.Context, *faultyConsumer) error { return nil },
	}, {
		name: "closes all processes", breaks: []string{"close/others"},
		closeAll: func(tr *faulty) error {
			tr.memo.mu.Lock()
			defer tr.memo.mu.Unlock()
			var err error
			for _, peer := range tr.memo.processes {
				err = errors.Join(err, peer.Transport.Close())
			}
			return err
		},
	}, {
		name: "keeps what arrives during its close", breaks: []string{"close/race"},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			ds, err := c.get(ctx, limit)
			if c.closed.Load() {
				return nil, transport.ErrClosed
			}
			return ds, err
		},
		close: func(ctx context.Context, c *faultyConsumer) error {
			time.Sleep(time.Millisecond)
			return c.Consumer.Close(ctx)
		},
	}, {
		name: "drops the acks of a closed consumer", breaks: []string{"drain/settles"},
		receipt: func(c *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.ack = func(ctx context.Context) error {
				if c.closed.Load() {
					return nil
				}
				return r.sound.Ack(ctx)
			}
		},
	}, {
		name: "refuses to settle for a closed consumer", breaks: []string{"drain/settles"},
		receipt: func(c *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, delay time.Duration, failures []transport.Failure) error {
				if c.closed.Load() {
					return transport.ErrClosed
				}
				return r.sound.Retry(ctx, delay, failures)
			}
		},
	}, {
		name: "does not extend for a closed consumer", breaks: []string{"drain/extends", "lease/extend"},
		receipt: func(c *faultyConsumer, _ *transport.Delivery, r *receipt) {
			r.extend = func(ctx context.Context, lease time.Duration) error {
				if c.closed.Load() {
					return nil
				}
				return r.sound.Extend(ctx, lease)
			}
		},
	}, {
		name: "releases at its close what is being handled", breaks: []string{"drain/settles", "drain/extends", "drain/left"},
		deliver: remember,
		close: func(ctx context.Context, c *faultyConsumer) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, d := range c.held {
				_ = soundReceipt(d).Release(ctx)
			}
			return c.Consumer.Close(ctx)
		},
		closeAll: func(tr *faulty) error {
			tr.memo.mu.Lock()
			defer tr.memo.mu.Unlock()
			for _, c := range tr.memo.consumers {
				c.mu.Lock()
				for _, d := range c.held {
					_ = soundReceipt(d).Release(context.Background())
				}
				c.mu.Unlock()
			}
			return tr.Transport.Close()
		},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			c, err := tr.consume(ctx, s)
			if err != nil {
				return nil, err
			}
			tr.memo.mu.Lock()
			defer tr.memo.mu.Unlock()
			tr.memo.consumers = append(tr.memo.consumers, c.(*faultyConsumer))
			return c, nil
		},
	}, {
		name: "keeps at its close what it fetched ahead", breaks: []string{"drain/unstarted"},
		receive: fetchAhead,
	}, {
		name: "counts what it fetched ahead", breaks: []string{"drain/unstarted"},
		receive: fetchAhead,
		close: func(ctx context.Context, c *faultyConsumer) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, d := range c.held {
				_ = d.Retry(ctx)
			}
			c.held = nil
			return c.Consumer.Close(ctx)
		},
	}}
}

func bodyFaults() []fault {
	altered := func(change func(m *transport.Message)) func(context.Context, *faulty, *transport.Message) error {
		return func(ctx context.Context, tr *faulty, m *transport.Message) error {
			m = m.Clone()
			change(m)
			return tr.Transport.Publish(ctx, m)
		}
	}
	return []fault{{
		name: "sends text only", breaks: []string{"body/bytes", "body/size"},
		publish: altered(func(m *transport.Message) { m.Body = bytes.ToValidUTF8(m.Body, []byte("?")) }),
	}, {
		name: "ends a body at its first zero", breaks: []string{"body/bytes"},
		publish: altered(func(m *transport.Message) { m.Body, _, _ = bytes.Cut(m.Body, []byte{0}) }),
	}, {
		name: "cuts a body that is too large", breaks: []string{"body/size"},
		publish: altered(func(m *transport.Message) { m.Body = m.Body[:min(len(m.Body), 256<<10)] }),
	}, {
		name: "refuses its largest body", breaks: []string{"body/size"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			if len(m.Body) >= tr.Features().MaxBody {
				return errFaulty
			}
			return tr.Transport.Publish(ctx, m)
		},
	}, {
		name: "hands one copy to all", breaks: []string{"body/own"},
		deliver: func(c *faultyConsumer, d *transport.Delivery) *transport.Delivery {
			c.tr.memo.mu.Lock()
			defer c.tr.memo.mu.Unlock()
			if shared := c.tr.memo.messages[d.Message.ID]; shared != nil {
				d.Message = shared
			}
			c.tr.memo.messages[d.Message.ID] = d.Message
			return d
		},
	}, {
		name: "forgets the source", breaks: []string{"metadata/plain", "metadata/hostile"},
		publish: altered(func(m *transport.Message) { m.Source = "" }),
	}, {
		name: "makes up an ID and an action", breaks: []string{"metadata/plain"},
		publish: altered(func(m *transport.Message) {
			if m.Action == "" {
				m.Action = "unknown"
			}
		}),
	}, {
		name: "takes the publisher's word for the time", breaks: []string{"metadata/time"},
		deliver: func(_ *faultyConsumer, d *transport.Delivery) *transport.Delivery {
			d.Message.Time = time.Unix(0, 0)
			return d
		},
	}, {
		name: "tells the time of each delivery", breaks: []string{"metadata/time"},
		deliver: func(_ *faultyConsumer, d *transport.Delivery) *transport.Delivery {
			d.Message.Time = time.Now()
			return d
		},
	}, {
		name: "drops attributes above ten", breaks: []string{"metadata/hostile"},
		publish: altered(func(m *transport.Message) {
			for name := range m.Attributes {
				if len(m.Attributes) > 10 {
					delete(m.Attributes, name)
				}
			}
		}),
	}, {
		name: "lower-cases attributes, as header names", breaks: []string{"metadata/hostile"},
		publish: altered(func(m *transport.Message) {
			attrs := map[string]string{}
			for name, value := range m.Attributes {
				attrs[strings.ToLower(name)] = value
			}
			m.Attributes = attrs
		}),
	}, {
		name: "cuts a long key", breaks: []string{"metadata/hostile"},
		publish: altered(func(m *transport.Message) { m.Key = m.Key[:min(len(m.Key), 128)] }),
	}, {
		name: "sends what it refuses", breaks: []string{"metadata/hostile", "publish/names"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			err := tr.Transport.Publish(ctx, m)
			if err != nil {
				m = m.Clone()
				m.Attributes, m.Action, m.Channel = nil, "", m.ID
				_ = tr.Transport.Publish(ctx, m)
			}
			if err == nil && len(m.Attributes) > 10 {
				err = errFaulty
			}
			return err
		},
	}}
}

func powerFaults() []fault {
	return []fault{{
		name: "counts a delayed message as ready", breaks: []string{"depth/counts"},
		depth: func(d *transport.Depth) { d.Ready, d.Delayed = d.Ready+d.Delayed, 0 },
	}, {
		name: "counts dead letters as ready", breaks: []string{"depth/counts"},
		depth: func(d *transport.Depth) { d.Ready, d.DeadLetters = d.Ready+d.DeadLetters, 0 },
	}, {
		name: "tells an age of nothing", breaks: []string{"depth/oldest"},
		depth: func(d *transport.Depth) { d.Oldest = time.Since(time.Unix(0, 0)) },
	}, {
		name: "checks and does nothing to provision", breaks: []string{"provision/keeps"},
		provision: func(_ context.Context, tr *faulty, s transport.Subscription) error { return s.Check(tr.Features()) },
	}}
}
