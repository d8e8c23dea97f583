package event

import (
	"fmt"
	"strconv"
	"strings"
)

// DecodeError says what is wrong with a document, and where. It means that the document itself is at
// fault: decoding it again gives the same error, so a bus dead-letters it at once.
type DecodeError struct {
	// Field is the attribute at fault, with a path below it where one is known ("data.total"); empty if
	// the document as a whole is.
	Field string
	// Offset is the byte offset of the fault, 0 if it is not known: in the document, or in the data if
	// Field is below "data".
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
	// Field is the attribute at fault, in the wire format's name for it; empty for the whole document.
	Field string
	// Reason is the fault in words.
	Reason string
	// Err is the underlying error, if there is one.
	Err error
}

// Error implements error: "event: encode Order.created: id: is empty".
func (e *EncodeError) Error() string {
	s := fmt.Sprintf("event: encode %s.%s: ", e.Channel, e.Action)
	if e.Field != "" {
		s += e.Field + ": "
	}
	return s + e.Reason
}

// Unwrap returns Err.
func (e *EncodeError) Unwrap() error { return e.Err }

func (env *Envelope) encodeError(field, reason string) error {
	return &EncodeError{Channel: env.Channel, Action: env.Action, Field: field, Reason: reason}
}
