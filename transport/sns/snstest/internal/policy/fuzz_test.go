package policy

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Whatever the document and the request: no panic and no hang, a refusal that says where it is in the document,
// nothing accepted that is not JSON, and answers that agree with each other.
func FuzzPolicy(f *testing.F) {
	for _, document := range []string{
		subscription, mayAll, toHome, toBoth, `{"Statement":[{}]}`, "{} ,", "[[[[", "{\"a\":\"\\ud800\"}", "\xff",
		withCondition(`{"ForAnyValue:StringLikeIfExists":{"x:a":["*a*${aws:username, 'b'}?"]},"DateLessThan":{"x:a":"2031"}}`),
		withCondition(`{"ForAllValues:ArnNotLike":{"x:a":"arn:*:*:*:*:*"},"NotIpAddress":{"x:a":"::/0"},"Null":{"x:a":true}}`),
		withCondition(`{"NumericLessThan":{"x:a":1e9},"BinaryEquals":{"x:a":"AA=="},"Bool":{"x:a":"${x:b}"}}`),
		strings.Replace(toAda, "Principal", "NotPrincipal", 1),
	} {
		f.Add(document, "sqs:SendMessage", queue, "arn:aws:iam::210987654321:user/ada", "aab")
		f.Add(document, "", "", "arn:aws:sts::210987654321:assumed-role/shipper/pod-7", "")
	}
	f.Fuzz(func(t *testing.T, document, action, resource, arn, value string) {
		r := Request{Action: action, Resource: resource, Principal: Principal{ARN: arn},
			Context: context("x:a", value, "aws:username", value, "aws:sourcearn", value)}
		for _, kind := range []Kind{Identity, Queue, Topic} {
			d, err := Parse(kind, document)
			if err != nil {
				checkRefusal(t, document, err)
				continue
			}
			if !json.Valid([]byte(document)) {
				t.Fatalf("Parse(%q) took what is no JSON", document)
			}
			_ = d.CheckResource(resource)
			said := d.Evaluate(r)
			identity, onResource := []*Document{d}, (*Document)(nil)
			if kind != Identity {
				identity, onResource = nil, d
			}
			together := Authorize(r, identity, onResource)
			if (said == Deny) != (together == Deny) {
				t.Fatalf("%q says %v and together %v: a deny is one everywhere", document, said, together)
			}
			if said == NoMatch && together == Allow && !r.Principal.root() {
				t.Fatalf("%q says nothing, and the request is allowed", document)
			}
		}
	})
}

func checkRefusal(t *testing.T, document string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("Parse(%q) failed with %T, want an *Error", document, err)
	}
	lines := strings.Split(document, "\n")
	if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > len(lines[e.Line-1])+1 || e.What == "" {
		t.Fatalf("Parse(%q): %v is nowhere in it", document, e)
	}
}
