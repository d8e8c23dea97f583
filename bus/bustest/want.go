package bustest

import (
	"slices"
	"strings"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
)

// WantPublished fails the test unless these are the actions of the events that were published on the channel,
// in this order, and no others: none at all if there are no actions.
func (h *Harness) WantPublished(channel string, actions ...bus.Action) {
	h.t.Helper()
	var got []bus.Action
	for _, m := range h.publishedOn(channel) {
		got = append(got, m.Action)
	}
	if !slices.Equal(got, actions) {
		h.errorf("published on %s: %v, want %v", channel, got, actions)
	}
}

// WantHandled fails the test unless the listener has handled n events: see [Handled].
func (h *Harness) WantHandled(listener string, n int) {
	h.t.Helper()
	if got := len(h.handledBy(listener)); got != n {
		h.errorf("%s has handled %d events, want %d", listener, got, n)
	}
}

// WantDeadLetter fails the test unless a dead letter of the listener has the text in its reason. Such dead
// letters are expected then, and do not fail the test at its end.
func (h *Harness) WantDeadLetter(listener, text string) {
	h.t.Helper()
	id, ok := h.listener(listener)
	if !ok {
		return
	}
	want := expectation{id, text}
	h.expected = append(h.expected, want)
	letters := h.deadLetters(id)
	if slices.ContainsFunc(letters, func(d transport.DeadLetter) bool { return want.meets(id, d) }) {
		return
	}
	reasons := make([]string, len(letters))
	for i, d := range letters {
		reasons[i] = d.Why.Reason
	}
	h.errorf("%s has no dead letter with %q; those it has: %q", listener, text, reasons)
}

// AllowDeadLetters keeps dead letters from failing the test at its end.
func (h *Harness) AllowDeadLetters() { h.allowed = true }

// expectation is a dead letter that the test has asked for.
type expectation struct {
	listener transport.ID
	text     string
}

func (e expectation) meets(listener transport.ID, d transport.DeadLetter) bool {
	return e.listener == listener && strings.Contains(d.Why.Reason, e.text)
}

// checkDeadLetters fails the test for the dead letters that it did not speak of.
func (h *Harness) checkDeadLetters() {
	h.t.Helper()
	if h.allowed {
		return
	}
	for _, id := range h.broker.listeners() {
		for _, d := range h.deadLetters(id) {
			if !slices.ContainsFunc(h.expected, func(e expectation) bool { return e.meets(id, d) }) {
				h.errorf("%s has a dead letter that nobody expected: %s on %s: %s",
					id.Name, d.Message.ID, d.Message.Channel, d.Why.Reason)
			}
		}
	}
}
