package event_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
)

func TestEncode(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  event.Envelope
		want string
	}{
		{
			name: "every member",
			env: event.Envelope{
				ID: "0193", Source: "finance", Channel: "Order", Action: event.Created, Key: "42",
				Time: eight.Add(123456 * time.Microsecond), CorrelationID: "c1", CausationID: "c2",
				Extensions: map[string]string{"tracestate": "x=1", "dataschema": "https://example.com/order", "a1": ""},
				Data:       json.RawMessage(`{"id":42}`),
			},
			want: `{"specversion":"1.0","id":"0193","source":"finance","type":"Order.created","subject":"42",` +
				`"time":"2026-11-23T08:00:00.123456Z","datacontenttype":"application/json",` +
				`"channel":"Order","action":"created","correlationid":"c1","causationid":"c2",` +
				`"a1":"","dataschema":"https://example.com/order","tracestate":"x=1","data":{"id":42}}`,
		},
		{
			name: "required members alone",
			env:  event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created"}`,
		},
		{
			name: "a content type without a payload",
			env:  event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created, ContentType: "text/plain"},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","datacontenttype":"text/plain",` +
				`"channel":"Order","action":"created"}`,
		},
		{
			name: "binary",
			env:  event.Envelope{ID: "1", Source: "s", Channel: "Scan", Action: "made", Binary: []byte{0xfb, 0xff}},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Scan.made","datacontenttype":"application/octet-stream",` +
				`"channel":"Scan","action":"made","data_base64":"+/8="}`,
		},
		{
			name: "empty binary of a type",
			env:  event.Envelope{ID: "1", Source: "s", Channel: "Scan", Action: "made", Binary: []byte{}, ContentType: "image/png"},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Scan.made","datacontenttype":"image/png",` +
				`"channel":"Scan","action":"made","data_base64":""}`,
		},
		{
			name: "text of a type",
			env: event.Envelope{
				ID: "1", Source: "s", Channel: "Doc", Action: "made", Data: json.RawMessage(`"<a/>"`), ContentType: "text/xml; charset=utf-8",
			},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Doc.made","datacontenttype":"text/xml; charset=utf-8",` +
				`"channel":"Doc","action":"made","data":"<a/>"}`,
		},
		{
			name: "quotes, backslashes and letters",
			env: event.Envelope{
				ID: `"`, Source: "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", Channel: `"Größe"`, Action: `"größer"`,
				Key: `a\"b`, CorrelationID: `\`, Extensions: map[string]string{"x": `<&>" ` + "\u2028😀"},
			},
			want: `{"specversion":"1.0","id":"\"","source":"urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",` +
				`"type":"\"Größe\".\"größer\"","subject":"a\\\"b","channel":"\"Größe\"","action":"\"größer\"",` +
				`"correlationid":"\\","x":"<&>\" ` + "\u2028😀" + `"}`,
		},
		{
			name: "the time in UTC, to the nanosecond",
			env: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created,
				Time: time.Date(2026, 1, 1, 0, 30, 0, 1, time.FixedZone("", 3600+17)),
			},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","time":"2025-12-31T23:29:43.000000001Z",` +
				`"channel":"Order","action":"created"}`,
		},
		{
			name: "the first moment of RFC 3339",
			env: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created, Time: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
			},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","time":"0000-01-01T00:00:00Z",` +
				`"channel":"Order","action":"created"}`,
		},
		{
			name: "what SQS refuses, in escapes",
			env: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created, Data: json.RawMessage("[\"\ufffe\uffff\ufffd\",\"\uffee\U0001ffff\"]"),
			},
			want: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","datacontenttype":"application/json",` +
				`"channel":"Order","action":"created","data":["\ufffe\uffff` + "\ufffd\",\"\uffee\U0001ffff\"]}",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.env.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

