package policy

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// holds evaluates one condition, which is the only thing that can make the statement not apply.
func holds(t *testing.T, condition string, ctx map[string][]string) bool {
	t.Helper()
	r := send(ada)
	r.Context = ctx
	return must(t, Queue, withCondition(condition)).Evaluate(r) == Allow
}

// elements_condition_operators: each operator against one value of the request.
func TestOperators(t *testing.T) {
	for _, tt := range []struct {
		operator, policy, request string
		want                      bool
	}{
		// String: exact and case sensitive; Like has wildcards, Equals has none.
		{"StringEquals", "Blue", "Blue", true},
		{"StringEquals", "Blue", "blue", false},
		{"StringEquals", "Blu*", "Blue", false},
		{"StringEquals", "Blu*", "Blu*", true},
		{"StringEquals", "", "", true},
		{"StringNotEquals", "Blue", "Blue", false},
		{"StringNotEquals", "Blue", "blue", true},
		{"StringEqualsIgnoreCase", "Blue", "bLUE", true},
		{"StringEqualsIgnoreCase", "Blue", "Blues", false},
		{"StringNotEqualsIgnoreCase", "Blue", "bLUE", false},
		{"StringNotEqualsIgnoreCase", "Blue", "Red", true},
		{"StringLike", "https://*.example.com/?", "https://hooks.example.com/a", true},
		{"StringLike", "https://*.example.com/?", "https://hooks.example.com/", false},
		{"StringLike", "https://*.example.com/?", "https://hooks.EXAMPLE.com/a", false},
		{"StringNotLike", "*@example.com", "me@example.com", false},
		{"StringNotLike", "*@example.com", "me@example.org", true},
		// Numeric: integers and decimals.
		{"NumericEquals", "5", "5.0", true},
		{"NumericEquals", "5", "6", false},
		{"NumericEquals", "5", "five", false},
		{"NumericEquals", "five", "five", false},
		{"NumericEquals", "1e3", "1000", true},
		{"NumericEquals", "0x10", "16", false},
		{"NumericEquals", "inf", "inf", false},
		{"NumericNotEquals", "5", "6", true},
		{"NumericNotEquals", "5", "5", false},
		{"NumericNotEquals", "5", "five", true},
		{"NumericLessThan", "3600", "3599.5", true},
		{"NumericLessThan", "3600", "3600", false},
		{"NumericLessThanEquals", "3600", "3600", true},
		{"NumericLessThanEquals", "3600", "3601", false},
		{"NumericGreaterThan", "-1", "0", true},
		{"NumericGreaterThan", "-1", "-1", false},
		{"NumericGreaterThanEquals", "2", "2", true},
		{"NumericGreaterThanEquals", "2", "1", false},
		// Date: W3C's forms and Unix time, each against each.
		{"DateEquals", "2031-05-06", "2031-05-06T00:00:00Z", true},
		{"DateEquals", "2031", "2031-01-01T00:00Z", true},
		{"DateEquals", "2031-05", "2031-05-01", true},
		{"DateEquals", "2031-05-06T08:00:00.5+02:00", "2031-05-06T06:00:00.500Z", true},
		{"DateEquals", "1704067200", "2024-01-01T00:00:00Z", true},
		{"DateEquals", "2024-01-01T00:00:00Z", "1704067200", true},
		{"DateEquals", "2031-05-06", "2031-05-07", false},
		{"DateEquals", "2031-05-0*", "2031-05-06", false}, // "Wildcards are not permitted for date"
		{"DateEquals", "2031-05-06", "soon", false},
		{"DateNotEquals", "2031-05-06", "2031-05-07", true},
		{"DateNotEquals", "2031-05-06", "2031-05-06", false},
		{"DateLessThan", "2031-05-06T12:00Z", "2031-05-06T11:59:59Z", true},
		{"DateLessThan", "2031-05-06T12:00Z", "2031-05-06T12:00:00Z", false},
		{"DateLessThanEquals", "2031-05-06T12:00Z", "2031-05-06T12:00:00Z", true},
		{"DateGreaterThan", "2031-05-06T12:00Z", "2031-05-06T12:00:01Z", true},
		{"DateGreaterThan", "2031-05-06T12:00Z", "2031-05-06T12:00:00Z", false},
		{"DateGreaterThanEquals", "2031-05-06T12:00Z", "2031-05-06T12:00:00Z", true},
		// Bool.
		{"Bool", "true", "true", true},
		{"Bool", "true", "True", true},
		{"Bool", "false", "true", false},
		{"Bool", "yes", "yes", false},
		// Binary: base64 in the policy, bytes in the request.
		{"BinaryEquals", "AP9h", "\x00\xffa", true},
		{"BinaryEquals", "AP9h", "AP9h", false},
		{"BinaryEquals", "not base64", "not base64", false},
		// IP addresses.
		{"IpAddress", "198.51.100.0/24", "198.51.100.9", true},
		{"IpAddress", "198.51.100.0/24", "198.51.101.9", false},
		{"IpAddress", "198.51.100.77/24", "198.51.100.9", true}, // bits behind the prefix are ignored
		{"IpAddress", "198.51.100.9", "198.51.100.9", true},     // no prefix is /32
		{"IpAddress", "198.51.100.9", "198.51.100.8", false},
		{"IpAddress", "198.51.100.9", "::ffff:198.51.100.9", true},
		{"IpAddress", "2001:DB8:42::/48", "2001:db8:42::1", true},
		{"IpAddress", "2001:db8::1", "2001:db8::2", false}, // no prefix is /128 here
		{"IpAddress", "everywhere", "198.51.100.9", false},
		{"IpAddress", "198.51.100.0/24", "localhost", false},
		{"NotIpAddress", "198.51.100.0/24", "198.51.100.9", false},
		{"NotIpAddress", "198.51.100.0/24", "203.0.113.1", true},
		// ARN: six fields each by itself, and Equals is Like.
		{"ArnEquals", topic, topic, true},
		{"ArnEquals", "arn:aws:sns:*:210987654321:order-*", topic, true},
		{"ArnLike", "arn:aws:sns:*:210987654321:order-*", topic, true},
		{"ArnLike", "arn:aws:sns:eu-central-?:210987654321:*", topic, true},
		{"ArnLike", "arn:aws:sns:*:order-created", topic, false},
		{"ArnLike", "arn:aws:x:*:1111:a/*", "arn:aws:x:r:2222:b/c:1111:a/d", false}, // * stops at a colon,
		{"StringLike", "arn:aws:x:*:1111:a/*", "arn:aws:x:r:2222:b/c:1111:a/d", true},
		{"ArnLike", "arn:aws:cloudwatch:*:1:alarm:*", "arn:aws:cloudwatch:r:1:alarm:a:b", true}, // but in the last
		{"ArnLike", "*", topic, false},
		{"ArnLike", topic, "order-created", false},
		{"ArnEquals", topic, strings.ToUpper(topic), false},
		{"ArnNotEquals", topic, topic, false},
		{"ArnNotEquals", topic + "*", topic, false},
		{"ArnNotLike", topic, topic + "-2", true},
		// Null: whether the key is there.
		{"Null", "false", "here", true},
		{"Null", "true", "here", false},
		{"Null", "true", "", true}, // an empty string is null (elements_condition)
		{"Null", "maybe", "here", false},
	} {
		condition := fmt.Sprintf(`{%q:{"x:Key":%s}}`, tt.operator, strconv.Quote(tt.policy))
		if got := holds(t, condition, context("x:key", tt.request)); got != tt.want {
			t.Errorf("%s of the request's %q is %t, want %t", condition, tt.request, got, tt.want)
		}
	}
}

