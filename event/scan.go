package event

import (
	"bytes"
	"encoding/json"
)

// member is one name and value of a JSON object. The value is the JSON text, unread.
type member struct {
	name  []byte // between the quotes, escapes unread
	value []byte
	at    int // the offset of the name in the document
}

// members yields the members of a JSON object in order. The document must be valid JSON already
// (checkJSON); ok is false if it is not an object. It exists because encoding/json matches names without
// regard to case, loses all but the last of a repeated name and reads the data twice.
func members(doc []byte) (next func() (member, bool), ok bool) {
	i := skipSpace(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return nil, false
	}
	i = skipSpace(doc, i+1)
	return func() (member, bool) {
		if doc[i] == '}' {
			return member{}, false
		}
		m := member{at: i}
		end := skipString(doc, i)
		m.name = doc[i+1 : end-1]
		i = skipSpace(doc, end) + 1 // past the colon
		i = skipSpace(doc, i)
		end = skipValue(doc, i)
		m.value = doc[i:end]
		i = skipSpace(doc, end)
		if doc[i] == ',' {
			i = skipSpace(doc, i+1)
		}
		return m, true
	}, true
}

func skipSpace(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset behind the string that starts at i.
func skipString(doc []byte, i int) int {
	for i++; doc[i] != '"'; i++ {
		if doc[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the offset behind the value that starts at i.
func skipValue(doc []byte, i int) int {
	depth := 0
	for {
		switch doc[i] {
		case '"':
			i = skipString(doc, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue // only inside an object or array: depth is above 0
		default: // a number, true, false or null
			for i < len(doc) && !bytes.ContainsRune([]byte(",:]} \n\t\r"), rune(doc[i])) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}

// unquote returns the value of a JSON string; ok is false if value is not one.
func unquote(value []byte) (s string, ok bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	err := json.Unmarshal(value, &s)
	return s, err == nil
}
