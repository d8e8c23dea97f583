package event

import (
	"encoding/json"
	"time"
)

// ContentTypeJSON is the content type of data that [Of] marshalled.
const ContentTypeJSON = "application/json"

// ContentTypeBinary is the content type of data that was given as []byte.
const ContentTypeBinary = "application/octet-stream"

// Envelope is one event document with its attributes decoded and its data not. The zero value is not
// encodable: [Envelope.Encode] says what is missing.
type Envelope struct {
	ID, Source, Channel string
	Action              Action
	Key                 string
	Time                time.Time
	CorrelationID       string
	CausationID         string
	// Extensions holds every other attribute; see [Event.Extensions]. Encode accepts names of lower-case
	// letters and digits, as CloudEvents demands; Decode keeps whatever names it finds.
	Extensions map[string]string
	// ContentType describes the data; empty means application/json.
	ContentType string
	// Data is the payload as JSON; nil if the payload is Binary or absent.
	Data json.RawMessage
	// Binary is the payload as bytes, which travels as base64; nil if the payload is JSON. An empty
	// payload of bytes is empty and not nil.
	Binary []byte
}

// Of returns the envelope of e: the attributes as they are, and the data by the rules of [EncodeData].
// Attempt is left out: it belongs to a delivery and not to the event.
//
// The error is an [EncodeError] that names the field "data".
func Of[T any](e Event[T]) (Envelope, error) {
	env := Envelope{
		ID: e.ID, Source: e.Source, Channel: e.Channel, Action: e.Action, Key: e.Key, Time: e.Time,
		CorrelationID: e.CorrelationID, CausationID: e.CausationID, Extensions: e.Extensions,
	}
	err := env.EncodeData(e.Data)
	return env, err
}

// As returns the envelope as a typed event. Nothing in the result aliases the envelope's data.
//
// T decides how the data is read: json.RawMessage takes JSON as it is, []byte takes binary data (or a JSON
// string of base64, or the text of a document that is not JSON), and any other type is given to
// encoding/json. Absent data leaves Data at its zero value. The error is a [*DecodeError] on the field
// "data"; a numeric offset in it counts from the start of the data.
func As[T any](env *Envelope) (Event[T], error) {
	e := Event[T]{
		ID: env.ID, Source: env.Source, Channel: env.Channel, Action: env.Action, Key: env.Key, Time: env.Time,
		CorrelationID: env.CorrelationID, CausationID: env.CausationID, Extensions: env.Extensions,
	}
	err := env.DecodeData(&e.Data)
	return e, err
}
