package policy

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// An operator compares one value of a request with one of a policy (elements_condition_operators).
type operator struct {
	test      func(policy string, by rules) test
	negated   bool
	null      bool
	variables bool // takes policy variables
}

// A test is an operator with its value of the policy.
type test func(value string, look lookup) bool

// never is the test of a value that is not of the operator's type. Policy checks only warns of those ("Type
// mismatch"), so they are taken, and match nothing.
func never(string, lookup) bool { return false }

// namedOperator knows the operators by the names of the page, case and all: none says that their case is free.
func namedOperator(name string) (op operator, ok bool) {
	switch name {
	case "StringEquals", "StringNotEquals":
		op = operator{test: textTest(0, false), variables: true}
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		op = operator{test: textTest(0, true), variables: true}
	case "StringLike", "StringNotLike":
		op = operator{test: textTest(wildcards, false), variables: true}
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		// "The ArnEquals and ArnLike condition operators behave identically."
		op = operator{test: arnTest, variables: true}
	case "Bool":
		// The page of the operators says that Bool takes variables, that of the variables that it does not.
		op = operator{test: boolTest, variables: true}
	case "Null":
		op = operator{test: boolTest, null: true}
	case "IpAddress", "NotIpAddress":
		op = operator{test: addressTest}
	case "BinaryEquals":
		op = operator{test: binaryTest}
	default:
		op.test, ok = namedOrder(name)
		op.negated = strings.HasSuffix(name, "NotEquals")
		return op, ok
	}
	op.negated = strings.Contains(name, "Not")
	return op, true
}

// namedOrder knows the numeric and the date operators.
func namedOrder(name string) (func(string, rules) test, bool) {
	kind, rest := "", ""
	for _, kind = range [...]string{"Numeric", "Date"} {
		if after, ok := strings.CutPrefix(name, kind); ok {
			rest = after
			break
		}
	}
	var holds func(order int) bool
	switch rest {
	case "Equals", "NotEquals":
		holds = func(order int) bool { return order == 0 }
	case "LessThan":
		holds = func(order int) bool { return order < 0 }
	case "LessThanEquals":
		holds = func(order int) bool { return order <= 0 }
	case "GreaterThan":
		holds = func(order int) bool { return order > 0 }
	case "GreaterThanEquals":
		holds = func(order int) bool { return order >= 0 }
	default:
		return nil, false
	}
	if kind == "Numeric" {
		return numberTest(holds), true
	}
	return dateTest(holds), true
}

func textTest(also rules, ignoreCase bool) func(string, rules) test {
	return func(policy string, by rules) test {
		p, _ := compile(policy, by|also) // a fault in it was found before
		return func(value string, look lookup) bool {
			p, ok := p.expand(look)
			return ok && p.match(value, ignoreCase)
		}
	}
}

// arnTest: a value without all six fields matches nothing, "*" alone included: each "of the six colon-delimited
// components of the ARN is checked separately".
func arnTest(policy string, by rules) test {
	p, _ := compile(policy, by|wildcards)
	return splitARN(p).match // of nil too, which matches nothing
}

// boolTest: true or false. No page says whether their case counts; here it does not.
func boolTest(policy string, by rules) test {
	equal := textTest(0, true)(policy, by)
	return func(value string, look lookup) bool {
		return (strings.EqualFold(value, "true") || strings.EqualFold(value, "false")) && equal(value, look)
	}
}

// binaryTest: the policy has base64, and the request the bytes themselves.
func binaryTest(policy string, _ rules) test {
	want, err := base64.StdEncoding.DecodeString(policy)
	if err != nil {
		return never
	}
	return func(value string, _ lookup) bool { return bytes.Equal(want, []byte(value)) }
}
