package bustest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/framebus/framebus/transport"
)

// WantDeadLetter fails the test unless a dead letter of the listener has the text in its reason. Such dead
// letters are expected then, and do not fail the test at its end.
func (h *Harness) WantDeadLetter(listener, text string) {
	h.t.Helper()
	h.expected = append(h.expected, expectation{listener, text})
	var reasons []string
	for d := range h.DeadLetters(listener) {
		if strings.Contains(d.Why.Reason, text) {
			return
		}
		reasons = append(reasons, fmt.Sprintf("%q", d.Why.Reason))
	}
	if len(reasons) == 0 {
		h.errorf("%s has no dead letter, want one with %q", listener, text)
		return
	}
	h.errorf("%s has no dead letter with %q; those it has: %s", listener, text, list(reasons))
}

// AllowDeadLetters keeps dead letters from failing the test at its end.
func (h *Harness) AllowDeadLetters() { h.allowed = true }

// expectation is a dead letter that the test has asked for.
type expectation struct{ listener, text string }

func (h *Harness) expects(listener, reason string) bool {
	return h.allowed || slices.ContainsFunc(h.expected, func(e expectation) bool {
		return e.listener == listener && strings.Contains(reason, e.text)
	})
}

// checkDeadLetters fails the test for the dead letters that it did not speak of. What the bus has dead-lettered
// at a transport that does not show it is in the log.
func (h *Harness) checkDeadLetters() {
	h.t.Helper()
	var unexpected []string
	for _, s := range h.broker.listeners() {
		letters, err := h.broker.deadLetters(s.ID)
		switch {
		case errors.Is(err, transport.ErrUnsupported):
			for _, reason := range h.log.deadOf(s.Name) {
				if !h.expects(s.Name, reason) {
					unexpected = append(unexpected, fmt.Sprintf("%s: %s", s.Name, oneLine(reason)))
				}
			}
		case err != nil:
			h.errorf("%v", err)
		}
		for _, d := range letters {
			if !h.expects(s.Name, d.Why.Reason) {
				unexpected = append(unexpected,
					fmt.Sprintf("%s: %s: %s", s.Name, h.log.nameOf(d.Message), oneLine(d.Why.Reason)))
			}
		}
	}
	if len(unexpected) > 0 {
		h.errorf("dead letters that nobody expected:%s", below(unexpected))
	}
}

// below is things in a failure, one a line: all of a few.
func below(things []string) string {
	var b strings.Builder
	for _, thing := range things[:min(len(things), few)] {
		b.WriteString("\n  " + thing)
	}
	if n := len(things) - few; n > 0 {
		fmt.Fprintf(&b, "\n  ... and %d more", n)
	}
	return b.String()
}
