package filter

import (
	"encoding/json"
	"strings"
)

// Attribute is a message attribute: its data type and its value, which is text whatever the type.
type Attribute struct {
	// Type is String, String.Array, Number or Binary. [types]
	Type string
	// Value is the text; of String.Array a JSON array of strings, numbers, booleans and nulls. [types]
	Value string
}

// MatchAttributes says whether a message with these attributes passes. Attributes that the policy does not
// name do not matter [policies], nor do binary ones, or ones of a type that the guide does not have: they are
// as good as absent. [constraints]
//
// A value that is not of its type, which Publish would not have let through, is there and matches nothing.
func (p *Policy) MatchAttributes(attrs map[string]Attribute) bool {
	if p == nil || len(p.branches) == 0 {
		return true
	}
	// Without any attribute nothing matches, not even "exists": false. [keys]
	some := false
	for _, a := range attrs {
		some = some || a.counts()
	}
	if !some {
		return false
	}
	var values [maxKeys][]value
	var present [maxKeys]bool
	for i, path := range p.paths {
		if a, found := attrs[path]; found && a.counts() {
			values[i], present[i] = a.values(), true
		}
	}
	for _, b := range p.branches {
		all := true
		for _, c := range b {
			all = all && (c.rules.absent && !present[c.path] || c.rules.match(values[c.path]...))
		}
		if all {
			return true
		}
	}
	return false
}

// counts says whether filters look at an attribute of the type. Number.Array is in no list of types, but in
// an example. [constraints, numbers]
func (a Attribute) counts() bool {
	switch a.Type {
	case "String", "String.Array", "Number", "Number.Array":
		return true
	}
	return false
}

// values are the value, or the elements of an array, each of which counts for itself. [strings, numbers]
func (a Attribute) values() []value {
	switch a.Type {
	case "String":
		return []value{attributeText(a.Value)}
	case "Number":
		if v, ok := numberValue(a.Value); ok {
			return []value{v}
		}
		return nil
	}
	r := reader{doc: []byte(a.Value)}
	if !json.Valid(r.doc) || r.peek() != '[' {
		return nil
	}
	var values []value
	r.array(func() {
		switch r.peek() {
		case '{', '[': // not recommended, because of results that one does not expect [constraints]
			r.skip()
		default:
			v := r.scalar()
			if v.kind == text {
				v = attributeText(v.text)
			}
			values = append(values, v)
		}
	})
	return values
}

// attributeText is a string as filters see it. A policy on attributes has to escape quotes and backslashes
// once more than JSON does; so the attribute's own are escaped when they are compared. [constraints]
func attributeText(s string) value {
	if strings.ContainsAny(s, `"\`) {
		s = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
	}
	return textValue(s)
}
