package transporttest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/framebus/framebus/transport"
)

// describe names a delivery for people.
func describe(d *transport.Delivery) string {
	return fmt.Sprintf("message %s of channel %s (receive %d)", d.Message.ID, d.Message.Channel, d.Receives)
}

// number returns the number of a message within its trial, which is all that tells its ID from the others.
func number(m *transport.Message) string {
	return m.ID[strings.LastIndexByte(m.ID, '-')+1:]
}

// numbers lists deliveries by their messages' numbers.
func numbers(ds []*transport.Delivery) string {
	names := make([]string, len(ds))
	for i, d := range ds {
		names[i] = number(d.Message)
	}
	return strings.Join(names, " ")
}

// received says in which way deliveries are not exactly the messages, each once, in any order; or "".
func received(ds []*transport.Delivery, ms ...*transport.Message) string {
	count := map[string]int{}
	for _, m := range ms {
		count[number(m)]--
	}
	for _, d := range ds {
		count[number(d.Message)]++
	}
	var wrong []string
	for _, n := range slices.Sorted(maps.Keys(count)) {
		switch c := count[n]; {
		case c < 0:
			wrong = append(wrong, "message "+n+" was not received")
		case c > 0:
			wrong = append(wrong, fmt.Sprintf("message %s was received %d times too often", n, c))
		}
	}
	return strings.Join(wrong, ", ")
}

// difference says in what two messages differ, or "". Brokers may not tell nil from empty.
func difference(got, want *transport.Message) string {
	var wrong []string
	for _, f := range [...]struct{ name, got, want string }{
		{"id", got.ID, want.ID}, {"channel", got.Channel, want.Channel}, {"key", got.Key, want.Key},
		{"action", string(got.Action), string(want.Action)}, {"source", got.Source, want.Source},
	} {
		if f.got != f.want {
			wrong = append(wrong, fmt.Sprintf("the %s is %s, published was %s", f.name, short(f.got), short(f.want)))
		}
	}
	if !bytes.Equal(got.Body, want.Body) {
		wrong = append(wrong, fmt.Sprintf("the body is %s (%d bytes), published was %s (%d bytes)",
			short(string(got.Body)), len(got.Body), short(string(want.Body)), len(want.Body)))
	}
	for _, name := range slices.Sorted(maps.Keys(union(got.Attributes, want.Attributes))) {
		g, has := got.Attributes[name]
		w, had := want.Attributes[name]
		switch {
		case !has:
			wrong = append(wrong, fmt.Sprintf("the attribute %s is gone", short(name)))
		case !had:
			wrong = append(wrong, fmt.Sprintf("the attribute %s was added", short(name)))
		case g != w:
			wrong = append(wrong, fmt.Sprintf("the attribute %s is %s, published was %s", short(name), short(g), short(w)))
		}
	}
	return strings.Join(wrong, "; ")
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		return b
	}
	maps.Copy(all, b)
	return all
}

// short quotes s, cut to what is readable.
func short(s string) string {
	const limit = 60
	if len(s) > limit {
		return fmt.Sprintf("%q...", s[:limit])
	}
	return fmt.Sprintf("%q", s)
}
