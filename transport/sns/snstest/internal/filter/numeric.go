package filter

import "math"

// numeric reads what numbers are to be: ["=", 1], one of < <= > >=, or a range, which has its lower end
// first. [numbers] The order and the words for what is wrong are [recorded].
func (c *compiler) numeric(n *node) (matcher, error) {
	if n.kind != '[' { // [ruler]
		return nil, c.fault(n.seen(), "Value of numeric must be an array.")
	}
	terms := terms{compiler: c, list: n}
	operator := terms.next()
	if operator.kind != '"' {
		return nil, c.fault(operator.seen(), "Invalid member in numeric match: %s", c.text[operator.start:operator.end])
	}
	low := int64(math.MinInt64)
	switch operator.text {
	case "=":
		v, err := terms.number("equals")
		return between(v, v), terms.end(err, "Too many elements in numeric expression")
	case "<", "<=":
		high, err := terms.number(operator.text)
		if operator.text == "<" {
			high--
		}
		return between(low, high), terms.end(err, "Too many elements in numeric expression")
	case ">", ">=":
		low, err := terms.number(operator.text)
		if err != nil {
			return nil, err
		}
		return terms.top(low, operator.text == ">")
	}
	return nil, c.fault(terms.next().seen(), "Unrecognized numeric range operator: %s", operator.text)
}

// top reads the upper end of a range, if there is one.
func (t *terms) top(bottom int64, open bool) (matcher, error) {
	low, high := bottom, int64(math.MaxInt64)
	if open {
		low++ // numbers have a smallest step, so that an open end is the closed one beside it
	}
	if t.at == len(t.list.items) {
		return between(low, high), nil
	}
	operator := t.next()
	if operator.kind != '"' {
		return nil, t.fault(operator.seen(), "Bad value in numeric range: %s", t.text[operator.start:operator.end])
	}
	if operator.text != "<" && operator.text != "<=" {
		return nil, t.fault(operator.end, "Bad numeric range operator: %s", operator.text)
	}
	top, err := t.number(operator.text)
	if err := t.end(err, "Too many terms in numeric range expression"); err != nil {
		return nil, err
	}
	if bottom >= top { // equal ends too [ruler]
		return nil, t.fault(t.list.end, "Bottom must be less than top")
	}
	if high = top; operator.text == "<" {
		high--
	}
	return between(low, high), nil
}

// between takes the numbers from low to high, both included. Strings are not numbers, even if they look it.
func between(low, high int64) matcher {
	return func(v value) bool { return v.kind == number && !v.out && low <= v.units && v.units <= high }
}

// terms are the elements of a numeric's array, one after another.
type terms struct {
	*compiler

	list *node
	at   int
}

// next returns the next term. At the end that is the closing bracket, which is no value.
func (t *terms) next() *node {
	if t.at == len(t.list.items) {
		return &node{kind: ']', start: t.list.end - 1, end: t.list.end}
	}
	t.at++
	return t.list.items[t.at-1]
}

// number returns the next term, the operand of operator, in units.
func (t *terms) number(operator string) (int64, error) {
	n := t.next()
	if n.kind != 0 {
		return 0, t.fault(n.seen(), "Value of %s must be numeric", operator)
	}
	v, err := t.value(n)
	return v.units, err
}

// end returns err, or, if there is another term, that there is one.
func (t *terms) end(err error, tooMany string) error {
	if err == nil && t.at < len(t.list.items) {
		return t.fault(t.next().seen(), "%s", tooMany)
	}
	return err
}
