package filter

import (
	"net/netip"
	"strconv"
	"strings"
)

// matcher says whether one value of a message is what a policy asks for.
type matcher func(value) bool

// rules reads the array of a key.
func (c *compiler) rules(n *node) (*rules, error) {
	if len(n.items) == 0 { // [ruler]
		return nil, c.fault(n.end, "Empty arrays are not allowed")
	}
	r, wild := &rules{}, wildcards{}
	for _, item := range n.items {
		var m matcher
		var err error
		switch item.kind {
		case '{':
			m, err = c.expression(item, r, &wild)
		case '[': // [recorded]
			err = c.fault(item.seen(), "Match value must be String, number, true, false, or null")
		default:
			m, err = c.exact(item)
		}
		if err != nil {
			return nil, err
		}
		if m != nil {
			r.matchers = append(r.matchers, m)
		}
	}
	c.wildcardPoints += wild.points(len(n.items))
	return r, nil
}

// exact is the value itself, with its case. [strings, numbers, constraints]
func (c *compiler) exact(n *node) (matcher, error) {
	want, err := c.value(n)
	return func(v value) bool { return v == want }, err
}

// value reads a scalar of the policy. Decided: a number out of range is refused, with the words that [ruler]
// had for it while it had a range; SNS's own are not on file.
func (c *compiler) value(n *node) (value, error) {
	v := n.scalar()
	if v.out {
		return v, c.fault(n.end, "Value must be between -1.0E9 and 1.0E9, inclusive")
	}
	return v, nil
}

// expression reads an object of one operator. The matcher is nil for "exists": false, which no value matches.
func (c *compiler) expression(n *node, r *rules, wild *wildcards) (matcher, error) {
	if len(n.members) == 0 { // [ruler]
		return nil, c.fault(n.end, "Match expression name not found")
	}
	name, operand := n.members[0].name, n.members[0].value
	var m matcher
	var err error
	switch name {
	case "exists":
		m, err = c.exists(operand, r)
	case "numeric":
		m, err = c.numeric(operand)
	case "anything-but":
		m, err = c.anythingBut(operand, wild)
	case "cidr":
		m, err = c.cidr(operand)
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
		m, err = c.pattern(name, operand, wild)
	default: // [recorded]
		err = c.fault(operand.seen(), "Unrecognized match type %s", name)
	}
	if err == nil && len(n.members) > 1 { // [recorded]
		err = c.fault(n.members[1].value.seen(), "Only one key allowed in match expression")
	}
	return m, err
}

// exists is about the key. true wants a value that is neither null nor empty; false wants no such key. [keys]
func (c *compiler) exists(n *node, r *rules) (matcher, error) {
	switch n.kind {
	case 't':
		return func(v value) bool { return v.kind != null && v != textValue("") }, nil
	case 'f':
		r.absent = true
		return nil, nil
	}
	return nil, c.fault(n.seen(), "exists match pattern must be either true or false.") // [recorded]
}

// pattern is an operator on strings. [strings]
func (c *compiler) pattern(name string, n *node, wild *wildcards) (matcher, error) {
	if n.kind != '"' { // [recorded]
		return nil, c.fault(n.seen(), "%s match pattern must be a string", name)
	}
	var match func(s string) bool
	switch name {
	case "prefix":
		match = func(s string) bool { return strings.HasPrefix(s, n.text) }
	case "suffix":
		match = func(s string) bool { return strings.HasSuffix(s, n.text) }
	case "equals-ignore-case":
		match = func(s string) bool { return strings.EqualFold(s, n.text) }
	case "wildcard":
		g, reason := parseGlob(n.text)
		if reason != "" {
			return nil, c.fault(n.end, "%s", reason)
		}
		wild.add(g)
		match = g.match
	}
	return onText(match), nil
}

// onText is a matcher for strings, which no other value is taken for. [strings, numbers]
func onText(match func(s string) bool) matcher {
	return func(v value) bool { return v.kind == text && match(v.text) }
}

// cidr is an IP address within a network. [strings]
//
// Decided: a network of one address ("10.0.0.7/32") is taken. [ruler] refuses it, but the guide speaks of "a
// specific IP address or subnet", and there is no other way to write one.
func (c *compiler) cidr(n *node) (matcher, error) {
	if n.kind != '"' { // the words are [ruler]'s
		return nil, c.fault(n.seen(), "prefix match pattern must be a string")
	}
	address, bits, found := strings.Cut(n.text, "/")
	if !found || strings.Contains(bits, "/") {
		return nil, c.fault(n.end, "Malformed CIDR, one '/' required")
	}
	if _, err := strconv.Atoi(bits); err != nil {
		return nil, c.fault(n.end, "Malformed CIDR, mask bits must be an integer")
	}
	if ip, err := netip.ParseAddr(address); err != nil || ip.Zone() != "" {
		return nil, c.fault(n.end, "Nonstandard IP address: %s", address)
	}
	network, err := netip.ParsePrefix(n.text)
	if err != nil {
		return nil, c.fault(n.end, "Malformed CIDR, mask bits are not those of the address: %s", bits)
	}
	return onText(func(s string) bool {
		ip, err := netip.ParseAddr(s)
		return err == nil && network.Contains(ip)
	}), nil
}
