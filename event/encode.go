package event

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Encode returns the envelope as a document of the wire format, or an [*EncodeError] that names the field
// at fault: one that [Envelope.Check] rejects, or a document above [MaxSize]. The attributes come in one
// order always, the extensions sorted, and the data last; so equal envelopes give equal bytes.
func (env *Envelope) Encode() ([]byte, error) {
	if err := env.Check(); err != nil {
		return nil, err
	}
	doc := env.appendTo(make([]byte, 0, env.sizeHint()))
	if len(doc) > MaxSize {
		return nil, env.encodeError("", fmt.Sprintf("the document is %d bytes long, the limit is %d", len(doc), MaxSize))
	}
	return doc, nil
}

func (env *Envelope) sizeHint() int {
	const fixed = 320 // the names, the braces, two ids and a time
	return fixed + 2*len(env.Channel) + len(env.Key) + len(env.CorrelationID) + len(env.Data) +
		base64.StdEncoding.EncodedLen(len(env.Binary)) + 64*len(env.Extensions)
}

func (env *Envelope) appendTo(b []byte) []byte {
	b = append(b, `{"specversion":"1.0"`...)
	b = appendField(b, "id", env.ID)
	b = appendField(b, "source", env.Source)
	b = appendField(b, "type", env.Channel+"."+string(env.Action))
	if env.Key != "" {
		b = appendField(b, "subject", env.Key)
	}
	if !env.Time.IsZero() {
		b = append(b, `,"time":"`...)
		b = env.Time.UTC().AppendFormat(b, time.RFC3339Nano)
		b = append(b, '"')
	}
	if env.Data != nil || env.Binary != nil {
		contentType := env.ContentType
		if contentType == "" {
			contentType = ContentTypeJSON
		}
		b = appendField(b, "datacontenttype", contentType)
	}
	b = appendField(b, "channel", env.Channel)
	b = appendField(b, "action", string(env.Action))
	if env.CorrelationID != "" {
		b = appendField(b, "correlationid", env.CorrelationID)
	}
	if env.CausationID != "" {
		b = appendField(b, "causationid", env.CausationID)
	}
	if len(env.Extensions) > 0 {
		for _, name := range slices.Sorted(maps.Keys(env.Extensions)) {
			b = appendField(b, name, env.Extensions[name])
		}
	}
	switch {
	case env.Binary != nil:
		b = append(b, `,"data_base64":"`...)
		b = base64.StdEncoding.AppendEncode(b, env.Binary)
		b = append(b, '"')
	case env.Data != nil:
		b = append(b, `,"data":`...)
		b = append(b, env.Data...)
	}
	return append(b, '}')
}

// appendField appends a member with a string value. The name needs no escaping.
func appendField(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return appendString(b, value)
}

// appendString appends s as a JSON string. Nearly every attribute is plain ASCII and is copied; the rest
// is left to encoding/json.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always marshals
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
