package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Kind is what a document is attached to. It decides which elements it must and must not have, and how large
// it may be.
type Kind int

const (
	// Identity is a policy of an IAM user, group or role. It has no Principal and no Id.
	Identity Kind = iota
	// Queue is the Policy attribute of an SQS queue.
	Queue
	// Topic is the Policy attribute of an SNS topic.
	Topic
)

// limits of a kind; 0 is none.
type limits struct {
	size       int
	statements int
	principals int // of all statements together
	conditions int // of one statement
	actions    int // of one statement
}

// limits are documented by the services.
//
//   - SQS: SQSDeveloperGuide/quotas-policies.html. It does not say of what "Conditions: 10" is the limit. Read as
//     that of a whole policy, the 20 statements of the line below could not each have the condition on
//     aws:SourceArn that the guide asks for, so here it is that of one statement, in pairs of operator and key.
//   - SNS: sns-access-policy-language-api-permissions-reference.html, "Policy quotas".
//   - IAM: reference_iam-quotas.html and the notes of the grammar: from 2,048 to 10,240 characters, depending on
//     what the policy is attached to. That is not known here, so the largest holds.
func (k Kind) limits() limits {
	switch k {
	case Queue:
		return limits{size: 8192, statements: 20, principals: 50, conditions: 10, actions: 7}
	case Topic:
		return limits{size: 30 << 10, statements: 100, principals: 200}
	default:
		return limits{size: 10240}
	}
}

// checkText is what can be told before the JSON is read.
func (k Kind) checkText(document string) *Error {
	size, unit := len(document), "bytes"
	if k == Identity {
		// grammar: "Policy size calculations do not include white space characters."
		unit = "characters without white space"
		size = utf8.RuneCountInString(document) - spaces(document)
	}
	if most := k.limits().size; size > most {
		return fault(0, "", "has %d %s, the limit is %d", size, unit, most)
	}
	if k != Topic {
		return nil
	}
	// sns-access-policy-language-key-concepts.html: "Only ASCII characters are allowed in policy documents."
	if at := strings.IndexFunc(document, func(r rune) bool { return r > unicode.MaxASCII }); at >= 0 {
		return fault(at, "", "has a character outside of ASCII, which the policy of a topic cannot have")
	}
	return nil
}

func spaces(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			n++
		}
	}
	return n
}
