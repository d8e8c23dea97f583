package policy

import (
	"slices"
	"strconv"
	"strings"
)

func index(where string, i int) string { return where + "[" + strconv.Itoa(i) + "]" }

// show is the value as an error tells it.
func (n *node) show() string {
	if n.kind == isString {
		return strconv.Quote(clip(n.text))
	}
	return string(n.kind)
}

// only wants an object without other elements: AWS refuses one that it does not know (policy checks, "Invalid
// policy element"). Names are taken as the pages write them; no page says that their case is free.
func (n *node) only(where string, names ...string) *Error {
	if n.kind != isObject {
		return fault(n.at, where, "is %s, and must be an object", n.kind)
	}
	for _, f := range n.fields {
		if slices.Contains(names, f.name) {
			continue
		}
		for _, name := range names {
			if strings.EqualFold(name, f.name) {
				return fault(f.at, join(where, f.name), "is no element of a policy: it is written %s", name)
			}
		}
		return fault(f.at, join(where, f.name), "is no element of a policy")
	}
	return nil
}

// either is the element or its opposite, of which a statement has one (elements; policy checks, "Unsupported
// element combination"). Neither is no fault here.
func (n *node) either(where, name string) (value *node, path string, not bool, err *Error) {
	is, isNot := n.field(name), n.field("Not"+name)
	switch {
	case is != nil && isNot != nil:
		return nil, "", false, fault(isNot.at, where, "has both %s and Not%s", name, name)
	case isNot != nil:
		return isNot, where + ".Not" + name, true, nil
	}
	return is, where + "." + name, false, nil
}

// strings wants one string or a list of them. An empty list is taken: policy checks has suggestions for those
// ("Empty array action"), and says that such a statement has no effect.
func (n *node) strings(where string) ([]*node, *Error) {
	list := n.values()
	for i, v := range list {
		if v.kind != isString {
			if n.kind == isList {
				where = index(where, i)
			}
			return nil, fault(v.at, where, "is %s, and must be a string", v.kind)
		}
	}
	return list, nil
}
