package event_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
)

// benchEnvelope is an event as a model publishes it, with about 1 KiB of data.
func benchEnvelope(b *testing.B) event.Envelope {
	b.Helper()
	type item struct {
		SKU   string  `json:"sku"`
		Qty   int     `json:"qty"`
		Price float64 `json:"price"`
	}
	order := struct {
		ID       string `json:"id"`
		Customer string `json:"customer"`
		Note     string `json:"note"`
		Items    []item `json:"items"`
	}{ID: "10248", Customer: "VINET", Note: strings.Repeat("Zur Türe, \"bitte\". ", 8)}
	for i := range 18 {
		order.Items = append(order.Items, item{SKU: "QUESO-CABRALES", Qty: i, Price: 14.5})
	}
	env, err := event.Of(event.Event[any]{
		ID: "0193585f-7c00-7d1c-8000-0242ac120002", Source: "finance", Channel: "Order", Action: event.Created, Key: "10248",
		Time:          time.Date(2026, 11, 23, 8, 0, 0, 123456000, time.UTC),
		CorrelationID: "0193585f-7c00-7d1c-8000-0242ac120001", CausationID: "0193585f-7c00-7d1c-8000-0242ac120000",
		Data: order,
	})
	if err != nil {
		b.Fatal(err)
	}
	return env
}

func BenchmarkEncode(b *testing.B) {
	env := benchEnvelope(b)
	b.SetBytes(int64(len(env.Data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := env.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	env := benchEnvelope(b)
	doc, err := env.Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Decode(doc, event.Received{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeNotification is the same document as a subscription without raw delivery gets it.
func BenchmarkDecodeNotification(b *testing.B) {
	env := benchEnvelope(b)
	doc, err := env.Encode()
	if err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{
		"Type": "Notification", "MessageId": "5e0c", "TopicArn": "arn:aws:sns:eu-west-1:1:Order",
		"Message": string(doc), "Timestamp": "2026-11-23T08:00:00.123Z",
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Decode(body, event.Received{}); err != nil {
			b.Fatal(err)
		}
	}
}
