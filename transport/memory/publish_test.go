package memory_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestEverySubscriptionThatMatchesGetsTheMessage(t *testing.T) {
	tr := memory.New()
	order := subscribe(t, tr, sub("order", "Order"))
	again := subscribe(t, tr, sub("again", "Order"))
	sales := subscribe(t, tr, sub("sales", "Sales.*"))
	all := subscribe(t, tr, sub("all", "*"))
	customer := subscribe(t, tr, sub("customer", "Customer"))

	send(t, tr, "Order", "1")
	send(t, tr, "Sales.Order", "2") // a channel that nobody has named
	send(t, tr, "Customer", "3")

	ack(t, order, 10, "1")
	ack(t, again, 10, "1")
	ack(t, sales, 10, "2")
	ack(t, all, 10, "1", "2", "3")
	ack(t, customer, 10, "3")
	ok(t, tr.Idle(t.Context()))
}

func TestMessageWithoutASubscriptionIsDropped(t *testing.T) {
	tr := memory.New()
	send(t, tr, "Order", "1")
	c := subscribe(t, tr, sub("order", "Order"))
	glob := subscribe(t, tr, sub("glob", "Sales.*"))
	send(t, tr, "Customer", "2")
	send(t, tr, "Order", "3")
	send(t, tr, "Sales.Order", "4")
	ack(t, c, 10, "3")
	ack(t, glob, 10, "4")
}

func TestActionsThatNobodyWantsAreDropped(t *testing.T) {
	tr := memory.New()
	some := sub("some", "Order")
	some.Actions = []event.Action{event.Created, "shipped"}
	c := subscribe(t, tr, some)
	some.Actions[0] = "changed by the caller"
	glob := sub("glob", "Ord*")
	glob.Actions = []event.Action{event.Deleted}
	g := subscribe(t, tr, glob)
	all := subscribe(t, tr, sub("all", "Order"))
	for id, action := range []event.Action{"created", "updated", "shipped", "deleted", ""} {
		ok(t, tr.Publish(t.Context(), &transport.Message{ID: string(rune('0' + id)), Channel: "Order", Action: action}))
	}
	ack(t, c, 10, "0", "2")
	ack(t, g, 10, "3")
	ack(t, all, 10, "0", "1", "2", "3", "4")
}

func TestMessageArrivesAsPublished(t *testing.T) {
	tr := memory.New()
	c := subscribe(t, tr, sub("order", "Order"))
	for name, body := range map[string][]byte{
		"nil": nil, "empty": {}, "binary": {0, 0xff, 0xfe, '\n'}, "largest": make([]byte, event.MaxSize),
	} {
		m := &transport.Message{
			ID: name, Channel: "Order", Action: "created", Key: "42", Source: "finance", Body: body,
			Attributes: map[string]string{"a": "1", "b": "", "ü": "\x00 \u2028"},
		}
		if name == "nil" {
			m.Attributes = nil
		}
		ok(t, tr.Publish(t.Context(), m))
		got := take(t, c, 1, name)[0].Message
		if got.ID != name || got.Channel != "Order" || got.Action != "created" || got.Key != "42" || got.Source != "finance" {
			t.Errorf("%s: received %+v", name, got)
		}
		if !bytes.Equal(got.Body, m.Body) || (got.Body == nil) != (m.Body == nil) {
			t.Errorf("%s: the body changed", name)
		}
		if !maps.Equal(got.Attributes, m.Attributes) || (got.Attributes == nil) != (m.Attributes == nil) {
			t.Errorf("%s: the attributes are %q", name, got.Attributes)
		}
	}
}

// Who publishes and who receives may change what he has, and nobody else sees it.
func TestEveryReceiverHasACopyOfItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := memory.New()
		s := sub("one", "Order")
		one, two := subscribe(t, tr, s), subscribe(t, tr, sub("two", "Order"))
		m := &transport.Message{
			ID: "1", Channel: "Order", Body: []byte("body"), Attributes: map[string]string{"a": "1"},
		}
		spoil := func(m *transport.Message) {
			m.Body[0] = 'X'
			m.Attributes["a"] = "X"
			m.Attributes["b"] = "X"
		}
		pristine := func(what string, m *transport.Message) {
			t.Helper()
			if string(m.Body) != "body" || len(m.Attributes) != 1 || m.Attributes["a"] != "1" {
				t.Errorf("%s: body %q, attributes %q", what, m.Body, m.Attributes)
			}
			spoil(m)
		}
		ok(t, tr.Publish(t.Context(), m))
		spoil(m)

		first := take(t, one, 1, "1")[0]
		pristine("first delivery", first.Message)
		ok(t, first.Retry(t.Context()))
		second := take(t, one, 1, "1")[0]
		pristine("redelivery", second.Message)
		pristine("another listener", take(t, two, 1, "1")[0].Message)
		ok(t, second.DeadLetter(t.Context(), errors.New("no")))
		for range 2 {
			letters, err := deadLetters(t, tr, s).List(t.Context(), "", 1)
			ok(t, err)
			pristine("dead letter", letters[0].Message)
			letters[0].Why.Chain[0] = "X"
			equal(t, "reason", letters[0].Why.Reason, "no")
		}
		letters, err := deadLetters(t, tr, s).List(t.Context(), "", 1)
		ok(t, err)
		equal(t, "chain", letters[0].Why.Chain[0], "no")
		_, err = deadLetters(t, tr, s).Redrive(t.Context())
		ok(t, err)
		pristine("redriven", take(t, one, 1, "1")[0].Message)
	})
}

func TestPublishRefuses(t *testing.T) {
	tr := memory.New()
	c := subscribe(t, tr, sub("all", "*"))
	for _, test := range []struct {
		m    transport.Message
		want string
	}{
		{transport.Message{Channel: "Order", Body: make([]byte, event.MaxSize+1)},
			"memory: publish Order: body is 262145 bytes long, memory takes 262144"},
		{transport.Message{Channel: "a\nb"}, `memory: publish: channel "a\nb" `},
		{transport.Message{Channel: "*"}, `memory: publish: channel "*" `},
		{transport.Message{Channel: ""}, "memory: publish: channel is empty"},
		{transport.Message{Channel: "Order", Key: "\xff"}, `memory: publish Order: key "\xff" is not UTF-8`},
	} {
		if err := tr.Publish(t.Context(), &test.m); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("the error is %v, want %s", err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fails(t, tr.Publish(ctx, &transport.Message{Channel: "Order"}), context.Canceled, "memory: publish Order: context canceled")
	ok(t, tr.Idle(t.Context())) // nobody got any of them
	send(t, tr, "Order", "1")
	ack(t, c, 10, "1")
}

func TestBatchSaysWhichMessagesFailed(t *testing.T) {
	tr := memory.New()
	c := subscribe(t, tr, sub("all", "*"))
	ms := []*transport.Message{
		{ID: "0", Channel: "Order"}, {ID: "1", Channel: ""}, {ID: "2", Channel: "Customer"}, {ID: "3", Channel: "a b"},
	}
	err := transport.PublishBatch(t.Context(), tr, ms)
	batch, is := errors.AsType[*transport.BatchError](err)
	if !is || len(batch.Errs) != 4 {
		t.Fatalf("the error is %v", err)
	}
	for i, err := range batch.Errs {
		equal(t, "failed "+ms[i].ID, err != nil, i%2 == 1)
	}
	ack(t, c, 10, "0", "2")
	ok(t, tr.PublishBatch(t.Context(), ms[:1]))
	ok(t, tr.PublishBatch(t.Context(), nil))
	ack(t, c, 10, "0")
}
