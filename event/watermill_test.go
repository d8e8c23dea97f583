package event_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/framebus/framebus/event"
)

func TestDecodeWatermill(t *testing.T) {
	uuid := map[string]string{event.AttrUUID: "uuid-1"}
	for _, tt := range []struct {
		name       string
		body       string
		attributes map[string]string
		want       event.Envelope
	}{
		{
			name: "JSON", body: " {\"id\":1}\n", attributes: uuid,
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeJSON, Binary: []byte(" {\"id\":1}\n")},
		},
		{
			name: "JSON that is no object", body: `12`, attributes: uuid,
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeJSON, Binary: []byte(`12`)},
		},
		{
			name: "JSON with a repeated name", body: `{"id":1,"id":2}`, attributes: uuid,
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeJSON, Binary: []byte(`{"id":1,"id":2}`)},
		},
		{
			name: "JSON with a channel of its own meaning", body: `{"channel":7}`, attributes: uuid,
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeJSON, Binary: []byte(`{"channel":7}`)},
		},
		{
			name: "JSON with an action of its own meaning", body: `{"action":"x","CHANNEL":"y","Specversion":"1.0"}`, attributes: uuid,
			want: event.Envelope{
				ID: "uuid-1", ContentType: event.ContentTypeJSON,
				Binary: []byte(`{"action":"x","CHANNEL":"y","Specversion":"1.0"}`),
			},
		},
		{
			name: "bytes", body: "\x00\xff", attributes: uuid,
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeBinary, Binary: []byte("\x00\xff")},
		},
		{
			name: "nothing", body: "", attributes: uuid,
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeBinary, Binary: []byte{}},
		},
		{
			name: "a cut document", body: `{"specversion":"1.0",`, attributes: uuid,
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeBinary, Binary: []byte(`{"specversion":"1.0",`)},
		},
		{
			name: "metadata", body: "x",
			attributes: map[string]string{event.AttrUUID: "uuid-1", "UUID": "other", "correlation_id": "c1", "action": "made", "x": "y"},
			want: event.Envelope{
				ID: "uuid-1", Action: "made", CorrelationID: "c1", ContentType: event.ContentTypeBinary, Binary: []byte("x"),
			},
		},
		{
			name: "an action that is none", body: "x",
			attributes: map[string]string{event.AttrUUID: "uuid-1", "action": "do it now"},
			want:       event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeBinary, Binary: []byte("x")},
		},
		{
			name: "the short name of the UUID", body: "x", attributes: map[string]string{"UUID": "uuid-1"},
			want: event.Envelope{ID: "uuid-1", ContentType: event.ContentTypeBinary, Binary: []byte("x")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body []byte // nil, for nothing
			if tt.body != "" {
				body = []byte(tt.body)
			}
			got, err := event.Decode(body, event.Received{Channel: "Order", Attributes: tt.attributes})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Channel = "Order"
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n%+v, want\n%+v", got, tt.want)
			}
		})
	}
}

// TestDecodeWatermillDocument: an event is an event, whoever sent it, and a broken one is an error.
func TestDecodeWatermillDocument(t *testing.T) {
	from := event.Received{ID: "msg-1", Channel: "Order", Attributes: map[string]string{event.AttrUUID: "uuid-1"}}
	env, err := event.Decode([]byte(`{"channel":"Sales","action":"created"}`), from)
	if err != nil || env.Channel != "Sales" || env.ID != "uuid-1" {
		t.Errorf("got %+v, %v", env, err)
	}
	for body, want := range map[string]string{
		`{"specversion":"1.0","id":"1"}`:                   "event: decode source: is missing",
		`{"channel":"Order","action":"a b"}`:               `event: decode action: "a b" holds white space (offset 28)`,
		`{"channel":"Order","action":"made","action":"m"}`: "event: decode action: appears twice (offset 44)",
		`{"Type":"Notification","Message":"x"}`:            "event: decode Message: not JSON: unexpected character 'x'",
	} {
		if env, err := event.Decode([]byte(body), from); err == nil || err.Error() != want {
			t.Errorf("%s: got %+v, %v; want %s", body, env, err, want)
		}
	}
}

// TestDecodeNoWatermill: without the UUID, or with framebus's source beside it, a payload that is no event
// is an error.
func TestDecodeNoWatermill(t *testing.T) {
	for _, attributes := range []map[string]string{
		nil,
		{"channel": "Order"},
		{event.AttrUUID: "1", event.AttrSource: "finance"},
	} {
		env, err := event.Decode([]byte("hello"), event.Received{Channel: "Order", Attributes: attributes})
		if _, ok := errors.AsType[*event.DecodeError](err); !ok {
			t.Errorf("%v: got %+v, %v; want a DecodeError", attributes, env, err)
		}
	}
}

// TestWatermillIncomplete: what a Watermill message does not say, Encode asks for.
func TestWatermillIncomplete(t *testing.T) {
	from := event.Received{Channel: "Order", Attributes: map[string]string{event.AttrUUID: "uuid-1"}}
	env, err := event.Decode([]byte(`{"id":1}`), from)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"event: encode Order.: action: is empty",
		"event: encode Order.created: source: is empty",
	} {
		if _, err := env.Encode(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if env.Action != "" {
			env.Source = "bridge"
		}
		env.Action = event.Created
	}
	doc, err := env.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"specversion":"1.0","id":"uuid-1","source":"bridge","type":"Order.created",` +
		`"datacontenttype":"application/json","channel":"Order","action":"created","data_base64":"eyJpZCI6MX0="}`
	if string(doc) != want {
		t.Errorf("got %s", doc)
	}
}
