package shop_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/examples/orders/shop"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       shop.Message
	}{
		{
			"a FRAME message", `{"channel":"Order","action":"created","data":{"id":"1","total":"440.00"}}`,
			shop.Message{Channel: "Order", Action: bus.Created, ID: "1", Data: []byte(`{"id":"1","total":"440.00"}`)},
		},
		{
			"an integer id, as Django has it", `{"channel": "Part", "action": "updated", "data": {"id": 77, "price": 13.00}}`,
			shop.Message{Channel: "Part", Action: bus.Updated, ID: "77", Data: []byte(`{"id": 77, "price": 13.00}`)},
		},
		{
			"unknown fields and exact numbers", `{"action":"created","channel":"OrderItem","data":{"id":"1-2","x":1.10,"y":[12345678901234567890]}}`,
			shop.Message{
				Channel: "OrderItem", Action: bus.Created, ID: "1-2",
				Data: []byte(`{"id":"1-2","x":1.10,"y":[12345678901234567890]}`),
			},
		},
		{
			"an escaped id", `{"channel":"Customer","action":"deleted","data":{"id":"\u6771\u4eac"}}`,
			shop.Message{Channel: "Customer", Action: bus.Deleted, ID: "東京", Data: []byte(`{"id":"\u6771\u4eac"}`)},
		},
		{
			"null is absent", `{"channel":"Order","action":"created","data":{"id":"1","total":null,"customer":null}}`,
			shop.Message{
				Channel: "Order", Action: bus.Created, ID: "1", Data: []byte(`{"id":"1","total":null,"customer":null}`),
			},
		},
		{
			"a document of the bus", `{"specversion":"1.0","id":"e1","source":"shop","type":"Order.deleted","channel":"Order","action":"deleted","data":{"id":"1"}}`,
			shop.Message{Channel: "Order", Action: bus.Deleted, ID: "1", Data: []byte(`{"id":"1"}`)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := shop.Parse([]byte(c.line))
			if err != nil {
				t.Fatal(err)
			}
			if got.Channel != c.want.Channel || got.Action != c.want.Action || got.ID != c.want.ID ||
				string(got.Data) != string(c.want.Data) {
				t.Errorf("got %s %s %q %s\nwant %s %s %q %s", got.Channel, got.Action, got.ID, got.Data,
					c.want.Channel, c.want.Action, c.want.ID, c.want.Data)
			}
		})
	}
}

