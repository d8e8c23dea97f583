package event_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
)

// notification returns message as SNS hands it to a subscription without raw delivery, with attributes as
// JSON, "" for none.
func notification(t testing.TB, message, attributes string) []byte {
	t.Helper()
	quoted, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	body := `{
  "Type" : "Notification",
  "MessageId" : "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
  "TopicArn" : "arn:aws:sns:us-west-2:123456789012:Order",
  "Subject" : "My First Message",
  "Message" : ` + string(quoted) + `,
  "Timestamp" : "2026-11-23T08:00:00.123Z",
  "SignatureVersion" : "1",
  "Signature" : "EXAMPLEw6JRN==",
  "SigningCertURL" : "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3.pem",
  "UnsubscribeURL" : "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe"`
	if attributes != "" {
		body += `,
  "MessageAttributes" : ` + attributes
	}
	return []byte(body + "\n}")
}

func TestDecodeNotification(t *testing.T) {
	const snsID = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
	sent := eight.Add(123 * time.Millisecond)
	from := event.Received{ID: "sqs-1", Channel: "Order", Time: eight.Add(time.Hour)}
	for _, tt := range []struct {
		name, message, attributes string
		want                      event.Envelope
	}{
		{
			name:    "a document",
			message: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created","data":{"a":"\"b\""}}`,
			want: event.Envelope{
				ID: "1", Source: "s", Channel: "Order", Action: event.Created, Time: sent,
				ContentType: event.ContentTypeJSON, Data: json.RawMessage(`{"a":"\"b\""}`),
			},
		},
		{
			name:    "a document with our attributes",
			message: `{"specversion":"1.0","id":"1","source":"s","type":"Order.created","channel":"Order","action":"created"}`,
			attributes: `{"_watermill_message_uuid":{"Type":"String","Value":"1"},"source":{"Type":"String","Value":"s"},
				"channel":{"Type":"String","Value":"Order"},"action":{"Type":"String","Value":"created"}}`,
			want: event.Envelope{ID: "1", Source: "s", Channel: "Order", Action: event.Created, Time: sent},
		},
		{
			name:    "FRAME",
			message: `{"channel": "Order", "action": "deleted", "data": {"name": "Caf\u00e9"}}`,
			want: event.Envelope{
				ID: snsID, Channel: "Order", Action: event.Deleted, Time: sent,
				ContentType: event.ContentTypeJSON, Data: json.RawMessage(`{"name": "Caf\u00e9"}`),
			},
		},
		{
			name:       "a Watermill message in JSON",
			message:    `{"hello":"world"}`,
			attributes: `{"_watermill_message_uuid":{"Type":"String","Value":"uuid-1"},"correlation_id":{"Type":"String","Value":"c1"}}`,
			want: event.Envelope{
				ID: "uuid-1", Channel: "Order", Time: sent, CorrelationID: "c1",
				ContentType: event.ContentTypeJSON, Binary: []byte(`{"hello":"world"}`),
			},
		},
		{
			name:       "a Watermill message in words",
			message:    "héllo \"world\"\n",
			attributes: `{"UUID":{"Type":"String","Value":"uuid-1"},"action":{"Type":"String","Value":"greeted"}}`,
			want: event.Envelope{
				ID: "uuid-1", Channel: "Order", Action: "greeted", Time: sent,
				ContentType: event.ContentTypeBinary, Binary: []byte("héllo \"world\"\n"),
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Decode(notification(t, tt.message, tt.attributes), from)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n%+v, want\n%+v", got, tt.want)
			}
		})
	}
}

// TestDecodeNotificationBare leaves everything out that SNS need not say, or makes it useless.
func TestDecodeNotificationBare(t *testing.T) {
	const message = `"Message":"{\"channel\":\"Order\",\"action\":\"created\"}"`
	want := event.Envelope{ID: "sqs-1", Channel: "Order", Action: event.Created, Time: eight}
	for _, body := range []string{
		`{"Type":"Notification",` + message + `}`,
		`{"Type":"Notification",` + message + `,"MessageId":null,"Timestamp":null,"MessageAttributes":null}`,
		`{"Type":"Notification",` + message + `,"MessageId":7,"Timestamp":"today","MessageAttributes":[]}`,
		`{"Type":"Notification",` + message + `,"MessageAttributes":{"UUID":{"Value":7}},"id":"x","data":1}`,
	} {
		got, err := event.Decode([]byte(body), event.Received{ID: "sqs-1", Time: eight})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

func TestDecodeNotificationRejects(t *testing.T) {
	uuid := `{"_watermill_message_uuid":{"Type":"String","Value":"uuid-1"}}`
	for _, tt := range []struct {
		name   string
		body   []byte
		from   event.Received
		want   string
		field  string
		offset int
	}{
		{
			name: "inner fault", body: notification(t, `{"channel":"Order","action":"created","time":"now"}`, ""),
			want: `event: decode Message.time: "now" is not an RFC 3339 time (offset 45)`, field: "Message.time", offset: 45,
		},
		{
			name: "inner text", body: notification(t, `hello`, ""),
			want: `event: decode Message: not JSON: unexpected character 'h'`, field: "Message",
		},
		{
			name: "inner nothing", body: notification(t, ``, ""),
			want: `event: decode Message: not JSON: unexpected end`, field: "Message",
		},
		{
			name: "a broken event of a Watermill publisher", body: notification(t, `{"channel":"Order","action":"created","id":7}`, uuid),
			want: `event: decode Message.id: is not a string (offset 43)`, field: "Message.id", offset: 43,
		},
		{
			name: "a Watermill message of no channel", body: notification(t, `hello`, uuid),
			want: `event: decode Message.channel: the channel that the message arrived on is empty`, field: "Message.channel",
		},
		{
			name: "a notification in a notification", from: event.Received{Channel: "Order"},
			body: notification(t, string(notification(t, `{"channel":"Order","action":"created"}`, "")), ""),
			want: "event: decode Message: not an event: neither a CloudEvents document (specversion), nor a FRAME message " +
				"(channel, action), nor an SNS notification of one", field: "Message",
		},
		{
			name: "two messages", body: []byte(`{"Type":"Notification","Message":"a","Message":"b"}`),
			want: "event: decode Message: appears twice (offset 47)", field: "Message", offset: 47,
		},
		{
			name: "half a surrogate pair", body: []byte(`{"Type":"Notification","Message":"\udead"}`),
			want: "event: decode Message: holds half a surrogate pair (offset 33)", field: "Message", offset: 33,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env, err := event.Decode(tt.body, tt.from)
			fault, ok := errors.AsType[*event.DecodeError](err)
			if !ok {
				t.Fatalf("got %+v, %v; want a DecodeError", env, err)
			}
			if err.Error() != tt.want || fault.Field != tt.field || fault.Offset != tt.offset {
				t.Errorf("got %q, field %q, offset %d; want %q, %q, %d", err, fault.Field, fault.Offset, tt.want, tt.field, tt.offset)
			}
		})
	}
}

// TestDecodeNotificationCopiesNothingTwice bounds what a large notification costs: its Message once, and no
// copy of it, of its signature or of its links as extensions.
func TestDecodeNotificationCopiesNothingTwice(t *testing.T) {
	message := `{"channel":"Order","action":"created","data":"` + strings.Repeat("x", 200<<10) + `"}`
	body := notification(t, message, "")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := event.Decode(body, event.Received{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(len(body)+16<<10); got > limit {
		t.Errorf("decoding %d bytes allocates %d bytes, want at most %d", len(body), got, limit)
	}
}
