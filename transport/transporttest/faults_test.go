package transporttest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/framebus/framebus/transport"
)

func faults() []fault {
	return slices.Concat(publishFaults(), receiveFaults(), declareFaults(), settleFaults(), deadLetterFaults(),
		orderFaults(), closeFaults(), bodyFaults(), powerFaults())
}

var errFaulty = errors.New("faulty")

func publishFaults() []fault {
	return []fault{{
		name: "loses its features at the close", breaks: []string{"features/consistent"},
		features: func(tr *faulty, f *transport.Features) {
			if tr.closed.Load() {
				*f = transport.Features{Name: f.Name}
			}
		},
	}, {
		name: "drops what is published while nobody consumes", breaks: []string{"publish/durable", "provision/keeps"},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			tr.memo.add("open", 1)
			return tr.consume(ctx, s)
		},
		close: func(ctx context.Context, c *faultyConsumer) error {
			c.tr.memo.add("open", -1)
			return c.Consumer.Close(ctx)
		},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			if tr.memo.add("open", 0) == 0 {
				return nil
			}
			return tr.Transport.Publish(ctx, m)
		},
	}, {
		name: "replays old messages to a new subscription", breaks: []string{"publish/declared"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			tr.memo.published = append(tr.memo.published, m)
			return tr.Transport.Publish(ctx, m)
		},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			c, err := tr.consume(ctx, s)
			for _, m := range tr.memo.published {
				_ = tr.Transport.Publish(ctx, m)
			}
			return c, err
		},
	}, {
		name: "takes any channel and drops what it cannot send", breaks: []string{"publish/names"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			if m.Check(tr.Features()) == nil {
				return tr.Transport.Publish(ctx, m)
			}
			return nil
		},
	}, {
		name: "publishes the star as a channel", breaks: []string{"publish/names"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			if m.Channel == "*" {
				m = m.Clone()
				m.Channel = m.ID // somewhere below the trial's names
				_ = tr.Transport.Publish(ctx, m)
				return errFaulty
			}
			return tr.Transport.Publish(ctx, m)
		},
	}, {
		name: "publishes under a ctx of its own", breaks: []string{"publish/ctx"},
		publish: func(_ context.Context, tr *faulty, m *transport.Message) error {
			return tr.Transport.Publish(context.Background(), m)
		},
	}, {
		name: "takes an ended ctx for success", breaks: []string{"publish/ctx-race"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			if ctx.Done() != nil && m.Key == "" {
				timer := time.NewTimer(time.Second)
				defer timer.Stop()
				select {
				case <-ctx.Done():
					return nil
				case <-timer.C:
				}
			}
			return tr.Transport.Publish(ctx, m)
		},
	}, {
		name: "sends later, from the caller's message", breaks: []string{"publish/retains-nothing"},
		publish: func(_ context.Context, tr *faulty, m *transport.Message) error {
			tr.memo.published = append(tr.memo.published, m)
			return nil
		},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			for _, m := range c.tr.memo.published {
				_ = c.tr.Transport.Publish(ctx, m)
			}
			return c.get(ctx, limit)
		},
	}, {
		name: "normalizes the caller's message", breaks: []string{"publish/retains-nothing"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			err := tr.Transport.Publish(ctx, m)
			m.Body = append(m.Body, '\n')
			return err
		},
	}, {
		name: "publishes a batch backwards", breaks: []string{"batch/publishes"},
		batch: func(ctx context.Context, tr *faulty, ms []*transport.Message) error {
			ms = slices.Clone(ms)
			slices.Reverse(ms)
			return tr.Transport.PublishBatch(ctx, ms)
		},
	}, {
		name: "publishes the first ten of a batch", breaks: []string{"batch/publishes", "batch/partial-failure"},
		batch: func(ctx context.Context, tr *faulty, ms []*transport.Message) error {
			return tr.Transport.PublishBatch(ctx, ms[:min(len(ms), 10)])
		},
	}, {
		name: "refuses a whole batch for one message", breaks: []string{"batch/partial-failure"},
		batch: func(ctx context.Context, tr *faulty, ms []*transport.Message) error {
			for _, m := range ms {
				if err := m.Check(tr.Features()); err != nil {
					return err
				}
			}
			return tr.Transport.PublishBatch(ctx, ms)
		},
	}}
}

func receiveFaults() []fault {
	return []fault{{
		name: "gives each consumer a queue of its own", breaks: []string{"receive/competing", "declare/again"},
		declare: func(tr *faulty, s *transport.Subscription) {
			s.Name += strings.Repeat("+", tr.memo.add("queues", 1))
		},
	}, {
		name: "delivers every message twice", breaks: []string{
			"receive/competing", "fanout/every-listener", "glob/star", "settle/once", "stress/nothing-lost",
		},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			return errors.Join(tr.Transport.Publish(ctx, m), tr.Transport.Publish(ctx, m))
		},
	}, {
		name: "waits for the limit to fill", breaks: []string{"receive/limit"},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			var all []*transport.Delivery
			for len(all) < limit {
				ds, err := c.get(ctx, limit-len(all))
				if err != nil {
					return nil, err
				}
				all = append(all, ds...)
			}
			return all, nil
		},
	}, {
		name: "returns more than the limit", breaks: []string{"receive/limit"},
		receive: func(ctx context.Context, c *faultyConsumer, _ int) ([]*transport.Delivery, error) {
			return c.get(ctx, 10)
		},
	}, {
		name: "does not wait for a message", breaks: []string{"receive/waits"},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			ds, err := c.get(ctx, limit)
			if ctx.Err() != nil {
				return nil, nil
			}
			return ds, err
		},
	}, {
		name: "receives under a ctx of its own", breaks: []string{"receive/ctx"},
		receive: func(_ context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			return c.get(context.Background(), limit)
		},
	}, {
		name: "hides the ctx in its error", breaks: []string{"receive/ctx"},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			ds, err := c.get(ctx, limit)
			if err != nil {
				err = errFaulty
			}
			return ds, err
		},
	}, {
		name: "keeps what arrives when ctx ends", breaks: []string{"receive/ctx-race"},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			if _, bounded := ctx.Deadline(); bounded {
				return c.get(ctx, limit)
			}
			ds, err := c.get(context.Background(), limit)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return ds, err
		},
	}, {
		name: "tells listeners apart by name alone", breaks: []string{"fanout/every-listener"},
		declare: func(_ *faulty, s *transport.Subscription) { s.Service = "one" },
	}, {
		name: "retries by publishing again", breaks: []string{"fanout/isolated"},
		receipt: func(c *faultyConsumer, d *transport.Delivery, r *receipt) {
			r.retry = func(ctx context.Context, _ time.Duration, _ []transport.Failure) error {
				return errors.Join(c.tr.Transport.Publish(ctx, d.Message), r.sound.Ack(ctx))
			}
		},
	}}
}

