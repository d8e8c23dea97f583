package shop

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
)

// ID identifies a model. In JSON it is a string, or an integer, as Django's default keys are: 1 and "1" are
// the same ID.
type ID string

// UnmarshalJSON implements json.Unmarshaler.
func (id *ID) UnmarshalJSON(text []byte) error {
	switch {
	case string(text) == "null": // the same as absent, as everywhere in encoding/json
		return nil
	case text[0] == '"' && bytes.IndexByte(text, '\\') < 0: // nearly every one
		*id = ID(text[1 : len(text)-1])
		return nil
	case text[0] == '"':
		return json.Unmarshal(text, (*string)(id))
	case integer.Match(text):
		*id = ID(text)
		return nil
	}
	return mismatch(text, reflect.TypeFor[ID]())
}

// Decimal is an exact decimal number, "12.50": it is kept as it is written, since a float would round money.
// In JSON it is a string or a number, without an exponent.
type Decimal string

// UnmarshalJSON implements json.Unmarshaler.
func (d *Decimal) UnmarshalJSON(text []byte) error {
	number := text
	if len(text) > 1 && text[0] == '"' {
		number = text[1 : len(text)-1]
	}
	switch {
	case string(text) == "null":
		return nil
	case decimal.Match(number):
		*d = Decimal(number)
		return nil
	}
	return mismatch(text, reflect.TypeFor[Decimal]())
}

var (
	integer = regexp.MustCompile(`^-?[0-9]+$`)
	decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
)

// mismatch is the error of text that is no value of type t. It is encoding/json's own, which fills in the
// field.
func mismatch(text []byte, t reflect.Type) error {
	value := string(text)
	switch text[0] {
	case '{':
		value = "object"
	case '[':
		value = "array"
	}
	return &json.UnmarshalTypeError{Value: value, Type: t}
}
