package filter

import (
	"strings"
	"testing"
)

const orders = `{"channel": ["Order"], "action": ["created", {"prefix": "paid"}], "data": {"total": [{"numeric": [">", 10]}]}}`

// A body is read once, and what the policy does not name is passed over.
func BenchmarkMatchBody(b *testing.B) {
	p := must(b, orders, MessageBody)
	body := []byte(`{"channel": "Order", "id": 7, "other": [` + strings.Repeat(`{"x": "y", "z": [1, 2, 3]},`, 100) +
		`null], "action": "paid-late", "data": {"customer": {"name": "x"}, "total": 12.5}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if !p.MatchBody(body) {
			b.Fatal("does not match")
		}
	}
}

func BenchmarkMatchAttributes(b *testing.B) {
	p := must(b, `{"channel": ["Order"], "action": ["created", {"prefix": "paid"}]}`, MessageAttributes)
	attributes := attrs("channel:String=Order", "action:String=paid-late", "source:String=shop")
	b.ReportAllocs()
	for b.Loop() {
		if !p.MatchAttributes(attributes) {
			b.Fatal("does not match")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(b, orders, MessageBody)
	}
}
