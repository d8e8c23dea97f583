package transporttest

import (
	"fmt"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func globRules() []rule {
	return []rule{{
		name:  "glob/star",
		text:  `The pattern "*" is every channel, one first published after the subscription included, each message once.`,
		needs: []feature{globs()},
		test:  globStar,
	}, {
		name: "glob/pattern",
		text: "Every * in a pattern stands for any characters, none and dots included; all else stands for itself. " +
			"Only matching channels are received.",
		needs: []feature{globs()},
		test:  globPattern,
	}, {
		name: "glob/new-channel",
		text: "A glob misses nothing of a channel that many publishers make at once, while another listener " +
			"subscribes to it.",
		needs: []feature{globs()},
		test:  globNewChannel,
	}}
}

func globStar(t *trial) {
	tr := t.connect()
	t.send(tr, t.channel("Known"), 1) // a channel that is there before the subscription
	c := t.subscribe(tr, t.listener("audit", "*"))
	other := t.connect()
	var ms []*transport.Message
	for _, name := range []string{"Known", "New", "New.er", "New"} {
		ms = append(ms, t.send(other, t.channel(name), 2)...)
	}
	ds := t.takeAll(c, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf(`"*", with channels known before and new ones: %s`, wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}

func globPattern(t *trial) {
	channels := []string{"Sales", "Sales.", "Sales.Order", "Sales.Order.Line", "sales.Order", "XSales.Order", "Sales.OrderX"}
	patterns := map[string][]string{
		"Sales.*":       {"Sales.", "Sales.Order", "Sales.Order.Line", "Sales.OrderX"},
		"Sales*":        {"Sales", "Sales.", "Sales.Order", "Sales.Order.Line", "Sales.OrderX"},
		"*Sales.Order":  {"Sales.Order", "XSales.Order"},
		"*S*e*":         {"Sales", "Sales.", "Sales.Order", "Sales.Order.Line", "XSales.Order", "Sales.OrderX"},
		"Sales.*.Line*": {"Sales.Order.Line"},
	}
	tr := t.connect()
	consumers := map[string]transport.Consumer{}
	for pattern := range patterns {
		consumers[pattern] = t.subscribe(tr, t.listener("listener-of-"+fmt.Sprintf("%x", pattern), t.channel(pattern)))
	}
	ms := map[string]*transport.Message{}
	for _, channel := range channels {
		ms[channel] = t.send(tr, t.channel(channel), 1)[0]
	}
	for pattern, matching := range patterns {
		var want []*transport.Message
		for _, channel := range matching {
			want = append(want, ms[channel])
		}
		ds := t.takeAll(consumers[pattern], len(want))
		if wrong := received(ds, want...); wrong != "" {
			t.Errorf("the pattern %s is for the channels %q: %s", pattern, matching, wrong)
		}
		t.ack(ds...)
	}
	for _, c := range consumers {
		t.none(c, t.h.Quiet/2)
	}
}

func globNewChannel(t *trial) {
	const publishers, channels = 4, 5
	c := t.consume(t.listener("audit", t.channel("*")))
	peers := make([]transport.Transport, publishers)
	sent := make([][]*transport.Message, publishers)
	for i := range peers {
		peers[i] = t.connect()
	}
	t.together(publishers, func(i int) error {
		for n := range channels {
			m := t.message(t.channel(fmt.Sprintf("New%d", n)))
			sent[i] = append(sent[i], m)
			if err := peers[i].Publish(t.Context(), m); err != nil {
				return fmt.Errorf("publishing on the new channel %s: %w", m.Channel, err)
			}
			if i > 0 {
				continue
			}
			s, err := peers[i].Subscribe(t.Context(), t.listener(fmt.Sprintf("plain%d", n), m.Channel))
			if err != nil {
				return fmt.Errorf("subscribing to the new channel %s: %w", m.Channel, err)
			}
			if err := s.Close(t.Context()); err != nil {
				return fmt.Errorf("closing a consumer: %w", err)
			}
		}
		return nil
	})
	var ms []*transport.Message
	for _, part := range sent {
		ms = append(ms, part...)
	}
	ds := t.takeAll(c, len(ms))
	if wrong := received(ds, ms...); wrong != "" {
		t.Errorf("%d publishers making the same %d channels: %s", publishers, channels, wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}

func filterRules() []rule {
	return []rule{{
		name:  "filter/actions",
		text:  "The broker drops the actions that a subscription does not want, and delivers those that it wants.",
		needs: []feature{filters()},
		test:  filterActions,
	}, {
		name:  "filter/again",
		text:  "Declaring a subscription again with another filter changes it; messages that it holds already stay.",
		needs: []feature{filters()},
		test:  filterAgain,
	}}
}

// sendAction publishes one message with an action.
func (t *trial) sendAction(tr transport.Transport, channel string, a event.Action) *transport.Message {
	t.Helper()
	m := t.message(channel)
	m.Action = a
	t.publish(tr, m)
	return m
}

func filterActions(t *trial) {
	tr := t.connect()
	channel := t.channel("Order")
	s := t.listener("filtered", channel)
	s.Actions = []event.Action{event.Created, "shipped"}
	c, all := t.subscribe(tr, s), t.subscribe(tr, t.listener("all", channel))
	var wanted, sent []*transport.Message
	for _, a := range []event.Action{"shipped", event.Updated, event.Created, "ship", "", event.Deleted, event.Created} {
		m := t.sendAction(tr, channel, a)
		sent = append(sent, m)
		if s.Wants(channel, a) {
			wanted = append(wanted, m)
		}
	}
	ds := t.takeAll(c, len(wanted))
	if wrong := received(ds, wanted...); wrong != "" {
		t.Errorf("a listener of %q: %s", s.Actions, wrong)
	}
	t.ack(ds...)
	t.quiet(c)
	if wrong := received(t.takeAll(all, len(sent)), sent...); wrong != "" {
		t.Errorf("a listener of all actions beside one with a filter: %s", wrong)
	}
}

func filterAgain(t *trial) {
	tr := t.connect()
	channel := t.channel("Order")
	s := t.listener("filtered", channel)
	s.Actions = []event.Action{event.Created}
	t.closeConsumer(t.subscribe(tr, s))
	held := t.sendAction(tr, channel, event.Created)
	s.Actions = []event.Action{event.Deleted}
	t.closeConsumer(t.subscribe(tr, s))
	t.sendAction(tr, channel, event.Created)
	deleted := t.sendAction(tr, channel, event.Deleted)
	s.Actions = nil
	c := t.subscribe(tr, s)
	updated := t.sendAction(tr, channel, event.Updated)
	ds := t.takeAll(c, 3)
	if wrong := received(ds, held, deleted, updated); wrong != "" {
		t.Errorf("the filter was created, then deleted, then none: %s", wrong)
	}
	t.ack(ds...)
	t.quiet(c)
}
