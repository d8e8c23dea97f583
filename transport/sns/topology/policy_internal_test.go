package topology

import (
	"strings"
	"testing"
)

const testQueue = "arn:aws:sqs:us-east-1:123456789012:q"

func mustStatement(t *testing.T, arns ...string) string {
	t.Helper()
	s, err := statement(t.Context(), testQueue, arns)
	if err != nil {
		t.Fatal(err)
	}
	return string(s)
}

func TestMerge(t *testing.T) {
	const topic = "arn:aws:sns:us-east-1:123456789012:Order"
	ours := mustStatement(t, topic)
	old := mustStatement(t, topic+"*", "b")
	theirs := `{"Sid":"theirs","Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"` + testQueue +
		`","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	for name, c := range map[string]struct {
		before, after string
		changed       bool
	}{
		"empty":     {"", `{"Version":"2012-10-17","Statement":[` + ours + `]}`, true},
		"none":      {`{"Version":"2008-10-17"}`, `{"Version":"2008-10-17","Statement":[` + ours + `]}`, true},
		"null":      {`{"Statement":[]}`, `{"Statement":[` + ours + `]}`, true},
		"same":      {`{"Statement":[` + ours + `]}`, `{"Statement":[` + ours + `]}`, false},
		"alone":     {`{"Statement": ` + ours + `}`, `{"Statement":` + ours + `}`, false},
		"theirs":    {`{"Id":"x","Statement":` + theirs + `}`, `{"Id":"x","Statement":[` + theirs + `,` + ours + `]}`, true},
		"replaced":  {`{"Statement":[` + old + `,` + theirs + `]}`, `{"Statement":[` + ours + `,` + theirs + `]}`, true},
		"unchanged": {`{"Statement":[` + theirs + `,` + ours + `]}`, `{"Statement":[` + theirs + `,` + ours + `]}`, false},
	} {
		merged, changed, err := merge(c.before, []byte(ours))
		if err != nil || changed != c.changed || !sameJSON(merged, c.after) {
			t.Errorf("%s: merged to %s, changed %t, %v; want %s", name, merged, changed, err, c.after)
		}
		if strings.Contains(c.before, theirs) && !strings.Contains(merged, theirs) {
			t.Errorf("%s: their statement was written anew: %s", name, merged)
		}
	}
	for _, bad := range []string{"x", `{"Statement":"x"}`, `[]`} {
		if merged, _, err := merge(bad, []byte(ours)); err == nil {
			t.Errorf("%s was merged to %s", bad, merged)
		}
		if found, err := sources(bad); err == nil {
			t.Errorf("%s has the sources %q", bad, found)
		}
	}
}

func TestSources(t *testing.T) {
	for _, c := range []struct{ policy, want string }{
		{"", ""},
		{`{"Statement":[{"Sid":"other","Condition":{"ArnEquals":{"aws:SourceArn":"a"}}}]}`, ""},
		{`{"Statement":[` + mustStatement(t, "a") + `]}`, "a"},
		{`{"Statement":[` + mustStatement(t, "a*") + `]}`, "a*"},
		{`{"Statement":[` + mustStatement(t, "a", "b?") + `]}`, "a b?"},
		{`{"Statement":{"Sid":"framebus","Condition":{"ArnLike":{"AWS:sourcearn":"a","other":"b"}}}}`, "a"},
		{`{"Statement":{"Sid":"framebus"}}`, ""},
	} {
		got, err := sources(c.policy)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("the sources of %s are %q, %v; want %s", c.policy, got, err, c.want)
		}
	}
	if got, err := sources(`{"Statement":{"Sid":"framebus","Condition":"x"}}`); err == nil {
		t.Errorf("a condition that is none has the sources %q", got)
	}
}

func TestStatement(t *testing.T) {
	for _, c := range []struct {
		arns []string
		want string
	}{
		{[]string{"a"}, `{"ArnEquals":{"aws:SourceArn":"a"}}`},
		{[]string{"a*"}, `{"ArnLike":{"aws:SourceArn":["a*"]}}`},
		{[]string{"*a", "*a-x?"}, `{"ArnLike":{"aws:SourceArn":["*a","*a-x?"]}}`},
	} {
		want := `{"Sid":"framebus","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",` +
			`"Resource":"` + testQueue + `","Condition":` + c.want + `}`
		if got := mustStatement(t, c.arns...); !sameJSON(got, want) {
			t.Errorf("for %q the statement is %s, want %s", c.arns, got, want)
		}
	}
}

func TestMatchARN(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"*", "", true}, {"?", "", false}, {"a", "a", true}, {"a", "b", false}, {"a", "ab", false},
		{"a*", "abc", true}, {"*c", "abc", true}, {"*c", "abcd", false}, {"a*c*e", "abcde", true}, {"a?c", "abc", true},
		{"a?c", "ac", false}, {"*ab", "aab", true}, {"*a?", "aab", true}, {"a**", "a", true}, {"ab", "a", false},
		{"*-x??", "a-x-x01", true},
	} {
		if got := matchARN(c.pattern, c.text); got != c.want {
			t.Errorf("%s matches %s: %t", c.pattern, c.text, got)
		}
	}
}
