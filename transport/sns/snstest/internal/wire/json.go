package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// decodeJSON reads a body of AWS JSON 1.0 into an input. Member names are case sensitive and unknown members
// are ignored, as Smithy has it (smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html).
func (p *plan) decodeJSON(body []byte, into reflect.Value) *Error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	if !utf8.Valid(body) {
		return Malformed("The request body is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return Malformed("The request body is not valid JSON: " + err.Error())
	}
	if _, err := d.Token(); err != io.EOF {
		return Malformed("The request body has something after its JSON")
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return Malformed("Start of structure or map found where not expected.")
	}
	return p.bindJSON(object, into)
}

func (p *plan) bindJSON(object map[string]any, into reflect.Value) *Error {
	for i := range p.fields {
		f := &p.fields[i]
		value, ok := object[f.json]
		if !ok || value == nil {
			if f.required {
				return MissingParameter(f.json)
			}
			continue
		}
		if err := f.setJSON(f.kind, f.json, value, into.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

func (f *field) setJSON(k kind, name string, value any, into reflect.Value) *Error {
	switch value := value.(type) {
	case string:
		return f.setString(k, name, value, into)
	case json.Number:
		n, err := strconv.ParseInt(value.String(), 10, 32)
		if err != nil || k != kindInt {
			return wrongType(name, "NUMBER_VALUE")
		}
		i := int(n)
		into.Set(reflect.ValueOf(&i))
		return nil
	case []any:
		return f.setJSONList(k, name, value, into)
	case map[string]any:
		return f.setJSONMap(k, name, value, into)
	case bool:
		if k != kindBool {
			return wrongType(name, "BOOLEAN_VALUE")
		}
		into.SetBool(value)
		return nil
	}
	return wrongType(name, "null")
}

func (f *field) setString(k kind, name, value string, into reflect.Value) *Error {
	switch k {
	case kindString:
		into.SetString(value)
	case kindOptional:
		into.Set(reflect.ValueOf(&value))
	case kindBytes:
		raw, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return Malformed(name + " is not base64")
		}
		into.SetBytes(raw)
	default:
		return wrongType(name, "STRING_VALUE")
	}
	return nil
}

func (f *field) setJSONList(k kind, name string, list []any, into reflect.Value) *Error {
	if k != kindList {
		return wrongType(name, "LIST_VALUE")
	}
	out := reflect.MakeSlice(into.Type(), len(list), len(list))
	for i, value := range list {
		if err := f.setJSON(f.elem, fmt.Sprintf("%s.%d", name, i+1), value, out.Index(i)); err != nil {
			return err
		}
	}
	into.Set(out)
	return nil
}

func (f *field) setJSONMap(k kind, name string, object map[string]any, into reflect.Value) *Error {
	switch k {
	case kindStruct:
		return f.plan.bindJSON(object, into)
	case kindMap:
		out := reflect.MakeMapWithSize(into.Type(), len(object))
		for key, value := range object {
			elem := reflect.New(into.Type().Elem()).Elem()
			if err := f.setJSON(f.elem, name+"."+key, value, elem); err != nil {
				return err
			}
			out.SetMapIndex(reflect.ValueOf(key), elem)
		}
		into.Set(out)
		return nil
	}
	return wrongType(name, "MAP_VALUE")
}

func wrongType(name, got string) *Error {
	return Malformed(name + ": " + got + " can not be converted to the type of this member")
}

// encodeJSON writes an output.
func encodeJSON(out any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
