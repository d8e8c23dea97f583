package event_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	ce "github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/framebus/framebus/event"
)

// The tests in this file hold the wire format against the official CloudEvents SDK: each reads what the
// other writes.

// sdkReads gives doc to the SDK.
func sdkReads(t *testing.T, doc []byte) ce.Event {
	t.Helper()
	var e ce.Event
	if err := json.Unmarshal(doc, &e); err != nil {
		t.Fatalf("the SDK cannot read %s: %v", doc, err)
	}
	if err := e.Validate(); err != nil {
		t.Fatalf("the SDK finds %s invalid: %v", doc, err)
	}
	return e
}

// sdkWrites has the SDK encode e.
func sdkWrites(t *testing.T, e ce.Event) []byte {
	t.Helper()
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// compare holds an envelope against the SDK's view of the same event.
func compare(t *testing.T, env event.Envelope, e ce.Event) {
	t.Helper()
	typ := env.Channel + "." + string(env.Action)
	if e.SpecVersion() != "1.0" || e.ID() != env.ID || e.Source() != env.Source || e.Type() != typ ||
		e.Subject() != env.Key || !e.Time().Equal(env.Time) || e.DataContentType() != env.ContentType {
		t.Errorf("the SDK has\n%s, we have\n%+v", e, env)
	}
	extensions := map[string]string{
		"channel": env.Channel, "action": string(env.Action), "correlationid": env.CorrelationID, "causationid": env.CausationID,
	}
	maps.Copy(extensions, env.Extensions)
	if schema, ok := extensions["dataschema"]; ok {
		if e.DataSchema() != schema {
			t.Errorf("dataschema: the SDK has %q, we have %q", e.DataSchema(), schema)
		}
		delete(extensions, "dataschema")
	}
	for name, value := range e.Extensions() {
		text, err := types.Format(value)
		if err != nil {
			t.Fatal(err)
		}
		if ours, ok := extensions[name]; !ok || ours != text {
			t.Errorf("extension %s: the SDK has %q, we have %q", name, text, ours)
		}
		delete(extensions, name)
	}
	for name, value := range extensions {
		if value != "" {
			t.Errorf("extension %s: the SDK has none, we have %q", name, value)
		}
	}
	if b, err := event.As[[]byte](&env); err == nil && (env.Binary != nil || e.DataContentType() == "text/xml") {
		if !bytes.Equal(b.Data, e.Data()) {
			t.Errorf("the SDK has the data %q, we have %q", e.Data(), b.Data)
		}
		return
	}
	if !bytes.Equal(env.Data, bytes.TrimSpace(e.Data())) {
		t.Errorf("the SDK has the data %s, we have %s", e.Data(), env.Data)
	}
}

func TestCloudEventsSDKReadsOurs(t *testing.T) {
	for _, env := range []event.Envelope{
		{},
		{Key: "42", Time: eight.Add(123456789), CorrelationID: "c1", CausationID: "c2"},
		{Time: time.Date(2026, 11, 23, 9, 30, 0, 0, time.FixedZone("", 5400))},
		{Source: "https://example.com/finance?a=b#c"},
		{Source: "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"},
		{Channel: `Sales.Größe"`, Action: "größer", Key: `a "quoted" \ key 😀`},
		{Extensions: map[string]string{
			"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "sampled": "true", "rate": "30",
			"empty": "", "dataschema": "https://example.com/order.json", "datacontentencoding": "x", "schemaurl": "y",
		}},
		{Data: json.RawMessage(`{"id":9007199254740993,"total":440.10,"list":[1,null,true],"text":"a\"\\\u00e4ä😀"}`)},
		{Data: json.RawMessage(`null`)},
		{Data: json.RawMessage(`"text"`)},
		{Data: json.RawMessage(`-1.5e-7`)},
		{Data: json.RawMessage(`{"a":1}`), ContentType: "application/json; charset=utf-8"},
		{Data: json.RawMessage(`"<much wow=\"xml\"/>"`), ContentType: "text/xml"},
		{Binary: []byte{}},
		{Binary: []byte("\x00\xfb\xff"), ContentType: "image/png"},
		{Binary: []byte(`{"id":1}`), ContentType: "application/json"},
	} {
		env.ID = "0193"
		if env.Source == "" {
			env.Source = "finance"
		}
		if env.Channel == "" {
			env.Channel, env.Action = "Order", event.Created
		}
		doc, err := env.Encode()
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := event.Decode(doc, event.Received{})
		if err != nil {
			t.Fatal(err)
		}
		e := sdkReads(t, doc)
		compare(t, decoded, e)

		// And back: what the SDK writes of it is the same event.
		again, err := event.Decode(sdkWrites(t, e), event.Received{})
		if err != nil {
			t.Fatal(err)
		}
		compare(t, again, e)
	}
}

// newSDKEvent is an event with the required attributes alone.
func newSDKEvent(typ string) ce.Event {
	e := ce.New()
	e.SetID("A234-1234-1234")
	e.SetSource("/mycontext")
	e.SetType(typ)
	return e
}

func TestCloudEventsWeReadSDK(t *testing.T) {
	required := newSDKEvent("com.example.Order.created")

	full := newSDKEvent("Order.created")
	full.SetSubject("42")
	full.SetTime(time.Date(2026, 11, 23, 9, 30, 0, 5, time.FixedZone("", 5400)))
	full.SetDataSchema("https://example.com/order.json")
	uri, err := url.Parse("https://example.com/a?b=c")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]any{
		"abool": true, "anint": int32(-2147483648), "astring": `a "string" <ä>`, "abinary": []byte("\x00\xff"),
		"auri": types.URI{URL: *uri}, "auriref": types.URIRef{URL: url.URL{Path: "/rel"}}, "atime": eight.Add(1),
		"correlationid": "c1", "causationid": "c2",
	} {
		full.SetExtension(name, value)
	}
	if err := full.SetData("application/json", map[string]any{"id": 42, "name": "Zoë <&>"}); err != nil {
		t.Fatal(err)
	}

	jsonBytes := newSDKEvent("Order.created")
	if err := jsonBytes.SetData("application/json", []byte(`{"id":42}`)); err != nil {
		t.Fatal(err)
	}

	png := newSDKEvent("Scan.made")
	if err := png.SetData("image/png", []byte("\x89PNG\xff")); err != nil {
		t.Fatal(err)
	}

	xml := newSDKEvent("Doc.made")
	if err := xml.SetData("text/xml", line{SKU: "a<b", Qty: 2}); err != nil {
		t.Fatal(err)
	}

	for _, e := range []ce.Event{required, full, jsonBytes, png, xml} {
		doc := sdkWrites(t, e)
		env, err := event.Decode(doc, event.Received{})
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		// The SDK's event has no channel and action of its own; ours are those of the type.
		named := e.Clone()
		named.SetExtension("channel", env.Channel)
		named.SetExtension("action", string(env.Action))
		compare(t, env, named)

		// And back: what we write of it is the same event.
		again, err := env.Encode()
		if err != nil {
			t.Fatal(err)
		}
		compare(t, env, sdkReads(t, again))
	}

	env, err := event.Decode(sdkWrites(t, jsonBytes), event.Received{})
	if err != nil {
		t.Fatal(err)
	}
	if o, err := event.As[order](&env); err != nil || o.Data.ID != 42 {
		t.Errorf("JSON that the SDK was given as bytes reads as %+v, %v", o.Data, err)
	}
}

