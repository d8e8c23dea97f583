package wire

import (
	"fmt"
	"reflect"
	"strings"
)

// plan is how the members of a struct are named on the wire. It is made once for each operation.
type plan struct {
	of     reflect.Type
	fields []field
}

type field struct {
	index    int
	json     string
	query    []string // the path in Query and XML; the last element is repeated in lists and maps
	key      string   // of a map, in Query and XML
	value    string
	required bool
	omit     bool // from the answer, when it is zero
	kind     kind
	elem     kind  // of lists and maps
	plan     *plan // of structs, and of lists and maps of them
}

type kind int

const (
	kindString kind = iota
	kindOptional
	kindInt
	kindLong
	kindBool
	kindBytes
	kindStruct
	kindList
	kindMap
)

func planOf(t reflect.Type) *plan {
	p := &plan{of: t}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		out := field{index: i, json: name, query: []string{name}, required: f.Tag.Get("wire") == "required"}
		out.omit = options == "omitempty"
		if tag := f.Tag.Get("query"); tag != "" {
			parts := strings.Split(tag, ",")
			out.query = strings.Split(parts[0], ".")
			if len(parts) == 3 {
				out.key, out.value = parts[1], parts[2]
			}
		}
		out.kind = kindOf(f.Type)
		inner := f.Type
		if out.kind == kindList || out.kind == kindMap {
			inner = f.Type.Elem()
			out.elem = kindOf(inner)
		}
		if out.kind == kindStruct || out.elem == kindStruct {
			out.plan = planOf(inner)
		}
		p.fields = append(p.fields, out)
	}
	return p
}

func kindOf(t reflect.Type) kind {
	switch {
	case t.Kind() == reflect.String:
		return kindString
	case t.Kind() == reflect.Bool:
		return kindBool
	case t.Kind() == reflect.Int64:
		return kindLong
	case t.Kind() == reflect.Struct:
		return kindStruct
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return kindBytes
	case t.Kind() == reflect.Slice:
		return kindList
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return kindMap
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.String:
		return kindOptional
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Int:
		return kindInt
	}
	panic(fmt.Sprintf("wire: no protocol knows the type %v", t)) // a mistake in a service's table
}
