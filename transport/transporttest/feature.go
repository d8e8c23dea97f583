package transporttest

import (
	"errors"
	"time"

	"github.com/framebus/framebus/transport"
)

// feature is what not every broker can do.
type feature struct {
	name    string
	claimed func(tr transport.Transport) bool
	// refused tests that a transport which does not claim the feature refuses it. It is nil if there is
	// nothing to refuse: the feature is an interface that the transport does not have.
	refused func(t *trial)
}

func globs() feature {
	return feature{
		"Globs", func(tr transport.Transport) bool { return tr.Features().Globs },
		func(t *trial) { t.refusesSubscription(t.listener("glob", t.channel("*"))) },
	}
}

func ordered() feature {
	return feature{
		"Ordered", func(tr transport.Transport) bool { return tr.Features().Ordered },
		func(t *trial) {
			s := t.listener("ordered", t.channel("Order"))
			s.Ordered = true
			t.refusesSubscription(s)
		},
	}
}

// filters: a transport without them delivers actions that the subscription does not want, but never fewer
// than those that it wants.
func filters() feature {
	return feature{
		"Filters", func(tr transport.Transport) bool { return tr.Features().Filters },
		func(t *trial) {
			s := t.listener("filtered", t.channel("Filtered"))
			m := t.message(s.Pattern)
			s.Actions = append(s.Actions, m.Action)
			tr := t.connect()
			c := t.subscribe(tr, s)
			t.publish(tr, m)
			t.ack(t.take(c))
		},
	}
}

func deadLetters() feature {
	return feature{
		"DeadLetters", func(tr transport.Transport) bool { return tr.Features().DeadLetters },
		func(t *trial) {
			s := t.listener("dead", t.channel("Dead"))
			tr := t.connect()
			c := t.subscribe(tr, s)
			t.send(tr, s.Pattern, 1)
			d := t.take(c)
			t.mustBe(d.DeadLetter(t.Context(), errors.New("hopeless")), transport.ErrUnsupported, "DeadLetter")
			t.ack(d)
			if dl, ok := tr.(transport.DeadLetterer); ok {
				_, err := dl.DeadLetters(t.Context(), s.ID)
				t.mustBe(err, transport.ErrUnsupported, "DeadLetters")
			}
		},
	}
}

// history: a transport without it must not make one up.
func history() feature {
	return feature{
		"History", func(tr transport.Transport) bool { return tr.Features().History },
		func(t *trial) {
			_, c := t.oneMessage()
			t.retry(t.take(c), 0)
			d := t.take(c)
			if got := d.Failures(); len(got) > 0 {
				t.Errorf("History is not claimed, but a redelivery came with %d failures", len(got))
			}
			t.ack(d)
		},
	}
}

// delays: a transport without them retries at once.
func delays() feature {
	return feature{
		"MaxDelay", func(tr transport.Transport) bool { return tr.Features().MaxDelay > 0 },
		func(t *trial) {
			_, c := t.oneMessage()
			t.retry(t.take(c), time.Hour)
			t.ack(t.take(c))
		},
	}
}

func depther() feature {
	return feature{
		"Depther", func(tr transport.Transport) bool { _, ok := tr.(transport.Depther); return ok }, nil,
	}
}

func provisioner() feature {
	return feature{
		"Provisioner", func(tr transport.Transport) bool { _, ok := tr.(transport.Provisioner); return ok }, nil,
	}
}

// refusesSubscription tests that a subscription is refused for what the transport does not claim.
func (t *trial) refusesSubscription(s transport.Subscription) {
	t.Helper()
	tr := t.connect()
	c, err := tr.Subscribe(t.Context(), s)
	t.mustBe(err, transport.ErrUnsupported, "subscribing "+s.ID.String()+" to "+s.Pattern)
	if c != nil && err == nil {
		t.closeConsumer(c)
	}
	if p, ok := tr.(transport.Provisioner); ok {
		t.mustBe(p.Provision(t.Context(), s), transport.ErrUnsupported, "provisioning "+s.ID.String())
	}
}

// oneMessage subscribes a listener with a long lease and publishes one message for it.
func (t *trial) oneMessage() (transport.Transport, transport.Consumer) {
	t.Helper()
	tr := t.connect()
	s := t.listener("one", t.channel("Order"))
	c := t.subscribe(tr, s)
	t.send(tr, s.Pattern, 1)
	return tr, c
}

func featureRules() []rule {
	return []rule{{
		name: "features/consistent",
		text: "Features says what the broker can do. It has a name, does not change over the transport's life, " +
			"and is the same in every process. A transport that claims dead letters is a DeadLetterer.",
		test: func(t *trial) {
			a, b := t.connect(), t.connect()
			f := a.Features()
			if f.Name == "" {
				t.Errorf("Features.Name is empty")
			}
			if f.MaxDelay < 0 || f.MaxBody < 0 {
				t.Errorf("MaxDelay %s and MaxBody %d cannot be negative", f.MaxDelay, f.MaxBody)
			}
			if _, ok := a.(transport.DeadLetterer); f.DeadLetters && !ok {
				t.Errorf("Features.DeadLetters is true, but the transport is no DeadLetterer")
			}
			if other := b.Features(); other != f {
				t.Errorf("one process has %+v, another %+v", f, other)
			}
			t.closeTransport(a)
			if after := a.Features(); after != f {
				t.Errorf("Features are %+v, after Close %+v", f, after)
			}
		},
	}}
}