func TestCheckRejects(t *testing.T) {
	zone := func(hours int) *time.Location { return time.FixedZone("", hours*3600) }
	for _, tt := range []struct {
		field string
		spoil func(*event.Envelope)
		want  string
	}{
		{"channel", func(e *event.Envelope) { e.Channel = "" }, "event: encode .created: channel: is empty"},
		{"channel", func(e *event.Envelope) { *e = event.Envelope{} }, "event: encode: channel: is empty"},
		{"channel", func(e *event.Envelope) { e.Channel = "Sales.*" },
			`event: encode Sales.*.created: channel: "Sales.*" holds '*', which only patterns may`},
		{"channel", func(e *event.Envelope) { e.Channel = strings.Repeat("x", 201) },
			"event: encode " + strings.Repeat("x", 64) + "....created: channel: is 201 bytes long, the limit is 200"},
		{"action", func(e *event.Envelope) { e.Action = "" }, "event: encode Order.: action: is empty"},
		{"action", func(e *event.Envelope) { e.Action = "a.b" }, `event: encode Order.a.b: action: "a.b" holds a dot`},
		{"action", func(e *event.Envelope) { e.Action = event.Action(strings.Repeat("x", 65)) },
			"event: encode Order." + strings.Repeat("x", 64) + "...: action: is 65 bytes long, the limit is 64"},
		{"id", func(e *event.Envelope) { e.ID = "" }, "event: encode Order.created: id: is empty"},
		{"id", func(e *event.Envelope) { e.ID = " \u00a0" }, "event: encode Order.created: id: is empty"},
		{"id", func(e *event.Envelope) { e.ID = "a\nb" }, "event: encode Order.created: id: holds the control character U+000A"},
		{"id", func(e *event.Envelope) { e.ID = "a\u0085b" }, "event: encode Order.created: id: holds the control character U+0085"},
		{"id", func(e *event.Envelope) { e.ID = "a\x7f" }, "event: encode Order.created: id: holds the control character U+007F"},
		{"id", func(e *event.Envelope) { e.ID = "a\xff" }, "event: encode Order.created: id: is not UTF-8"},
		{"id", func(e *event.Envelope) { e.ID = "\ufdd0" }, "event: encode Order.created: id: holds the noncharacter U+FDD0"},
		{"id", func(e *event.Envelope) { e.ID = "\U0010ffff" }, "event: encode Order.created: id: holds the noncharacter U+10FFFF"},
		{"source", func(e *event.Envelope) { e.Source = "" }, "event: encode Order.created: source: is empty"},
		{"source", func(e *event.Envelope) { e.Source = "my service" },
			`event: encode Order.created: source: "my service" is not a URI reference (RFC 3986)`},
		{"source", func(e *event.Envelope) { e.Source = "büro" },
			`event: encode Order.created: source: "büro" is not a URI reference (RFC 3986)`},
		{"source", func(e *event.Envelope) { e.Source = "%zz" },
			`event: encode Order.created: source: "%zz" is not a URI reference (RFC 3986)`},
		{"source", func(e *event.Envelope) { e.Source = "?a%z" },
			`event: encode Order.created: source: "?a%z" is not a URI reference (RFC 3986)`},
		{"source", func(e *event.Envelope) { e.Source = "?\x99" },
			`event: encode Order.created: source: "?\x99" is not a URI reference (RFC 3986)`},
		{"source", func(e *event.Envelope) { e.Source = "a<b" },
			`event: encode Order.created: source: "a<b" is not a URI reference (RFC 3986)`},
		{"source", func(e *event.Envelope) { e.Source = "1:2" },
			`event: encode Order.created: source: "1:2" is not a URI reference (RFC 3986)`},
		{"subject", func(e *event.Envelope) { e.Key = strings.Repeat("x", 1025) },
			"event: encode Order.created: subject: is 1025 bytes long, the limit is 1024"},
		{"subject", func(e *event.Envelope) { e.Key = " " }, "event: encode Order.created: subject: is blank"},
		{"subject", func(e *event.Envelope) { e.Key = "\x00" }, "event: encode Order.created: subject: holds the control character U+0000"},
		{"time", func(e *event.Envelope) { e.Time = time.Date(9999, 12, 31, 23, 0, 0, 0, zone(-1)) },
			"event: encode Order.created: time: is in the year 10000, RFC 3339 has 0 to 9999"},
		{"time", func(e *event.Envelope) { e.Time = time.Date(0, 1, 1, 0, 0, 0, 0, zone(1)) },
			"event: encode Order.created: time: is in the year -1, RFC 3339 has 0 to 9999"},
		{"datacontenttype", func(e *event.Envelope) { e.ContentType = "json" },
			`event: encode Order.created: datacontenttype: "json" is not a media type (RFC 2046)`},
		{"datacontenttype", func(e *event.Envelope) { e.ContentType = "text/" },
			`event: encode Order.created: datacontenttype: "text/" is not a media type (RFC 2046)`},
		{"correlationid", func(e *event.Envelope) { e.CorrelationID = "\t" },
			"event: encode Order.created: correlationid: holds the control character U+0009"},
		{"causationid", func(e *event.Envelope) { e.CausationID = "\xc0" }, "event: encode Order.created: causationid: is not UTF-8"},
		{"data", func(e *event.Envelope) { e.Binary = []byte{} }, "event: encode Order.created: data: is both JSON and binary"},
		{"data", func(e *event.Envelope) { e.Data = json.RawMessage{} },
			"event: encode Order.created: data: not JSON: unexpected end (offset 0)"},
		{"data", func(e *event.Envelope) { e.Data = json.RawMessage(`{},"id":"2"`) },
			"event: encode Order.created: data: not JSON: unexpected character ',' (offset 2)"},
		{"data", func(e *event.Envelope) { e.Data = json.RawMessage(`"` + "\xff" + `"`) },
			"event: encode Order.created: data: not JSON: invalid UTF-8 (offset 1)"},
		{"data", func(e *event.Envelope) {
			e.Data = json.RawMessage(strings.Repeat("[", 10000) + strings.Repeat("]", 10000))
		},
			"event: encode Order.created: data: not JSON: nested deeper than 10000 levels (offset 9999)"},
		{"data", func(e *event.Envelope) { e.ContentType = "text/xml" },
			"event: encode Order.created: data: is not a string, which is what text/xml is in JSON"},
		{"data", func(e *event.Envelope) { e.Extensions = map[string]string{"data": "x"} },
			"event: encode Order.created: data: is an attribute of its own and cannot be an extension"},
		{"channel", func(e *event.Envelope) { e.Extensions = map[string]string{"channel": "x", "zz": "\n"} },
			"event: encode Order.created: channel: is an attribute of its own and cannot be an extension"},
		{"TraceParent", func(e *event.Envelope) { e.Extensions = map[string]string{"TraceParent": "x"} },
			"event: encode Order.created: TraceParent: is no name for an extension: that is lower-case letters and digits"},
		{"", func(e *event.Envelope) { e.Extensions = map[string]string{"": "x"} },
			"event: encode Order.created: is no name for an extension: that is lower-case letters and digits"},
		{"a", func(e *event.Envelope) { e.Extensions = map[string]string{"c": "\n", "b": "\n", "a": "\n"} },
			"event: encode Order.created: a: holds the control character U+000A"},
		{"dataschema", func(e *event.Envelope) { e.Extensions = map[string]string{"dataschema": "/order.json"} },
			`event: encode Order.created: dataschema: "/order.json" is not an absolute URI (RFC 3986)`},
		{"dataschema", func(e *event.Envelope) { e.Extensions = map[string]string{"dataschema": ""} },
			`event: encode Order.created: dataschema: "" is not an absolute URI (RFC 3986)`},
	} {
		env := event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created, Data: json.RawMessage(`{}`)}
		tt.spoil(&env)
		err := env.Check()
		fault, ok := errors.AsType[*event.EncodeError](err)
		if !ok || err.Error() != tt.want || fault.Field != tt.field || fault.Channel != env.Channel || fault.Action != env.Action {
			t.Errorf("got %v, want %s", err, tt.want)
		}
		if doc, encodeErr := env.Encode(); doc != nil || encodeErr == nil || encodeErr.Error() != err.Error() {
			t.Errorf("Encode: got %s, %v; want %v", doc, encodeErr, err)
		}
	}
}

