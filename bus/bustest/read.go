package bustest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// Published yields the events that were published on the channel so far, by the test and by handlers, in
// order. Data that does not decode to T fails the test; json.RawMessage takes any.
func Published[T any](h *Harness, channel string) iter.Seq[bus.Event[T]] {
	h.t.Helper()
	published := h.publishedOn(channel)
	return func(yield func(bus.Event[T]) bool) {
		h.t.Helper()
		for _, m := range published {
			if e, ok := decode[T](h, m); !ok || !yield(e) {
				return
			}
		}
	}
}

// Handled yields the events that the listener has handled so far, in the order in which it finished: those
// whose delivery ended without an error and was acked. An event comes once for each such delivery; one that
// was skipped, or ended in a [Harness.CrashBeforeAck], does not. Its Attempt is that of the run. Data that
// does not decode to T fails the test.
func Handled[T any](h *Harness, listener string) iter.Seq[bus.Event[T]] {
	h.t.Helper()
	runs := h.handledBy(listener)
	return func(yield func(bus.Event[T]) bool) {
		h.t.Helper()
		for _, r := range runs {
			e, ok := decode[T](h, r.message)
			e.Attempt = r.Number
			if !ok || !yield(e) {
				return
			}
		}
	}
}

// Attempts yields the runs at events by the listener so far, in the order in which their deliveries ended,
// each with its event. Data that does not decode to T fails the test: [Harness.Attempts] yields the runs
// alone.
func Attempts[T any](h *Harness, listener string) iter.Seq2[bus.Event[T], Attempt] {
	h.t.Helper()
	runs := h.runsOf(listener)
	return func(yield func(bus.Event[T], Attempt) bool) {
		h.t.Helper()
		for _, r := range runs {
			e, ok := decode[T](h, r.message)
			e.Attempt = r.Number
			if !ok || !yield(e, r.Attempt) {
				return
			}
		}
	}
}

// Attempts yields the runs at events by the listener so far, in the order in which their deliveries ended,
// whatever the events hold.
func (h *Harness) Attempts(listener string) iter.Seq[Attempt] {
	h.t.Helper()
	runs := h.runsOf(listener)
	return func(yield func(Attempt) bool) {
		for _, r := range runs {
			if !yield(r.Attempt) {
				return
			}
		}
	}
}

// DeadLetters yields the listener's dead letters, in order of their death, each with its event. Data that
// does not decode to T fails the test: [Harness.DeadLetters] yields the dead letters alone.
func DeadLetters[T any](h *Harness, listener string) iter.Seq2[bus.Event[T], transport.DeadLetter] {
	h.t.Helper()
	letters := h.DeadLetters(listener)
	return func(yield func(bus.Event[T], transport.DeadLetter) bool) {
		h.t.Helper()
		for d := range letters {
			if e, ok := decode[T](h, d.Message); !ok || !yield(e, d) {
				return
			}
		}
	}
}

// DeadLetters yields the listener's dead letters, in order of their death, as the broker has them: those that
// do not decode too. A transport that cannot show them fails the test.
func (h *Harness) DeadLetters(listener string) iter.Seq[transport.DeadLetter] {
	h.t.Helper()
	h.clock.still()
	id, ok := h.listener(listener)
	if !ok {
		return slices.Values([]transport.DeadLetter(nil))
	}
	letters, err := h.broker.deadLetters(id)
	if err != nil {
		h.fatalf("%v", err)
	}
	return slices.Values(letters)
}

func (h *Harness) publishedOn(channel string) []*transport.Message {
	h.clock.still()
	return h.log.messages(func(m *transport.Message) bool { return m.Channel == channel })
}

func (h *Harness) runsOf(listener string) []ran {
	h.t.Helper()
	h.clock.still()
	h.listener(listener)
	return h.log.runsOf(listener)
}

func (h *Harness) handledBy(listener string) []ran {
	h.t.Helper()
	return slices.DeleteFunc(h.runsOf(listener), func(r ran) bool { return !r.handled })
}

// page is how many dead letters are asked for at a time.
const page = 100

// deadLetters returns those of a subscription. The error wraps [transport.ErrUnsupported] if the transport does
// not show them.
func (b *broker) deadLetters(id transport.ID) (all []transport.DeadLetter, err error) {
	wrap := func(err error) error { return fmt.Errorf("the dead letters of %s: %w", id.Name, err) }
	dl, ok := b.Transport.(transport.DeadLetterer)
	if !ok {
		return nil, wrap(transport.ErrUnsupported)
	}
	ctx := context.Background() // the test's ends before its dead letters are looked at
	letters, err := dl.DeadLetters(ctx, id)
	for after := ""; err == nil; {
		var some []transport.DeadLetter
		if some, err = letters.List(ctx, after, page); err != nil {
			break
		}
		all = append(all, some...)
		if len(some) < page {
			return all, nil
		}
		after = some[page-1].ID
	}
	return all, wrap(err)
}

// decode returns a message's event; if it is none with a T, the test fails and ok is false.
func decode[T any](h *Harness, m *transport.Message) (e bus.Event[T], ok bool) {
	h.t.Helper()
	env, err := event.Decode(m.Body, m.Received())
	if err == nil {
		e, err = event.As[T](&env)
	}
	if err != nil {
		h.fatalf("%s is not what the test takes it for, an event with a %T: %v", h.log.nameOf(m), e.Data, err)
	}
	return e, err == nil
}
