package transport

import (
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/framebus/framebus/event"
)

// Message is what a transport carries. A broker need not look into Body: what it needs for routing stands
// beside it.
type Message struct {
	// ID identifies the message; the same on every redelivery.
	ID string
	// Channel it is published on.
	Channel string
	// Action, for the filters of subscriptions. Empty for a message that is not an event.
	Action event.Action
	// Key groups the messages whose order matters, within their Channel. Empty: no order.
	Key string
	// Source is the publishing service.
	Source string
	// Body is any bytes, none included. A message that a driver hands out has a Body of its own, which the
	// receiver may change.
	Body []byte
	// Attributes are names and values in UTF-8 that travel beside the body; nil if there are none.
	Attributes map[string]string
	// Time is when the broker got the message, by its clock. A driver sets it when it hands the message out,
	// zero if it does not know; Publish ignores it.
	Time time.Time
}

// Check says what keeps m from being published on a transport with these features, or returns nil.
func (m *Message) Check(f Features) error {
	if err := event.CheckChannel(m.Channel); err != nil {
		return err
	}
	if m.Action != "" {
		if err := event.CheckAction(m.Action); err != nil {
			return err
		}
	}
	if f.MaxBody > 0 && len(m.Body) > f.MaxBody {
		return fmt.Errorf("body is %d bytes long, %s takes %d", len(m.Body), f.Name, f.MaxBody)
	}
	for _, s := range [...]struct{ name, value string }{{"id", m.ID}, {"key", m.Key}, {"source", m.Source}} {
		if !utf8.ValidString(s.value) {
			return fmt.Errorf("%s %q is not UTF-8", s.name, s.value)
		}
	}
	for name, value := range m.Attributes {
		if name == "" || !utf8.ValidString(name) || !utf8.ValidString(value) {
			return fmt.Errorf("attribute %q is empty or not UTF-8", name)
		}
	}
	return nil
}

// Received returns what is known about the body beside it, for [event.Decode].
func (m *Message) Received() event.Received {
	return event.Received{ID: m.ID, Channel: m.Channel, Time: m.Time, Attributes: m.Attributes}
}

// Clone returns a deep copy. A nil Body stays nil and an empty one empty.
func (m *Message) Clone() *Message {
	c := *m
	c.Body = slices.Clone(m.Body)
	c.Attributes = maps.Clone(m.Attributes)
	return &c
}
