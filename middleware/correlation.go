package middleware

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// metadataCorrelationID is the name that Watermill's CorrelationID middleware uses
// (watermill/message/router/middleware.CorrelationIDMetadataKey).
const metadataCorrelationID = "correlation_id"

// Correlation makes what the handler publishes with its context descend from the event at hand: it puts an
// [event.Cause] in the context, with the event's ID and its correlation ID. An event that has none starts a
// chain, under its own ID.
//
// For Watermill's middleware and publishers, the message's metadata "correlation_id" is set to the same, and
// so is that of the messages that the handler returns, where they have none.
//
// Without a delivery it goes by the message's metadata and UUID. A body that is no event passes untouched.
func Correlation() message.HandlerMiddleware { return correlation(setCorrelationID) }

// correlation tells the correlation ID to a message by set.
func correlation(set func(msg *message.Message, id string)) message.HandlerMiddleware {
	return func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			ctx := msg.Context()
			cause, ok := causeOf(ctx, msg)
			if !ok {
				return h(msg)
			}
			defer msg.SetContext(ctx)
			msg.SetContext(event.WithCause(ctx, cause))
			set(msg, cause.CorrelationID)
			produced, err := h(msg)
			for _, p := range produced {
				if p != nil && p.Metadata[metadataCorrelationID] == "" {
					set(p, cause.CorrelationID)
				}
			}
			return produced, err
		}
	}
}

func setCorrelationID(msg *message.Message, id string) {
	if msg.Metadata == nil {
		msg.Metadata = make(message.Metadata, 1)
	}
	msg.Metadata[metadataCorrelationID] = id
}

// causeOf returns the message as a cause; ok is false if it is no event.
func causeOf(ctx context.Context, msg *message.Message) (cause event.Cause, ok bool) {
	cause = event.Cause{EventID: msg.UUID}
	if d, ok := transport.FromContext(ctx); ok {
		if !d.IsEvent() {
			return event.Cause{}, false
		}
		env, err := d.Event()
		if err != nil {
			return event.Cause{}, false
		}
		cause = event.Cause{EventID: env.ID, CorrelationID: env.CorrelationID}
	}
	if cause.CorrelationID == "" {
		cause.CorrelationID = msg.Metadata[metadataCorrelationID]
	}
	if cause.CorrelationID == "" {
		cause.CorrelationID = cause.EventID
	}
	return cause, cause.CorrelationID != ""
}
