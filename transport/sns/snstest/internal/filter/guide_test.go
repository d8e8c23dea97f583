package filter

import "testing"

// TestGuide has each example of the guide, in other words: what matches there matches here.
func TestGuide(t *testing.T) {
	for _, e := range []example{
		{ // exact
			"strings", `{"drink": ["tea", "mate"]}`,
			[]string{`drink:String=tea`, `drink:String=mate`, `drink:String.Array=["tea", "mate"]`, `{"drink": "tea"}`,
				`{"drink": "mate"}`},
			[]string{`drink:String=coffee`, `drink:String.Array=["coffee"]`, `{"drink": "coffee"}`},
		},
		{ // anything-but; of an array, one other value is enough
			"strings", `{"drink": [{"anything-but": ["tea", "mate"]}]}`,
			[]string{`drink:String=coffee`, `drink:String=water`, `drink:String.Array=["tea", "coffee"]`,
				`{"drink": "coffee"}`, `{"drink": "water"}`, `{"drink": ["tea", "coffee"]}`},
			[]string{`drink:String=tea`, `drink:String.Array=["tea"]`, `{"drink": ["tea"]}`},
		},
		{ // anything-but with a prefix
			"strings", `{"state": [{"anything-but": {"prefix": "paid-"}}]}`,
			[]string{`state:String=open`, `state:String=paid_late`, `{"state": "open"}`, `{"state": "paid_late"}`},
			[]string{`state:String=paid-cash`, `{"state": "paid-cash"}`},
		},
		{ // anything-but with a wildcard
			"strings", `{"drink": [{"anything-but": {"wildcard": "*ade"}}]}`,
			[]string{`drink:String.Array=["tea", "mate", "milk"]`, `{"drink": ["tea", "mate", "milk"]}`},
			[]string{`drink:String.Array=["lemonade", "orangeade"]`, `{"drink": ["lemonade", "orangeade"]}`},
		},
		{ // anything-but with a suffix
			"strings", `{"drink": [{"anything-but": {"suffix": "ade"}}]}`,
			[]string{`drink:String.Array=["tea", "mate", "milk"]`, `{"drink": ["tea", "mate", "milk"]}`},
			[]string{`drink:String.Array=["lemonade", "orangeade"]`, `{"drink": ["lemonade", "orangeade"]}`},
		},
		{ // without regard to case
			"strings", `{"drink": [{"equals-ignore-case": "mate"}]}`,
			[]string{`drink:String=MATE`, `drink:String=Mate`, `{"drink": "MATE"}`, `{"drink": "maTe"}`},
			[]string{`drink:String=mates`, `{"drink": "mat"}`},
		},
		{ // addresses
			"strings", `{"from": [{"cidr": "192.168.7.0/24"}]}`,
			[]string{`from:String=192.168.7.0`, `from:String=192.168.7.255`, `{"from": "192.168.7.0"}`,
				`{"from": "192.168.7.255"}`},
			[]string{`from:String=192.169.7.0`, `{"from": "192.169.7.0"}`, `from:String=router`},
		},
		{
			"strings", `{"drink": [{"prefix": "lem"}]}`,
			[]string{`drink:String=lemonade`, `drink:String=lemon`, `{"drink": "lemonade"}`, `{"drink": "lemon"}`},
			[]string{`drink:String=tea`, `{"drink": "tea"}`},
		},
		{
			"strings", `{"drink": [{"suffix": "ade"}]}`,
			[]string{`drink:String=lemonade`, `drink:String=orangeade`, `{"drink": "lemonade"}`, `{"drink": "orangeade"}`},
			[]string{`drink:String=tea`, `{"drink": "tea"}`},
		},
		{
			"strings", `{"drink": [{"wildcard": "*ade"}]}`,
			[]string{`drink:String.Array=["lemonade", "orangeade"]`, `{"drink": ["lemonade", "orangeade"]}`},
			[]string{`drink:String=tea`},
		},
		{ // the same number is the same, however it is written
			"numbers", `{"litres": [{"numeric": ["=", 20.5]}]}`,
			[]string{`litres:Number=20.5`, `litres:Number=2.05e1`, `{"litres": 20.5}`, `{"litres": 2.05E1}`},
			[]string{`litres:Number=20.6`, `litres:String=20.5`, `{"litres": "20.5"}`},
		},
		{
			"numbers", `{"litres": [{"anything-but": [10, 50]}]}`,
			[]string{`litres:Number=11`, `litres:Number=10.1`, `{"litres": 11}`, `{"litres": 10.1}`,
				`litres:Number.Array=[10, 5]`, `{"litres": [10, 5]}`},
			[]string{`litres:Number=10`, `{"litres": 10}`, `{"litres": 5e1}`},
		},
		{
			"numbers", `{"litres": [{"numeric": ["<", 0]}]}`,
			[]string{`litres:Number=-0.00001`, `{"litres": -5}`},
			[]string{`litres:Number=0`, `{"litres": 0}`, `{"litres": -0.0}`, `{"litres": 7}`},
		},
		{
			"numbers", `{"litres": [{"numeric": [">", 0, "<=", 15]}]}`,
			[]string{`litres:Number=0.1`, `litres:Number=15`, `{"litres": 15.0}`},
			[]string{`litres:Number=0`, `litres:Number=15.00001`, `{"litres": 16}`},
		},
		{
			"keys", `{"shop": [{"exists": true}]}`,
			[]string{`shop:String=corner & drink:String.Array=["tea"]`, `{"shop": "corner", "drink": ["tea", "mate"]}`},
			[]string{`drink:String.Array=["tea", "mate"]`, `{"drink": ["tea", "mate"]}`},
		},
		{
			"keys", `{"shop": [{"exists": false}]}`,
			[]string{`drink:String.Array=["tea", "mate"]`, `{"drink": ["tea", "mate"]}`},
			[]string{`shop:String=corner & drink:String.Array=["tea"]`, `{"shop": "corner", "drink": ["tea", "mate"]}`,
				``, `{}`}, // and not without any attribute
		},
		{ // keys are ANDed
			"logic", `{"drink": ["tea"], "litres": [{"numeric": [">", 10]}]}`,
			[]string{`drink:String=tea & litres:Number=11`, `{"drink": "tea", "litres": 11}`},
			[]string{`drink:String=tea & litres:Number=10`, `drink:String=mate & litres:Number=11`, `drink:String=tea`,
				`{"drink": "tea"}`, `{"litres": 11}`},
		},
		{ // values are ORed
			"logic", `{"drink": ["tea", "mate", "milk"]}`,
			[]string{`drink:String=tea`, `drink:String=mate`, `drink:String=milk`, `{"drink": "milk"}`},
			[]string{`drink:String=water`, `{"drink": "water"}`},
		},
		{ // keys are ORed
			"logic", `{"from": ["shop"], "$or": [{"drink": ["tea"]}, {"size": ["XL"]}]}`,
			[]string{`from:String=shop & drink:String=tea`, `from:String=shop & size:String=XL`,
				`{"from": "shop", "drink": "tea"}`, `{"from": "shop", "size": "XL"}`},
			[]string{`from:String=shop`, `drink:String=tea & size:String=XL`, `{"from": "shop", "size": "S"}`},
		},
		{ // an OR within an OR
			"logic", `{"from": ["shop"], "$or": [{"drink": ["tea", "mate"]},
			  {"kind": ["cup"], "$or": [{"id": [12, 21]}, {"place": [1, 2, 3]}]}]}`,
			[]string{`from:String=shop & drink:String=mate`, `from:String=shop & kind:String=cup & id:Number=21`,
				`from:String=shop & kind:String=cup & place:Number=3`},
			[]string{`from:String=shop & kind:String=cup`, `from:String=shop & id:Number=12`,
				`kind:String=cup & id:Number=12`},
		},
		{ // ORs at two levels
			"logic", `{"$or": [{"drink": ["tea", "mate"]}, {"size": ["L", "XL"]}],
			  "detail": {"scope": ["all"], "$or": [{"from": ["shop"]}, {"type": ["sale"]}]}}`,
			[]string{`{"drink": "tea", "detail": {"scope": "all", "from": "shop"}}`,
				`{"size": "XL", "detail": {"scope": "all", "type": "sale"}}`},
			[]string{`{"drink": "tea", "detail": {"scope": "all"}}`, `{"detail": {"scope": "all", "type": "sale"}}`,
				`{"drink": "tea", "scope": "all", "type": "sale"}`, `{"size": "L", "detail": {"type": "sale"}}`},
		},
		{ // a key that is missing is no match, and what the policy does not name is ignored
			"policies", `{"shop": ["corner"], "event": ["order"], "gift": [false]}`,
			[]string{`{"shop": "corner", "event": "order", "gift": false, "litres": 3}`},
			[]string{`shop:String=corner & event:String=order & drink:String.Array=["tea"]`,
				`{"shop": "corner", "event": "order"}`, `{"shop": "corner", "event": "order", "gift": true}`},
		},
	} {
		e.run(t)
	}
}
