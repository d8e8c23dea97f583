package transporttest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func bodyRules() []rule {
	return []rule{{
		name: "body/bytes",
		text: "Body is any bytes, none included, and arrives byte for byte.",
		test: bodyBytes,
	}, {
		name: "body/size",
		text: "MaxBody is the largest Body in bytes: one as large is carried, one byte more is refused and nothing is " +
			"sent.",
		test: bodySize,
	}, {
		name: "body/own",
		text: "A message that a driver hands out is the receiver's own: what the receiver changes in it reaches no " +
			"redelivery, no other listener and no dead letter.",
		test: bodyOwn,
	}, {
		name: "metadata/plain",
		text: "ID, Channel, Action, Key, Source and a few plain Attributes travel beside the body.",
		test: metadataPlain,
	}, {
		name: "metadata/time",
		text: "Time is when the broker got the message, by its clock, in every delivery; zero if it does not know. " +
			"Publish ignores the one that it is given.",
		test: metadataTime,
	}, {
		name: "metadata/hostile",
		text: "Attributes are names and values in UTF-8. What a broker cannot carry is refused with an error; nothing " +
			"is altered or dropped in silence.",
		test: metadataHostile,
	}}
}

// largest returns the size of the largest body that the suite sends.
func (t *trial) largest() int {
	if t.features.MaxBody > 0 {
		return t.features.MaxBody
	}
	return event.MaxSize
}

// carries publishes m and tests that it arrives as it was.
func (t *trial) carries(tr transport.Transport, c transport.Consumer, m *transport.Message, what string) {
	t.Helper()
	want := m.Clone()
	t.publish(tr, m)
	d := t.take(c)
	if wrong := difference(d.Message, want); wrong != "" {
		t.Errorf("%s: %s", what, wrong)
	}
	t.ack(d)
}

func bodyBytes(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for what, body := range map[string][]byte{
		"a nil body": nil, "an empty body": {}, "every byte": every, "every byte but zero": every[1:],
		"bytes that are not UTF-8": []byte("\xff\xfe\xc3\x28"), "white space": []byte(" \r\n\t "), "one zero": {0},
		"JSON":    []byte(`{"a": 1, "a": 1.0e2, "b": "\u0000\ud800"}`),
		"unicode": []byte("ß€\U0001F600\u2028"),
	} {
		m := t.message(s.Pattern)
		m.Body = body
		t.carries(tr, c, m, what)
	}
}

func bodySize(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	m := t.message(s.Pattern)
	m.Body = slices.Repeat([]byte("\x00\xff\"x"), t.largest()/4+1)[:t.largest()]
	t.carries(tr, c, m, "the largest body")
	if t.features.MaxBody == 0 {
		return
	}
	large := t.message(s.Pattern)
	large.Body = make([]byte, t.features.MaxBody+1)
	if err := tr.Publish(t.Context(), large); err == nil {
		t.Errorf("Publish took a body of %d bytes, MaxBody is %d", len(large.Body), t.features.MaxBody)
	}
	t.quiet(c)
}

func bodyOwn(t *trial) {
	tr := t.connect()
	channel := t.channel("Order")
	s := t.listener("a", channel)
	c, other := t.subscribe(tr, s), t.subscribe(tr, t.listener("b", channel))
	m := t.message(channel)
	m.Body = []byte("as published")
	m.Attributes = map[string]string{"kind": "as published"}
	t.publish(tr, m)
	untouched := m.Clone()
	spoiled := func(where string) *transport.Delivery {
		d := t.take(c)
		if wrong := difference(d.Message, untouched); wrong != "" {
			t.Errorf("%s after a receiver changed its message: %s", where, wrong)
		}
		copy(d.Message.Body, "overwritten!")
		d.Message.Attributes["kind"] = "overwritten"
		d.Message.Attributes["more"] = "added"
		return d
	}
	t.release(spoiled("the first delivery"))
	t.retry(spoiled("the delivery after a release"), 0)
	last := spoiled("the delivery after a retry")
	if !t.features.DeadLetters {
		t.ack(last)
	} else {
		t.must(last.DeadLetter(t.Context(), errors.New("hopeless")), "dead-lettering")
		letter := t.oneDead(tr, s.ID)
		if wrong := difference(letter.Message, untouched); wrong != "" {
			t.Errorf("the dead letter after a receiver changed its message: %s", wrong)
		}
		copy(letter.Message.Body, "overwritten!")
		if wrong := difference(t.oneDead(tr, s.ID).Message, untouched); wrong != "" {
			t.Errorf("the dead letter after a reader changed it: %s", wrong)
		}
	}
	d := t.take(other)
	if wrong := difference(d.Message, untouched); wrong != "" {
		t.Errorf("another listener after a receiver changed its message: %s", wrong)
	}
	t.ack(d)
}

