package filter

// anythingBut takes any value that is not the operand: a string, a number, a list of either, or a prefix,
// suffix or wildcard. [strings, numbers]
//
// Of an array, one such element is enough. The guide has it both ways, a sentence against this and two
// examples for it ("because it contains a value that isn't rugby or tennis"); [ruler] does as the examples.
// A value of another type is not the operand either, so it is taken. [ruler]
func (c *compiler) anythingBut(n *node, wild *wildcards) (matcher, error) {
	wild.negations++
	switch n.kind {
	case '{':
		return c.anythingButPattern(n, wild)
	case '[':
		return c.anythingButList(n)
	case '"', 0:
		m, err := c.exact(n)
		return not(m), err
	}
	// [ruler]
	return nil, c.fault(n.seen(), "Value of anything-but must be an array or single string/number value.")
}

func not(m matcher) matcher { return func(v value) bool { return !m(v) } }

// anythingButList reads a list. It may be long, and counts as one value: hence a set. [ruler] wants it to be
// of strings alone or of numbers alone, and so is every list in the guide.
func (c *compiler) anythingButList(n *node) (matcher, error) {
	set := make(map[value]bool, len(n.items))
	kinds := map[kind]bool{}
	for _, item := range n.items {
		if item.kind != '"' && item.kind != 0 {
			return nil, c.fault(item.seen(), "Inside anything but list, start|null|boolean is not supported.")
		}
		v, err := c.value(item)
		if err != nil {
			return nil, err
		}
		set[v], kinds[v.kind] = true, true
	}
	if len(kinds) != 1 {
		return nil, c.fault(n.end, "Inside anything but list, either all values are number or string, "+
			"mixed type is not supported")
	}
	return func(v value) bool { return !set[v] }, nil
}

// anythingButPattern reads an operator within. Those are the ones of the guide: [ruler] has
// equals-ignore-case besides. SNS refused suffix in May 2024 [recorded]; the guide has it since. [strings]
func (c *compiler) anythingButPattern(n *node, wild *wildcards) (matcher, error) {
	if len(n.members) == 0 { // [ruler]
		return nil, c.fault(n.end, "Anything-But expression name not found")
	}
	name, operand := n.members[0].name, n.members[0].value
	switch name {
	case "prefix", "suffix", "wildcard":
	default: // [recorded]
		return nil, c.fault(operand.seen(), "Unsupported anything-but pattern: %s", name)
	}
	m, err := c.pattern(name, operand, wild)
	switch {
	case err != nil:
		return nil, err
	case operand.text == "" && name != "wildcard": // it would take nothing [ruler]
		return nil, c.fault(operand.end, "Null prefix/suffix not allowed")
	case len(n.members) > 1: // [ruler]
		return nil, c.fault(n.members[1].value.seen(), "Only one key allowed in match expression")
	}
	return not(m), nil
}
