package policy

import (
	"strings"
	"testing"
)

func TestPatternMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"*", "", true},
		{"*", "anything", true},
		{"**", "", true},
		{"?", "", false},
		{"?", "ä", true}, // a character, not a byte
		{"??", "ä", false},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{"*aab", "aaaab", true},
		{"a*?", "a", false},
		{"a*?", "ab", true},
		{"*a", "b", false},
		{"\xff", "\xfe", false}, // bytes that are no characters are not alike
	} {
		p, _ := compile(tt.pattern, wildcards)
		if got := p.match(tt.s, false); got != tt.want {
			t.Errorf("%q matches %q: %t, want %t", tt.pattern, tt.s, got, tt.want)
		}
	}
	p, _ := compile("*"+strings.Repeat("a*", 200)+"b", wildcards)
	if p.match(strings.Repeat("a", 5000), false) {
		t.Error("matched a text without its last character")
	}
}

// The page "variables".
func TestVariables(t *testing.T) {
	ctx := context("aws:username", "ada", "x:star", "*", "x:colons", "a:b", "x:flag", "true", "x:empty", "",
		"x:many", "ada", "x:many", "two", "x:ada", "ada", "x:q", "a*b", "x:d", "cost$${}")
	for _, tt := range []struct {
		condition string
		want      bool
	}{
		{`{"StringEquals":{"x:ada":"${aws:username}"}}`, true},
		{`{"StringEquals":{"x:ada":"${AWS:UserName}"}}`, true}, // "Key names are case-insensitive."
		{`{"StringLike":{"x:ada":"${aws:username}*"}}`, true},
		{`{"StringEqualsIgnoreCase":{"x:ada":["ADA"]}}`, true},
		{`{"StringEquals":{"x:ada":"${aws:nobody, 'ada'}"}}`, true},   // a default
		{`{"StringEquals":{"x:ada":"${aws:username, 'bo'}"}}`, true},  // that is not needed
		{`{"StringEquals":{"x:empty":"${aws:nobody, ''}"}}`, true},    //
		{`{"StringEquals":{"x:ada":"${aws:nobody}"}}`, false},         // no value is equal to none,
		{`{"StringNotEquals":{"x:ada":"${aws:nobody}"}}`, true},       // and negated it is
		{`{"StringNotLike":{"x:ada":["a*","${aws:nobody}"]}}`, false}, //
		{`{"ArnNotLike":{"x:ada":"arn:aws:sns:::${aws:nobody}"}}`, true},
		{`{"StringEquals":{"x:ada":["${aws:nobody}","ada"]}}`, true},
		{`{"StringEquals":{"x:ada":"${x:many}"}}`, false}, // several values cannot be a variable
		{`{"StringLike":{"x:ada":"${x:star}"}}`, false},   // what it brings in is no wildcard
		{`{"Bool":{"x:flag":"${x:flag}"}}`, true},
		{`{"StringLike":{"x:q":"a${*}b"}}`, true}, // the special ones
		{`{"StringLike":{"x:ada":"a${*}a"}}`, false},
		{`{"StringLike":{"x:ada":"a${?}a"}}`, false},
		{`{"StringEquals":{"x:d":"cost${$}$${$}{}"}}`, false},
		{`{"StringEquals":{"x:d":"cost${$}${$}{}"}}`, true},
	} {
		if got := holds(t, tt.condition, ctx); got != tt.want {
			t.Errorf("%s is %t, want %t", tt.condition, got, tt.want)
		}
	}
	ctx["x:arn"] = []string{"arn:aws:sns:r:1:a"}
	if holds(t, `{"ArnLike":{"x:arn":"arn:aws:sns:r:1:${x:colons}"}}`, ctx) {
		t.Error("a variable with a colon matched less than its value")
	}
}

// variables, "Resource element": after the fifth colon, and what has no value matches no resource.
func TestVariableInResource(t *testing.T) {
	d := must(t, Identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*",
		"Resource":"arn:aws:sqs:*:210987654321:${aws:username}-*"}}`)
	not := must(t, Identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*",
		"NotResource":"arn:aws:sqs:*:210987654321:${aws:username}-*"}}`)
	for _, tt := range []struct {
		user, queue   string
		want, wantNot Effect
	}{
		{"ada", "ada-orders", Allow, NoMatch},
		{"ada", "bert-orders", NoMatch, Allow},
		{"*", "ada-orders", NoMatch, Allow},
		{"", "ada-orders", NoMatch, Allow}, // no user name
	} {
		r := Request{Action: "sqs:PurgeQueue", Resource: "arn:aws:sqs:eu-west-1:210987654321:" + tt.queue}
		if tt.user != "" {
			r.Context = context("aws:username", tt.user)
		}
		if got := d.Evaluate(r); got != tt.want {
			t.Errorf("user %q, queue %s: %v, want %v", tt.user, tt.queue, got, tt.want)
		}
		if got := not.Evaluate(r); got != tt.wantNot {
			t.Errorf("NotResource, user %q, queue %s: %v, want %v", tt.user, tt.queue, got, tt.wantNot)
		}
	}
}

// elements_version: before 2012-10-17 a variable is text. So it is without a version.
func TestVariablesAreTextBefore2012(t *testing.T) {
	for _, version := range []string{`"Version":"2008-10-17",`, ``} {
		d := must(t, Queue, `{`+version+`"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*",
			"Condition":{"StringEquals":{"x:a":"${aws:username}"},"NumericEqualsIfExists":{"x:b":"${"}}}}`)
		r := send(ada)
		r.Context = context("x:a", "ada", "aws:username", "ada")
		if got := d.Evaluate(r); got != NoMatch {
			t.Errorf("with %q, a variable: %v, want NoMatch", version, got)
		}
		r.Context = context("x:a", "${aws:username}")
		if got := d.Evaluate(r); got != Allow {
			t.Errorf("with %q, the text of it: %v, want Allow", version, got)
		}
	}
}

func TestVariableFaults(t *testing.T) {
	for variable, what := range map[string]string{
		"${}":                       "empty variable",
		"${aws:username":            "closing brace",
		"${ aws:username}":          "a space in its name",
		"${aws: username}":          "a space in its name",
		"${, 'x'}":                  "a space in its name",
		"${aws:username, x}":        "single quotes",
		"${aws:username, '}":        "single quotes",
		"${aws:username, 'x}":       "single quotes",
		"a${aws:username}b${x:y 'z": "closing brace",
	} {
		refused(t, Queue, withCondition(`{"StringLike":{"x:a":"`+variable+`"}}`),
			"Statement[0].Condition.StringLike.x:a", what)
	}
}
