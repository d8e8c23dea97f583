package bustest

import (
	"context"
	"iter"
	"slices"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// Published yields the events that were published on the channel so far, by the test and by handlers, in
// order. Data that does not decode to T fails the test.
func Published[T any](h *Harness, channel string) iter.Seq[bus.Event[T]] {
	return decoded[T](h, h.publishedOn(channel))
}

// Handled yields the events that the listener has handled so far, in the order in which it finished: those
// whose delivery ended without an error and was acked. An event comes once for each such delivery; one that
// was skipped, or ended in a [Harness.CrashBeforeAck], does not. Data that does not decode to T fails the
// test.
func Handled[T any](h *Harness, listener string) iter.Seq[bus.Event[T]] {
	h.t.Helper()
	return decoded[T](h, h.handledBy(listener))
}

// Attempts yields the runs at events by the listener so far, in the order in which their deliveries ended.
func (h *Harness) Attempts(listener string) iter.Seq[Attempt] {
	h.t.Helper()
	h.listener(listener)
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	return slices.Values(slices.Clone(h.log.attempts[listener]))
}

// DeadLetters yields the listener's dead letters, in order of their death, as the broker has them.
func (h *Harness) DeadLetters(listener string) iter.Seq[transport.DeadLetter] {
	h.t.Helper()
	id, ok := h.listener(listener)
	if !ok {
		return slices.Values([]transport.DeadLetter(nil))
	}
	return slices.Values(h.deadLetters(id))
}

func (h *Harness) publishedOn(channel string) (ms []*transport.Message) {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	for _, p := range h.log.published {
		if p.message.Channel == channel && !p.failed {
			ms = append(ms, p.message)
		}
	}
	return ms
}

func (h *Harness) handledBy(listener string) []*transport.Message {
	h.t.Helper()
	h.listener(listener)
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	return slices.Clone(h.log.handled[listener])
}

// page is how many dead letters are asked for at a time.
const page = 100

// deadLetters returns those of a subscription; none if the transport cannot tell.
func (h *Harness) deadLetters(id transport.ID) (all []transport.DeadLetter) {
	h.t.Helper()
	dl, ok := h.broker.Transport.(transport.DeadLetterer)
	if !ok {
		return nil
	}
	ctx := context.WithoutCancel(h.t.Context())
	letters, err := dl.DeadLetters(ctx, id)
	for after := ""; err == nil; {
		var some []transport.DeadLetter
		if some, err = letters.List(ctx, after, page); err != nil {
			break
		}
		all = append(all, some...)
		if len(some) < page {
			return all
		}
		after = some[page-1].ID
	}
	h.fatalf("the dead letters of %s: %v", id, err)
	return all
}

// decoded yields the events of messages.
func decoded[T any](h *Harness, ms []*transport.Message) iter.Seq[bus.Event[T]] {
	return func(yield func(bus.Event[T]) bool) {
		for _, m := range ms {
			env, err := event.Decode(m.Body, event.Received{
				ID: m.ID, Channel: m.Channel, Time: m.Time, Attributes: m.Attributes,
			})
			var e bus.Event[T]
			if err == nil {
				e, err = event.As[T](&env)
			}
			if err != nil {
				h.fatalf("an event on %s is not what the test takes it for: %v", m.Channel, err)
				return
			}
			if !yield(e) {
				return
			}
		}
	}
}
