package main

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestParseSetup(t *testing.T) {
	text, err := os.ReadFile("testdata/shop.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseSetup(text)
	if err != nil {
		t.Fatal(err)
	}
	q := s.queues[0]
	if q.name != "orders" || q.line != 6 || q.attributes["VisibilityTimeout"] != "30" {
		t.Errorf("the first queue is %+v", q)
	}
	if want := `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:orders-dlq","maxReceiveCount":3}`; q.attributes["RedrivePolicy"] != want {
		t.Errorf("an object is %s, want %s", q.attributes["RedrivePolicy"], want)
	}
	if got := s.subscriptions[0].attributes["RawMessageDelivery"]; got != "true" {
		t.Errorf("true is %q", got)
	}
}

// A policy may be written as the string that AWS's tools want.
func TestPolicyAsString(t *testing.T) {
	s, err := parseSetup([]byte(`{"queues": [{"name": "q", "attributes": {"Policy": "{\"Version\":\"2012-10-17\"}"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.queues[0].attributes["Policy"]; got != `{"Version":"2012-10-17"}` {
		t.Errorf("got %s", got)
	}
}

func TestMessageAttributesAsTheyAre(t *testing.T) {
	s, err := parseSetup([]byte(`{"messages": [{"queue": "q", "body": "b", "attributes": {
		"text": "é", "number": 1.50, "list": ["a", 1],
		"binary": {"DataType": "Binary.png", "BinaryValue": "AAE="}, "custom": {"DataType": "Number.int", "StringValue": "1"}
	}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]value{
		"text": {"String", "é", ""}, "number": {"Number", "1.50", ""}, "list": {"String.Array", `["a",1]`, ""},
		"binary": {"Binary.png", "", "AAE="}, "custom": {"Number.int", "1", ""},
	}
	if got := s.messages[0].attributes; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Each mistake is named, with its line.
func TestMistakesInSetups(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "line 1: unexpected end of JSON input"},
		{"{\n \"queues\": [\n  {\"name\": \"q\",}\n ]\n}", "line 3: invalid character '}'"},
		{"{}\n{}", "line 2: invalid character '{' after top-level value"},
		{`[]`, "line 1: this is an array, and has to be an object"},
		{"{\n\n \"queue\": []\n}", `line 3: there is no field "queue" here, but callers, messages, queues, subscriptions, topics`},
		{"{\n \"queues\": [],\n \"queues\": []\n}", `line 3: "queues" is given twice`},
		{"{\n \"queues\": {}\n}", `line 2: "queues": this is an object, and has to be an array`},
		{"{\n \"queues\": [\n  {\"name\": \"a\"},\n  {\n   \"name\": \"b\",\n   \"Attributes\": {}\n  }\n ]\n}", `line 6: there is no field "Attributes" here, but`},
		{"{\n \"queues\": [\n  {}\n ]\n}", `line 3: "name" is missing`},
		{"{\n \"queues\": [\n  {\"name\": 1}\n ]\n}", `line 3: "name": 1 is no string`},
		{"{\n \"queues\": [{\"name\": \"q\", \"attributes\": {\n  \"DelaySeconds\": null}}]\n}", `line 3: "DelaySeconds": null is no value`},
		{`{"topics": [{"name": "t", "attributes": []}]}`, `line 1: "attributes": this is an array, and has to be an object`},
		{`{"subscriptions": [{"queue": "q"}]}`, `"topic" is missing`},
		{`{"subscriptions": [{"topic": "t"}]}`, `either "queue", or "protocol" and "endpoint"`},
		{`{"subscriptions": [{"topic": "t", "queue": "q", "protocol": "sqs"}]}`, `either "queue", or "protocol" and "endpoint"`},
		{`{"messages": [{"body": "b"}]}`, `either "topic" or "queue"`},
		{`{"messages": [{"topic": "t", "queue": "q", "body": "b"}]}`, `either "topic" or "queue"`},
		{`{"messages": [{"queue": "q", "body": "b", "subject": "s"}]}`, `"subject" and "structure" are for topics`},
		{`{"messages": [{"topic": "t", "body": "b", "delaySeconds": 1}]}`, `"delaySeconds" is for queues`},
		{`{"messages": [{"topic": "t", "body": "b", "attributes": {"a": true}}]}`, `"a": true is neither a string nor a number`},
		{`{"messages": [{"topic": "t", "body": "b", "attributes": {"a": {"Type": "String"}}}]}`, `there is no field "Type" here`},
		{`{"callers": []}`, "has to be an object of access keys"},
		{`{"callers": {"KEY": {"policy": {}}}}`, `there is no field "policy" here, but account, arn, policies, userId`},
	} {
		s, err := parseSetup([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot  %v, %v\nwant %s", c.text, s, err, c.want)
		}
	}
}

// FuzzParseSetup: whatever a file holds, it is read or refused.
func FuzzParseSetup(f *testing.F) {
	text, err := os.ReadFile("testdata/shop.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"callers": {"k": {"policies": ["", {}]}}, "messages": [{"topic": "t", "attributes": {"a": [1], "b": {"DataType": "x"}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseSetup(text)
		if (s == nil) != (err != nil) {
			t.Errorf("got %v and %v", s, err)
		}
	})
}
