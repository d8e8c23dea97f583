package policy

import "strings"

// A condition is one key under one operator. All of a statement must hold; of the values of one, any
// (multi-value-conditions, "Evaluation logic for conditions with multiple keys or values").
type condition struct {
	key      string // in lower case: names of keys ignore case (elements_condition)
	operator operator
	set      setOperator
	ifExists bool
	tests    []test // one for each value
}

type setOperator string

const (
	noSet  setOperator = ""
	forAll setOperator = "ForAllValues"
	forAny setOperator = "ForAnyValue"
)

func (p *parser) parseConditions(where string, n *node) (out []condition, err *Error) {
	block := n.field("Condition")
	if block == nil {
		return nil, nil
	}
	where += ".Condition"
	if block.kind != isObject {
		return nil, fault(block.at, where, "is %s, and must be an object", block.kind)
	}
	// An empty block, and an empty list of values below, are suggestions of the policy checks and no faults.
	for _, f := range block.fields {
		where := join(where, f.name)
		c, ok := namedCondition(f.name)
		if !ok {
			return nil, fault(f.at, where, "is no condition operator")
		}
		if f.value.kind != isObject {
			return nil, fault(f.value.at, where, "is %s, and must be an object of keys", f.value.kind)
		}
		seen := map[string]bool{}
		for _, f := range f.value.fields {
			c.key = strings.ToLower(f.name)
			where := join(where, f.name)
			if !strings.Contains(f.name, ":") {
				// policy checks, "Invalid condition key format".
				return nil, fault(f.at, where, "is no condition key: that is service:name")
			}
			if seen[c.key] {
				// policy checks, "Duplicate keys with different case".
				return nil, fault(f.at, where, "stands twice: the case of a key does not count")
			}
			seen[c.key] = true
			if c.tests, err = p.parseTests(where, c.operator, f.value); err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	if most := p.kind.limits().conditions; most > 0 && len(out) > most {
		return nil, fault(block.at, where, "has %d conditions, the limit is %d", len(out), most)
	}
	return out, nil
}

// namedCondition takes a name like ForAnyValue:StringLikeIfExists apart. IfExists goes with any operator but
// Null (elements_condition_operators, "...IfExists").
func namedCondition(name string) (c condition, ok bool) {
	for _, set := range [...]setOperator{forAll, forAny} {
		if rest, ok := strings.CutPrefix(name, string(set)+":"); ok {
			c.set, name = set, rest
			break
		}
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	c.operator, ok = namedOperator(name)
	return c, ok && (!c.ifExists || !c.operator.null)
}

// parseTests: a value is a string, a number or a Boolean (grammar, <condition_value>).
func (p *parser) parseTests(where string, op operator, n *node) ([]test, *Error) {
	list := n.values()
	tests := make([]test, 0, len(list))
	by := rules(0)
	if p.variables {
		by = variables
	}
	for i, v := range list {
		if what := p.testFault(op, v); what != "" {
			if n.kind == isList {
				where = index(where, i)
			}
			return nil, fault(v.at, where, "%s", what)
		}
		tests = append(tests, op.test(v.text, by))
	}
	return tests, nil
}

func (p *parser) testFault(op operator, v *node) string {
	switch {
	case v.kind != isString && v.kind != isNumber && v.kind != isBool:
		return "is " + string(v.kind) + ", and must be a string, a number or a Boolean"
	case !p.variables || !strings.Contains(v.text, "${"):
		return ""
	case !op.variables:
		// elements_condition_operators, under each operator; policy checks, "Invalid variable for operator".
		return "has a policy variable, which this operator does not take"
	}
	_, what := compile(v.text, variables)
	return what
}

// match says whether the condition holds for the values that the request has of its key.
//
// A missing key matches nothing: the condition is false, and true if it is negated (elements_condition_operators,
// "Important") or has IfExists. ForAllValues is true and ForAnyValue is false of a missing key and of one that is
// null, which is an empty string, negated or not (multi-value-conditions). IfExists makes a missing key true
// under ForAnyValue too: "evaluate the condition element as true" has no exception but Null, although
// iam.cloudcopilot.io saw AWS do otherwise.
//
// A request that has several values of a key wants a set operator (multi-value-conditions), and no page says
// what holds without one. Here one value that matches is enough, and with a negated operator is one too many.
func (c condition) match(values []string, look lookup) bool {
	if c.operator.null {
		return c.matchNull(values)
	}
	if len(values) == 0 && c.ifExists {
		return true
	}
	some, all := false, true
	for _, value := range values {
		if c.any(value, look) != c.operator.negated {
			some = true
		} else {
			all = false
		}
	}
	switch {
	case c.set == forAll:
		return all || !present(values)
	case c.set == forAny:
		return some && present(values)
	case c.operator.negated:
		return all
	}
	return some
}

// any says whether one value of the request matches one of the policy. Negation comes after it: with a negated
// operator none of the values may match (multi-value-conditions, "Note").
func (c condition) any(value string, look lookup) bool {
	for _, test := range c.tests {
		if test(value, look) {
			return true
		}
	}
	return false
}

// matchNull: "true" is a key that is not there, or is null; "false" one with a value
// (elements_condition_operators, "Condition operator to check existence"). With a set operator it always is
// true or false (policy checks, "Null with qualifier").
func (c condition) matchNull(values []string) bool {
	if c.set != noSet {
		return c.set == forAll
	}
	state := "true"
	if present(values) {
		state = "false"
	}
	return c.any(state, nil)
}

// present says whether there is a value that is not null: an empty string is (elements_condition, "Null").
func present(values []string) bool {
	for _, v := range values {
		if v != "" {
			return true
		}
	}
	return false
}
