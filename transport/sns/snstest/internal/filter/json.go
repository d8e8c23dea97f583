package filter

import "encoding/json"

// reader reads JSON that encoding/json has found valid, forwards, and copies as little as it can. It checks
// nothing again: what it is given has passed json.Valid, or it is this package that is at fault.
type reader struct {
	doc []byte
	at  int // the next byte to read
}

// peek passes white space and returns the byte behind it, which says what kind of value starts there.
func (r *reader) peek() byte {
	for {
		switch c := r.doc[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
}

// object passes an object. visit is called at each value and has to pass it; name is valid until it returns.
func (r *reader) object(visit func(name []byte)) {
	r.at++
	for r.peek() != '}' {
		if r.doc[r.at] == ',' {
			r.at++
			r.peek()
		}
		name := r.text()
		r.peek()
		r.at++ // the colon
		r.peek()
		visit(name)
	}
	r.at++
}

// array passes an array. visit is called at each element and has to pass it.
func (r *reader) array(visit func()) {
	r.at++
	for r.peek() != ']' {
		if r.doc[r.at] == ',' {
			r.at++
			r.peek()
		}
		visit()
	}
	r.at++
}

// text passes a string and returns what it says; without escapes that is a part of the document.
func (r *reader) text() []byte {
	start, escaped := r.at, false
	for r.at++; r.doc[r.at] != '"'; r.at++ {
		if r.doc[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return r.doc[start+1 : r.at-1]
	}
	var s string
	_ = json.Unmarshal(r.doc[start:r.at], &s) // a valid string
	return []byte(s)
}

// word passes a number or a literal.
func (r *reader) word() []byte {
	start := r.at
	for r.at < len(r.doc) {
		switch r.doc[r.at] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return r.doc[start:r.at]
		}
		r.at++
	}
	return r.doc[start:]
}

// skip passes a value.
func (r *reader) skip() {
	for depth := 0; ; {
		switch r.peek() {
		case '"':
			for r.at++; r.doc[r.at] != '"'; r.at++ {
				if r.doc[r.at] == '\\' {
					r.at++
				}
			}
			r.at++
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			depth--
			r.at++
		case ',', ':':
			r.at++
		default:
			r.word()
		}
		if depth == 0 {
			return
		}
	}
}

// node is a value of a policy, with its place.
type node struct {
	kind       byte // its first byte: { [ " t f n, and 0 for a number
	start, end int
	text       string // what a string says; a number or a literal as it is written
	members    []member
	items      []*node
}

// member is a name and value of an object, in the order of the policy.
type member struct {
	name  string
	value *node
}

// tree reads a value whole.
func (r *reader) tree() *node {
	n := &node{kind: r.peek(), start: r.at}
	switch n.kind {
	case '{':
		r.object(func(name []byte) {
			m := member{name: string(name)}
			m.value = r.tree()
			n.members = append(n.members, m)
		})
	case '[':
		r.array(func() { n.items = append(n.items, r.tree()) })
	case '"':
		n.text = string(r.text())
	case 't', 'f', 'n':
		n.text = string(r.word())
	default:
		n.kind, n.text = 0, string(r.word())
	}
	n.end = r.at
	return n
}

// seen is how many bytes SNS's parser has read when it has come to a value: a word whole, of the rest only
// the first byte, because it reads the text of a string when it is asked for. [recorded]
func (n *node) seen() int {
	switch n.kind {
	case '{', '[', '"':
		return n.start + 1
	}
	return n.end
}
