package middleware

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// Result is what became of one delivery.
type Result struct {
	// Listener that it was for. Without a delivery, only Name is set, to Watermill's name of the handler.
	Listener transport.ID
	// Message that was delivered. Without a delivery it is made from Watermill's message. It must not be
	// changed.
	Message *transport.Message
	// Attempt is the number of the last run, over all deliveries of the event, from 1; 0 without a delivery.
	Attempt int
	// Attempts is how many runs of the handler ended in this delivery: those that failed and, if it came to
	// that, the one that did not. A run that was cut short by a shutdown is none.
	Attempts int
	// Decision is what Err means.
	Decision Decision
	// Outcome is how the delivery was settled or, if it is still open, how the router is about to settle it.
	// Open if there is no delivery: then only Watermill's router knows.
	Outcome transport.Outcome
	// Err is what the chain returned; nil if the handler succeeded. A panic is a [*PanicError].
	Err error
	// Delay is the time before the redelivery if Outcome is Retried, and for how long the listener pauses
	// if it is Released.
	Delay time.Duration
	// Started is when the delivery was received, or without one when the message came; Duration is how long it
	// took from then on, waits between runs included.
	Started  time.Time
	Duration time.Duration

	delivery *transport.Delivery
}

// Event returns the event with its data undecoded. The error is an [*event.DecodeError]. The event must not
// be changed.
func (r Result) Event() (*event.Envelope, error) {
	if r.delivery != nil {
		return r.delivery.Event()
	}
	env, err := event.Decode(r.Message.Body, r.Message.Received())
	return &env, err
}

// Observe calls fn with the result of each delivery: for metrics, for tests, and for programs that tell what
// they do. It belongs outermost. The router settles the delivery after fn has returned; a dead letter has
// been settled before, by Poison. ctx is the message's, and may have ended. fn runs on the handler's
// goroutine, several at a time, and a listener's Concurrency includes it; it must not panic.
func Observe(fn func(ctx context.Context, r Result)) message.HandlerMiddleware {
	return observe(fn, func(context.Context, error) bool { return true })
}

// observe is Observe for the deliveries whose error fn wants to hear of. The others cost next to nothing.
func observe(fn func(context.Context, Result), wants func(context.Context, error) bool) message.HandlerMiddleware {
	return func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			ctx := msg.Context()
			d, _ := transport.FromContext(ctx)
			known, started := 0, time.Time{}
			if d != nil {
				known, started = len(d.Failures()), d.Received()
			} else {
				started = time.Now()
			}
			return ending(h, msg, func(err error) error {
				msg.SetContext(ctx)
				if wants(ctx, err) {
					r := Result{Started: started, Duration: time.Since(started), Err: err, Decision: Decide(ctx, err)}
					if d != nil {
						r.fill(d, msg, known)
					} else {
						r.fillForeign(ctx, msg)
					}
					fn(ctx, r)
				}
				return err
			})
		}
	}
}

// fill sets what the delivery tells. known is how many failures it had before the chain ran.
func (r *Result) fill(d *transport.Delivery, msg *message.Message, known int) {
	r.delivery = d
	r.Listener, r.Message = d.Subscription, d.Message
	all := d.Failures()
	r.Attempts = len(all) - known
	r.Attempt = d.Attempt()
	switch r.Decision {
	case Done, Skip:
		r.Attempts++
	case Fail, Dead:
		if r.Attempts == 0 { // nobody recorded it
			r.Attempts = 1
		} else {
			r.Attempt = all[len(all)-1].Attempt
		}
	case Release:
	}
	if r.Outcome = d.Outcome(); r.Outcome == transport.Open {
		r.Outcome = r.Decision.outcome()
		select {
		case <-msg.Acked(): // as Watermill's InstantAck does: the router acks it, whatever came of it
			r.Outcome = transport.Acked
		default:
		}
	}
	switch r.Outcome {
	case transport.Retried:
		r.Delay, _ = d.RetryDelay()
	case transport.Released:
		r.Delay, _ = PauseFor(r.Err)
	case transport.Open, transport.Acked, transport.DeadLettered:
	}
}

// fillForeign sets what Watermill tells.
func (r *Result) fillForeign(ctx context.Context, msg *message.Message) {
	r.Listener.Name = message.HandlerNameFromCtx(ctx)
	r.Attempts = 1
	r.Message = &transport.Message{
		ID: msg.UUID, Channel: message.SubscribeTopicFromCtx(ctx), Key: msg.Metadata["key"],
		Action: event.Action(msg.Metadata["action"]), Body: msg.Payload, Attributes: msg.Metadata,
	}
}

// outcome returns how the router settles a delivery by the decision.
func (d Decision) outcome() transport.Outcome {
	switch d {
	case Done, Skip:
		return transport.Acked
	case Release:
		return transport.Released
	case Fail, Dead: // a permanent failure that Poison has not dead-lettered comes again
		return transport.Retried
	}
	return transport.Open
}
