package event_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
)

// What FRAME's Django publisher puts on the wire, as captured: Python's separators, non-ASCII characters
// in escapes, decimals as floats, no attributes.
const (
	frameCreated = `{"channel": "Order", "action": "created", "data": {"is_deleted": false, "id": 1, "customer": 1}}`
	frameUpdated = `{"channel": "Customer", "action": "updated", "data": {"is_deleted": false, "id": 7, ` +
		`"name": "Ana Mar\u00eda \ud83d\ude00", "credit": 440.0, "rate": 0.1}}`
)

// frameQueued is how the message waits in the worker's queue.
func frameQueued(t testing.TB, message string) []byte {
	t.Helper()
	quoted, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(`{"Type": "Notification", "MessageId": "4f2a6a3c-ff4b-4d0e-9b5c-5b9e1a3f7f10", ` +
		`"TopicArn": "arn:aws:sns:us-east-1:000000000000:Order", "Message": ` + string(quoted) + `, ` +
		`"Timestamp": "2026-11-23T08:00:00.000Z", "SignatureVersion": "1", "Signature": "EXAMPLE", ` +
		`"SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem", ` +
		`"UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"}`)
}

type customer struct {
	ID        int     `json:"id"`
	Name      string  `json:"name"`
	Credit    float64 `json:"credit"`
	Rate      float64 `json:"rate"`
	IsDeleted bool    `json:"is_deleted"`
}

func TestDecodeFRAME(t *testing.T) {
	for name, tt := range map[string]struct {
		body []byte
		want event.Event[customer]
	}{
		"bare created": {
			body: []byte(frameCreated),
			want: event.Event[customer]{ID: "sqs-1", Channel: "Order", Action: event.Created, Data: customer{ID: 1}},
		},
		"bare updated": {
			body: []byte(frameUpdated),
			want: event.Event[customer]{
				ID: "sqs-1", Channel: "Customer", Action: event.Updated,
				Data: customer{ID: 7, Name: "Ana María 😀", Credit: 440, Rate: 0.1},
			},
		},
		"queued created": {
			body: frameQueued(t, frameCreated),
			want: event.Event[customer]{
				ID: "4f2a6a3c-ff4b-4d0e-9b5c-5b9e1a3f7f10", Channel: "Order", Action: event.Created, Time: eight, Data: customer{ID: 1},
			},
		},
		"queued updated": {
			body: frameQueued(t, frameUpdated),
			want: event.Event[customer]{
				ID: "4f2a6a3c-ff4b-4d0e-9b5c-5b9e1a3f7f10", Channel: "Customer", Action: event.Updated, Time: eight,
				Data: customer{ID: 7, Name: "Ana María 😀", Credit: 440, Rate: 0.1},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := event.Decode(tt.body, event.Received{ID: "sqs-1", Channel: "Order_queue"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := event.As[customer](&env)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestFRAMEReadsOurs reads a document as FRAME's worker does: the notification's Message, and in it channel,
// action and data; other keys are let be.
func TestFRAMEReadsOurs(t *testing.T) {
	env, err := event.Of(event.Event[customer]{
		ID: "0193", Source: "crm", Channel: "Customer", Action: event.Created, Key: "7", Time: time.Now(),
		CorrelationID: "c1", CausationID: "c2", Extensions: map[string]string{"traceparent": "00-1-2-01"},
		Data: customer{ID: 7, Name: "Ana María 😀 \"<&>\"", Credit: 440.25},
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := env.Encode()
	if err != nil {
		t.Fatal(err)
	}

	var body struct{ Message string }
	if err := json.Unmarshal(frameQueued(t, string(doc)), &body); err != nil {
		t.Fatal(err)
	}
	var message map[string]any
	if err := json.Unmarshal([]byte(body.Message), &message); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"id": 7.0, "name": "Ana María 😀 \"<&>\"", "credit": 440.25, "rate": 0.0, "is_deleted": false}
	if message["channel"] != "Customer" || message["action"] != "created" || !reflect.DeepEqual(message["data"], want) {
		t.Errorf("FRAME gets %v", message)
	}
}

// TestFRAMEAlwaysHasData: the worker reads the key data, so an event of no data has it as null.
func TestFRAMEAlwaysHasData(t *testing.T) {
	env, err := event.Of(event.Event[any]{ID: "1", Source: "crm", Channel: "Customer", Action: "touched"})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := env.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var message map[string]json.RawMessage
	if err := json.Unmarshal(doc, &message); err != nil {
		t.Fatal(err)
	}
	if string(message["data"]) != "null" {
		t.Errorf("got %s", doc)
	}
}