func declareFaults() []fault {
	return []fault{{
		name: "refuses to declare what exists", breaks: []string{"declare/replicas"},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			if tr.memo.add("declared "+s.ID.String(), 1) > 1 {
				return nil, errFaulty
			}
			return tr.consume(ctx, s)
		},
	}, {
		name: "declares in the background", breaks: []string{"declare/replicas", "publish/durable"},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			later := s
			later.Pattern = "not-yet"
			c, err := tr.consume(ctx, later)
			time.AfterFunc(time.Second, func() { _ = tr.Transport.Provision(context.Background(), s) })
			return c, err
		},
	}, {
		name: "delivers once for each time that it was declared", breaks: []string{"declare/again"},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			tr.memo.add("declared", 1)
			return tr.consume(ctx, s)
		},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			var err error
			for range tr.memo.add("declared", 0) {
				err = errors.Join(err, tr.Transport.Publish(ctx, m))
			}
			return err
		},
	}, {
		name: "makes the subscription anew", breaks: []string{"declare/changes", "publish/durable"},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			c, err := tr.consume(ctx, s)
			if depth, _ := tr.Transport.Depth(ctx, s.ID); depth.Ready > 0 {
				ds, _ := c.Receive(ctx, depth.Ready)
				for _, d := range ds {
					_ = d.Ack(ctx)
				}
			}
			return c, err
		},
	}, {
		name: "leaves a subscription as it was first declared", breaks: []string{"declare/changes", "filter/again"},
		declare: func(tr *faulty, s *transport.Subscription) {
			tr.memo.mu.Lock()
			defer tr.memo.mu.Unlock()
			if first, ok := tr.memo.declared[s.ID]; ok {
				*s = first
			}
			tr.memo.declared[s.ID] = *s
		},
	}, {
		name: "checks no subscription", breaks: []string{"declare/check"},
		declare: func(tr *faulty, s *transport.Subscription) {
			if s.Check(tr.Features()) != nil {
				*s = transport.Subscription{ID: transport.ID{Service: "a", Name: "b"}, Pattern: "c"}
			}
		},
	}, {
		name: "ends a consumer with the ctx of its Subscribe", breaks: []string{"declare/ctx"},
		receive: func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error) {
			if err := c.ended(); err != nil {
				return nil, err
			}
			return c.get(ctx, limit)
		},
	}, {
		name: "resolves a glob once, when it is declared", breaks: []string{"glob/star"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			tr.memo.add("channel "+m.Channel, 1)
			return tr.Transport.Publish(ctx, m)
		},
		subscribe: func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error) {
			tr.memo.mu.Lock()
			defer tr.memo.mu.Unlock()
			for what := range tr.memo.count {
				tr.memo.messages[what] = nil // known before
			}
			return tr.consume(ctx, s)
		},
		keep: func(c *faultyConsumer, d *transport.Delivery) bool {
			c.tr.memo.mu.Lock()
			defer c.tr.memo.mu.Unlock()
			_, known := c.tr.memo.messages["channel "+d.Message.Channel]
			return known
		},
	}, {
		name: "ends a star at a dot", breaks: []string{"glob/pattern"},
		keep: func(c *faultyConsumer, d *transport.Delivery) bool {
			return strings.Count(c.sub.Pattern, ".") == strings.Count(d.Message.Channel, ".")
		},
	}, {
		name: "matches without regard to case", breaks: []string{"glob/pattern"},
		publish: func(ctx context.Context, tr *faulty, m *transport.Message) error {
			if title := strings.Replace(m.Channel, "sales", "Sales", 1); title != m.Channel {
				m = m.Clone()
				m.Channel = title
			}
			return tr.Transport.Publish(ctx, m)
		},
	}, {
		name: "misses the first message of a channel", breaks: []string{"glob/new-channel", "glob/star"},
		keep: func(c *faultyConsumer, d *transport.Delivery) bool {
			return !strings.Contains(c.sub.Pattern, "*") || c.tr.memo.add("channel "+d.Message.Channel, 1) > 1
		},
	}, {
		name: "claims filters and has none", breaks: []string{"filter/actions"},
		declare: func(_ *faulty, s *transport.Subscription) { s.Actions = nil },
	}, {
		name: "filters for all listeners at once", breaks: []string{"filter/actions"},
		declare: func(tr *faulty, s *transport.Subscription) {
			tr.memo.mu.Lock()
			defer tr.memo.mu.Unlock()
			if filtered, ok := tr.memo.declared[transport.ID{}]; ok {
				s.Actions = filtered.Actions
			}
			tr.memo.declared[transport.ID{}] = *s
		},
	}}
}
