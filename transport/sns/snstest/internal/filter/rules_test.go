package filter

import "testing"

// TestRules has the rules that the guide gives no example of.
func TestRules(t *testing.T) {
	for _, e := range []example{
		{ // case matters
			"constraints", `{"a": ["Tea", {"prefix": "Ma"}, {"suffix": "K"}]}`,
			[]string{`a:String=Tea`, `{"a": "Mate"}`, `{"a": "K"}`}, []string{`a:String=tea`, `{"a": "mate"}`, `{"a": "k"}`},
		},
		{ // words
			"constraints", `{"a": [true, null]}`,
			[]string{`{"a": true}`, `{"a": null}`, `a:String.Array=[null]`, `a:String.Array=["x", true]`},
			[]string{`{"a": false}`, `{"a": "true"}`, `{"b": 1}`, `a:String=true`, `a:String=null`, `{"a": ""}`},
		},
		{ // numbers are numbers, strings are strings
			"strings", `{"a": ["10", 20]}`,
			[]string{`a:String=10`, `a:Number=20.0`, `{"a": 2e1}`, `a:String.Array=[20]`},
			[]string{`a:Number=10`, `a:String=20`, `{"a": "20"}`, `{"a": 10}`},
		},
		{ // strings' operators are for strings; anything else is not the string
			"numbers", `{"a": [{"prefix": "1"}, {"suffix": "1"}, {"wildcard": "1*"}, {"equals-ignore-case": "1"}]}`,
			[]string{`a:String=1`}, []string{`a:Number=1`, `{"a": 1}`, `{"a": true}`},
		},
		{
			"strings", `{"a": [{"anything-but": {"prefix": "1"}}]}`,
			[]string{`a:Number=1`, `{"a": 1}`, `{"a": null}`}, []string{`a:String=1`, `{"b": 1}`, `{"a": {}}`, `{"a": []}`},
		},
		{
			"strings", `{"a": [{"anything-but": "x"}]}`, []string{`a:String=y`, `a:Number=1`, `{"a": false}`},
			[]string{`a:String=x`, `{"b": "y"}`},
		},
		{
			"numbers", `{"a": [{"anything-but": 1}]}`, []string{`a:Number=2`, `a:String=1`, `{"a": 1e300}`},
			[]string{`a:Number=1.0`, `{"a": 1}`, `b:Number=2`},
		},
		{ // and it can be combined with a key that is missing
			"strings", `{"a": [{"anything-but": "x"}, {"exists": false}]}`, []string{`a:String=y`, `b:String=x`, `{"b": 1}`},
			[]string{`a:String=x`, `{"a": "x"}`, ``},
		},
		{ // recorded: nothing at all is not null
			"recorded", `{"a": [null, {"anything-but": "x"}]}`, []string{`a:String=y`}, []string{``, `b:String=y`},
		},
		{ // wildcards anywhere, and what is in between in order and apart
			"strings", `{"a": [{"wildcard": "b*n*a*a"}]}`,
			[]string{`a:String=bnaa`, `a:String=banana-a`, `a:String=b*n*a*a`, `a:String=bnaxa`},
			[]string{`a:String=bna`, `a:String=banan`, `a:String=xbnaa`, `a:String=ban`, `a:String=baana`},
		},
		{ // the ends do not share a letter
			"strings", `{"a": [{"wildcard": "ab*ba"}]}`, []string{`a:String=abba`, `a:String=ab-ba`}, []string{`a:String=aba`},
		},
		{
			"ruler", `{"a": [{"wildcard": "1\\*2\\\\"}, {"wildcard": "plain"}, {"wildcard": "*"}]}`,
			[]string{`{"a": "1*2\\"}`, `{"a": "plain"}`, `{"a": ""}`, `{"a": "x"}`}, []string{`{"a": 1}`},
		},
		{
			"ruler", `{"a": [{"wildcard": "1\\*2"}, {"wildcard": "plain"}]}`,
			[]string{`{"a": "1*2"}`}, []string{`{"a": "1x2"}`, `{"a": "plai"}`},
		},
		{ // an address is one however it is written; a network of one address
			"strings", `{"a": [{"cidr": "2001:db8::/32"}, {"cidr": "10.0.0.7/32"}]}`,
			[]string{`a:String=2001:db8::1`, `{"a": "2001:0DB8:0:0:0:0:0:2"}`, `{"a": "10.0.0.7"}`},
			[]string{`a:String=2001:db9::1`, `{"a": "10.0.0.8"}`, `{"a": 10}`, `{"a": "010.0.0.7"}`},
		},
		{ // the ends of ranges
			"numbers", `{"a": [{"numeric": [">=", 1, "<", 2]}, {"numeric": ["<=", -3]}, {"numeric": [">", 5]}]}`,
			[]string{`a:Number=1`, `a:Number=1.99999`, `a:Number=-3`, `a:Number=5.00001`, `a:Number=+6`},
			[]string{`a:Number=0.99999`, `a:Number=2`, `a:Number=-2.99999`, `a:Number=5`},
		},
		{
			"numbers", `{"a": [{"numeric": [">=", 5]}, {"numeric": [">", 1, "<=", 2]}]}`,
			[]string{`a:Number=5`, `{"a": 1e9}`, `a:Number=2`}, []string{`a:Number=4.9`, `a:Number=1`, `{"a": "5"}`},
		},
		{ // out of range is a number, but none of the policy's
			"constraints", `{"a": [0, {"numeric": [">", 0]}, {"numeric": ["<", 0]}]}`,
			[]string{`{"a": 1e9}`, `{"a": -1000000000}`, `{"a": 0}`},
			[]string{`{"a": 1000000000.1}`, `{"a": -1e10}`, `{"a": 1e400}`, `a:Number=1e10`},
		},
		{ // five digits
			"constraints", `{"a": [1.00001, 3.000021]}`,
			[]string{`a:Number=1.00001`, `a:Number=1.000012`, `a:Number=3.00002`}, []string{`a:Number=1.00002`, `a:Number=1`},
		},
		{ // an attribute's quotes and backslashes are escaped once more in a policy
			"constraints", `{"a": ["say \\\"hi\\\"", "c:\\\\temp"]}`,
			[]string{`a:String=say "hi"`, `a:String=c:\temp`, `a:String.Array=["c:\\temp"]`}, []string{`{"a": "c:\\temp"}`},
		},
		{
			"constraints", `{"a": ["say \"hi\"", "c:\\temp"]}`,
			[]string{`{"a": "c:\\temp"}`, `{"a": "say \"hi\""}`}, []string{`a:String=say "hi"`, `a:String=c:\temp`},
		},
		{ // other types are as good as absent
			"constraints", `{"a": [{"exists": false}]}`,
			[]string{`a:Binary=AAAA & b:String=x`, `a:Strange=1 & b:Number=1`, `A:String=x`},
			[]string{`a:Binary=AAAA`, `a:String=x`, `a:String.Array=[]`, `b:Binary=AAAA`},
		},
		{ // what is not of its type matches nothing, and is there
			"constraints", `{"a": [{"exists": true}, {"anything-but": "x"}, {"exists": false}]}`,
			[]string{`a:Number=1`, `a:String.Array=[[], {"x": 1}, 1]`},
			[]string{`a:Number=one`, `a:Number=`, `a:Number=0x10`, `a:Number=1e`, `a:String.Array=["x`, `a:String.Array="y"`,
				`a:String.Array=`, `a:String.Array=[[1], {"x": "y"}]`},
		},
		{ // true wants a value that is not null and not empty, on a leaf
			"keys", `{"a": [{"exists": true}]}`,
			[]string{`{"a": 0}`, `{"a": false}`, `{"a": [null, 1]}`, `a:String.Array=["x"]`},
			[]string{`{"a": null}`, `{"a": ""}`, `{"a": []}`, `{"a": [[]]}`, `{"a": {"b": 1}}`, `{"a": {}}`, `{"a": [{"b": 1}]}`,
				`a:String.Array=[]`},
		},
		{ // false wants no such key; one that only has others in it is none
			"keys", `{"a": {"b": [{"exists": false}]}}`,
			[]string{`{"a": {"b": {"c": 1}}}`, `{"a": 1}`, `{"x": 1}`, `{"a": {}}`, `{"a": [{"c": 1}, {"d": 1}]}`},
			[]string{`{"a": {"b": null}}`, `{"a": {"b": ""}}`, `{"a": {"b": []}}`, `{"a": [{"c": 1}, {"b": 1}]}`, `{}`},
		},
		{ // a name with dots in it is a path
			"recorded", `{"a.b.c": ["x"]}`,
			[]string{`{"a": {"b": {"c": "x"}}}`, `{"a.b.c": "x"}`, `{"a.b": {"c": "x"}}`, `{"a": {"b.c": "x"}}`, `a.b.c:String=x`},
			[]string{`{"a": {"b": {"c": "y"}}}`, `{"a": {"b": "x"}}`, `{"a.b": "x"}`, `{"a": {"bc": "x"}}`, `{"a.": {"b.c": "x"}}`},
		},
		{ // and only at its dots
			"recorded", `{"abc.d": ["x"]}`, []string{`{"abc": {"d": "x"}}`}, []string{`{"a": {"c": {"d": "x"}}}`, `{"ab": {"d": "x"}}`},
		},
		{ // arrays of objects, in each other too
			"recorded", `{"r": {"s": {"k": [{"prefix": "a-"}]}, "e": [{"prefix": "new:"}]}}`,
			[]string{`{"r": [{"e": "new:1", "s": {"k": "a-1"}}]}`, `{"r": {"e": "new:1", "s": {"k": "a-1"}}}`,
				`{"r": [{"e": "new:1", "s": {"k": [[{"k": 0}], "x", [{"k": "b"}, {"k": ["b", "a-1"]}]]}},
				        {"e": "new:1", "s": [[{"k": "a-1"}]]}, {"e": "old:1", "s": {"k": "b-1"}}]}`},
			[]string{`{"r": [{"e": "old:1", "s": {"k": "a-1"}}]}`, `{"r": [{"e": "new:1", "s": {"k": "b-1"}}]}`,
				`{"r": [{"e": "new:1", "s": {"k": "b-1"}}, {"e": "old:1", "s": {"k": "a-1"}}]}`},
		},
		{ // an element for all the keys within it, but each array has its own
			"ruler", `{"l": {"first": ["Ada"], "last": ["Lovelace"]}, "t": ["x"]}`,
			[]string{`{"l": [{"first": "Ada", "last": "Lovelace"}], "t": ["y", "x"]}`,
				`{"l": [{"first": ["Ann", "Ada"], "last": ["Lovelace", "Byron"]}], "t": "x"}`},
			[]string{`{"l": [{"first": "Ada", "last": "Byron"}, {"first": "Ann", "last": "Lovelace"}], "t": "x"}`},
		},
		{ // "$or" as a key
			"logic", `{"$or": ["x"]}`, []string{`{"$or": "x"}`, `$or:String=x`}, []string{`{"x": "x"}`},
		},
		{"logic", `{"$or": [{"prefix": "a"}, {"suffix": "b"}]}`, []string{`{"$or": "ac"}`, `{"$or": "cb"}`}, []string{`{"a": 1}`}},
		{"logic", `{"$or": {"a": ["x"]}}`, []string{`{"$or": {"a": "x"}}`}, []string{`{"a": "x"}`}},
		{ // two "$or"
			"logic", `{"$or": [{"a": [1]}, {"b": [1]}], "d": {"$or": [{"a": [1]}, {"b": [1]}]}}`,
			[]string{`{"a": 1, "d": {"b": 1}}`, `{"b": 1, "d": {"a": 1}}`}, []string{`{"a": 1, "b": 1}`, `{"d": {"a": 1, "b": 1}}`},
		},
		{ // the later one of a key
			"ruler", `{"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}`,
			[]string{`{"a": "y"}`, `{"a": "x", "b": "z"}`}, []string{`{"a": "x"}`, `{"b": "z"}`},
		},
		{"ruler", `{"a": ["x"], "a": ["y"]}`, []string{`{"a": "y"}`}, []string{`{"a": "x"}`}},
		{ // escapes in names and values
			"constraints", `{"\u0061\"": ["\u00e9"]}`, []string{`{"a\u0022": "é"}`, "{ \"a\\\"\" :\n\"\\u00e9\" }"}, []string{`{"a": "é"}`},
		},
		{ // not an object
			"scope", `{"a": [{"exists": false}]}`, nil,
			[]string{`{"a": 1`, `{"b": 1} x`, `{`},
		},
	} {
		e.run(t)
	}
}
