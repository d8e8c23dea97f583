package policy

import (
	"strings"
	"unicode/utf8"
)

// A pattern is a string of a policy with its wildcards and variables told apart from its text, once, at parse
// time: what a variable brings in at evaluation is then text and no wildcard, whatever characters it has. No
// page says that; the special variables ${*} and ${?} exist to write such text, and a user whose name is "*"
// should not match every resource.
type pattern []piece

type piece struct {
	kind pieceKind
	text string // one character, or the name of a variable in lower case
	// what a variable is when the request does not have it
	fallback    string
	hasFallback bool
}

type pieceKind int

const (
	literal  pieceKind = iota
	anyOne             // ?
	anyRun             // *
	variable           // ${name} or ${name, 'default'}
)

// rules say what of a string is more than text.
type rules int

const (
	wildcards rules = 1 << iota
	variables
)

// rules of an element that takes both, in this document.
func (p *parser) rules() rules {
	if p.variables {
		return wildcards | variables
	}
	return wildcards
}

// lookup is the value of a key of the request, by its name in lower case.
type lookup func(key string) (string, bool)

// compile reads s by the rules. what is the fault of a variable in it.
func compile(s string, by rules) (p pattern, what string) {
	for s != "" {
		_, size := utf8.DecodeRuneInString(s)
		next := piece{text: s[:size]}
		switch {
		case by&variables != 0 && strings.HasPrefix(s, "${"):
			size = strings.IndexByte(s, '}') + 1
			if size == 0 {
				return nil, "has a variable without a closing brace"
			}
			if next, what = readVariable(s[len("${") : size-1]); what != "" {
				return nil, what
			}
		case by&wildcards != 0 && s[0] == '?':
			next.kind = anyOne
		case by&wildcards != 0 && s[0] == '*':
			next.kind = anyRun
		}
		p, s = append(p, next), s[size:]
	}
	return p, ""
}

// readVariable reads what is between the braces: a key, which ignores case; a key, a comma, a space and a
// default in single quotes; or one of *, ? and $, which stand for themselves (variables, "Special characters"
// and "Specifying default values"; policy checks, from "Missing brace in variable" to "Empty variable"). A
// default cannot hold a closing brace: no page says how it would.
func readVariable(inside string) (p piece, what string) {
	switch inside {
	case "*", "?", "$":
		return piece{text: inside}, ""
	case "":
		return p, "has an empty variable"
	}
	name, fallback, hasFallback := strings.Cut(inside, ", ")
	p = piece{kind: variable, text: strings.ToLower(name), hasFallback: hasFallback}
	if hasFallback {
		if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
			return p, "has a variable whose default is not in single quotes"
		}
		p.fallback = fallback[1 : len(fallback)-1]
	}
	if name == "" || strings.ContainsAny(name, " \t\r\n") {
		return p, "has a variable with a space in its name"
	}
	return p, ""
}

func (p pattern) has(kind pieceKind) bool {
	for _, piece := range p {
		if piece.kind == kind {
			return true
		}
	}
	return false
}

// expand puts the values of the request for the variables. Not ok is one that has no value: it is null then, and
// nothing is equal to it or like it (variables, "Policy variables with no value").
func (p pattern) expand(look lookup) (out pattern, ok bool) {
	if !p.has(variable) {
		return p, true
	}
	for _, piece := range p {
		if piece.kind != variable {
			out = append(out, piece)
			continue
		}
		value, ok := look(piece.text)
		if !ok {
			if !piece.hasFallback {
				return nil, false
			}
			value = piece.fallback
		}
		text, _ := compile(value, 0)
		out = append(out, text...)
	}
	return out, true
}

// match compares all of s. It goes back to the last * only, so that it takes at most as long as the product of
// both lengths. The pattern has no variables any more.
func (p pattern) match(s string, ignoreCase bool) bool {
	at, star, retry := 0, -1, 0
	for i := 0; i < len(s) || at < len(p); {
		if at < len(p) && p[at].kind == anyRun {
			star, retry = at, i
			at++
			continue
		}
		if i < len(s) && at < len(p) {
			_, size := utf8.DecodeRuneInString(s[i:])
			if p[at].accepts(s[i:i+size], ignoreCase) {
				at, i = at+1, i+size
				continue
			}
		}
		if star < 0 || retry >= len(s) {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[retry:])
		retry += size
		at, i = star+1, retry
	}
	return true
}

func (p piece) accepts(character string, ignoreCase bool) bool {
	return p.kind == anyOne || p.text == character || ignoreCase && strings.EqualFold(p.text, character)
}

// An arnPattern is a pattern for each of the six fields of an ARN. The last has all the colons that are left.
type arnPattern []pattern

// splitARN is nil for a pattern of fewer fields. The colons that a variable brings in separate nothing.
func splitARN(p pattern) arnPattern {
	var fields arnPattern
	start := 0
	for i, piece := range p {
		if piece.kind == literal && piece.text == ":" && len(fields) < 5 {
			fields, start = append(fields, p[start:i]), i+1
		}
	}
	if len(fields) < 5 {
		return nil
	}
	return append(fields, p[start:])
}

// match compares field by field, so that no wildcard reaches over a colon into the next one
// (elements_condition_operators, "Amazon Resource Name (ARN) condition operators"; elements_resource).
func (a arnPattern) match(arn string, look lookup) bool {
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) != len(a) {
		return false
	}
	for i, field := range a {
		field, ok := field.expand(look)
		if !ok || !field.match(fields[i], false) {
			return false
		}
	}
	return true
}
