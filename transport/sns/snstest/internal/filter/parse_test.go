package filter

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// refuse checks that a policy is refused for a reason. at is the column of the fault, 0 if it is in none.
func refuse(t *testing.T, policy string, scope Scope, reason string, at int) {
	t.Helper()
	p, err := Parse(policy, scope)
	want := "FilterPolicy: " + reason
	if at > 0 {
		want += "\n at [Source: (String)\"" + policy + fmt.Sprintf("\"; line: 1, column: %d]", at)
	}
	if p != nil || err == nil || err.Error() != want {
		t.Errorf("Parse(%.200s): got %v, %v; want the error\n%s", policy, p, err, want)
	}
	if e, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(e.Error(), e.Reason) {
		t.Errorf("Parse(%.200s): got a %T, want an *Error", policy, err)
	}
}

// TestRecorded has the answers of SNS that are on file, to the column.
func TestRecorded(t *testing.T) {
	for _, c := range []struct {
		policy, reason string
		column         int
	}{
		{`{"key":[["value"]]}`, "Match value must be String, number, true, false, or null", 10},
		{`{"key":[{"wrong-operator":true}]}`, "Unrecognized match type wrong-operator", 31},
		{`{"key":[{"suffix":"value","prefix":"value2"}]}`, "Only one key allowed in match expression", 37},
		{`{"key":[{"suffix":100}]}`, "suffix match pattern must be a string", 22},
		{`{"key":[{"suffix":null}]}`, "suffix match pattern must be a string", 23},
		{`{"key":{"suffix":"value"}}`, `"suffix" must be an object or an array`, 19},
		{`{"key":[{"suffix":[]}]}`, "suffix match pattern must be a string", 20},
		{`{"key":[{"suffix":["test","test2"]}]}`, "suffix match pattern must be a string", 20},
		{`{"key":{"suffix":"value","prefix":"value"}}`, `"suffix" must be an object or an array`, 19},
		{`{"key":{"not-an-operator":"value"}}`, `"not-an-operator" must be an object or an array`, 28},
		{`{"key":[{"numeric":[]}]}`, "Invalid member in numeric match: ]", 22},
		{`{"key":[{"numeric":["operator"]}]}`, "Unrecognized numeric range operator: operator", 32},
		{`{"key":[{"numeric":[1,"<="]}]}`, "Invalid member in numeric match: 1", 22},
		{`{"key":[{"numeric":["=","000"]}]}`, "Value of equals must be numeric", 26},
		{`{"key":[{"numeric":[">="]}]}`, "Value of >= must be numeric", 26},
		{`{"key":[{"numeric":["<",100,">",10]}]}`, "Too many elements in numeric expression", 30},
		{`{"key":[{"numeric":[">=",1,">",2]}]}`, "Bad numeric range operator: >", 31},
		{`{"key":[{"numeric":[">",3,"<",1]}]}`, "Bottom must be less than top", 33},
		{`{"key":[{"numeric":[">",20,"<="]}]}`, "Value of <= must be numeric", 33},
		{`{"key":[{"numeric":[">",20,30]}]}`, "Bad value in numeric range: 30", 30},
		{`{"key":[{"numeric":[">",20,"test"]}]}`, "Bad numeric range operator: test", 34},
		{`{"key":[{"numeric":[">","20","<","30"]}]}`, "Value of > must be numeric", 26},
		{`{"key":[{"numeric":[">",20,"<","30"]}]}`, "Value of < must be numeric", 33},
		{`{"key":[{"numeric":[">",20,"<",30,"<",50]}]}`, "Too many terms in numeric range expression", 36},
		{`{"key":[{"exists":null}]}`, "exists match pattern must be either true or false.", 23},
		{`{"key":[{"exists":"no"}]}`, "exists match pattern must be either true or false.", 20},
		{`{"key":[{"anything-but":{"wrong-operator":null}}]}`, "Unsupported anything-but pattern: wrong-operator", 47},
		{`{"key":[{"anything-but":{"exists":false}}]}`, "Unsupported anything-but pattern: exists", 40},
		{`{"key":[{"anything-but":{"prefix":false}}]}`, "prefix match pattern must be a string", 40},
		{`{"key_a":"value_one"}`, `"key_a" must be an object or an array`, 11},
		{`{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}`, "Filter policy can not have more than 5 keys", 0},
		{list("key", 151), "Filter policy is too complex", 0},
		{strings.Replace(list("a", 100)+list("b", 51), "}{", ",", 1), "Filter policy is too complex", 0},
	} {
		for _, scope := range []Scope{"", MessageAttributes, MessageBody} {
			refuse(t, c.policy, scope, c.reason, c.column)
		}
	}

	const nested = "Filter policy scope MessageAttributes does not support nested filter policy"
	for _, policy := range []string{`{"object":{"key":[{"prefix":"auto-"}]}}`, `{"$or":[{"a":{"b":[1]}},{"c":[1]}]}`} {
		if _, err := Parse(policy, MessageAttributes); err == nil || err.Error() != nested {
			t.Errorf("Parse(%s): got %v, want %s", policy, err, nested)
		}
		must(t, policy, MessageBody)
	}
	const scope = "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes"
	if _, err := Parse(`{}`, "RandomValue"); err == nil || err.Error() != scope {
		t.Errorf("another scope: got %v, want %s", err, scope)
	}
}

