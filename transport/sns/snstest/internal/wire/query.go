package wire

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tree is a form whose names are taken apart at their dots, so that reading it takes a time in proportion to
// its size, whatever its names are.
type tree struct {
	value    string
	has      bool
	children map[string]*tree
}

// maxDepth bounds the dots of a name. The deepest that a service has is MessageAttribute.1.Value.DataType in an
// entry of a batch.
const maxDepth = 8

func treeOf(form url.Values) (*tree, *Error) {
	root := &tree{}
	for name, values := range form {
		if strings.Count(name, ".") > maxDepth {
			return nil, Malformed("The parameter " + clip(name) + " is nested too deep")
		}
		if len(values) > 1 {
			// APIReference/CommonErrors.html, "MalformedQueryString".
			return nil, Malformed("The parameter " + clip(name) + " is given more than once")
		}
		if !utf8.ValidString(values[0]) {
			return nil, Malformed("The parameter " + clip(name) + " is not valid UTF-8")
		}
		at := root
		for part := range strings.SplitSeq(name, ".") {
			next := at.children[part]
			if next == nil {
				next = &tree{}
				if at.children == nil {
					at.children = map[string]*tree{}
				}
				at.children[part] = next
			}
			at = next
		}
		at.value, at.has = values[0], true
	}
	return root, nil
}

func clip(s string) string {
	if len(s) > 64 {
		return strings.ToValidUTF8(s[:64], "") + "..."
	}
	return s
}

// at follows a path; nil if it leads nowhere.
func (t *tree) at(path []string) *tree {
	for _, part := range path {
		if t = t.children[part]; t == nil {
			return nil
		}
	}
	return t
}

// numbered returns the children with numbers for names, in their order. The numbers start at 1 and may have
// gaps.
func (t *tree) numbered() []*tree {
	type numbered struct {
		n    int
		tree *tree
	}
	var list []numbered
	for name, child := range t.children {
		if n, err := strconv.Atoi(name); err == nil && n > 0 && strconv.Itoa(n) == name {
			list = append(list, numbered{n, child})
		}
	}
	slices.SortFunc(list, func(a, b numbered) int { return a.n - b.n })
	out := make([]*tree, len(list))
	for i, l := range list {
		out[i] = l.tree
	}
	return out
}

// bindQuery reads a form into an input. A parameter that is there and empty counts as given only where the
// input tells the two apart.
func (p *plan) bindQuery(t *tree, into reflect.Value) *Error {
	for i := range p.fields {
		f := &p.fields[i]
		at := t.at(f.query)
		if at == nil {
			if f.required {
				return MissingParameter(f.query[0])
			}
			continue
		}
		if err := f.setQuery(f.kind, at, into.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

func (f *field) setQuery(k kind, t *tree, into reflect.Value) *Error {
	switch k {
	case kindStruct:
		return f.plan.bindQuery(t, into)
	case kindList:
		items := t.numbered()
		out := reflect.MakeSlice(into.Type(), len(items), len(items))
		for i, item := range items {
			if err := f.setQuery(f.elem, item, out.Index(i)); err != nil {
				return err
			}
		}
		into.Set(out)
		return nil
	case kindMap:
		return f.setQueryMap(t, into)
	}
	switch {
	case !t.has:
		return Malformed("The parameter " + strings.Join(f.query, ".") + " has no value of its own")
	case k == kindInt:
		n, err := strconv.ParseInt(t.value, 10, 32)
		if err != nil {
			return InvalidParameterValue("Value " + clip(t.value) + " for parameter " + strings.Join(f.query, ".") +
				" is invalid. Reason: Must be an integer.")
		}
		i := int(n)
		into.Set(reflect.ValueOf(&i))
		return nil
	}
	return f.setString(k, strings.Join(f.query, "."), t.value, into)
}

func (f *field) setQueryMap(t *tree, into reflect.Value) *Error {
	out := reflect.MakeMap(into.Type())
	for _, item := range t.numbered() {
		key := item.children[f.key]
		if key == nil || !key.has {
			return MissingParameter(strings.Join(f.query, ".") + "." + f.key)
		}
		elem := reflect.New(into.Type().Elem()).Elem()
		if value := item.children[f.value]; value != nil {
			if err := f.setQuery(f.elem, value, elem); err != nil {
				return err
			}
		}
		out.SetMapIndex(reflect.ValueOf(key.value), elem)
	}
	into.Set(out)
	return nil
}
