package event

import (
	"encoding/json"
	"maps"
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
	// ContentType describes the payload; empty means application/json for Data and
	// application/octet-stream for Binary.
	ContentType string
	// Data is the payload as JSON, under a ContentType that is not JSON a JSON string of the text; nil if
	// the payload is Binary or absent.
	Data json.RawMessage
	// Binary is the payload as bytes, which travels as base64; nil if the payload is Data or absent. An
	// empty payload of bytes is empty and not nil. Under a ContentType of JSON the bytes are JSON, as the
	// CloudEvents SDKs send it when they are given bytes.
	Binary []byte
}

// Of returns the envelope of e: the attributes as they are, and the data by the rules of
// [Envelope.EncodeData]. Attempt is left out: it belongs to a delivery and not to the event. The envelope
// shares e's Extensions, and its Data where that is bytes.
//
// The error is an [*EncodeError] that names the field "data". Nothing else is checked before
// [Envelope.Encode].
func Of[T any](e Event[T]) (Envelope, error) {
	env := Envelope{
		ID: e.ID, Source: e.Source, Channel: e.Channel, Action: e.Action, Key: e.Key, Time: e.Time,
		CorrelationID: e.CorrelationID, CausationID: e.CausationID, Extensions: e.Extensions,
	}
	err := env.EncodeData(e.Data)
	return env, err
}

// As returns the envelope as a typed event. Nothing in the result aliases the envelope.
//
// T decides how the payload is read:
//
//   - []byte takes Binary as it is, and the text of a Data that is not JSON. Of JSON it takes what
//     encoding/json does, a string of base64.
//   - json.RawMessage takes Data as it is, which keeps every digit of a number; Binary under a JSON content
//     type as that JSON, and other Binary as a JSON string of base64.
//   - Any other type is given what json.RawMessage would be, by encoding/json. In an any, a number is a
//     float64, exact up to 2^53 only; a field of type int64 or json.Number keeps it.
//
// An absent payload leaves Data at its zero value; JSON null does what encoding/json does with it.
//
// The error is a [*DecodeError] on the field "data" or one below it, whose offset counts from the start of
// the data. The event then has all else, and its Data must not be used.
func As[T any](env *Envelope) (Event[T], error) {
	e := Event[T]{
		ID: env.ID, Source: env.Source, Channel: env.Channel, Action: env.Action, Key: env.Key, Time: env.Time,
		CorrelationID: env.CorrelationID, CausationID: env.CausationID, Extensions: maps.Clone(env.Extensions),
	}
	var data T // on its own, so that not all of e is put on the heap for it
	err := env.DecodeData(&data)
	e.Data = data
	return e, err
}