// TestRefused has what else is refused, with the words of Event Ruler or our own.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		policy, reason string
		column         int
	}{
		{`[]`, "Filter is not an object", 2},
		{`null`, "Filter is not an object", 5},
		{`{"a":{}}`, "Empty objects are not allowed", 8},
		{`{"$or":[{},{}]}`, "Empty objects are not allowed", 11},
		{`{"a":[]}`, "Empty arrays are not allowed", 8},
		{`{"a":[{}]}`, "Match expression name not found", 9},
		{`{"$or":[{"numeric":123},{"prefix":"abc"}]}`, "Value of numeric must be an array.", 23},
		{`{"$or":[{"a":["x"]}]}`, "Unrecognized match type a", 15},
		{`{"$or":[{"a":["x"]},"y"]}`, "Unrecognized match type a", 15},
		{`{"$or":[{"a":["x"]},{"b":1}]}`, `"b" must be an object or an array`, 27},
		{`{"a":[{"exactly":"x"}]}`, "Unrecognized match type exactly", 19},
		{`{"a":[{"prefix":{"equals-ignore-case":"x"}}]}`, "prefix match pattern must be a string", 18},
		{`{"a":[{"equals-ignore-case":1}]}`, "equals-ignore-case match pattern must be a string", 30},
		{`{"a":[{"wildcard":true}]}`, "wildcard match pattern must be a string", 23},
		{`{"a":[{"wildcard":"x**"}]}`, "Consecutive wildcard characters at pos 2", 24},
		{`{"a":[{"wildcard":"\\x"}]}`, "Invalid escape character at pos 1", 24},
		{`{"a":[{"wildcard":"x\\"}]}`, "Invalid escape character at pos 2", 24},
		{`{"a":[{"wildcard":"*a*b*c*"}]}`, "Too many wildcard characters in pattern: 4, at most 3", 28},
		{`{"a":[{"cidr":1}]}`, "prefix match pattern must be a string", 16},
		{`{"a":[{"cidr":"10.0.0.1"}]}`, "Malformed CIDR, one '/' required", 25},
		{`{"a":[{"cidr":"10.0.0.1/8/8"}]}`, "Malformed CIDR, one '/' required", 29},
		{`{"a":[{"cidr":"10.0.0.1/x"}]}`, "Malformed CIDR, mask bits must be an integer", 27},
		{`{"a":[{"cidr":"router/8"}]}`, "Nonstandard IP address: router", 25},
		{`{"a":[{"cidr":"fe80::1%eth0/8"}]}`, "Nonstandard IP address: fe80::1%eth0", 31},
		{`{"a":[{"cidr":"10.0.0.1/33"}]}`, "Malformed CIDR, mask bits are not those of the address: 33", 28},
		{`{"a":[{"anything-but":true}]}`, "Value of anything-but must be an array or single string/number value.", 27},
		{`{"a":[{"anything-but":{}}]}`, "Anything-But expression name not found", 25},
		{`{"a":[{"anything-but":{"prefix":""}}]}`, "Null prefix/suffix not allowed", 35},
		{`{"a":[{"anything-but":{"equals-ignore-case":"x"}}]}`, "Unsupported anything-but pattern: equals-ignore-case", 46},
		{`{"a":[{"anything-but":{"prefix":"x","suffix":"y"}}]}`, "Only one key allowed in match expression", 47},
		{`{"a":[{"anything-but":[]}]}`, mixed, 25},
		{`{"a":[{"anything-but":["x",1]}]}`, mixed, 30},
		{`{"a":[{"anything-but":["x",null]}]}`, "Inside anything but list, start|null|boolean is not supported.", 32},
		{`{"a":[{"anything-but":[1e10]}]}`, outOfRange, 28},
		{`{"a":[{"anything-but":1e10}]}`, outOfRange, 27},
		{`{"a":[-1000000000.1]}`, outOfRange, 20},
		{`{"a":[{"numeric":["<",1e10]}]}`, outOfRange, 27},
		{`{"a":[{"numeric":["=",1e10]}]}`, outOfRange, 27},
		{`{"a":[{"numeric":[">=",0,"<",1e10]}]}`, outOfRange, 34},
		{`{"a":[{"numeric":["=",1,2]}]}`, "Too many elements in numeric expression", 26},
		{`{"a":[{"numeric":["<=","x"]}]}`, "Value of <= must be numeric", 25},
		{`{"a":[{"numeric":[">=",5,"<=",5]}]}`, "Bottom must be less than top", 33},
		{`{"a":1,`, "failed to parse JSON. unexpected end of JSON input", 0},
		{"{\"a\":[\"\xff\"]}", "Filter policy is not valid UTF-8", 0},
		{`{"a":["` + strings.Repeat("x", maxSize) + `"]}`, "Filter policy is too long: 262154 bytes, at most 262144", 0},
	} {
		refuse(t, c.policy, MessageBody, c.reason, c.column)
	}
}

