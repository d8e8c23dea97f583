package event

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// This file checks JSON (RFC 8259) and cuts an object into its members, in one pass that copies nothing.
// encoding/json would take three passes for it, match the names without regard to case, and lose all but
// the last value of a repeated name. What passes here passes there, and the other way round: FuzzScan holds
// the two against each other.

// maxDepth is how deep arrays and objects may nest. It is encoding/json's limit, so that a document that is
// read here can be read there.
const maxDepth = 10_000

// fault is why bytes are not JSON; valid if they are.
type fault uint8

const (
	valid fault = iota
	unexpected
	controlCharacter
	invalidUTF8
	tooDeep
)

// member is one name and value of an object. The value is the JSON text, unread.
type member struct {
	name  []byte // between the quotes, escapes unread
	value []byte
	at    int // the offset of the value in the document
}

// checkJSON says what keeps doc from being one JSON value in UTF-8, as an error without a field, or returns
// nil. depth is how many arrays and objects are to stand around the value.
func checkJSON(doc []byte, depth int) *DecodeError {
	end, f := scanValue(doc, skipSpace(doc, 0), depth)
	return checkEnd(doc, end, f)
}

// checkEnd turns the result of a scan of all of doc into an error, or nil.
func checkEnd(doc []byte, end int, f fault) *DecodeError {
	if f == valid {
		if end = skipSpace(doc, end); end == len(doc) {
			return nil
		}
		f = unexpected
	}
	reason := "unexpected end"
	if end < len(doc) {
		c, _ := utf8.DecodeRune(doc[end:])
		switch f {
		case unexpected:
			reason = "unexpected character " + strconv.QuoteRune(c) // bodies that are no JSON are no rarity
		case controlCharacter:
			reason = fmt.Sprintf("control character %U in a string, unescaped", c)
		case invalidUTF8:
			reason = "invalid UTF-8"
		case tooDeep:
			reason = fmt.Sprintf("nested deeper than %d levels", maxDepth)
		}
	}
	return &DecodeError{Offset: end, Reason: "not JSON: " + reason}
}

// The scan functions return the offset behind the JSON text that starts at doc[i]; or, with a fault, the
// offset of the byte at fault, which is the end of doc if the text goes on there.

func scanValue(doc []byte, i, depth int) (end int, f fault) {
	if i >= len(doc) {
		return len(doc), unexpected
	}
	switch doc[i] {
	case '"':
		return scanString(doc, i)
	case '{':
		return scanObject(doc, i, depth+1)
	case '[':
		return scanArray(doc, i, depth+1)
	case 't':
		return scanLiteral(doc, i, "true")
	case 'f':
		return scanLiteral(doc, i, "false")
	case 'n':
		return scanLiteral(doc, i, "null")
	}
	return scanNumber(doc, i)
}

func scanObject(doc []byte, i, depth int) (end int, f fault) {
	if depth > maxDepth {
		return i, tooDeep
	}
	i, more := scanOpen(doc, i, '}')
	for more {
		if _, i, f = scanName(doc, i); f != valid {
			return i, f
		}
		if i, f = scanValue(doc, i, depth); f != valid {
			return i, f
		}
		if i, more, f = scanNext(doc, i, '}'); f != valid {
			return i, f
		}
	}
	return i, valid
}

func scanArray(doc []byte, i, depth int) (end int, f fault) {
	if depth > maxDepth {
		return i, tooDeep
	}
	i, more := scanOpen(doc, i, ']')
	for more {
		if i, f = scanValue(doc, i, depth); f != valid {
			return i, f
		}
		if i, more, f = scanNext(doc, i, ']'); f != valid {
			return i, f
		}
	}
	return i, valid
}

// scanOpen passes the bracket at doc[i] and, if nothing else is inside, the closing one; more is true if
// something is.
func scanOpen(doc []byte, i int, closing byte) (end int, more bool) {
	i = skipSpace(doc, i+1)
	if i < len(doc) && doc[i] == closing {
		return i + 1, false
	}
	return i, true
}

// scanNext passes what stands behind an element: a comma, and then there are more, or the closing bracket.
func scanNext(doc []byte, i int, closing byte) (end int, more bool, f fault) {
	i = skipSpace(doc, i)
	switch {
	case i < len(doc) && doc[i] == ',':
		return skipSpace(doc, i+1), true, valid
	case i < len(doc) && doc[i] == closing:
		return i + 1, false, valid
	}
	return i, false, unexpected
}

// scanName passes the name of a member and the colon: the name ends, without its quote, at nameEnd, and the
// value starts at value.
func scanName(doc []byte, i int) (nameEnd, value int, f fault) {
	if i >= len(doc) || doc[i] != '"' {
		return i, i, unexpected
	}
	if i, f = scanString(doc, i); f != valid {
		return i, i, f
	}
	nameEnd = i - 1
	if i = skipSpace(doc, i); i >= len(doc) || doc[i] != ':' {
		return i, i, unexpected
	}
	return nameEnd, skipSpace(doc, i+1), valid
}

func scanString(doc []byte, i int) (end int, f fault) {
	i++
	for {
		for i < len(doc) && isPlain(doc[i]) && doc[i] != '"' && doc[i] != '\\' {
			i++
		}
		if i == len(doc) {
			return i, unexpected
		}
		switch c := doc[i]; {
		case c == '"':
			return i + 1, valid
		case c == '\\':
			if i, f = scanEscape(doc, i); f != valid {
				return i, f
			}
		case c < ' ':
			return i, controlCharacter
		default: // DEL, which JSON allows, or not ASCII
			r, n := utf8.DecodeRune(doc[i:])
			if r == utf8.RuneError && n == 1 {
				return i, invalidUTF8
			}
			i += n
		}
	}
}

func scanEscape(doc []byte, i int) (end int, f fault) {
	i++ // past the backslash
	if i >= len(doc) {
		return i, unexpected
	}
	switch doc[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, valid
	case 'u':
		for range 4 {
			i++
			if i >= len(doc) || !isHex(doc[i]) {
				return i, unexpected
			}
		}
		return i + 1, valid
	}
	return i, unexpected
}

func scanNumber(doc []byte, i int) (end int, f fault) {
	if doc[i] == '-' {
		i++
	}
	if i < len(doc) && doc[i] == '0' {
		i++
	} else if i, f = scanDigits(doc, i); f != valid {
		return i, f
	}
	if i < len(doc) && doc[i] == '.' {
		if i, f = scanDigits(doc, i+1); f != valid {
			return i, f
		}
	}
	if i < len(doc) && doc[i]|0x20 == 'e' {
		i++
		if i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		return scanDigits(doc, i)
	}
	return i, valid
}

// scanDigits passes one digit or more.
func scanDigits(doc []byte, i int) (end int, f fault) {
	if i >= len(doc) || !isDigit(doc[i]) {
		return i, unexpected
	}
	for i < len(doc) && isDigit(doc[i]) {
		i++
	}
	return i, valid
}

func scanLiteral(doc []byte, i int, word string) (end int, f fault) {
	for k := range len(word) {
		if i >= len(doc) || doc[i] != word[k] {
			return i, unexpected
		}
		i++
	}
	return i, valid
}

func skipSpace(doc []byte, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// trimSpace returns value without JSON's white space around it.
func trimSpace(value []byte) []byte { return bytes.Trim(value, " \t\r\n") }

// isPlain says whether c is printable ASCII.
func isPlain(c byte) bool { return ' ' <= c && c <= '~' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
