package event

import (
	"encoding/json"
	"time"
)

// Action says what happened to the thing that a channel carries. Created, Updated and Deleted are what
// models publish; a program may publish actions of its own ("shipped"). See [CheckAction] for what is a
// valid one.
type Action string

// The actions of a model's life.
const (
	Created Action = "created"
	Updated Action = "updated"
	Deleted Action = "deleted"
)

// Event is one event as a listener receives it, with Data decoded to T. A listener that takes any data
// uses json.RawMessage for T. An Event is a plain value: the listener owns it and everything it refers to.
type Event[T any] struct {
	// ID identifies the event among all events of its Source: a UUIDv7 where framebus made it. A duplicate
	// delivery carries the same ID.
	ID string
	// Source is the service that published the event. Empty if the publisher did not say, as FRAME's do not.
	Source string
	// Channel is where it was published, usually the name of a model ("Order").
	Channel string
	// Action is what happened. Empty only in a Watermill message that is no event and names no action.
	Action Action
	// Key is the identity of the thing it happened to. Events of one Channel and Key keep their order for a
	// listener that asks for order. Empty means that no order is to be kept.
	Key string
	// Time is when it happened, by the publisher's clock, in UTC. Zero if the publisher did not say.
	Time time.Time
	// CorrelationID is shared by all events that descend from one first event.
	CorrelationID string
	// CausationID is the ID of the event whose handler published this one; empty for a first event.
	CausationID string
	// Attempt counts the runs of this listener's handler on this event, this one included: 1 at first. It
	// is not part of the wire format.
	Attempt int
	// Extensions are the document's other attributes, in the canonical string form of the CloudEvents type
	// system (true, 42, a string as it is), objects and arrays in compact JSON. Nil if there are none.
	Extensions map[string]string
	// Data is the payload.
	Data T
}

// Raw is an event whose data is left as JSON. Binary data reads as the JSON string of its base64, which is
// how encoding/json writes a []byte, unless its content type says that it is JSON.
type Raw = Event[json.RawMessage]