const (
	mixed      = "Inside anything but list, either all values are number or string, mixed type is not supported"
	outOfRange = "Value must be between -1.0E9 and 1.0E9, inclusive"
)

// list is a policy of one key with n values.
func list(key string, n int) string {
	return `{"` + key + `":["v"` + strings.Repeat(`,"v"`, n-1) + `]}`
}

// TestCombinations has the counts of the guide's examples. [constraints, logic]
func TestCombinations(t *testing.T) {
	for _, c := range []struct {
		policy string
		want   int
	}{
		{`{"a":[1,2,3],"b":[1],"c":[1,2]}`, 3 * 1 * 2},
		{`{"a":{"b":{"c":[1,2,3,4]}},"d":{"e":[1,2,3]}}`, 4 * 3 * 3 * 2},
		{`{"s":[1],"$or":[{"m":[1,2]},{"t":[1],"$or":[{"i":[1,2]},{"p":[1,2,3]}]}]}`, 7},
		{`{"$or":[{"m":[1,2]},{"n":[1,2]}],"d":{"s":[1],"$or":[{"f":[1]},{"t":[1]}]}}`, 32},
		{`{"s":[1,2,3],"$or":[{"m":[1,2,3,4,5,6]},{"t":[1,2,3,4],"$or":[{"i":[1,2,3,4]},{"p":[1,2,3,4,5,6,7]}]}]}`, 150},
		{list("a", 150), 150},
		{`{"a":[{"anything-but":["1","2","3"]}]}`, 1},
	} {
		if got := combinations(must(t, c.policy, MessageBody).branches); got != c.want {
			t.Errorf("%s: got %d combinations, want %d", c.policy, got, c.want)
		}
	}
}

