package event

import (
	"strconv"
	"strings"
)

// DecodeError says what is wrong with a document, and where. It means that the document itself is at
// fault: decoding it again gives the same error, so a bus dead-letters it at once.
type DecodeError struct {
	// Field is the member at fault, with a path below it where one is known ("data.total"); empty if the
	// document as a whole is. "Message." stands before it if the document is inside an SNS notification.
	Field string
	// Offset is the byte offset of the fault, 0 if it is not known. It is that of the offending byte if the
	// document is not JSON, and of the member's value otherwise. It counts from the start of the document;
	// inside an SNS notification, of the text of its Message; in the error of [As], of the data, where
	// encoding/json notices a value of the wrong type when it has passed it.
	Offset int
	// Reason is the fault in words.
	Reason string
	// Err is the underlying error, if there is one.
	Err error
}

// Error implements error: "event: decode data.total: ... (offset 17)".
func (e *DecodeError) Error() string {
	var b strings.Builder
	b.WriteString("event: decode")
	if e.Field != "" {
		b.WriteString(" " + e.Field)
	}
	b.WriteString(": " + e.Reason)
	if e.Offset > 0 {
		b.WriteString(" (offset " + strconv.Itoa(e.Offset) + ")")
	}
	return b.String()
}

// Unwrap returns Err.
func (e *DecodeError) Unwrap() error { return e.Err }

// EncodeError says why an event cannot be put on the wire. It is found before anything is sent.
type EncodeError struct {
	// Channel and Action are the event's, as far as it has them.
	Channel string
	Action  Action
	// Field is the member at fault, in the wire format's name for it ("subject" is the Key); empty for the
	// whole document.
	Field string
	// Reason is the fault in words.
	Reason string
	// Err is the underlying error, if there is one.
	Err error
}

// Error implements error: "event: encode Order.created: id: is empty".
func (e *EncodeError) Error() string {
	var b strings.Builder
	b.WriteString("event: encode")
	if e.Channel != "" || e.Action != "" {
		b.WriteString(" " + clip(e.Channel) + "." + clip(string(e.Action)))
	}
	if e.Field != "" {
		b.WriteString(": " + e.Field)
	}
	b.WriteString(": " + e.Reason)
	return b.String()
}

// Unwrap returns Err.
func (e *EncodeError) Unwrap() error { return e.Err }

func (env *Envelope) encodeError(field, reason string) error {
	return &EncodeError{Channel: env.Channel, Action: env.Action, Field: field, Reason: reason}
}
