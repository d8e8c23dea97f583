package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
)

var eight = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func TestDecode(t *testing.T) {
	received := event.Received{ID: "msg-1", Channel: "Inbox", Time: eight}
	for _, tt := range []struct {
		name string
		body string
		from event.Received
		want event.Envelope
	}{
		{
			name: "every member",
			body: `{"specversion":"1.0","id":"0193","source":"finance","type":"Order.created","subject":"42",
				"time":"2026-11-23T08:00:00.123456789Z","datacontenttype":"application/json",
				"channel":"Order","action":"created","correlationid":"c1","causationid":"c2",
				"traceparent":"00-1-2-01","data":{"id":42}}`,
			from: received,
			want: event.Envelope{
				ID: "0193", Source: "finance", Channel: "Order", Action: event.Created, Key: "42",
				Time: eight.Add(123456789), CorrelationID: "c1", CausationID: "c2",
				Extensions:  map[string]string{"traceparent": "00-1-2-01"},
				ContentType: event.ContentTypeJSON, Data: json.RawMessage(`{"id":42}`),
			},
		},
		{
			name: "required members alone",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created"}`,
			want: event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created},
		},
		{
			name: "the transport fills the time alone",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created"}`,
			from: received,
			want: event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created, Time: eight},
		},
		{
			name: "null and empty optional attributes are absent",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created",
				"subject":null,"time":null,"datacontenttype":null,"correlationid":"","causationid":null,"ext":null,"data_base64":null}`,
			want: event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created},
		},
		{
			name: "null data is data",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created","data":null}`,
			want: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created,
				ContentType: event.ContentTypeJSON, Data: json.RawMessage("null"),
			},
		},
		{
			name: "binary data",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Scan.made","channel":"Scan","action":"made",
				"datacontenttype":"image/png","data":null,"data_base64":"iVBO\/w=="}`,
			want: event.Envelope{
				ID: "1", Source: "s", Channel: "Scan", Action: "made",
				ContentType: "image/png", Binary: []byte{0x89, 0x50, 0x4e, 0xff},
			},
		},
		{
			name: "empty binary data",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Scan.made","channel":"Scan","action":"made","data_base64":""}`,
			want: event.Envelope{
				ID: "1", Source: "s", Channel: "Scan", Action: "made",
				ContentType: event.ContentTypeBinary, Binary: []byte{},
			},
		},
		{
			name: "extensions in their canonical form",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created",
				"flag":true,"sampledrate":-30,"big":123456789012345678901234567890,"float":1.50,"text":"a \"b\"",
				"list":[1, {"a": 2}],"Odd Name":"kept","gone":null,"empty":""}`,
			want: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created, Extensions: map[string]string{
					"flag": "true", "sampledrate": "-30", "big": "123456789012345678901234567890", "float": "1.50",
					"text": `a "b"`, "list": `[1,{"a":2}]`, "Odd Name": "kept", "empty": "",
				},
			},
		},
		{
			name: "names and values in escapes",
			body: `{"spec\u0076ersion":"1\u002e0","\u0069d":"\u00e4\ud83d\ude00","source":"s","type":"Order.created",
				"channel":"\u004frder","action":"created","e\u0078t":"\b\f\n\r\t\/\\\""}`,
			want: event.Envelope{
				ID: "ä😀", Source: "s", Channel: "Order", Action: event.Created,
				Extensions: map[string]string{"ext": "\b\f\n\r\t/\\\""},
			},
		},
		{
			name: "members whose names differ in case are extensions",
			body: `{"specversion":"1.0","id":"1","ID":"2","source":"s","type":"Order.created","channel":"Order","action":"created"}`,
			want: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created, Extensions: map[string]string{"ID": "2"},
			},
		},
		{
			name: "numbers keep every digit",
			body: `{"channel":"Order","action":"created","data":{"n":9007199254740993,"f":0.1000000000000000055,"e":1e400}}`,
			want: event.Envelope{
				Channel: "Order", Action: event.Created, ContentType: event.ContentTypeJSON,
				Data: json.RawMessage(`{"n":9007199254740993,"f":0.1000000000000000055,"e":1e400}`),
			},
		},
		{
			name: "data keeps half a surrogate pair",
			body: `{"channel":"Order","action":"created","data":"\ud800"}`,
			want: event.Envelope{
				Channel: "Order", Action: event.Created, ContentType: event.ContentTypeJSON, Data: json.RawMessage(`"\ud800"`),
			},
		},
		{
			name: "the deepest nesting",
			body: `{"channel":"Order","action":"created","data":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`,
			want: event.Envelope{
				Channel: "Order", Action: event.Created, ContentType: event.ContentTypeJSON,
				Data: json.RawMessage(strings.Repeat("[", 9999) + strings.Repeat("]", 9999)),
			},
		},
		{
			name: "time with offset and lower-case letters",
			body: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created",
				"time":"2026-11-23t09:30:00.5+01:30"}`,
			from: received,
			want: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created, Time: eight.Add(time.Second / 2),
			},
		},
		{
			name: "time in lower-case zulu",
			body: `{"channel":"Order","action":"created","time":"2026-11-23t08:00:00z"}`,
			want: event.Envelope{Channel: "Order", Action: event.Created, Time: eight},
		},
		{
			name: "a foreign event is named by its type",
			body: `{"specversion":"1.0","id":"1","source":"/github","type":"com.github.pull_request.opened"}`,
			from: received,
			want: event.Envelope{
				ID: "1", Source: "/github", Channel: "com.github.pull_request", Action: "opened", Time: eight,
			},
		},
		{
			name: "a type without a dot is an action on the channel of arrival",
			body: `{"specversion":"1.0","id":"1","source":"/x","type":"ping"}`,
			from: received,
			want: event.Envelope{ID: "1", Source: "/x", Channel: "Inbox", Action: "ping", Time: eight},
		},
		{
			name: "a type without a dot and no channel of arrival",
			body: `{"specversion":"1.0","id":"1","source":"/x","type":"ping"}`,
			want: event.Envelope{ID: "1", Source: "/x", Channel: "ping", Action: "ping"},
		},
		{
			name: "a foreign event with a channel of its own",
			body: `{"specversion":"1.0","id":"1","source":"/x","type":"Order.created.v2","channel":"Sales"}`,
			want: event.Envelope{ID: "1", Source: "/x", Channel: "Sales", Action: "v2"},
		},
		{
			name: "a foreign event with an action of its own",
			body: `{"specversion":"1.0","id":"1","source":"/x","type":"Order.created.v2","action":"made"}`,
			want: event.Envelope{ID: "1", Source: "/x", Channel: "Order.created", Action: "made"},
		},
		{
			name: "FRAME",
			body: `{"channel": "Order", "action": "created", "data": {"id": 1}}`,
			from: received,
			want: event.Envelope{
				ID: "msg-1", Channel: "Order", Action: event.Created, Time: eight,
				ContentType: event.ContentTypeJSON, Data: json.RawMessage(`{"id": 1}`),
			},
		},
		{
			name: "FRAME without data, with white space around",
			body: "\r\n\t {\"channel\" :\t\"Order\" , \"action\":\n\"created\"} \n",
			want: event.Envelope{Channel: "Order", Action: event.Created},
		},
		{
			name: "FRAME with attributes and members of its own",
			body: `{"channel":"Order","action":"created","id":"7","source":"django","Message":"hi","Type":"Notification","data":[]}`,
			want: event.Envelope{
				ID: "7", Source: "django", Channel: "Order", Action: event.Created,
				Extensions:  map[string]string{"Message": "hi", "Type": "Notification"},
				ContentType: event.ContentTypeJSON, Data: json.RawMessage(`[]`),
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Decode([]byte(tt.body), tt.from)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n%+v, want\n%+v", got, tt.want)
			}
		})
	}
}