// elements_condition_operators, "Important" and "...IfExists": a missing key is a mismatch.
func TestMissingKey(t *testing.T) {
	for operator, want := range map[string]bool{
		"StringEquals": false, "StringLike": false, "NumericLessThan": false, "DateGreaterThan": false,
		"Bool": false, "IpAddress": false, "ArnEquals": false, "BinaryEquals": false,
		"StringNotEquals": true, "StringNotEqualsIgnoreCase": true, "StringNotLike": true,
		"NumericNotEquals": true, "DateNotEquals": true, "NotIpAddress": true, "ArnNotEquals": true,
		"ArnNotLike":           true,
		"StringEqualsIfExists": true, "NumericLessThanIfExists": true, "BoolIfExists": true,
		"IpAddressIfExists": true, "ArnLikeIfExists": true, "StringNotEqualsIfExists": true,
		"Null":                      true, // "true": it is not there
		"ForAllValues:StringEquals": true, "ForAllValues:StringNotEquals": true,
		"ForAnyValue:StringEquals": false, "ForAnyValue:StringNotEquals": false,
		"ForAnyValue:StringEqualsIfExists": true,
	} {
		for name, ctx := range map[string]map[string][]string{
			"no context": nil, "another key": context("y:key", "true"), "no values": {"x:key": {}},
		} {
			if got := holds(t, fmt.Sprintf(`{%q:{"x:key":"true"}}`, operator), ctx); got != want {
				t.Errorf("%s of a missing key (%s) is %t, want %t", operator, name, got, want)
			}
		}
	}
	if holds(t, `{"StringEqualsIfExists":{"x:key":"a"}}`, context("x:key", "b")) {
		t.Error("IfExists of a key that is there must compare it")
	}
	if holds(t, `{"Null":{"x:key":"false"}}`, nil) {
		t.Error(`Null "false" of a missing key must be false`)
	}
}

