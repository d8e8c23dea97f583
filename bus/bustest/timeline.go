package bustest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/framebus/framebus/transport"
)

// Bounds of a timeline, so that a test of ten thousand events fails with a page of text.
const (
	firstLines = 20
	lastLines  = 60
	lineRunes  = 240
	// few is how many things of a kind a failure names.
	few = 10
)

// line is one thing that happened.
type line struct {
	at   time.Time
	what string // it happened to: "Order.created #1"
	text string
}

// add adds a line. l.mu is held.
func (l *log) add(at time.Time, m *transport.Message, text string) {
	l.lines = append(l.lines, line{at, l.name(m), text})
}

// name is an event's name in the lines: "Order.created #1". l.mu is held.
func (l *log) name(m *transport.Message) string {
	n, ok := l.numbers[m.ID]
	if !ok {
		n = len(l.numbers) + 1
		l.numbers[m.ID] = n
	}
	name := m.Channel
	if m.Action != "" {
		name += "." + string(m.Action)
	}
	return fmt.Sprintf("%s #%d", name, n)
}

// nameOf is name for who does not hold the lock.
func (l *log) nameOf(m *transport.Message) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.name(m)
}

// timeline is what happened, a line each, in columns; "" if that is what it was when it was last asked.
func (l *log) timeline() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.lines) == 0:
		return "timeline: nothing happened"
	case len(l.lines) == l.printed:
		return ""
	}
	l.printed = len(l.lines)
	// A failed run is noted when its delivery ends, and may be older than what was noted before.
	lines := slices.Clone(l.lines)
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	left := len(lines) - firstLines - lastLines
	if left > 1 {
		lines = slices.Delete(lines, firstLines, firstLines+left)
	}
	wideAt, wideWhat := 0, 0
	for _, one := range lines {
		wideAt = max(wideAt, len(l.since(one.at)))
		wideWhat = max(wideWhat, utf8.RuneCountInString(one.what))
	}
	var b strings.Builder
	b.WriteString("timeline:")
	for i, one := range lines {
		if left > 1 && i == firstLines {
			fmt.Fprintf(&b, "\n  ... %d lines are left out", left)
		}
		fmt.Fprintf(&b, "\n  %-*s  %-*s  %s", wideAt, l.since(one.at), wideWhat, one.what, oneLine(one.text))
	}
	return b.String()
}

// since is a time as the lines write it: "+10s".
func (l *log) since(at time.Time) string { return "+" + short(at.Sub(l.start)) }

// short is a duration as people write it: 10m, and not 10m0s.
func short(d time.Duration) string {
	text := d.Round(time.Millisecond).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// oneLine keeps an error of many lines from breaking the columns.
func oneLine(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
	if runes := []rune(text); len(runes) > lineRunes {
		text = string(runes[:lineRunes]) + "..."
	}
	return text
}

// report is the timeline, and what is yet to happen. A test that fails twice is told once.
func (h *Harness) report() string {
	text, now := h.log.timeline(), h.now()
	if text == "" {
		text = "timeline: as above"
		if now == h.reported {
			return text
		}
	}
	h.reported = now
	return text + now
}

// now says what the broker holds, what is being handled, and which faults are left.
func (h *Harness) now() string {
	var lines []string
	open := h.broker.open()
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	defer cancel()
	for _, s := range h.broker.listeners() {
		d, err := h.broker.depth(ctx, s.ID)
		if err != nil {
			continue
		}
		for _, one := range open {
			if one.Subscription == s.ID {
				d.InFlight-- // it has a line of its own
			}
		}
		if text := holds(s, d); text != "" {
			lines = append(lines, fmt.Sprintf("%s: %s", s.Name, text))
		}
	}
	for _, d := range open[:min(len(open), few)] {
		what := fmt.Sprintf("%s, attempt %d: at %s since %s",
			d.Subscription.Name, d.Attempt(), h.log.nameOf(d.Message), h.log.since(d.since))
		if failures := d.Failures(); len(failures) > 0 {
			what += ", after " + oneLine(failures[len(failures)-1].Error)
		}
		lines = append(lines, what)
	}
	if n := len(open) - few; n > 0 {
		lines = append(lines, fmt.Sprintf("... and %d more at work", n))
	}
	if calls := h.faults.unused(); len(calls) > 0 {
		lines = append(lines, "faults still to come: "+list(calls))
	}
	if len(lines) == 0 {
		return ""
	}
	return "\nnow, at " + h.log.since(time.Now()) + ":\n  " + strings.Join(lines, "\n  ")
}

// holds says what the broker has for a listener; "" for nothing.
func holds(s transport.Subscription, d transport.Depth) string {
	wait := "waiting for a retry"
	if s.Ordered {
		wait += " or its turn"
	}
	var parts []string
	for _, p := range [...]struct {
		n    int
		what string
	}{{d.Ready, "ready"}, {d.Delayed, wait}, {d.InFlight, "under a lease"}, {d.DeadLetters, "dead"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}
