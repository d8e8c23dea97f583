package transporttest

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"

	"github.com/framebus/framebus/transport"
)

// ackTimeout is how long a closed subscriber waits for what is out. Watermill's suite leaves a message out
// on purpose, and would wait for the default.
const ackTimeout = 200 * time.Millisecond

// watermillSuite runs Watermill's own suite for Pub/Subs on the transport, in real time: once without order,
// and once through an ordered subscription with one key for all messages.
func watermillSuite(t *testing.T, h Harness) []Result {
	results := []Result{
		{Name: "watermill/unordered", Rule: "A transport passes Watermill's universal suite for Pub/Subs."},
		{Name: "watermill/ordered", Rule: "An ordered subscription passes Watermill's universal suite with GuaranteedOrder."},
	}
	run := func(r *Result, ordered bool) {
		name := r.Name
		r.Name = "" // unless it runs
		t.Run(name[len("watermill/"):], func(t *testing.T) {
			t.Cleanup(func() { r.conclude(name, t.Failed()) })
			open := h.New(t)
			probe := open()
			features := probe.Features()
			if err := probe.Close(); err != nil {
				t.Errorf("closing a transport: %v", err)
			}
			if ordered && !features.Ordered {
				r.Missing = "Ordered"
				t.Logf("unsupported: %s does not claim Ordered", features.Name)
				return
			}
			group := func(t *testing.T, group string) (message.Publisher, message.Subscriber) {
				return watermillPair(t, open(), group, ordered)
			}
			tests.TestPubSub(t, tests.Features{
				ConsumerGroups: true, Persistent: true, GuaranteedOrder: ordered, ForceShort: h.Short,
			}, func(t *testing.T) (message.Publisher, message.Subscriber) { return group(t, "watermill") }, group)
		})
	}
	for i := range results {
		run(&results[i], i == 1)
	}
	return results
}

// watermillPair returns a publisher and a subscriber of a consumer group on a connection of their own.
func watermillPair(t *testing.T, tr transport.Transport, group string, ordered bool) (message.Publisher, message.Subscriber) {
	t.Helper()
	sub := &transport.WatermillSubscriber{
		Transport:    tr,
		Subscription: transport.Subscription{ID: transport.ID{Service: group}, Ordered: ordered},
		AckTimeout:   ackTimeout,
	}
	t.Cleanup(func() { // what the suite leaves open
		if err := sub.Close(); err != nil {
			t.Errorf("closing a subscriber: %v", err)
		}
		if err := tr.Close(); err != nil {
			t.Errorf("closing a transport: %v", err)
		}
	})
	pub := message.Publisher(&transport.WatermillPublisher{Transport: tr})
	if ordered {
		decorate := message.MessageTransformPublisherDecorator(func(m *message.Message) { m.Metadata.Set("key", "one") })
		var err error
		if pub, err = decorate(pub); err != nil {
			t.Fatal(err)
		}
	}
	return pub, sub
}