// TestDecodeRejects marks the offset that the error must end with by ^.
func TestDecodeRejects(t *testing.T) {
	const ce = `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created",`
	deep := strings.Repeat("[", 9999)
	for _, tt := range []struct {
		name  string
		body  string
		field string
		want  string
	}{
		{"nothing", ``, "", "event: decode: not JSON: unexpected end"},
		{"white space", ` ^`, "", "event: decode: not JSON: unexpected end"},
		{"text", `hello`, "", `event: decode: not JSON: unexpected character 'h'`},
		{"byte order mark", "\ufeff{}", "", `event: decode: not JSON: unexpected character '\ufeff'`},
		{"UTF-16", "{^\x00\"\x00", "", `event: decode: not JSON: unexpected character '\x00'`},
		{"cut in a name", `{"chan^`, "", "event: decode: not JSON: unexpected end"},
		{"cut behind a name", `{"channel"^`, "", "event: decode: not JSON: unexpected end"},
		{"cut behind a colon", `{"channel":^`, "", "event: decode: not JSON: unexpected end"},
		{"cut behind a value", `{"channel":1^`, "", "event: decode: not JSON: unexpected end"},
		{"trailing comma", `{"a":1,^}`, "", "event: decode: not JSON: unexpected character '}'"},
		{"trailing garbage", `{"a":1} ^x`, "", "event: decode: not JSON: unexpected character 'x'"},
		{"two documents", `{"a":1}^{}`, "", "event: decode: not JSON: unexpected character '{'"},
		{"single quotes", `{^'a':1}`, "", `event: decode: not JSON: unexpected character '\''`},
		{"no colon", `{"a" ^1}`, "", "event: decode: not JSON: unexpected character '1'"},
		{"NaN", `{"data":^NaN}`, "", "event: decode: not JSON: unexpected character 'N'"},
		{"NUL", "{\"data\":\"a^\x00\"}", "", "event: decode: not JSON: control character U+0000 in a string, unescaped"},
		{"line end in a string", "{\"data\":\"a^\n\"}", "", "event: decode: not JSON: control character U+000A in a string, unescaped"},
		{"not UTF-8", "{\"data\":\"ä^\xff\"}", "", "event: decode: not JSON: invalid UTF-8"},
		{"surrogate in UTF-8", "{\"data\":\"^\xed\xa0\x80\"}", "", "event: decode: not JSON: invalid UTF-8"},
		{"cut in an escape", `{"data":"\^`, "", "event: decode: not JSON: unexpected end"},
		{"bad escape", `{"data":"\^x"}`, "", "event: decode: not JSON: unexpected character 'x'"},
		{"leading zero", `{"data":0^1}`, "", "event: decode: not JSON: unexpected character '1'"},
		{"too deep", `{"data":` + deep + `^[`, "", "event: decode: not JSON: nested deeper than 10000 levels"},

		{"array", `[]`, "", "event: decode: the document is not a JSON object"},
		{"string", ` ^"x"`, "", "event: decode: the document is not a JSON object"},
		{"no event", `{"id":"1","data":{}}`, "", "event: decode: not an event: neither a CloudEvents document (specversion), " +
			"nor a FRAME message (channel, action), nor an SNS notification of one"},
		{"subscription confirmation", `{"Type":"SubscriptionConfirmation","Message":"x"}`, "", "event: decode: not an event: " +
			"neither a CloudEvents document (specversion), nor a FRAME message (channel, action), nor an SNS notification of one"},

		{"other version", `{"specversion":^"0.3","id":"1","source":"s","type":"t"}`, "specversion",
			`event: decode specversion: "0.3" is not supported, only 1.0 is`},
		{"version number", `{"specversion":^1.0,"id":"1","source":"s","type":"t"}`, "specversion",
			`event: decode specversion: is not a string`},
		{"no id", `{"specversion":"1.0","source":"s","type":"a.b"}`, "id", "event: decode id: is missing"},
		{"null id", `{"specversion":"1.0","id":^null,"source":"s","type":"a.b"}`, "id", "event: decode id: is missing"},
		{"empty id", `{"specversion":"1.0","id":^"","source":"s","type":"a.b"}`, "id", "event: decode id: is empty"},
		{"id number", `{"specversion":"1.0","id":^1,"source":"s","type":"a.b"}`, "id", "event: decode id: is not a string"},
		{"no source", `{"specversion":"1.0","id":"1","type":"a.b"}`, "source", "event: decode source: is missing"},
		{"no type", `{"specversion":"1.0","id":"1","source":"s","channel":"c","action":"a"}`, "type", "event: decode type: is missing"},
		{"type without channel", `{"specversion":"1.0","id":"1","source":"s","type":^"Order made.now"}`, "type",
			`event: decode type: the channel that it stands for "Order made" holds white space`},
		{"type without action", `{"specversion":"1.0","id":"1","source":"s","type":^"Order."}`, "type",
			`event: decode type: the action that it stands for "Order." holds a dot`},
		{"subject number", ce + `"subject":^42}`, "subject", "event: decode subject: is not a string"},
		{"time in words", ce + `"time":^"yesterday"}`, "time", `event: decode time: "yesterday" is not an RFC 3339 time`},
		{"time without zone", ce + `"time":^"2026-11-23T08:00:00"}`, "time",
			`event: decode time: "2026-11-23T08:00:00" is not an RFC 3339 time`},
		{"time number", ce + `"time":^1763884800}`, "time", "event: decode time: is not a string"},
		{"long time", ce + `"time":^"` + strings.Repeat("ä", 40) + `"}`, "time",
			`event: decode time: "` + strings.Repeat("ä", 32) + `..." is not an RFC 3339 time`},
		{"content type number", ce + `"datacontenttype":^1}`, "datacontenttype", "event: decode datacontenttype: is not a string"},
		{"correlation id object", ce + `"correlationid":^{}}`, "correlationid", "event: decode correlationid: is not a string"},
		{"half a pair", ce + `"causationid":^"\ud800"}`, "causationid", "event: decode causationid: holds half a surrogate pair"},
		{"the other half", ce + `"causationid":^"\udc00"}`, "causationid", "event: decode causationid: holds half a surrogate pair"},
		{"half a pair and a character", ce + `"causationid":^"\ud800\u0041"}`, "causationid",
			"event: decode causationid: holds half a surrogate pair"},
		{"half a pair in an extension", ce + `"ext":^"\ud800\n"}`, "ext", "event: decode ext: holds half a surrogate pair"},
		{"half a pair in a name", ce + `"\ud800":^1}`, `\ud800`, `event: decode \ud800: has half a surrogate pair in its name`},
		{"base64", ce + `"data_base64":^"a*=="}`, "data_base64",
			"event: decode data_base64: is not base64: illegal base64 data at input byte 1"},
		{"base64 without padding", ce + `"data_base64":^"YQ"}`, "data_base64",
			"event: decode data_base64: is not base64: illegal base64 data at input byte 0"},
		{"base64 of half a pair", ce + `"data_base64":^"\ud800"}`, "data_base64",
			"event: decode data_base64: holds half a surrogate pair"},
		{"base64 object", ce + `"data_base64":^{}}`, "data_base64", "event: decode data_base64: is not a string"},
		{"data twice over", ce + `"data":{},"data_base64":^"YQ=="}`, "data_base64",
			"event: decode data_base64: the document has data as well"},

		{"repeated id", ce + `"id":^"1"}`, "id", "event: decode id: appears twice"},
		{"repeated, first null", ce + `"subject":null,"subject":^"1"}`, "subject", "event: decode subject: appears twice"},
		{"repeated, first empty", ce + `"subject":"","subject":^"1"}`, "subject", "event: decode subject: appears twice"},
		{"repeated in escapes", ce + `"\u0069d":^"1"}`, "id", "event: decode id: appears twice"},
		{"repeated data", ce + `"data":1,"data":^1}`, "data", "event: decode data: appears twice"},
		{"repeated extension", ce + `"ext":null,"ext":^null}`, "ext", "event: decode ext: appears twice"},

		{"FRAME without action", `{"channel":"Order","data":{}}`, "action", "event: decode action: is missing"},
		{"FRAME without channel", `{"action":"created","data":{}}`, "channel", "event: decode channel: is missing"},
		{"FRAME with null action", `{"channel":"Order","action":^null}`, "action", "event: decode action: is missing"},
		{"FRAME with empty channel", `{"channel":^"","action":"created"}`, "channel", "event: decode channel: is empty"},
		{"FRAME with channel number", `{"channel":^1,"action":"created"}`, "channel", "event: decode channel: is not a string"},
		{"FRAME with a pattern", `{"channel":^"*","action":"created"}`, "channel",
			`event: decode channel: "*" holds '*', which only patterns may`},
		{"FRAME with a sentence", `{"channel":"Order","action":^"was made"}`, "action",
			`event: decode action: "was made" holds white space`},
		{"FRAME with a dot", `{"channel":"Order","action":^"a.b"}`, "action", `event: decode action: "a.b" holds a dot`},
		{"FRAME with a long channel", `{"channel":^"` + strings.Repeat("c", 201) + `","action":"created"}`, "channel",
			"event: decode channel: is 201 bytes long, the limit is 200"},
		{"FRAME with a control character", `{"channel":^"a\u0007","action":"created"}`, "channel",
			`event: decode channel: "a\a" holds the control character U+0007`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			offset := max(strings.Index(tt.body, "^"), 0)
			want := tt.want
			if offset > 0 {
				want += fmt.Sprintf(" (offset %d)", offset)
			}
			env, err := event.Decode([]byte(strings.Replace(tt.body, "^", "", 1)), event.Received{})
			fault, ok := errors.AsType[*event.DecodeError](err)
			if !ok {
				t.Fatalf("got %+v, %v; want a DecodeError", env, err)
			}
			if err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
			if fault.Field != tt.field || fault.Offset != offset {
				t.Errorf("got field %q, offset %d; want %q, %d", fault.Field, fault.Offset, tt.field, offset)
			}
			if !reflect.DeepEqual(env, event.Envelope{}) {
				t.Errorf("got the envelope %+v beside an error", env)
			}
		})
	}
}
