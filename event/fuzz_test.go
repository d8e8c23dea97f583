package event_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/framebus/framebus/event"
)

// seeds are documents of every form, good and bad.
var seeds = []string{
	`{"specversion":"1.0","id":"0193","source":"finance","type":"Order.created","subject":"42","time":"2026-11-23T08:00:00.123456Z",` +
		`"datacontenttype":"application/json","channel":"Order","action":"created","correlationid":"c1","causationid":"c2",` +
		`"traceparent":"00-1-2-01","sampled":true,"rate":7,"data":{"id":42}}`,
	`{"specversion":"1.0","id":"1","source":"/x","type":"com.example.made","datacontenttype":"text/xml","data":"<a/>"}`,
	`{"specversion":"1.0","id":"1","source":"/x","type":"made","data_base64":"AP8=","data":null}`,
	`{"specversion":"1.0","id":"1","source":"/x","type":"made","datacontenttype":"application/json","data_base64":"e30="}`,
	`{"channel": "Order", "action": "created", "data": {"is_deleted": false, "id": 1, "total": 440.0, "name": "Caf\u00e9"}}`,
	`{"Type":"Notification","MessageId":"m","Message":"{\"channel\":\"Order\",\"action\":\"created\"}","Timestamp":"2026-11-23T08:00:00.123Z",` +
		`"MessageAttributes":{"UUID":{"Type":"String","Value":"u"}}}`,
	`{"Type":"Notification","Message":"hello","MessageAttributes":{"_watermill_message_uuid":{"Type":"String","Value":"u"}}}`,
	`{"\u0063hannel":"\ud83d\ude00","action":"a","e":"\ud800","list":[1,{"a":"b"}],"time":"2026-11-23t08:00:00z"}`,
	`{"channel":"a","channel":"b","action":"c"}`,
	`{"id":1}`, `[]`, `hello`, "\x00\xff", ``,
}

func FuzzDecode(f *testing.F) {
	for _, doc := range seeds {
		f.Add([]byte(doc), "")
		f.Add([]byte(doc), "uuid-1")
	}
	f.Fuzz(func(t *testing.T, body []byte, uuid string) {
		if !utf8.ValidString(uuid) {
			return
		}
		from := event.Received{ID: "msg-1", Channel: "Inbox", Time: eight, Attributes: map[string]string{event.AttrUUID: uuid}}
		env, err := event.Decode(body, from)
		if err != nil {
			fault, ok := errors.AsType[*event.DecodeError](err)
			if !ok || fault.Offset < 0 || fault.Offset > len(body) || fault.Reason == "" || !reflect.DeepEqual(env, event.Envelope{}) {
				t.Fatalf("%q: got %+v, %#v", body, env, err)
			}
			if uuid != "" && !json.Valid(body) {
				t.Fatalf("%q: got %v; a Watermill message may be any bytes", body, err)
			}
			return
		}
		checkTyped(t, env)
		if env.Check() == nil {
			checkRoundTrip(t, env)
		}
	})
}

// FuzzDecodeNotification: what is inside an SNS notification reads as it does outside.
func FuzzDecodeNotification(f *testing.F) {
	for _, doc := range seeds {
		f.Add(doc, "")
		f.Add(doc, "uuid-1")
	}
	f.Fuzz(func(t *testing.T, message, uuid string) {
		if !utf8.ValidString(message) || !utf8.ValidString(uuid) || isNotification(message) {
			return
		}
		attributes, err := json.Marshal(map[string]any{event.AttrUUID: map[string]string{"Type": "String", "Value": uuid}})
		if err != nil {
			t.Fatal(err)
		}
		from := event.Received{
			ID: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", Channel: "Inbox", Time: eight.Add(123 * time.Millisecond),
			Attributes: map[string]string{event.AttrUUID: uuid},
		}
		want, wantErr := event.Decode([]byte(message), from)
		got, err := event.Decode(notification(t, message, string(attributes)), event.Received{ID: "sqs-1", Channel: "Inbox"})
		if wantErr == nil && err == nil {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%q: got %+v, want %+v", message, got, want)
			}
			return
		}
		in, ok := errors.AsType[*event.DecodeError](wantErr)
		out, outOK := errors.AsType[*event.DecodeError](err)
		if !ok || !outOK || strings.TrimSuffix("Message."+in.Field, ".") != out.Field || in.Offset != out.Offset || in.Reason != out.Reason {
			t.Errorf("%q: got %v, want %v in Message", message, err, wantErr)
		}
	})
}

