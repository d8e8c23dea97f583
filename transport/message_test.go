package transport_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func TestMessageCheck(t *testing.T) {
	small := transport.Features{Name: "small", MaxBody: 8}
	sound := transport.Message{
		ID: "1", Channel: "Order", Action: event.Created, Key: "42", Source: "finance", Body: []byte("12345678"),
		Attributes: map[string]string{"größe": ""},
	}
	if err := sound.Check(small); err != nil {
		t.Fatalf("a sound message: %v", err)
	}
	bare := transport.Message{Channel: "Order"}
	if err := bare.Check(small); err != nil {
		t.Errorf("a message with a channel alone: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(m *transport.Message)
		says   string
	}{
		{"no channel", func(m *transport.Message) { m.Channel = "" }, "channel"},
		{"a star", func(m *transport.Message) { m.Channel = "*" }, "channel"},
		{"a bad action", func(m *transport.Message) { m.Action = "a.b" }, "action"},
		{"a large body", func(m *transport.Message) { m.Body = append(m.Body, '9') }, "9 bytes"},
		{"a bad id", func(m *transport.Message) { m.ID = "\xff" }, "id"},
		{"a bad key", func(m *transport.Message) { m.Key = "\xff" }, "key"},
		{"a bad source", func(m *transport.Message) { m.Source = "\xff" }, "source"},
		{"an empty attribute name", func(m *transport.Message) { m.Attributes[""] = "v" }, "attribute"},
		{"a bad attribute name", func(m *transport.Message) { m.Attributes["\xff"] = "v" }, "attribute"},
		{"a bad attribute value", func(m *transport.Message) { m.Attributes["a"] = "\xff" }, "attribute"},
	} {
		m := sound.Clone()
		c.change(m)
		if err := m.Check(small); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.says)
		}
	}
	sound.Body = make([]byte, 1<<20)
	if err := sound.Check(transport.Features{}); err != nil {
		t.Errorf("a large body where MaxBody is 0: %v", err)
	}
}

func TestMessageClone(t *testing.T) {
	for _, m := range []*transport.Message{
		{ID: "1", Channel: "Order", Action: event.Created, Key: "42", Source: "finance", Body: []byte("body"), Attributes: map[string]string{"a": "b"}},
		{ID: "2", Body: []byte{}, Attributes: map[string]string{}},
		{ID: "3"},
	} {
		c := m.Clone()
		if !reflect.DeepEqual(c, m) {
			t.Errorf("the clone of %+v is %+v", m, c)
		}
	}
	m := &transport.Message{Body: []byte("body"), Attributes: map[string]string{"a": "b"}}
	c := m.Clone()
	c.Body[0], c.Attributes["a"] = 'B', "B"
	if string(m.Body) != "body" || m.Attributes["a"] != "b" {
		t.Errorf("changing the clone changed the message: %+v", m)
	}
}