// TestCloudEventsTimes has both read the same documents of others.
func TestCloudEventsTimes(t *testing.T) {
	for _, text := range []string{
		"2026-11-23T08:00:00Z", "2026-11-23T08:00:00.5Z", "2026-11-23T08:00:00.123456789Z", "2026-11-23T08:00:00+00:00",
		"2026-11-23T09:30:00+01:30", "2026-11-22T16:00:00-16:00", "2026-11-23T08:00:00-00:00", "0001-01-01T00:00:00.000000001Z",
		"9999-12-31T23:59:59.999999999Z", "2024-02-29T00:00:00Z",
	} {
		doc := []byte(`{"specversion":"1.0","id":"1","source":"/x","type":"a.b","time":"` + text + `"}`)
		env, err := event.Decode(doc, event.Received{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if e := sdkReads(t, doc); !env.Time.Equal(e.Time()) || env.Time.Location() != time.UTC {
			t.Errorf("%s: got %v, the SDK has %v", text, env.Time, e.Time())
		}
	}
	for _, text := range []string{"2026-11-23", "08:00:00Z", "2026-11-23 08:00:00", "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z"} {
		doc := []byte(`{"specversion":"1.0","id":"1","source":"/x","type":"a.b","time":"` + text + `"}`)
		if env, err := event.Decode(doc, event.Received{}); err == nil {
			t.Errorf("%s: got %v, want an error", text, env.Time)
		}
		if json.Unmarshal(doc, new(ce.Event)) == nil {
			t.Errorf("%s: the SDK takes it", text)
		}
	}
}

// TestCloudEventsRandom sends random events both ways.
func TestCloudEventsRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		env := randomEnvelope(r, i)
		doc, err := env.Encode()
		if err != nil {
			t.Fatalf("%+v: %v", env, err)
		}
		e := sdkReads(t, doc)
		ours, err := event.Decode(doc, event.Received{})
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		compare(t, ours, e)
		theirs, err := event.Decode(sdkWrites(t, e), event.Received{})
		if err != nil {
			t.Fatal(err)
		}
		compare(t, theirs, e)
		if t.Failed() {
			t.Fatalf("event %d: %s", i, doc)
		}
	}
}

