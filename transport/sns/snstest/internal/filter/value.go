package filter

import (
	"math"
	"strconv"
	"strings"
)

type kind uint8

const (
	null kind = iota
	boolean
	number
	text
)

// value is a scalar: of a policy, an attribute or a body. Two of them are the same when they are equal.
// Types count: "100" is not 100, as strings stand in quotes in a policy and numbers do not. [strings, numbers]
type value struct {
	kind  kind
	truth bool
	// units is a number in steps of a hundred-thousandth. Out of range is 0 and out, which equals no number
	// of a policy.
	units int64
	out   bool
	text  string
}

const (
	// limit is the largest number, and -limit the smallest. [constraints]
	limit = 1e9
	// perUnit is the accuracy of a number: five digits after the decimal point. [constraints]
	//
	// Decided: what has more digits is rounded to five, in policies and in messages. The page does not say,
	// and refusing it would refuse messages.
	perUnit = 1e5
)

func textValue(s string) value { return value{kind: text, text: s} }

// numberValue reads a number as JSON writes it. ok is false if s is no number; a number that is out of range
// is one.
func numberValue(s string) (v value, ok bool) {
	// ParseFloat also reads hexadecimal, underscores, infinities and NaN.
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return value{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if math.Abs(f) > limit {
		return value{kind: number, out: true}, true
	}
	return value{kind: number, units: int64(math.Round(f * perUnit))}, err == nil
}

// scalar passes a scalar and returns it.
func (r *reader) scalar() value {
	switch r.peek() {
	case '"':
		return textValue(string(r.text()))
	case 't', 'f':
		return value{kind: boolean, truth: len(r.word()) == len("true")}
	case 'n':
		r.word()
		return value{}
	}
	v, _ := numberValue(string(r.word()))
	return v
}

// scalar is the value of a string, a number or a literal.
func (n *node) scalar() value {
	switch n.kind {
	case '"':
		return textValue(n.text)
	case 't', 'f':
		return value{kind: boolean, truth: n.kind == 't'}
	case 'n':
		return value{}
	}
	v, _ := numberValue(n.text)
	return v
}
