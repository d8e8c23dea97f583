package bus

import (
	"context"
	"unsafe"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
)

// erase turns a typed handler into one for messages: it decodes and calls. It is the one place where T
// is known, so that all else is written once and not per type.
func erase[T any](handler func(context.Context, Event[T]) error) message.NoPublishHandlerFunc {
	return func(msg *message.Message) error {
		env, attempt, err := open(msg)
		if err != nil {
			return middleware.Permanent(err)
		}
		e, err := event.As[T](env)
		if err != nil {
			return middleware.Permanent(err)
		}
		e.Attempt = attempt
		return handler(msg.Context(), e)
	}
}

// open returns the envelope of a message, and the number of the attempt. The delivery has it decoded
// already, unless middleware has put another payload in its place.
func open(msg *message.Message) (env *event.Envelope, attempt int, err error) {
	d, ok := transport.FromContext(msg.Context())
	if !ok {
		decoded, err := event.Decode(msg.Payload, event.Received{ID: msg.UUID, Attributes: msg.Metadata})
		return &decoded, 1, err
	}
	if sameSlice(msg.Payload, d.Message.Body) {
		env, err = d.Event()
		return env, d.Attempt(), err
	}
	decoded, err := event.Decode(msg.Payload, d.Message.Received())
	return &decoded, d.Attempt(), err
}

// sameSlice says whether two slices are the same memory, which is cheaper than equal bytes and right: a
// middleware that changes the payload sets a new one.
func sameSlice(a, b []byte) bool {
	return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}