func randomEnvelope(r *rand.Rand, i int) event.Envelope {
	maybe := func(s string) string {
		if r.IntN(2) == 0 {
			return ""
		}
		return s
	}
	env := event.Envelope{
		ID: fmt.Sprint(i), Source: "/services/" + fmt.Sprint(r.IntN(9)), Channel: randomName(r), Action: event.Action(randomName(r)),
		Key: maybe("k" + randomText(r)), CorrelationID: maybe(randomText(r)), CausationID: maybe(randomText(r)),
	}
	if r.IntN(4) > 0 {
		zone := time.FixedZone("", (r.IntN(25)-12)*1800)
		env.Time = time.Unix(r.Int64N(4e9), r.Int64N(1e9)).In(zone)
	}
	for range r.IntN(4) {
		if env.Extensions == nil {
			env.Extensions = make(map[string]string)
		}
		env.Extensions["x"+fmt.Sprint(r.IntN(100))] = randomText(r)
	}
	switch r.IntN(4) {
	case 0:
		env.Binary = make([]byte, r.IntN(64))
		for i := range env.Binary {
			env.Binary[i] = byte(r.Uint32())
		}
	case 1:
		data, _ := json.Marshal(randomText(r))
		env.Data, env.ContentType = data, "text/xml"
	case 2:
		data, _ := json.Marshal(randomValue(r, 4))
		env.Data = data
	}
	return env
}

func randomName(r *rand.Rand) string {
	const letters = `abcXYZ019-_/:"ä注`
	runes := []rune(letters)
	name := make([]rune, 1+r.IntN(10))
	for i := range name {
		name[i] = runes[r.IntN(len(runes))]
	}
	return string(name)
}

func randomText(r *rand.Rand) string {
	const letters = "ab \"\\/<>&äß€😀\u2028\u00a0'`{}[]:,"
	runes := []rune(letters)
	var b strings.Builder
	for range r.IntN(20) {
		b.WriteRune(runes[r.IntN(len(runes))])
	}
	return b.String()
}

func randomValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return r.IntN(2) == 0
	case n == 2:
		return r.Int64()
	case n == 3:
		return r.NormFloat64() * 1e10
	case n < 6 || depth == 0:
		return randomText(r)
	case n == 6:
		list := make([]any, r.IntN(4))
		for i := range list {
			list[i] = randomValue(r, depth-1)
		}
		return list
	}
	object := make(map[string]any)
	for range r.IntN(4) {
		object[randomText(r)] = randomValue(r, depth-1)
	}
	return object
}
