package bustest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
)

// WantPublished fails the test unless these are the actions of the events that were published on the channel,
// in this order, and no others: none at all if there are no actions. Handlers that run at the same time
// publish in any order.
func (h *Harness) WantPublished(channel string, actions ...bus.Action) {
	h.t.Helper()
	var got []bus.Action
	for _, m := range h.publishedOn(channel) {
		got = append(got, m.Action)
	}
	if !slices.Equal(got, actions) {
		h.errorf("published on %s: %s; want %s", channel, shown(got), shown(actions))
	}
}

// WantHandled fails the test unless the listener has handled n events: see [Handled].
func (h *Harness) WantHandled(listener string, n int) {
	h.t.Helper()
	if got := len(h.handledBy(listener)); got != n {
		h.errorf("%s has handled %d events, want %d", listener, got, n)
	}
}

// WantOrder fails the test if the listener has handled events of one channel and key in another order than the
// one in which they were published. An event may come twice, but not after a later one. Events without a key
// are in no order.
func (h *Harness) WantOrder(listener string) {
	h.t.Helper()
	type group struct{ channel, key string }
	handled := h.handledBy(listener)
	published := make(map[string]int)
	for i, m := range h.log.messages(nil) {
		if _, again := published[m.ID]; !again {
			published[m.ID] = i
		}
	}
	last := make(map[group]*transport.Message)
	for _, r := range handled {
		m := r.message
		if _, ours := published[m.ID]; !ours || m.Key == "" {
			continue
		}
		g := group{m.Channel, m.Key}
		if before := last[g]; before != nil && published[m.ID] < published[before.ID] {
			h.errorf("%s has handled %s after %s, which was published later with the same key %q",
				listener, h.log.nameOf(m), h.log.nameOf(before), m.Key)
			return
		}
		last[g] = m
	}
}

// WantNothingPending fails the test if anything is left to do: an event that is handled, waits for a retry, or
// is leased to a handler that crashed. Dead letters are done with. A transport that cannot count fails it too.
func (h *Harness) WantNothingPending() {
	h.t.Helper()
	h.clock.still()
	var left []string
	for _, s := range h.broker.listeners() {
		d, err := h.broker.depth(context.Background(), s.ID)
		if err != nil {
			h.fatalf("what is pending of %s: %v", s.Name, err)
			return
		}
		d.DeadLetters = 0
		if d.Pending() > 0 {
			left = append(left, s.Name+" has "+holds(s, d))
		}
	}
	if len(left) > 0 {
		h.errorf("events are pending: %s", list(left))
	}
}

// shown is actions in a failure.
func shown(actions []bus.Action) string {
	if len(actions) == 0 {
		return "nothing"
	}
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = string(a)
	}
	return list(names)
}

// list is things in a failure: all of a few.
func list(things []string) string {
	if n := len(things); n > few {
		return strings.Join(things[:few], ", ") + fmt.Sprintf(", and %d more", n-few)
	}
	return strings.Join(things, ", ")
}