// multi-value-conditions: values are ORed, those of a negated operator NORed, keys and operators ANDed.
func TestSeveralValues(t *testing.T) {
	for _, tt := range []struct {
		condition string
		ctx       map[string][]string
		want      bool
	}{
		{`{"StringEquals":{"x:a":["1","2"]}}`, context("x:a", "2"), true},
		{`{"StringEquals":{"x:a":["1","2"]}}`, context("x:a", "3"), false},
		{`{"StringNotEquals":{"x:a":["1","2"]}}`, context("x:a", "2"), false},
		{`{"StringNotEquals":{"x:a":["1","2"]}}`, context("x:a", "3"), true},
		{`{"NotIpAddress":{"x:a":["10.0.0.0/8","192.0.2.0/24"]}}`, context("x:a", "192.0.2.1"), false},
		{`{"StringEquals":{"x:a":"1","x:b":"2"}}`, context("x:a", "1", "x:b", "2"), true},
		{`{"StringEquals":{"x:a":"1","x:b":"2"}}`, context("x:a", "1", "x:b", "3"), false},
		{`{"StringEquals":{"x:a":"1"},"Bool":{"x:b":true}}`, context("x:a", "1", "x:b", "true"), true},
		{`{"StringEquals":{"x:a":"1"},"Bool":{"x:b":true}}`, context("x:a", "1", "x:b", "false"), false},
		{`{"NumericEquals":{"x:a":[1,2.5]}}`, context("x:a", "2.5"), true}, // numbers without quotation marks

		// Set operators: every value of the request, or one.
		{`{"ForAllValues:StringEquals":{"x:a":["1","2","3"]}}`, context("x:a", "1", "x:a", "3"), true},
		{`{"ForAllValues:StringEquals":{"x:a":["1","2"]}}`, context("x:a", "1", "x:a", "3"), false},
		{`{"ForAnyValue:StringEquals":{"x:a":["1","2"]}}`, context("x:a", "1", "x:a", "3"), true},
		{`{"ForAnyValue:StringEquals":{"x:a":["1","2"]}}`, context("x:a", "3", "x:a", "4"), false},
		{`{"ForAllValues:StringNotEquals":{"x:a":["1","2"]}}`, context("x:a", "3", "x:a", "4"), true},
		{`{"ForAllValues:StringNotEquals":{"x:a":["1","2"]}}`, context("x:a", "1", "x:a", "4"), false},
		{`{"ForAnyValue:StringNotEquals":{"x:a":["1","2"]}}`, context("x:a", "1", "x:a", "4"), true},
		{`{"ForAnyValue:StringNotEquals":{"x:a":["1","2"]}}`, context("x:a", "1", "x:a", "2"), false},
		{`{"ForAllValues:StringLike":{"x:a":["a*"]}}`, context("x:a", "ab", "x:a", "ac"), true},
		{`{"ForAllValues:StringEquals":{"x:a":"1"}}`, context("x:a", ""), true}, // null, as if missing
		{`{"ForAnyValue:StringEquals":{"x:a":["1",""]}}`, context("x:a", ""), false},
		{`{"ForAnyValue:StringNotEquals":{"x:a":"1"}}`, context("x:a", ""), false},
		{`{"ForAnyValue:StringEqualsIfExists":{"x:a":"1"}}`, context("x:a", "2"), false},
		{`{"ForAllValues:Null":{"x:a":"true"}}`, context("x:a", "1"), true},  // always
		{`{"ForAnyValue:Null":{"x:a":"false"}}`, context("x:a", "1"), false}, // never

		// Several values without a set operator, which no page describes.
		{`{"StringEquals":{"x:a":"1"}}`, context("x:a", "2", "x:a", "1"), true},
		{`{"StringNotEquals":{"x:a":"1"}}`, context("x:a", "2", "x:a", "1"), false},

		// Policy checks, "Empty array condition" and after.
		{`{"StringEquals":{"x:a":[]}}`, context("x:a", "1"), false},
		{`{"StringEqualsIfExists":{"x:a":[]}}`, nil, true},
		{`{"StringEqualsIfExists":{"x:a":[]}}`, context("x:a", "1"), false},
		{`{"ForAllValues:StringEquals":{"x:a":[]}}`, nil, true},
		{`{"ForAllValues:StringEquals":{"x:a":[]}}`, context("x:a", "1"), false},
		{`{"ForAnyValue:StringEquals":{"x:a":[]}}`, nil, false},
		{`{}`, nil, true},

		// elements_condition: names of keys ignore case.
		{`{"StringEquals":{"AWS:SourceAccount":"1"}}`, context("aws:sourceaccount", "1"), true},
	} {
		if got := holds(t, tt.condition, tt.ctx); got != tt.want {
			t.Errorf("%s with %v is %t, want %t", tt.condition, tt.ctx, got, tt.want)
		}
	}
}

