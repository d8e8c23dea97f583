package filter

import (
	"strings"
	"testing"
)

// must parses a policy that is right.
func must(t testing.TB, policy string, scope Scope) *Policy {
	t.Helper()
	p, err := Parse(policy, scope)
	if err != nil {
		t.Fatalf("Parse(%s, %s): got %v, want a policy", policy, scope, err)
	}
	return p
}

// attrs reads "name:Type=value" lists, which are easier on the eye than maps.
func attrs(list ...string) map[string]Attribute {
	m := map[string]Attribute{}
	for _, a := range list {
		name, a, _ := strings.Cut(a, ":")
		kind, text, _ := strings.Cut(a, "=")
		m[name] = Attribute{Type: kind, Value: text}
	}
	return m
}

type example struct {
	page   string // of the SNS Developer Guide, as in the package comment
	policy string
	yes    []string // attributes, or a body if it starts with a brace
	no     []string
}

func (e example) run(t *testing.T) {
	t.Helper()
	for _, message := range append(append([]string{}, e.yes...), e.no...) {
		want := false
		for _, y := range e.yes {
			want = want || y == message
		}
		var got bool
		if strings.HasPrefix(message, "{") {
			got = must(t, e.policy, MessageBody).MatchBody([]byte(message))
		} else {
			got = must(t, e.policy, MessageAttributes).MatchAttributes(attrs(strings.Split(message, " & ")...))
		}
		if got != want {
			t.Errorf("[%s] policy %s, message %s: got %v, want %v", e.page, e.policy, message, got, want)
		}
	}
}

// TestNoObject: a body that is no JSON object is rejected.
func TestNoObject(t *testing.T) {
	p := must(t, `{"a": [{"exists": false}, "x"]}`, MessageBody)
	for _, body := range []string{``, ` `, `x`, `"a"`, `1`, `null`, `[{"a": "x"}]`, `["x"]`, "\xef\xbb\xbf{\"a\": \"x\"}"} {
		if p.MatchBody([]byte(body)) {
			t.Errorf("body %q passes, which is not a JSON object", body)
		}
	}
}

// TestNoPolicy: without a filter, or with one that is removed, every message passes.
func TestNoPolicy(t *testing.T) {
	for _, p := range []*Policy{nil, must(t, `{}`, MessageBody), must(t, ` { } `, ""), must(t, ``, MessageAttributes)} {
		if !p.MatchAttributes(nil) || !p.MatchBody([]byte("text")) || !p.MatchBody(nil) {
			t.Errorf("%v does not pass every message", p)
		}
	}
}
