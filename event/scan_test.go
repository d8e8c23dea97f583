package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzScan holds the scanner against encoding/json: the same documents pass, a fault is at the same byte, and
// an object has the same members.
func FuzzScan(f *testing.F) {
	for _, doc := range []string{
		``, ` `, `{}`, ` { } `, `[]`, `[ ]`, `[1 , 2]`, `[1,]`, `{"a":1 , "b" : [ {} ] }`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`,
		`{1:2}`, `{"a":1}}`, `{"a":1]`, `[1}`, `"`, `""`, `"\"`, `"\\"`, `"\u12`, `"\u12G4"`, `"\ud83d\ude00"`, `"\x"`, "\"\x1f\"",
		"\"\x7f\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc3\"", "\ufeff1", "\x00", `0`, `-0`, `-`, `01`, `-01`, `1.`, `1.5`, `.5`,
		`1e`, `1e+`, `1E-07`, `1e5x`, `1 2`, `true`, `tru`, `truex`, `false`, `falsy`, `null`, `nul`, `NaN`, `+1`, `'a'`, `{"a":1,"a":2}`,
		`{"a":"b\/\b\f\n\r\t"}`, `{"\u0061":1}`, "[1]\v", "[1]\u00a0", `{"a":tru}`,
		strings.Repeat("[", 64) + strings.Repeat("]", 64),
		strings.Repeat(`{"a":`, 64) + "1" + strings.Repeat("}", 64),
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(testScan)
}

func testScan(t *testing.T, doc []byte) {
	var raw json.RawMessage
	want := json.Unmarshal(doc, &raw)
	err := checkJSON(doc, 0)
	switch {
	case !utf8.Valid(doc):
		if err == nil {
			t.Fatalf("%q passes and is not UTF-8", doc)
		}
		return
	case want == nil && err != nil:
		t.Fatalf("%q: got %v, want none", doc, err)
	case want != nil && err == nil:
		t.Fatalf("%q: got no error, want %v", doc, want)
	case err != nil:
		syntax, ok := errors.AsType[*json.SyntaxError](want)
		if !ok {
			t.Fatal(want)
		}
		// encoding/json counts the byte at fault, but not the end.
		if at := int(syntax.Offset); err.Offset != at-1 && (err.Offset != at || at != len(doc)) {
			t.Fatalf("%q: got %v, want the fault that encoding/json finds at %d: %v", doc, err, at, want)
		}
		return
	}
	if doc = trimSpace(doc); doc[0] == '{' {
		testMembers(t, doc)
	}
}

func testMembers(t *testing.T, doc []byte) {
	var d document
	if err := d.parse(doc); err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	if d.err != nil {
		return // a repeated name, or one that is no text
	}
	got := make(map[string]string)
	for f, m := range d.fields {
		if m.at > 0 {
			got[fieldNames[f]] = string(m.value)
		}
	}
	for _, m := range d.others {
		got[string(m.name)] = string(m.value)
		if !bytes.HasPrefix(doc[m.at:], m.value) {
			t.Errorf("%q: %s is not at %d", doc, m.value, m.at)
		}
	}
	want := make(map[string]json.RawMessage)
	if err := json.Unmarshal(doc, &want); err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(got, want, func(g string, w json.RawMessage) bool { return g == string(w) }) {
		t.Errorf("%q: got the members %q, want %q", doc, got, want)
	}
}

// TestScanDepth: as deep as encoding/json, and no deeper.
func TestScanDepth(t *testing.T) {
	for _, n := range []int{maxDepth - 1, maxDepth, maxDepth + 1} {
		testScan(t, []byte(strings.Repeat("[", n)+strings.Repeat("]", n)))
		testScan(t, []byte(strings.Repeat(`{"":`, n)+"1"+strings.Repeat("}", n)))
	}
}

// FuzzUnescaped holds the reading of strings against encoding/json, which differs in half surrogate pairs
// alone: it puts U+FFFD in their place.
func FuzzUnescaped(f *testing.F) {
	for _, text := range []string{
		``, `plain`, `ä`, `\"\/\\\b\f\n\r\t`, `\u0000`, `\u00e4\u00E4`, `\ufffd`, `\ud83d\ude00`, `\ud800`, `\udc00`, `\ud800\ud800`,
		`\ud800\u0041`, `\ud800\n`, `\ud800x`, `\ud83d\\ude00`, `\udbff\udfff`, "\x7f", `a\u0022b`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := []byte(`"` + text + `"`)
		if end, f := scanString(value, 0); f != valid || end != len(value) {
			return
		}
		var want string
		if err := json.Unmarshal(value, &want); err != nil {
			t.Fatal(err)
		}
		got, ok := unescaped(inner(value))
		if ok && string(got) != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
		if !ok && !strings.ContainsRune(want, utf8.RuneError) {
			t.Errorf("%s is refused and is %q", value, want)
		}
	})
}

// The scanner is there for its offsets and members; that it is faster than encoding/json's check is what lets
// Encode check the data of every event.
func BenchmarkScan(b *testing.B) {
	doc := []byte(`[` + strings.Repeat(`{"sku":"QUESO-CABRALES","qty":12,"price":14.5,"note":"f\u00fcr später"},`, 14) + `null]`)
	for name, valid := range map[string]func() bool{
		"ours":          func() bool { return checkJSON(doc, 0) == nil },
		"encoding_json": func() bool { return json.Valid(doc) && utf8.Valid(doc) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				if !valid() {
					b.Fatal("not JSON")
				}
			}
		})
	}
}
