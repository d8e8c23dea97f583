package policy

import (
	"errors"
	"strings"
	"testing"
)

// The cast of the tests: two accounts, their users and roles, a queue and a topic of the first.
const (
	home   = "210987654321"
	abroad = "109876543210"

	queue = "arn:aws:sqs:eu-central-1:210987654321:orders"
	topic = "arn:aws:sns:eu-central-1:210987654321:order-created"
)

var (
	rootHome    = Principal{Account: home}
	ada         = Principal{ARN: "arn:aws:iam::210987654321:user/ada"}
	bert        = Principal{ARN: "arn:aws:iam::210987654321:user/bert"}
	shipper     = Principal{ARN: "arn:aws:sts::210987654321:assumed-role/shipper/pod-7"}
	visitor     = Principal{ARN: "arn:aws:iam::109876543210:user/vera", Account: abroad}
	rootAbroad  = Principal{ARN: "arn:aws:iam::109876543210:root"}
	notifier    = Principal{Service: "sns.amazonaws.com"}
	anonymous   = Principal{Anonymous: true}
	everyCaller = map[string]Principal{
		"root": rootHome, "ada": ada, "bert": bert, "shipper": shipper, "visitor": visitor,
		"rootAbroad": rootAbroad, "sns": notifier, "anonymous": anonymous,
	}
)

func must(t testing.TB, kind Kind, document string) *Document {
	t.Helper()
	d, err := Parse(kind, document)
	if err != nil {
		t.Fatalf("Parse(%s) = %v, want a document", document, err)
	}
	return d
}

// refused checks that the document is, with an *Error that names where and says what.
func refused(t *testing.T, kind Kind, document, where, what string) {
	t.Helper()
	d, err := Parse(kind, document)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("Parse(%s) = %v, %v, want an *Error about %q", document, d, err, what)
	}
	if d != nil {
		t.Errorf("Parse(%s) returned a document besides its error", document)
	}
	if e.Where != where || !strings.Contains(e.What, what) {
		t.Errorf("Parse(%s):\n got %q: %q\nwant %q: ...%q...", document, e.Where, e.What, where, what)
	}
	if e.Line < 1 || e.Column < 1 {
		t.Errorf("Parse(%s): the fault is at line %d, column %d, want both from 1", document, e.Line, e.Column)
	}
}

// withCondition is a queue policy of one statement that allows everyone to send if the condition holds.
func withCondition(condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage",
		"Resource":"` + queue + `","Condition":` + condition + `}}`
}

func send(p Principal) Request {
	return Request{Action: "sqs:SendMessage", Resource: queue, Principal: p}
}

// context makes one of pairs, of which a key may come more than once.
func context(pairs ...string) map[string][]string {
	c := map[string][]string{}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i]] = append(c[pairs[i]], pairs[i+1])
	}
	return c
}
