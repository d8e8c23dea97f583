package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// node is a value of a JSON document, with the line that it stands on, so that whoever wrote it is told where it is
// wrong. encoding/json does not say where an unknown field is.
type node struct {
	line    int
	text    string // as it stands, without white space between
	scalar  any    // string, json.Number, bool or nil
	items   []*node
	members []member
	kind    kind
}

type member struct {
	name string
	line int
	*node
}

type kind string

const (
	aScalar  kind = "a value"
	anArray  kind = "an array"
	anObject kind = "an object"
)

// readDocument reads a JSON document.
func readDocument(text []byte) (*node, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		line := bytes.Count(text, []byte("\n")) + 1
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			line = lineAt(text, bad.Offset)
		}
		return nil, atLine(line, "%w", err)
	}
	r := &documentReader{text: text, line: 1, decoder: json.NewDecoder(bytes.NewReader(text))}
	r.decoder.UseNumber()
	return r.value()
}

// lineError says on which line something is wrong.
type lineError struct {
	line int
	err  error
}

func (e lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e lineError) Unwrap() error { return e.err }

func atLine(line int, format string, args ...any) error {
	return lineError{line, fmt.Errorf(format, args...)}
}

func lineAt(text []byte, offset int64) int {
	return bytes.Count(text[:min(max(int(offset)-1, 0), len(text))], []byte("\n")) + 1
}

// documentReader makes nodes of tokens. The text is known to be JSON.
type documentReader struct {
	text    []byte
	decoder *json.Decoder
	counted int // bytes, up to which there are as many lines
	line    int
}

// here is the line of the token that was read last.
func (r *documentReader) here() int {
	end := int(r.decoder.InputOffset())
	r.line += bytes.Count(r.text[r.counted:end], []byte("\n"))
	r.counted = end
	return r.line
}

func (r *documentReader) value() (*node, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: r.here(), kind: aScalar, scalar: token}
	delim, isDelim := token.(json.Delim)
	if !isDelim {
		n.text = fmt.Sprint(token)
		return n, nil
	}
	begin := r.decoder.InputOffset() - 1
	n.kind, n.scalar = anArray, nil
	if delim == '{' {
		n.kind = anObject
	}
	for r.decoder.More() {
		if n.kind == anArray {
			item, err := r.value()
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
			continue
		}
		if err := r.member(n); err != nil {
			return nil, err
		}
	}
	if _, err := r.decoder.Token(); err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, r.text[begin:r.decoder.InputOffset()]); err != nil {
		return nil, err
	}
	n.text = compact.String()
	return n, nil
}

func (r *documentReader) member(n *node) error {
	token, err := r.decoder.Token()
	if err != nil {
		return err
	}
	line := r.here()
	name := fmt.Sprint(token)
	if slices.ContainsFunc(n.members, func(m member) bool { return m.name == name }) {
		return atLine(line, "%q is given twice", name)
	}
	value, err := r.value()
	n.members = append(n.members, member{name, line, value})
	return err
}

// fields reads an object by the functions for its members. Others are errors.
func (n *node) fields(read map[string]func(*node) error) error {
	if n.kind != anObject {
		return atLine(n.line, "this is %s, and has to be an object", n.kind)
	}
	for _, m := range n.members {
		f := read[m.name]
		if f == nil {
			names := make([]string, 0, len(read))
			for name := range read {
				names = append(names, name)
			}
			slices.Sort(names)
			return atLine(m.line, "there is no field %q here, but %s", m.name, strings.Join(names, ", "))
		}
		if err := f(m.node); err != nil {
			if _, ok := errors.AsType[lineError](err); ok {
				return err
			}
			return atLine(m.line, "%q: %w", m.name, err)
		}
	}
	return nil
}

// each reads the items of an array.
func (n *node) each(read func(*node) error) error {
	if n.kind != anArray {
		return fmt.Errorf("this is %s, and has to be an array", n.kind)
	}
	for _, item := range n.items {
		if err := read(item); err != nil {
			return err
		}
	}
	return nil
}

// into returns a function that reads a string.
func into(s *string) func(*node) error {
	return func(n *node) error {
		text, ok := n.scalar.(string)
		if !ok {
			return fmt.Errorf("%s is no string", n.text)
		}
		*s = text
		return nil
	}
}

// textInto returns a function that reads what AWS wants as a string, and is easier to read as what it is: true, 30, or a
// policy as an object.
func textInto(s *string) func(*node) error {
	return func(n *node) error {
		if n.kind == aScalar && n.scalar == nil {
			return errors.New("null is no value")
		}
		*s = n.text
		return nil
	}
}

// textsInto returns a function that reads an object of such.
func textsInto(texts *map[string]string) func(*node) error {
	return func(n *node) error {
		if n.kind != anObject {
			return fmt.Errorf("this is %s, and has to be an object", n.kind)
		}
		*texts = map[string]string{}
		for _, m := range n.members {
			var value string
			if err := textInto(&value)(m.node); err != nil {
				return atLine(m.line, "%q: %w", m.name, err)
			}
			(*texts)[m.name] = value
		}
		return nil
	}
}
