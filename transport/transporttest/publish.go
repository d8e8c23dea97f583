package transporttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func publishRules() []rule {
	return []rule{{
		name: "publish/durable",
		text: "A subscription keeps its messages until each is settled, whether anybody consumes it or not. " +
			"Closing a transport does not touch what the broker holds.",
		test: publishDurable,
	}, {
		name: "publish/declared",
		text: "Every durable subscription whose pattern matches the channel gets the message; one that does not " +
			"exist yet does not get it, and that is no error. A channel needs no declaration.",
		test: publishDeclared,
	}, {
		name: "publish/names",
		text: "m must pass Message.Check under the transport's Features, or nothing is sent and the error says " +
			`why. "*" and other patterns are never a channel.`,
		test: publishNames,
	}, {
		name: "publish/ctx",
		text: "Publish keeps ctx's deadline: it returns soon after ctx ends, with an error that wraps ctx.Err().",
		test: publishCtx,
	}, {
		name: "publish/ctx-race",
		text: "Publish returns nil only when the broker has m. When ctx ends meanwhile the error wraps ctx.Err(), " +
			"and the broker may have m or not.",
		test: publishCtxRace,
	}, {
		name: "publish/retains-nothing",
		text: "Publish does not retain or change m or its Body after it returned.",
		test: publishRetainsNothing,
	}}
}

func publishDurable(t *trial) {
	s := t.listener("kept", t.channel("Order"))
	declarer := t.connect()
	t.closeConsumer(t.subscribe(declarer, s))
	t.closeTransport(declarer)

	publisher := t.connect()
	ms := t.send(publisher, s.Pattern, 3)
	t.closeTransport(publisher)

	c := t.consume(s)
	ds := t.takeAll(c, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("of 3 messages published while nobody consumed: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}

func publishDeclared(t *trial) {
	tr := t.connect()
	s := t.listener("late", t.channel("Order"))
	t.send(tr, s.Pattern, 1)
	c := t.subscribe(tr, s)
	t.quiet(c)
	ms := t.send(tr, s.Pattern, 1)
	d := t.take(c)
	if wrong := received([]*transport.Delivery{d}, ms...); wrong != "" {
		t.Errorf("%s", wrong)
	}
	t.ack(d)
}

func publishNames(t *trial) {
	tr := t.connect()
	pattern := t.channel("Order")
	if t.features.Globs {
		pattern = "*"
	}
	c := t.subscribe(tr, t.listener("all", pattern))
	for _, channel := range []string{
		"", "*", t.channel("*"), t.channel("a?"), t.channel("a[b]"), t.channel("a{b,c}"), t.channel("a\\b"),
		t.channel("a b"), t.channel("a\nb"), t.channel("\xff"), t.channel(strings.Repeat("x", event.MaxChannel)),
	} {
		if err := tr.Publish(t.Context(), t.message(channel)); err == nil {
			t.Errorf("Publish took the channel %q", channel)
		}
	}
	bad := map[string]func(m *transport.Message){
		"action":          func(m *transport.Message) { m.Action = "a.b" },
		"id":              func(m *transport.Message) { m.ID = "\xff" },
		"key":             func(m *transport.Message) { m.Key = "\xff" },
		"source":          func(m *transport.Message) { m.Source = "\xff" },
		"attribute":       func(m *transport.Message) { m.Attributes = map[string]string{"a": "\xff"} },
		"attribute name":  func(m *transport.Message) { m.Attributes = map[string]string{"\xff": "a"} },
		"empty attribute": func(m *transport.Message) { m.Attributes = map[string]string{"": "a"} },
	}
	for what, spoil := range bad {
		m := t.message(t.channel("Order"))
		spoil(m)
		if err := tr.Publish(t.Context(), m); err == nil {
			t.Errorf("Publish took a message with a bad %s", what)
		}
	}
	t.quiet(c)
}

func publishCtx(t *trial) {
	tr := t.connect()
	s := t.listener("any", t.channel("Order"))
	t.subscribe(tr, s)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, stop := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer stop()
	for name, ctx := range map[string]context.Context{"cancelled": cancelled, "expired": expired} {
		var err error
		t.returns("Publish under a "+name+" ctx", func() { err = tr.Publish(ctx, t.message(s.Pattern)) })
		t.mustBe(err, ctx.Err(), "Publish under a "+name+" ctx")
		t.returns("PublishBatch under a "+name+" ctx", func() {
			err = transport.PublishBatch(ctx, tr, []*transport.Message{t.message(s.Pattern)})
		})
		t.mustBe(err, ctx.Err(), "PublishBatch under a "+name+" ctx")
	}
}

func publishCtxRace(t *trial) {
	const publishes = 50
	tr := t.connect()
	s := t.listener("all", t.channel("Order"))
	c := t.subscribe(tr, s)
	taken := make([]*transport.Message, publishes)
	t.together(publishes, func(i int) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		m := t.message(s.Pattern)
		go func() {
			for range rand.IntN(200) {
				_ = ctx.Err()
			}
			cancel()
		}()
		switch err := tr.Publish(ctx, m); {
		case err == nil:
			taken[i] = m
		case !errors.Is(err, context.Canceled):
			return fmt.Errorf("publishing while ctx ends: got the error %w, want one that wraps %w", err, context.Canceled)
		}
		return nil
	})
	last := t.message(s.Pattern)
	t.publish(tr, last)
	missing := map[string]bool{last.ID: true}
	for _, m := range taken {
		if m != nil {
			missing[m.ID] = true
		}
	}
	for len(missing) > 0 {
		ctx, cancel := t.patience()
		ds, err := t.receive(ctx, c, 10)
		cancel()
		if err != nil {
			t.Fatalf("%d messages never came, whose Publish returned nil: %v", len(missing), err)
		}
		for _, d := range ds {
			delete(missing, d.Message.ID)
		}
		t.ack(ds...)
	}
}

func publishRetainsNothing(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	m := t.message(s.Pattern)
	m.Body = []byte("as published")
	m.Attributes = map[string]string{"kind": "as published"}
	want := m.Clone()
	t.publish(tr, m)
	if wrong := difference(m, want); wrong != "" {
		t.Errorf("Publish changed its argument: %s", wrong)
	}
	copy(m.Body, "overwritten!")
	m.Attributes["kind"] = "overwritten"
	m.Attributes["more"] = "added"
	d := t.take(c)
	if wrong := difference(d.Message, want); wrong != "" {
		t.Errorf("what the publisher did to its message after Publish reached the listener: %s", wrong)
	}
	t.ack(d)
}
