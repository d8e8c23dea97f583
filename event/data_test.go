package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/framebus/framebus/event"
)

type order struct {
	ID    int64   `json:"id"`
	Total float64 `json:"total"`
	Lines []line  `json:"lines,omitempty"`
}

type line struct {
	SKU string `json:"sku"`
	Qty int    `json:"qty"`
}

type page[T any] struct {
	Items []T `json:"items"`
	Next  *T  `json:"next"`
}

// carry sends e through the wire format and returns what arrives.
func carry[T any](t *testing.T, e event.Event[T]) event.Event[T] {
	t.Helper()
	env, err := event.Of(e)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := env.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := event.Decode(doc, event.Received{})
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	typed, err := event.As[T](&got)
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return typed
}

func testCarry[T any](t *testing.T, data, want T) {
	t.Run(fmt.Sprintf("%T %v", data, data), func(t *testing.T) {
		e := event.Event[T]{ID: "1", Source: "s", Channel: "Order", Action: event.Created, Data: data}
		got := carry(t, e)
		e.Data = want
		if !reflect.DeepEqual(got, e) {
			t.Errorf("got %#v, want %#v", got, e)
		}
	})
}

func testSame[T any](t *testing.T, data T) {
	testCarry(t, data, data)
}

func TestCarryTypes(t *testing.T) {
	testSame(t, order{ID: 9007199254740993, Total: 440.25, Lines: []line{{"QUESO", 2}}})
	testSame(t, &order{ID: 1})
	testSame[*order](t, nil)
	testSame(t, page[order]{Items: []order{{ID: 1}}, Next: &order{ID: 2}})
	testSame(t, page[string]{})
	testSame(t, map[string]int{"a": 1})
	testSame(t, map[string]int(nil))
	testSame(t, []int{})
	testSame(t, []int(nil))
	testSame(t, struct{}{})
	testSame(t, true)
	testSame(t, int64(-1)<<63)
	testSame(t, "")
	testSame(t, "Zoë <&> \u2028 \"quoted\" \\ \x00 \uffff 😀")
	testSame(t, json.Number("123456789012345678901234567890.10"))
	testSame[any](t, nil)
	testSame[any](t, "text")
	testSame[any](t, map[string]any{"n": 1.5, "list": []any{true, nil}})
	testCarry[any](t, 7, 7.0)
	testCarry[any](t, []byte("bin"), "Ymlu")
	testCarry[any](t, json.RawMessage(` [1] `), []any{1.0})

	testSame(t, []byte{})
	testSame(t, []byte("\x00\xff"))
	testSame(t, []byte(`{"json":"but bytes"}`))
	testCarry(t, []byte(nil), []byte{})

	testSame(t, json.RawMessage(`{"n":9007199254740993,"f":1.0,"e":1e400}`))
	testSame(t, json.RawMessage(`{ "spaced" : [ 1 , 2 ] }`))
	testSame(t, json.RawMessage(`"\ud800"`))
	testCarry(t, json.RawMessage(" \r\n\t{}\n"), json.RawMessage(`{}`))
	testCarry(t, json.RawMessage(nil), json.RawMessage(`null`))
	testCarry(t, json.RawMessage("\"\uffff \ufffe \uffee \ufffd\""), json.RawMessage("\"\\uffff \\ufffe \uffee \ufffd\""))
}

func TestEncodeData(t *testing.T) {
	env := event.Envelope{Binary: []byte("old"), ContentType: "text/plain"}
	if err := env.EncodeData(nil); err != nil || string(env.Data) != "null" || env.Binary != nil ||
		env.ContentType != event.ContentTypeJSON {
		t.Errorf("got %+v, %v", env, err)
	}
	if err := env.EncodeData([]byte(nil)); err != nil || env.Binary == nil || len(env.Binary) > 0 || env.Data != nil ||
		env.ContentType != event.ContentTypeBinary {
		t.Errorf("got %+v, %v", env, err)
	}
}