// An error names the field and says what is wrong with it.
func TestParseError(t *testing.T) {
	order := func(data string) string { return `{"channel":"Order","action":"created","data":` + data + `}` }
	for _, c := range []struct{ line, want string }{
		{`nonsense`, "not JSON: "},
		{`{"channel":"Order"`, "not JSON: "},
		{order(`{"id":"1"}`) + order(`{"id":"2"}`), "not JSON: "},
		{order("{\"id\":\"\xff\"}"), "not JSON: invalid UTF-8"},
		{order("{\"id\":\"\x00\"}"), "not JSON: control character"},
		{`[]`, "the document is not a JSON object"},
		{`{"data":{"id":"1"}}`, "not an event: "},
		{`{"action":"created","data":{"id":"1"}}`, "channel: is missing"},
		{`{"channel":"Order","data":{"id":"1"}}`, "action: is missing"},
		{`{"channel":5,"action":"created","data":{"id":"1"}}`, "channel: is not a string"},
		{`{"channel":"Order","channel":"Part","action":"created","data":{"id":"1"}}`, "channel: appears twice"},
		{`{"channel":"*","action":"created","data":{"id":"1"}}`, `channel: "*" holds`},
		{`{"channel":"Invoice","action":"created","data":{"id":"1"}}`, `channel: "Invoice" is none of Customer, Part, Order, OrderItem`},
		{`{"channel":"Order","action":"shipped","data":{"id":"1"}}`, `action: "shipped" is none of created, updated, deleted`},
		{`{"channel":"Order","action":"created"}`, "data: is missing"},
		{`{"channel":"Order","action":"created","data_base64":"AAAA"}`, "data: is binary, not an object"},
		{order(`null`), "data: is not an object"},
		{order(`"1"`), "data: is not an object"},
		{order(`[{"id":"1"}]`), "data: is not an object"},
		{order(`{}`), "data.id: is missing"},
		{order(`{"id":null}`), "data.id: is missing"},
		{order(`{"id":""}`), "data.id: is missing"},
		{order(`{"id":" \t "}`), "data.id: is blank"},
		{order(`{"id":"a\u0000b"}`), `data.id: "a\x00b" holds a control character`},
		{order(`{"id":"` + strings.Repeat("x", 201) + `"}`), "data.id: is 201 bytes long, the limit is 200"},
		{order(`{"id":1.5}`), "data.id: is 1.5, not a string or an integer"},
		{order(`{"id":1e3}`), "data.id: is 1e3, not a string or an integer"},
		{order(`{"id":true}`), "data.id: is true, not a string or an integer"},
		{order(`{"id":{"pk":1}}`), "data.id: is an object, not a string or an integer"},
		{order(`{"id":"1","customer":["VINET"]}`), "data.customer: is an array, not a string or an integer"},
		{order(`{"id":"1","order_date":19960704}`), "data.order_date: is a number, not a string"},
		{order(`{"id":"1","order_date":{}}`), "data.order_date: is an object, not a string"},
		{order(`{"id":"1","order_date":false}`), "data.order_date: is a bool, not a string"},
		{order(`{"id":"1","total":"12,50"}`), `data.total: is "12,50", not a decimal such as 12.50`},
		{order(`{"id":"1","total":""}`), `data.total: is "", not a decimal such as 12.50`},
		{order(`{"id":"1","total":"NaN"}`), `data.total: is "NaN", not a decimal such as 12.50`},
		{order(`{"id":"1","total":1e2}`), "data.total: is 1e2, not a decimal such as 12.50"},
		{order(`{"id":"1","total":[]}`), "data.total: is an array, not a decimal such as 12.50"},
		{order(`{"id":"1","id":"2"}`), "data.id: appears twice"},
		{order(`{"id":"1","ID":"2"}`), "data.ID: appears twice"},
		{order(`{"id":"1","x":1,"x":1}`), "data.x: appears twice"},
	} {
		t.Run(c.line[:min(len(c.line), 60)], func(t *testing.T) {
			_, err := shop.Parse([]byte(c.line))
			if err == nil {
				t.Fatalf("no error, want %q", c.want)
			}
			if got := err.Error(); !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A model of which little is known can be published and read again.
func TestModelsRoundTrip(t *testing.T) {
	for _, m := range []any{
		&shop.Customer{ID: "1"}, &shop.Part{ID: "1"}, &shop.Order{ID: "1"}, &shop.OrderItem{ID: "1"},
		&shop.OrderItem{ID: "1", Order: "2", Part: "3", Price: "18.00", Quantity: "-1", Discount: "0.05"},
	} {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got := reflect.New(reflect.TypeOf(m).Elem()).Interface()
		if err := json.Unmarshal(text, got); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s reads as %+v, %v; want %+v", text, got, err, m)
		}
	}
}

// Whatever the input is, Parse takes it or says what is wrong.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"channel":"Order","action":"created","data":{"id":"1","total":"440.00"}}`))
	f.Add([]byte(`{"channel":"Part","action":"updated","data":{"id":1,"price":1.0,"x":{"y":[]}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := shop.Parse(line)
		if err == nil && (m.ID == "" || m.Channel == "" || m.Action == "" || len(m.Data) == 0) {
			t.Errorf("Parse(%q) = %+v: something is missing", line, m)
		}
		if err != nil && err.Error() == "" {
			t.Errorf("Parse(%q): the error says nothing", line)
		}
	})
}
