package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// FuzzMatch holds Parse and the matchers to what they promise of any input: no panic, no time without end, and
// an *Error if there is one. A policy that is taken in one scope without nesting is taken in the other.
func FuzzMatch(f *testing.F) {
	for _, policy := range []string{
		`{"a":["x",1,null,true,{"prefix":"x"},{"suffix":"x"},{"wildcard":"x*y*"},{"equals-ignore-case":"x"}]}`,
		`{"a":[{"anything-but":["x"]},{"anything-but":{"suffix":"x"}},{"numeric":[">",0,"<=",1.5e2]},{"exists":false}]}`,
		`{"a":{"b.c":[{"cidr":"10.0.0.0/8"}]},"$or":[{"d":[1]},{"e":{"$or":[{"f":[2]},{"g":[{"exists":true}]}]}}]}`,
		`{"a":[{"wildcard":"\\*"}],"$or":["x"]}`, `{}`, ``, `[`, "{\"a\":[\"\\u00e9\\\"\"]}",
	} {
		f.Add(policy, `{"a":["x",{"b.c":"10.1.2.3"},[[1,{"b":{"c":null}}]]],"e":{"g":[],"f":2e0},"\u0061":""}`)
		f.Add(policy, `["x", 1, true, null]`)
		f.Add(policy, `{"a":{"b":{"c":"\ud800"}}} `)
	}
	f.Fuzz(func(t *testing.T, policy, message string) {
		if doc := []byte(message); json.Valid(doc) {
			checkReader(t, doc)
		}
		body, err := Parse(policy, MessageBody)
		if _, ok := errors.AsType[*Error](err); err != nil && (!ok || err.Error() == "" || body != nil) {
			t.Fatalf("Parse(%q): got %v and the error %v, want an *Error alone", policy, body, err)
		}
		if attrs, attrsErr := Parse(policy, MessageAttributes); attrsErr == nil && (err != nil || attrs == nil) {
			t.Fatalf("Parse(%q): %v for bodies, but a policy for attributes", policy, err)
		}
		if err != nil {
			return
		}
		if len(body.paths) > maxKeys || combinations(body.branches) > maxCombinations {
			t.Fatalf("Parse(%q): got %d keys, %d combinations", policy, len(body.paths), combinations(body.branches))
		}
		first := body.MatchBody([]byte(message))
		if body.MatchBody([]byte(message)) != first {
			t.Fatalf("MatchBody(%q) with %q: got %v, and then not", message, policy, first)
		}
		for _, path := range body.paths {
			for _, kind := range []string{"String", "String.Array", "Number", "Binary"} {
				body.MatchAttributes(map[string]Attribute{path: {Type: kind, Value: message}})
			}
		}
	})
}

// checkReader: a value is passed whole, whichever way.
func checkReader(t *testing.T, doc []byte) {
	t.Helper()
	end := len(bytes.TrimRight(doc, " \t\r\n"))
	skip, tree := reader{doc: doc}, reader{doc: doc}
	skip.skip()
	n := tree.tree()
	if skip.at != end || tree.at != end || n.end != end {
		t.Fatalf("%q: skip passes %d bytes, tree %d, want %d", doc, skip.at, tree.at, end)
	}
}
