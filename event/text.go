package event

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendEscaped appends s as the inside of a JSON string. s is valid UTF-8 without control characters.
func appendEscaped(b []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' {
			b = append(b, s[start:i]...)
			b = append(b, '\\')
			start = i
		}
	}
	return append(b, s[start:]...)
}

// isString says whether a JSON value is a string.
func isString(value []byte) bool { return len(value) > 0 && value[0] == '"' }

// inner returns a JSON string without its quotes.
func inner(value []byte) []byte { return value[1 : len(value)-1] }

// unescaped returns what the inside of a valid JSON string stands for; where it has no escapes, that is text
// itself. ok is false if it holds half a surrogate pair, which is no character: CloudEvents forbids it, and
// to put U+FFFD in its place, as encoding/json does, would make one identity of two.
func unescaped(text []byte) (plain []byte, ok bool) {
	i := bytes.IndexByte(text, '\\')
	if i < 0 {
		return text, true
	}
	plain = make([]byte, 0, len(text))
	for ; i >= 0; i = bytes.IndexByte(text, '\\') {
		plain = append(plain, text[:i]...)
		c := text[i+1]
		text = text[i+2:]
		if c != 'u' {
			plain = append(plain, unescapedChar(c))
			continue
		}
		r := hexRune(text)
		text = text[4:]
		if utf16.IsSurrogate(r) {
			if !bytes.HasPrefix(text, []byte(`\u`)) {
				return nil, false
			}
			if r = utf16.DecodeRune(r, hexRune(text[2:])); r == utf8.RuneError {
				return nil, false
			}
			text = text[6:]
		}
		plain = utf8.AppendRune(plain, r)
	}
	return append(plain, text...), true
}

// unescapedChar returns what a backslash and c stand for.
func unescapedChar(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // " \ /
}

// hexRune returns the number that the first four hexadecimal digits of text write.
func hexRune(text []byte) rune {
	n, _ := strconv.ParseUint(string(text[:4]), 16, 16) // the scanner has seen the digits
	return rune(n)
}

// clip returns s, or its beginning if it is longer than a message should quote.
func clip(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > limit-utf8.UTFMax && !utf8.RuneStart(s[cut]) { // s need not be UTF-8
		cut--
	}
	return s[:cut] + "..."
}