// isNotification says whether doc is a notification itself, which is not read inside another.
func isNotification(doc string) bool {
	var members map[string]any
	if json.Unmarshal([]byte(doc), &members) != nil {
		return false
	}
	_, message := members["Message"].(string)
	return members["Type"] == "Notification" && message
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("0193", "finance", "Order", "created", "42", int64(1795680000), int64(123456000), "c1", "c2",
		"traceparent", "00-1-2-01", "", []byte(`{"id":42}`), false)
	f.Add("1", "/x?a=b#c", "Größe.\"a\"", "größer", "", int64(-62135596800), int64(0), "", "",
		"", "", "image/png", []byte("\x00\xff"), true)
	f.Add("1", "s", "a", "b", "\\", int64(253402300799), int64(999999999), "\"", "😀",
		"dataschema", "urn:x", "text/xml; charset=utf-8", []byte("\"<a/>\uffff\ufffe\uffee\""), false)
	f.Add("1", "s", "a", "b", "k", int64(-62167219200), int64(0), "", "", "a", "", "application/x+json", []byte(` [ 1e400 ] `), false)
	f.Fuzz(func(t *testing.T, id, source, channel, action, key string, sec, nsec int64, correlation, causation,
		name, value, contentType string, data []byte, binary bool) {
		env := event.Envelope{
			ID: id, Source: source, Channel: channel, Action: event.Action(action), Key: key, Time: time.Unix(sec, nsec),
			CorrelationID: correlation, CausationID: causation, ContentType: contentType,
		}
		if name != "" {
			env.Extensions = map[string]string{name: value}
		}
		if binary {
			env.Binary = append([]byte{}, data...)
		} else if len(data) > 0 {
			env.Data = data
		}
		if err := env.Check(); err != nil {
			if doc, encodeErr := env.Encode(); doc != nil || encodeErr == nil || encodeErr.Error() != err.Error() {
				t.Fatalf("Check says %v, Encode says %s, %v", err, doc, encodeErr)
			}
			return
		}
		checkRoundTrip(t, env)
	})
}

// checkRoundTrip encodes an envelope that passes Check, and wants the same one back.
func checkRoundTrip(t *testing.T, env event.Envelope) {
	t.Helper()
	doc, err := env.Encode()
	if err != nil {
		if fault, ok := errors.AsType[*event.EncodeError](err); !ok || fault.Field != "" {
			t.Fatalf("%+v passes Check, and Encode says %v", env, err)
		}
		return // too large
	}
	if !json.Valid(doc) || !utf8.Valid(doc) || len(doc) > event.MaxSize {
		t.Fatalf("not JSON: %q", doc)
	}
	want := env
	want.Time = env.Time.UTC()
	if env.Data != nil {
		want.Data = json.RawMessage(strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(strings.Trim(string(env.Data), " \t\r\n")))
	}
	if want.ContentType == "" && env.Data != nil {
		want.ContentType = event.ContentTypeJSON
	}
	if want.ContentType == "" && env.Binary != nil {
		want.ContentType = event.ContentTypeBinary
	}
	got, err := event.Decode(doc, event.Received{})
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: got\n%+v, want\n%+v", doc, got, want)
	}
	if again, err := got.Encode(); err != nil || string(again) != string(doc) {
		t.Fatalf("encoded again: got %s, %v; want %s", again, err, doc)
	}
}

// checkTyped reads the payload as every kind of listener does.
func checkTyped(t *testing.T, env event.Envelope) {
	t.Helper()
	before := append(json.RawMessage{}, env.Data...)
	raw, rawErr := event.As[json.RawMessage](&env)
	if rawErr == nil && raw.Data != nil && !json.Valid(raw.Data) {
		t.Errorf("%+v: got %q, which is not JSON", env, raw.Data)
	}
	bin, err := event.As[[]byte](&env)
	if env.Binary != nil && (err != nil || string(bin.Data) != string(env.Binary)) {
		t.Errorf("%+v: got %q, %v", env, bin.Data, err)
	}
	if _, err := event.As[any](&env); (err == nil) != (rawErr == nil) && !strings.Contains(err.Error(), "number") {
		t.Errorf("%+v: %v, but %v", env, err, rawErr)
	}
	if string(env.Data) != string(before) {
		t.Errorf("reading changed %q to %q", before, env.Data)
	}
}
