package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/framebus/framebus/event"
)

func ExampleEnvelope_Encode() {
	type Order struct {
		ID    string `json:"id"`
		Total string `json:"total"`
	}
	env, err := event.Of(event.Event[Order]{
		ID: "0193585f-7c00-7d1c-8000-0242ac120002", Source: "shop", Channel: "Order", Action: event.Created, Key: "42",
		Time: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), Data: Order{ID: "42", Total: "440.00"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, err := env.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(doc))
	// Output: {"specversion":"1.0","id":"0193585f-7c00-7d1c-8000-0242ac120002","source":"shop","type":"Order.created","subject":"42","time":"2026-11-23T08:00:00Z","datacontenttype":"application/json","channel":"Order","action":"created","data":{"id":"42","total":"440.00"}}
}

func ExampleEnvelope_Encode_error() {
	env := event.Envelope{ID: "1", Source: "my shop", Channel: "Order", Action: event.Created}
	_, err := env.Encode()
	fmt.Println(err)

	fault, ok := errors.AsType[*event.EncodeError](err)
	fmt.Println(ok, fault.Field)
	// Output:
	// event: encode Order.created: source: "my shop" is not a URI reference (RFC 3986)
	// true source
}

func ExampleDecode() {
	type Order struct {
		ID    string `json:"id"`
		Total string `json:"total"`
	}
	body := []byte(`{"channel": "Order", "action": "created", "data": {"id": "42", "total": "440.00"}}`)
	env, err := event.Decode(body, event.Received{ID: "msg-1", Channel: "Order"})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := event.As[Order](&env)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.ID, e.Channel, e.Action, e.Data.Total)
	// Output: msg-1 Order created 440.00
}

func ExampleDecode_notification() {
	body := []byte(`{
		"Type": "Notification",
		"MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
		"Message": "{\"channel\":\"Order\",\"action\":\"shipped\",\"data\":{\"id\":\"42\"}}",
		"Timestamp": "2026-11-23T08:00:00.123Z"
	}`)
	env, err := event.Decode(body, event.Received{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(env.Channel, env.Action, env.Time, string(env.Data))
	// Output: Order shipped 2026-11-23 08:00:00.123 +0000 UTC {"id":"42"}
}

func ExampleDecode_watermill() {
	from := event.Received{Channel: "Order", Attributes: map[string]string{event.AttrUUID: "6b1f0b9c"}}
	env, err := event.Decode([]byte("plain text"), from)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := event.As[[]byte](&env)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.ID, e.Channel, string(e.Data))
	// Output: 6b1f0b9c Order plain text
}

func ExampleDecodeError() {
	_, err := event.Decode([]byte(`{"channel":"Order","action":"created","time":"yesterday"}`), event.Received{})
	fmt.Println(err)

	fault, ok := errors.AsType[*event.DecodeError](err)
	fmt.Println(ok, fault.Field, fault.Offset)
	// Output:
	// event: decode time: "yesterday" is not an RFC 3339 time (offset 45)
	// true time 45
}

func ExampleAs() {
	env := event.Envelope{
		Channel: "Order", Action: event.Created, ContentType: event.ContentTypeJSON,
		Data: json.RawMessage(`{"id":9007199254740993,"total":"440.00"}`),
	}
	typed, err := event.As[struct{ ID int64 }](&env)
	fmt.Println(typed.Data.ID, err)

	untyped, err := event.As[json.RawMessage](&env)
	fmt.Println(string(untyped.Data), err)

	_, err = event.As[struct{ Total float64 }](&env)
	fmt.Println(err)
	// Output:
	// 9007199254740993 <nil>
	// {"id":9007199254740993,"total":"440.00"} <nil>
	// event: decode data.Total: json: cannot unmarshal string into Go struct field .Total of type float64 (offset 39)
}

func ExampleCheckChannel() {
	fmt.Println(event.CheckChannel("Sales.Order"))
	fmt.Println(event.CheckChannel("Sales.*"))
	fmt.Println(event.CheckPattern("Sales.*"))
	// Output:
	// <nil>
	// channel "Sales.*" holds '*', which only patterns may
	// <nil>
}
