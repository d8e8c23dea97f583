package transporttest

import (
	"context"
	"fmt"
	"slices"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func declareRules() []rule {
	return []rule{{
		name: "declare/replicas",
		text: "Subscribe declares the subscription if it does not exist. Many replicas that declare it at once make " +
			"one subscription, and every message published after one Subscribe returned reaches it.",
		test: declareReplicas,
	}, {
		name: "declare/again",
		text: "A subscription that is declared many times still gets every message once: the consumers with the " +
			"same ID compete.",
		test: declareAgain,
	}, {
		name: "declare/changes",
		text: "Declaring a subscription again with other contents changes it; messages that it holds already stay.",
		test: declareChanges,
	}, {
		name: "declare/check",
		text: "A subscription that Subscription.Check refuses is refused by Subscribe.",
		test: declareCheck,
	}, {
		name: "declare/ctx",
		text: "The ctx of Subscribe bounds the call and not the consumer's life.",
		test: declareCtx,
	}}
}

func declareReplicas(t *trial) {
	const replicas, each = 8, 10
	s := t.listener("a", t.channel("Order"))
	transports := make([]transport.Transport, replicas)
	consumers := make([]transport.Consumer, replicas)
	sent := make([][]*transport.Message, replicas)
	for i := range replicas {
		transports[i] = t.connect()
	}
	t.together(replicas, func(i int) (err error) {
		if consumers[i], err = transports[i].Subscribe(t.Context(), s); err != nil {
			return fmt.Errorf("one of %d replicas that subscribe at once: %w", replicas, err)
		}
		for range each { // while others still declare
			m := t.message(s.Pattern)
			sent[i] = append(sent[i], m)
			if err := transports[i].Publish(t.Context(), m); err != nil {
				return fmt.Errorf("publishing: %w", err)
			}
		}
		return nil
	})
	for _, c := range consumers[1:] {
		t.closeConsumer(c)
	}
	var ms []*transport.Message
	for _, part := range sent {
		ms = append(ms, part...)
	}
	ds := t.takeAll(consumers[0], len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("%d messages, each published after a Subscribe: %s", len(ms), wrong)
	}
	t.ack(ds...)
	t.quiet(consumers[0])
}

func declareAgain(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	if t.features.Globs {
		s.Pattern = t.channel("*")
	}
	channel := t.channel("Order")
	for range 4 {
		t.closeConsumer(t.subscribe(tr, s))
	}
	ms := t.send(tr, channel, 1)
	c := t.subscribe(tr, s)
	ms = append(ms, t.send(tr, channel, 1)...)
	ds := t.takeAll(c, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("declared 5 times: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}

func declareChanges(t *trial) {
	tr := t.connect()
	before, after := t.channel("Order"), t.channel("Invoice")
	s := t.listener("a", before)
	t.closeConsumer(t.subscribe(tr, s))
	held := t.send(tr, before, 2)
	s.Pattern = after
	c := t.subscribe(tr, s)
	t.send(tr, before, 1) // not wanted any more
	ms := slices.Concat(held, t.send(tr, after, 2))
	ds := t.takeAll(c, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("2 messages held, then the channel changed, then 2 on the new one and 1 on the old one: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}

func declareCheck(t *trial) {
	tr := t.connect()
	for what, spoil := range map[string]func(s *transport.Subscription){
		"no service":        func(s *transport.Subscription) { s.Service = "" },
		"no name":           func(s *transport.Subscription) { s.Name = "" },
		"no pattern":        func(s *transport.Subscription) { s.Pattern = "" },
		"a ? in it":         func(s *transport.Subscription) { s.Pattern = t.channel("Orde?") },
		"a bad action":      func(s *transport.Subscription) { s.Actions = []event.Action{"a.b"} },
		"a negative lease":  func(s *transport.Subscription) { s.Lease = -1 },
		"negative receives": func(s *transport.Subscription) { s.MaxReceives = -1 },
	} {
		s := t.listener("a", t.channel("Order"))
		spoil(&s)
		if c, err := tr.Subscribe(t.Context(), s); err == nil {
			t.Errorf("Subscribe took a subscription with %s", what)
			t.closeConsumer(c)
		}
		if p, ok := tr.(transport.Provisioner); ok {
			if err := p.Provision(t.Context(), s); err == nil {
				t.Errorf("Provision took a subscription with %s", what)
			}
		}
	}
}

func declareCtx(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	ctx, cancel := context.WithCancel(t.Context())
	c, err := tr.Subscribe(ctx, s)
	t.must(err, "subscribing")
	cancel()
	t.send(tr, s.Pattern, 1)
	t.ack(t.take(c))
}