func TestConditionFaults(t *testing.T) {
	for _, tt := range []struct{ condition, where, what string }{
		{`[]`, "", "must be an object"},
		{`{"StringMatches":{}}`, ".StringMatches", "no condition operator"},
		{`{"STRINGEQUALS":{}}`, ".STRINGEQUALS", "no condition operator"},
		{`{"Numeric":{}}`, ".Numeric", "no condition operator"},
		{`{"NumericLike":{}}`, ".NumericLike", "no condition operator"},
		{`{"IfExists":{}}`, ".IfExists", "no condition operator"},
		{`{"NullIfExists":{"x:a":"true"}}`, ".NullIfExists", "no condition operator"},
		{`{"ForEachValue:StringEquals":{}}`, ".ForEachValue:StringEquals", "no condition operator"},
		{`{"Bool":"true"}`, ".Bool", "must be an object of keys"},
		{`{"Bool":{"SecureTransport":"true"}}`, ".Bool.SecureTransport", "service:name"},
		{`{"Bool":{"aws:SecureTransport":null}}`, ".Bool.aws:SecureTransport", "is null"},
		{`{"Bool":{"aws:SecureTransport":["true",{}]}}`, ".Bool.aws:SecureTransport[1]", "is an object"},
		{`{"StringLike":{"x:A":"1","x:a":"2"}}`, ".StringLike.x:a", "stands twice"},
		{`{"NumericEquals":{"x:a":"${x:b}"}}`, ".NumericEquals.x:a", "does not take"},
		{`{"IpAddress":{"x:a":["${x:b}"]}}`, ".IpAddress.x:a[0]", "does not take"},
		{`{"Null":{"x:a":"${x:b}"}}`, ".Null.x:a", "does not take"},
		{`{"StringEquals":{"x:a":"${x:b"}}`, ".StringEquals.x:a", "closing brace"},
	} {
		refused(t, Queue, withCondition(tt.condition), "Statement[0].Condition"+tt.where, tt.what)
	}
}