// TestLimits: what is at a limit is taken, what is past it is refused.
func TestLimits(t *testing.T) {
	const complicated = "Filter policy is too complex"
	deep := func(n int) string {
		return strings.Repeat(`{"a":`, n) + `[1]` + strings.Repeat(`}`, n)
	}
	or := func(n int) string {
		return `"$or":[{"a":[1]}` + strings.Repeat(`,{"b":[1]}`, n-1) + `]`
	}
	for _, policy := range []string{
		`{"a":[1],"b":{"c":[1],"d":[1],"e":{"f":[1]}},"g":[1]}`, // the innermost keys count
		`{"a":[1e9,-1e9]}`,
		`{"a":["` + strings.Repeat("x", maxSize-len(`{"a":[""]}`)) + `"]}`,
		deep(150),
		`{` + or(150) + `}`,
		`{` + or(10) + `,` + or(15) + `}`,
		`{"a":[{"wildcard":"*1*2*3"},{"prefix":"x"}]}`, // 9 points x 2
		wild(10), // 10 x 10
		`{"a":[` + strings.Repeat(`{"anything-but":"x"},`, 60) + `"x"]}`, // no wildcard, no points
		`{"a":[{"anything-but":{"prefix":"x"}},{"wildcard":"x*"}]}`,
	} {
		must(t, policy, MessageBody)
	}
	for _, policy := range []string{
		deep(151), deep(5000), `{"$or":[{"b":[1]},{"a":` + deep(150) + `}]}`,
		`{` + or(151) + `}`,
		`{` + or(10) + `,` + or(16) + `}`,
		`{` + strings.Repeat(or(2)+`,`, 100) + or(2) + `}`, // not 2^101 branches
		`{"$or":[{"a":` + deep(2) + `},` + strings.Repeat(`{"b":[1,2]},`, 80) + `{"b":[1]}]}`,
		wild(11),
		`{"a":[` + strings.Repeat(`{"anything-but":"x"},`, 10) + `{"wildcard":"x*"}]}`,                    // (10 + 1) x 11
		`{"a":[` + strings.Repeat(`{"anything-but":{"wildcard":"*x*"}},`, 3) + `{"wildcard":"x*"}, "x"]}`, // (3x7 + 1) x 5
	} {
		refuse(t, policy, MessageBody, complicated, 0)
	}
	refuse(t, strings.Repeat(`{"a":`, 10_001)+`[1]`+strings.Repeat(`}`, 10_001), MessageBody,
		"failed to parse JSON. invalid character '{' exceeded max depth", 0)
	var keys strings.Builder
	for i := range 15_000 {
		fmt.Fprintf(&keys, `,"k%d":[1]`, i)
	}
	refuse(t, `{`+or(150)+keys.String()+`}`, MessageBody, "Filter policy can not have more than 5 keys", 0)
	// A fault in the form is told before a limit.
	_, err := Parse(`{`+or(151)+`,"x":1}`, MessageBody)
	if e, ok := errors.AsType[*Error](err); !ok || e.Reason != `FilterPolicy: "x" must be an object or an array` {
		t.Errorf("a fault behind too many branches: got %v, want the fault", err)
	}
}

func wild(n int) string {
	return `{"a":[{"wildcard":"*"}` + strings.Repeat(`,{"wildcard":"a*"}`, n-1) + `]}`
}

// TestPlace: lines are counted, columns are in UTF-16, and a long policy is quoted in part.
func TestPlace(t *testing.T) {
	_, err := Parse("{\"😀\":[1],\n \"é\": 1}", MessageBody)
	if want := "line: 2, column: 8]"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want it to end in %s", err, want)
	}
	_, err = Parse(`{"😀":1}`, MessageBody)
	if want := "line: 1, column: 8]"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want it to end in %s", err, want)
	}
	long := `{"` + strings.Repeat("x", 500) + `":1}`
	_, err = Parse(long, MessageBody)
	if want := long[:500] + `"[truncated 6 chars]; line: 1, column: 506]`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want it to end in %s", err, want)
	}
}
