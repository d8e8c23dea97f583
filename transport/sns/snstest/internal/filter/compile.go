package filter

import "slices"

// branch is a way to pass a policy: all of its clauses. A policy without "$or" has one. [logic]
type branch []clause

// clause is what one key of a branch asks for.
type clause struct {
	path         int // in Policy.paths
	rules        *rules
	combinations int
}

// rules are the values of a key, of which one has to match. [logic]
type rules struct {
	matchers []matcher
	absent   bool // "exists": false is among them
}

// match says whether the rules take one of the values.
func (r *rules) match(values ...value) bool {
	return slices.ContainsFunc(r.matchers, func(m matcher) bool { return slices.ContainsFunc(values, m) })
}

// compiler makes branches of a policy. What is refused for a limit is noted here, so that a fault in the
// policy's form is reported before it. [recorded]
type compiler struct {
	text           string
	scope          Scope
	paths          []string
	nested         bool
	tooComplex     bool
	wildcardPoints int
}

// object adds what n asks for to each of the branches. It stands under path, and its keys are on level.
func (c *compiler) object(n *node, path string, level int, branches []branch) ([]branch, error) {
	if len(n.members) == 0 { // [ruler]
		return nil, c.fault(n.end, "Empty objects are not allowed")
	}
	if level > maxCombinations {
		// It is too complex by its level alone, and a stack and a path without end need not be made for it.
		c.tooComplex = true
		return branches, nil
	}
	for _, m := range n.members {
		var err error
		name := m.name
		if level > 1 {
			// The dot is that of SNS: a key "a.b" means the key b in a as well. [recorded]
			name = path + "." + name
		}
		switch {
		case m.name == or && isOr(m.value):
			branches, err = c.or(m.value, path, level, branches)
		case m.value.kind == '{':
			c.nested = true
			branches, err = c.object(m.value, name, level+1, branches)
		case m.value.kind == '[':
			branches, err = c.key(m.value, name, level, branches)
		default: // [recorded]
			err = c.fault(m.value.seen(), "\"%s\" must be an object or an array", m.name)
		}
		if err != nil {
			return nil, err
		}
	}
	return branches, nil
}

// or makes a branch of each alternative out of each of the branches.
func (c *compiler) or(n *node, path string, level int, branches []branch) ([]branch, error) {
	var all []branch
	for _, item := range n.items {
		some, err := c.object(item, path, level, branches)
		if err != nil {
			return nil, err
		}
		if all = append(all, some...); len(all) > maxCombinations {
			// A branch has one combination at least. One branch is enough to find what else is wrong.
			c.tooComplex, all, branches = true, all[:1], branches[:1]
		}
	}
	return all, nil
}

// key adds a clause to each of the branches.
func (c *compiler) key(n *node, name string, level int, branches []branch) ([]branch, error) {
	r, err := c.rules(n)
	if err != nil {
		return nil, err
	}
	path := slices.Index(c.paths, name)
	switch {
	case path < 0 && len(c.paths) > maxKeys:
		// One too many is enough to refuse the policy for. With all of them in all of the branches a policy
		// that is within the size would take minutes.
		return branches, nil
	case path < 0:
		path = len(c.paths)
		c.paths = append(c.paths, name)
	}
	// A key counts the values in its array, times its level in a nested policy. [constraints, logic]
	k := clause{path: path, rules: r, combinations: len(n.items) * level}
	added := make([]branch, len(branches))
	for i, b := range branches {
		added[i] = b.with(k)
	}
	return added, nil
}

// with returns b and k. Decided: if k's key is in it already, outside of the "$or" or because the policy has
// it twice, the later one holds, as in [ruler]; there is no AND on one key. [logic]
func (b branch) with(k clause) branch {
	out := make(branch, 0, len(b)+1)
	for _, other := range b {
		if other.path != k.path {
			out = append(out, other)
		}
	}
	return append(out, k)
}

// or is the key of an OR between keys. [logic]
const or = "$or"

// isOr says whether the value of a key "$or" makes it an operator. Otherwise it is a key like any other.
// [logic]
func isOr(n *node) bool {
	if n.kind != '[' || len(n.items) < 2 {
		return false
	}
	for _, item := range n.items {
		if item.kind != '{' || slices.ContainsFunc(item.members, func(m member) bool { return reserved(m.name) }) {
			return false
		}
	}
	return true
}

// reserved says whether a name is a keyword, with which an object is not an alternative of an "$or". The
// guide names numeric and prefix [logic]; the list is that of [ruler].
func reserved(name string) bool {
	switch name {
	case "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric",
		"cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after",
		"date-on-or-after", "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range",
		"ip-address-not-in-range":
		return true
	}
	return false
}
