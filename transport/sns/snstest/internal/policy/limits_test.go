package policy

import (
	"fmt"
	"strings"
	"testing"
)

func repeat(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return strings.Join(parts, ",")
}

// SQS: quotas-policies.html. SNS: sns-access-policy-language-api-permissions-reference.html. IAM: grammar, notes.
// Each limit takes its last value and refuses the next.
func TestLimits(t *testing.T) {
	padded := func(document string, size int) string {
		return strings.Replace(document, "#", strings.Repeat("x", size-len(document)+1), 1)
	}
	onQueue := func(elements string) string {
		return `{"Statement":{"Effect":"Allow","Principal":"*",` + elements + `}}`
	}
	for name, tt := range map[string]struct {
		kind     Kind
		last     int
		document func(n int) string
		where    string
	}{
		"queue, bytes": {Queue, 8192, func(n int) string {
			return padded(`{"Id":"#","Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*"}}`, n)
		}, ""},
		"queue, statements": {Queue, 20, func(n int) string {
			return `{"Statement":[` + repeat(n, `{"Effect":"Allow","Principal":"*","Action":"sqs:*"}`) + `]}`
		}, "Statement"},
		"queue, principals of one statement": {Queue, 50, func(n int) string {
			return `{"Statement":{"Effect":"Allow","Action":"sqs:*","Principal":{"AWS":[` +
				repeat(n, `"210987654321"`) + `]}}}`
		}, "Statement[0].Principal"},
		"queue, principals of all statements": {Queue, 50, func(n int) string {
			return `{"Statement":[{"Effect":"Allow","Action":"sqs:*","Principal":{"AWS":[` + repeat(n-1, `"210987654321"`) +
				`]}},{"Effect":"Allow","Action":"sqs:*","Principal":"*"}]}`
		}, "Statement[1].Principal"},
		"queue, conditions": {Queue, 10, func(n int) string {
			return onQueue(`"Action":"sqs:*","Condition":{"Bool":{` + repeat(n, `"x:#":true`) + `}}`)
		}, "Statement[0].Condition"},
		"queue, actions": {Queue, 7, func(n int) string {
			return onQueue(`"Action":[` + repeat(n, `"sqs:A#"`) + `]`)
		}, "Statement[0].Action"},
		"topic, bytes": {Topic, 30 << 10, func(n int) string {
			return padded(`{"Id":"#","Statement":{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}}`, n)
		}, ""},
		"topic, statements": {Topic, 100, func(n int) string {
			return `{"Statement":[` +
				repeat(n, `{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}`) + `]}`
		}, "Statement"},
		"topic, principals": {Topic, 200, func(n int) string {
			return `{"Statement":{"Effect":"Allow","Action":"sns:Publish","Resource":"*","Principal":{"AWS":[` +
				repeat(n, `"210987654321"`) + `]}}}`
		}, "Statement[0].Principal"},
		"identity, characters without white space": {Identity, 10240, func(n int) string {
			return strings.Repeat(" \n", 9000) + padded(`{"Statement":{"Effect":"Allow","Action":"sns:#","Resource":"*"}}`, n)
		}, ""},
	} {
		if _, err := Parse(tt.kind, tt.document(tt.last)); err != nil {
			t.Errorf("%s: %d are refused: %v", name, tt.last, err)
		}
		t.Run(name, func(t *testing.T) { refused(t, tt.kind, tt.document(tt.last+1), tt.where, "the limit") })
	}
}

// sns-access-policy-language-key-concepts.html: "Only ASCII characters are allowed in policy documents."
func TestTopicIsASCII(t *testing.T) {
	document := `{"Id":"für alle","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`
	must(t, Queue, strings.Replace(document, `,"Resource":"*"`, "", 1))
	refused(t, Topic, document, "", "outside of ASCII")
}
