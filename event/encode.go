package event

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"time"
)

// Encode returns the envelope as a document of the wire format, or an [*EncodeError] that names the field
// at fault: one that [Envelope.Check] rejects, or a document above [MaxSize]. The attributes come in one
// order always, the extensions sorted, and the data last; so equal envelopes give equal bytes. The time is
// written to the nanosecond, in UTC. The bytes are the caller's.
func (env *Envelope) Encode() ([]byte, error) { return env.AppendEncode(nil) }

// AppendEncode appends the document to b, as Encode returns it. On an error it returns nil, and what is behind
// b's length may have changed.
func (env *Envelope) AppendEncode(b []byte) ([]byte, error) {
	if err := env.Check(); err != nil {
		return nil, err
	}
	before := len(b)
	if b == nil {
		b = make([]byte, 0, env.sizeHint())
	}
	b = env.appendTo(slices.Grow(b, env.sizeHint()))
	if n := len(b) - before; n > MaxSize {
		return nil, env.encodeError("", fmt.Sprintf("the document is %d bytes long, the limit is %d", n, MaxSize))
	}
	return b, nil
}

// sizeHint is the size of the document, or a little more, if nothing in it needs an escape.
func (env *Envelope) sizeHint() int {
	const fixed = 256 // the names and punctuation, a time, a usual content type
	size := fixed + len(env.ID) + len(env.Source) + 2*(len(env.Channel)+len(env.Action)) + len(env.Key) +
		len(env.CorrelationID) + len(env.CausationID) + len(env.ContentType) +
		len(env.Data) + base64.StdEncoding.EncodedLen(len(env.Binary))
	for name, value := range env.Extensions {
		size += len(name) + len(value) + len(`,"":""`)
	}
	return size
}

func (env *Envelope) appendTo(b []byte) []byte {
	b = append(b, `{"specversion":"1.0"`...)
	b = appendField(b, fieldID, env.ID)
	b = appendField(b, fieldSource, env.Source)
	b = append(b, `,"type":"`...)
	b = appendEscaped(b, env.Channel)
	b = append(b, '.')
	b = appendEscaped(b, string(env.Action))
	b = append(b, '"')
	b = appendField(b, fieldSubject, env.Key)
	if !env.Time.IsZero() {
		b = append(b, `,"time":"`...)
		b = env.Time.UTC().AppendFormat(b, time.RFC3339Nano)
		b = append(b, '"')
	}
	b = appendField(b, fieldContentType, env.contentType())
	b = appendField(b, fieldChannel, env.Channel)
	b = appendField(b, fieldAction, string(env.Action))
	b = appendField(b, fieldCorrelationID, env.CorrelationID)
	b = appendField(b, fieldCausationID, env.CausationID)
	var room [8]string
	for _, name := range env.extensionNames(room[:0]) {
		b = appendMember(b, name, env.Extensions[name])
	}
	switch {
	case env.Binary != nil:
		b = append(b, `,"data_base64":"`...)
		b = base64.StdEncoding.AppendEncode(b, env.Binary)
		b = append(b, '"')
	case env.Data != nil:
		b = append(b, `,"data":`...)
		b = appendData(b, trimSpace(env.Data))
	}
	return append(b, '}')
}

// contentType returns the content type to be written, "" for none.
func (env *Envelope) contentType() string {
	switch {
	case env.Binary != nil:
		return cmp.Or(env.ContentType, ContentTypeBinary)
	case env.Data != nil:
		return cmp.Or(env.ContentType, ContentTypeJSON)
	}
	return env.ContentType
}

// extensionNames appends the names of the extensions in order.
func (env *Envelope) extensionNames(names []string) []string {
	for name := range env.Extensions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// appendField appends a field that has a value.
func appendField(b []byte, f field, value string) []byte {
	if value == "" {
		return b
	}
	return appendMember(b, fieldNames[f], value)
}

// appendMember appends a member with a string value. The name needs no escaping.
func appendMember(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":"`...)
	b = appendEscaped(b, value)
	return append(b, '"')
}

// appendData appends JSON as it is, but for U+FFFE and U+FFFF, which it escapes: SQS takes neither
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html), and a message that
// SNS took and SQS refuses is lost. In JSON they can stand in strings alone.
func appendData(b, data []byte) []byte {
	const lead = "\xef\xbf" // of U+FFC0 to U+FFFF in UTF-8
	for {
		i := bytes.Index(data, []byte(lead))
		if i < 0 {
			return append(b, data...)
		}
		end := i + len(lead) + 1
		switch data[end-1] {
		case 0xbe:
			b = append(append(b, data[:i]...), `\ufffe`...)
		case 0xbf:
			b = append(append(b, data[:i]...), `\uffff`...)
		default:
			b = append(b, data[:end]...)
		}
		data = data[end:]
	}
}