func metadataPlain(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	m := t.keyed(s.Pattern, "42")
	m.Action, m.Source = "shipped", "finance"
	m.Attributes = map[string]string{"tenant": "acme", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
	t.carries(tr, c, m, "a plain message")
	bare := &transport.Message{ID: t.id + "-bare", Channel: s.Pattern}
	t.carries(tr, c, bare, "a message with nothing but an ID and a channel")
}

func metadataTime(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	m := t.message(s.Pattern)
	given := time.Unix(0, 0)
	m.Time = given
	skew := t.slack()
	if !t.h.Bubble {
		skew = t.h.Patience // of the broker's clock and ours
	}
	earliest := time.Now().Add(-skew).Truncate(time.Millisecond) // SQS counts in them
	t.publish(tr, m)
	latest := time.Now().Add(skew)
	if !m.Time.Equal(given) {
		t.Errorf("Publish changed its argument's time to %s", m.Time)
	}
	t.sleep(t.h.Lease)
	d := t.take(c)
	first := d.Message.Time
	if !first.IsZero() && (first.Before(earliest) || first.After(latest)) {
		t.Errorf("published between %s and %s, received with the time %s", earliest, latest, first)
	}
	t.release(d)
	t.sleep(t.h.Lease)
	again := t.take(c)
	if !again.Message.Time.Equal(first) {
		t.Errorf("received with the time %s, and again with %s", first, again.Message.Time)
	}
	t.ack(again)
}

// metadataHostile sends messages that brokers with narrow attributes cannot carry all of. Each must arrive
// as it was, or Publish must say that it does not take it, and then it must not arrive.
func metadataHostile(t *trial) {
	tr := t.connect()
	s := t.listener("a", t.channel("Order"))
	c := t.subscribe(tr, s)
	attributes := map[string]map[string]string{
		"names like fields": {
			"id": "1", "channel": "2", "action": "3", "key": "4", "source": "5", "body": "6", "Message": "7", "UUID": "8",
		},
		"unicode":           {"größe": "ß€\U0001F600", "\u202eright to left": "\u2028"},
		"an empty value":    {"empty": ""},
		"a long value":      {"long": strings.Repeat("é", 8<<10)},
		"a long name":       {strings.Repeat("n", 300): "v"},
		"newlines":          {"line": "a\r\nb\tc\n", "crlf\r\nname": "v"},
		"quotes":            {`q"u'o`: `"'<>&\` + "`", "json": `{"a":1}`},
		"control":           {"bell": "\x00\x07\x7f"},
		"white space":       {" a ": " v "},
		"case":              {"Name": "1", "name": "2", "NAME": "3"},
		"dots and prefixes": {"a.b": "1", ".a": "2", "a..b": "3", "AWS.x": "4", "Amazon.x": "5"},
		"many":              {},
	}
	for i := range 30 {
		attributes["many"][strings.Repeat("a", i+1)] = "v"
	}
	var ms []*transport.Message
	what := map[string]string{}
	add := func(name string, change func(m *transport.Message)) {
		m := t.message(s.Pattern)
		change(m)
		ms = append(ms, m)
		what[m.ID] = name
	}
	for name, attrs := range attributes {
		add("attributes: "+name, func(m *transport.Message) { m.Attributes = attrs })
	}
	for name, key := range map[string]string{
		"long": strings.Repeat("k", event.MaxKey), "unicode": "ß€\U0001F600", "newline": "a\nb", "space": " ", "control": "\x00",
	} {
		add("key: "+name, func(m *transport.Message) { m.Key = key })
	}
	add("source: hostile", func(m *transport.Message) { m.Source = "urn:a b\n\"ß\"" })
	add("id: hostile", func(m *transport.Message) { m.ID = t.id + "-\"ß\n'" })
	add("id: empty", func(m *transport.Message) { m.ID = "" })
	add("action: hostile", func(m *transport.Message) { m.Action = `ge"lö'scht<>&` })
	for _, m := range ms {
		want := m.Clone()
		if err := tr.Publish(t.Context(), m); err != nil {
			t.Logf("%s does not take %s: %v", t.features.Name, what[want.ID], err)
			continue
		}
		d := t.take(c)
		if wrong := difference(d.Message, want); wrong != "" {
			t.Errorf("%s was taken, but %s", what[want.ID], wrong)
		}
		t.ack(d)
	}
	t.quiet(c)
}
