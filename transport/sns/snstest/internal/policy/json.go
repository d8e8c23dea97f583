package policy

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// The standard decoder into structs takes a key in any case, takes the last of two that are equal, and forgets
// where values stood. A policy must be refused for the second ("Individual elements must not contain multiple
// instances of the same key", grammar), so documents are read by token into a tree that keeps all of it.

type nodeKind string

const (
	isString nodeKind = "a string"
	isNumber nodeKind = "a number"
	isBool   nodeKind = "a Boolean"
	isNull   nodeKind = "null"
	isList   nodeKind = "a list"
	isObject nodeKind = "an object"
)

type node struct {
	at     int // where it begins, in bytes
	kind   nodeKind
	text   string // of a string, a number or a Boolean
	list   []*node
	fields []field
}

type field struct {
	at    int
	name  string
	value *node
}

func (n *node) field(name string) *node {
	for _, f := range n.fields {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// values is the list, or the value alone: where an element takes a list of one, its brackets are optional
// (grammar).
func (n *node) values() []*node {
	if n.kind == isList {
		return n.list
	}
	return []*node{n}
}

// maxDepth is more than any element nests: a condition value is seven deep.
const maxDepth = 16

type reader struct {
	document string
	dec      *json.Decoder
}

func readJSON(document string) (*node, *Error) {
	// elements_datatypes: "all policies must be in UTF-8".
	if !utf8.ValidString(document) {
		valid := 0
		for {
			r, size := utf8.DecodeRuneInString(document[valid:])
			if r == utf8.RuneError && size == 1 {
				return nil, fault(valid, "", "is not UTF-8")
			}
			valid += size
		}
	}
	r := &reader{document: document, dec: json.NewDecoder(strings.NewReader(document))}
	r.dec.UseNumber()
	n, err := r.value("", 0)
	if err != nil {
		return nil, err
	}
	if rest := strings.TrimLeft(document[r.dec.InputOffset():], " \t\r\n"); rest != "" {
		return nil, fault(len(document)-len(rest), "", "has more after the end of its JSON")
	}
	return n, nil
}

// next is where the next token begins.
func (r *reader) next() int {
	at := int(r.dec.InputOffset())
	for at < len(r.document) && strings.IndexByte(" \t\r\n,:", r.document[at]) >= 0 {
		at++
	}
	return at
}

func (r *reader) token() (json.Token, *Error) {
	at := r.next()
	t, err := r.dec.Token()
	if err == nil {
		return t, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fault(len(r.document), "", "ends before its JSON does")
	}
	return nil, fault(at, "", "is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func (r *reader) value(where string, depth int) (*node, *Error) {
	n := &node{at: r.next()}
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case string:
		n.kind, n.text = isString, t
	case json.Number:
		n.kind, n.text = isNumber, t.String()
	case bool:
		n.kind, n.text = isBool, "false"
		if t {
			n.text = "true"
		}
	case nil:
		n.kind = isNull
	case json.Delim:
		if depth == maxDepth {
			return nil, fault(n.at, "", "nests deeper than any element of a policy")
		}
		return n, r.children(n, t, where, depth)
	}
	return n, nil
}

func (r *reader) children(n *node, open json.Delim, where string, depth int) *Error {
	n.kind = isList
	if open == '{' {
		n.kind = isObject
	}
	for r.dec.More() {
		if n.kind == isList {
			v, err := r.value(index(where, len(n.list)), depth+1)
			if err != nil {
				return err
			}
			n.list = append(n.list, v)
			continue
		}
		f := field{at: r.next()}
		t, err := r.token()
		if err != nil {
			return err
		}
		f.name = t.(string) // the decoder lets nothing else be a key
		path := join(where, f.name)
		if n.field(f.name) != nil {
			return fault(f.at, path, "stands twice in one object")
		}
		if f.value, err = r.value(path, depth+1); err != nil {
			return err
		}
		n.fields = append(n.fields, f)
	}
	_, err := r.token() // the closing bracket
	return err
}

func join(where, name string) string {
	if where == "" {
		return clip(name)
	}
	return where + "." + clip(name)
}