func TestEncodeDataRejects(t *testing.T) {
	for _, tt := range []struct {
		data any
		want string
	}{
		{json.RawMessage(""), "event: encode Order.created: data: not JSON: unexpected end (offset 0)"},
		{json.RawMessage(" "), "event: encode Order.created: data: not JSON: unexpected end (offset 0)"},
		{json.RawMessage(`{"a":}`), "event: encode Order.created: data: not JSON: unexpected character '}' (offset 5)"},
		{json.RawMessage(`1 2`), "event: encode Order.created: data: not JSON: unexpected character '2' (offset 2)"},
		{json.RawMessage("\"\xff\""), "event: encode Order.created: data: not JSON: invalid UTF-8 (offset 1)"},
		{make(chan int), "event: encode Order.created: data: json: unsupported type: chan int"},
		{func() {}, "event: encode Order.created: data: json: unsupported type: func()"},
	} {
		env := event.Envelope{
			Channel: "Order", Action: event.Created, Data: json.RawMessage(`1`), Binary: []byte("old"), ContentType: "text/plain",
		}
		err := env.EncodeData(tt.data)
		fault, ok := errors.AsType[*event.EncodeError](err)
		if !ok || err.Error() != tt.want || fault.Field != "data" || fault.Channel != "Order" || fault.Action != event.Created {
			t.Errorf("got %v, want %s", err, tt.want)
		}
		if env.Data != nil || env.Binary != nil || env.ContentType != "" {
			t.Errorf("a payload is left: %+v", env)
		}
	}
	_, err := event.Of(event.Event[chan int]{Channel: "Order", Action: event.Created})
	if _, ok := errors.AsType[*json.UnsupportedTypeError](err); !ok {
		t.Errorf("got %v, want encoding/json's error inside", err)
	}
}

// TestDecodeData reads one payload as several types, as listeners of several kinds do.
func TestDecodeData(t *testing.T) {
	binary := event.Envelope{Binary: []byte("\x00\xff"), ContentType: event.ContentTypeBinary}
	binaryJSON := event.Envelope{Binary: []byte(" {\"id\":9007199254740993}\n"), ContentType: "application/vnd.order+json; charset=utf-8"}
	text := event.Envelope{Data: json.RawMessage(`"<much wow=\"xml\"/>"`), ContentType: "text/xml"}
	base64 := event.Envelope{Data: json.RawMessage(`"YWJj"`), ContentType: event.ContentTypeJSON}
	untyped := event.Envelope{Data: json.RawMessage(`"YWJj"`)}
	null := event.Envelope{Data: json.RawMessage(`null`), ContentType: event.ContentTypeJSON}
	absent := event.Envelope{}

	testAs(t, binary, []byte("\x00\xff"))
	testAs(t, binary, json.RawMessage(`"AP8="`))
	testAs(t, binary, "AP8=")
	testAs[any](t, binary, "AP8=")
	testAs(t, event.Envelope{Binary: []byte{}}, []byte{})
	testAs(t, event.Envelope{Binary: []byte{}}, json.RawMessage(`""`))

	testAs(t, binaryJSON, []byte(" {\"id\":9007199254740993}\n"))
	testAs(t, binaryJSON, json.RawMessage(`{"id":9007199254740993}`))
	testAs(t, binaryJSON, order{ID: 9007199254740993})

	testAs(t, text, []byte(`<much wow="xml"/>`))
	testAs(t, text, `<much wow="xml"/>`)
	testAs(t, text, json.RawMessage(`"<much wow=\"xml\"/>"`))

	testAs(t, base64, []byte("abc"))
	testAs(t, base64, "YWJj")
	testAs(t, untyped, []byte("abc"))

	testAs[[]byte](t, null, nil)
	testAs(t, null, json.RawMessage(`null`))
	testAs(t, null, "")
	testAs[*order](t, null, nil)

	testAs[[]byte](t, absent, nil)
	testAs[json.RawMessage](t, absent, nil)
	testAs(t, absent, order{})
	testAs[any](t, absent, nil)

	kept := order{ID: 7}
	if err := absent.DecodeData(&kept); err != nil || kept.ID != 7 {
		t.Errorf("got %v, %v", kept, err)
	}
}

func testAs[T any](t *testing.T, env event.Envelope, want T) {
	t.Helper()
	if got, err := event.As[T](&env); err != nil || !reflect.DeepEqual(got.Data, want) {
		t.Errorf("%+v as %T: got %#v, %v; want %#v", env, want, got.Data, err, want)
	}
}