func TestCheckAccepts(t *testing.T) {
	for _, env := range []event.Envelope{
		{Source: "finance"},
		{Source: "https://example.com/finance?a=b#c"},
		{Source: "/services/finance"},
		{Source: "../finance"},
		{Source: "mailto:finance@example.com"},
		{Source: "b%C3%BCro"},
		{Key: strings.Repeat("k", event.MaxKey)},
		{Key: "customer 42 / order 7"},
		{ContentType: "application/vnd.order+json; version=2", Data: json.RawMessage(`{}`)},
		{ContentType: "text/plain", Data: json.RawMessage(`"hello"`)},
		{ContentType: "application/json", Binary: []byte("{}")},
		{Data: json.RawMessage(" [1] ")},
		{Data: json.RawMessage(strings.Repeat("[", 9999) + strings.Repeat("]", 9999))},
		{Extensions: map[string]string{"a": "ä", "0": "", "anextensionoftwentyandmoreletters": "x"}},
		{Time: time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)},
		{Time: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))},
	} {
		env.ID, env.Channel, env.Action = "1", "Order", event.Created
		if env.Source == "" {
			env.Source = "s"
		}
		if err := env.Check(); err != nil {
			t.Errorf("%+v: %v", env, err)
		}
	}
}

func TestEncodeSize(t *testing.T) {
	env := event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created, Data: json.RawMessage(`""`)}
	doc, err := env.Encode()
	if err != nil {
		t.Fatal(err)
	}
	fill := func(extra int) json.RawMessage {
		return json.RawMessage(`"` + strings.Repeat("x", event.MaxSize-len(doc)+extra) + `"`)
	}
	env.Data = fill(0)
	if doc, err := env.Encode(); err != nil || len(doc) != event.MaxSize {
		t.Errorf("got %d bytes, %v; want %d", len(doc), err, event.MaxSize)
	}
	env.Data = fill(1)
	const want = "event: encode Order.created: the document is 262145 bytes long, the limit is 262144"
	if doc, err := env.Encode(); doc != nil || err == nil || err.Error() != want {
		t.Errorf("got %d bytes, %v; want %s", len(doc), err, want)
	}
	if err := env.Check(); err != nil {
		t.Errorf("Check leaves the size to Encode, but says %v", err)
	}
}

// TestEncodeAllocates: the document itself, and nothing else.
func TestEncodeAllocates(t *testing.T) {
	env := event.Envelope{
		ID: "0193585f-7c00-7d1c-8000-0242ac120002", Source: "finance", Channel: "Order", Action: event.Created, Key: "42",
		Time: eight, CorrelationID: "c1", CausationID: "c2", Data: json.RawMessage(`{"id":42}`),
		Extensions: map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "b": "", "a": ""},
	}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := env.Encode(); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("Encode allocates %v times", n)
	}
}