func TestDecodeDataRejects(t *testing.T) {
	data := func(s string) *event.Envelope {
		return &event.Envelope{ID: "1", Data: json.RawMessage(s), ContentType: event.ContentTypeJSON}
	}
	for _, tt := range []struct {
		env    *event.Envelope
		field  string
		offset int
		want   string
	}{
		{data(`{"id":1,"total":"440.00"}`), "data.total", 24,
			"event: decode data.total: json: cannot unmarshal string into Go struct field order.total of type float64 (offset 24)"},
		{data(`{"lines":[{"qty":1},{"qty":1.5}]}`), "data.lines.qty", 30,
			"event: decode data.lines.qty: json: cannot unmarshal number 1.5 into Go struct field line.lines.qty of type int (offset 30)"},
		{data(`[]`), "data", 1, "event: decode data: json: cannot unmarshal array into Go value of type event_test.order (offset 1)"},
		{data(`{"id":9223372036854775808}`), "data.id", 25,
			"event: decode data.id: json: cannot unmarshal number 9223372036854775808 into Go struct field order.id of type int64 (offset 25)"},
		{&event.Envelope{ID: "1", Binary: []byte("\x00"), ContentType: event.ContentTypeBinary}, "data", 6,
			"event: decode data: json: cannot unmarshal string into Go value of type event_test.order (offset 6)"},
		{&event.Envelope{ID: "1", Binary: []byte("{}}"), ContentType: event.ContentTypeJSON}, "data", 2,
			"event: decode data: not JSON: unexpected character '}' (offset 2)"},
		{&event.Envelope{ID: "1", Binary: []byte{}, ContentType: event.ContentTypeJSON}, "data", 0,
			"event: decode data: not JSON: unexpected end"},
	} {
		e, err := event.As[order](tt.env)
		fault, ok := errors.AsType[*event.DecodeError](err)
		if !ok {
			t.Errorf("%+v: got %v; want a DecodeError", tt.env, err)
			continue
		}
		if err.Error() != tt.want || fault.Field != tt.field || fault.Offset != tt.offset {
			t.Errorf("got %q, field %q, offset %d; want %q, %q, %d", err, fault.Field, fault.Offset, tt.want, tt.field, tt.offset)
		}
		if e.ID != "1" {
			t.Errorf("the attributes are lost: %+v", e)
		}
	}

	if _, err := event.As[[]byte](data(`{}`)); err == nil {
		t.Error("an object is no bytes")
	}
	if _, err := event.As[[]byte](&event.Envelope{Data: json.RawMessage(`{}`), ContentType: "text/xml"}); err == nil {
		t.Error("an object is no text")
	}
	err := data(`{}`).DecodeData(order{})
	if _, ok := errors.AsType[*json.InvalidUnmarshalError](err); !ok {
		t.Errorf("got %v, want encoding/json's error: it is not the document's fault", err)
	}
	if _, ok := errors.AsType[*event.DecodeError](err); ok {
		t.Errorf("got %v as a DecodeError", err)
	}
}

// TestAsAliasesNothing: two listeners get the same envelope; what one does to its event the other must not see.
func TestAsAliasesNothing(t *testing.T) {
	envs := map[string]event.Envelope{
		"data":        {Data: json.RawMessage(`"abc"`), ContentType: "text/plain"},
		"binary":      {Binary: []byte(`"abc"`), ContentType: event.ContentTypeBinary},
		"binary JSON": {Binary: []byte(`"abc"`), ContentType: event.ContentTypeJSON},
	}
	for name, env := range envs {
		env.Extensions = map[string]string{"a": "b"}
		raw, err := event.As[json.RawMessage](&env)
		if err != nil {
			t.Fatal(err)
		}
		bin, err := event.As[[]byte](&env)
		if err != nil {
			t.Fatal(err)
		}
		nested, err := event.As[any](&env)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range [][]byte{raw.Data, bin.Data} {
			for i := range b {
				b[i] = 'X'
			}
		}
		raw.Extensions["a"], bin.Extensions["a"], nested.Extensions["a"] = "X", "X", "X"
		if string(env.Data) != `` && string(env.Data) != `"abc"` || env.Binary != nil && string(env.Binary) != `"abc"` || env.Extensions["a"] != "b" {
			t.Errorf("%s: the envelope changed: %+v", name, env)
		}
	}
}
