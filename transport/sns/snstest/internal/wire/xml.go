package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"reflect"
	"slices"
	"strconv"
)

// encodeXML writes an answer of the Query protocol: SQSDeveloperGuide/sqs-xml-api-responses.html.
func (s *Service) encodeXML(c *Call, out any, p *plan) []byte {
	var b xmlWriter
	b.header()
	b.open(c.Action+"Response", s.Namespace)
	if p != nil {
		b.open(c.Action+"Result", "")
		b.members(p, reflect.ValueOf(out).Elem())
		b.close(c.Action + "Result")
	}
	b.open("ResponseMetadata", "")
	b.text("RequestId", c.RequestID)
	b.close("ResponseMetadata")
	b.close(c.Action + "Response")
	return b.Bytes()
}

func (s *Service) encodeXMLError(c *Call, e *Error) []byte {
	message := e.Message
	if e.QueryMessage != "" {
		message = e.QueryMessage
	}
	var b xmlWriter
	b.header()
	b.open("ErrorResponse", s.Namespace)
	b.open("Error", "")
	b.text("Type", e.fault())
	b.text("Code", e.code())
	b.text("Message", message)
	if s.ErrorDetail {
		b.text("Detail", "")
	}
	b.close("Error")
	b.text("RequestId", c.RequestID)
	b.close("ErrorResponse")
	return b.Bytes()
}

// unknownOperation is what SQS answers, with 404, to a request without an action
// (github.com/localstack/localstack, test_get_without_query_returns_unknown_operation, recorded on AWS).
const unknownOperation = xml.Header + "<UnknownOperationException/>"

type xmlWriter struct{ bytes.Buffer }

func (b *xmlWriter) header() { b.WriteString(`<?xml version="1.0"?>`) }

func (b *xmlWriter) open(name, namespace string) {
	b.WriteString("<" + name)
	if namespace != "" {
		b.WriteString(` xmlns="` + namespace + `"`)
	}
	b.WriteString(">")
}

func (b *xmlWriter) close(name string) { b.WriteString("</" + name + ">") }

func (b *xmlWriter) text(name, value string) {
	b.open(name, "")
	_ = xml.EscapeText(b, []byte(value)) // a buffer takes everything
	b.close(name)
}

func (b *xmlWriter) members(p *plan, v reflect.Value) {
	for i := range p.fields {
		f := &p.fields[i]
		value := v.Field(f.index)
		if f.omit && value.IsZero() {
			continue
		}
		outer, name := f.query[:len(f.query)-1], f.query[len(f.query)-1]
		for _, o := range outer {
			b.open(o, "")
		}
		b.member(f, name, value)
		for _, o := range slices.Backward(outer) {
			b.close(o)
		}
	}
}

func (b *xmlWriter) member(f *field, name string, value reflect.Value) {
	switch f.kind {
	case kindList:
		for i := range value.Len() {
			b.value(f.elem, f.plan, name, value.Index(i))
		}
	case kindMap:
		keys := value.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
		for _, key := range keys {
			b.open(name, "")
			b.text(f.key, key.String())
			b.value(f.elem, f.plan, f.value, value.MapIndex(key))
			b.close(name)
		}
	default:
		b.value(f.kind, f.plan, name, value)
	}
}

func (b *xmlWriter) value(k kind, p *plan, name string, v reflect.Value) {
	switch k {
	case kindStruct:
		b.open(name, "")
		b.members(p, v)
		b.close(name)
	case kindOptional, kindInt:
		if v.IsNil() {
			return
		}
		if k == kindInt {
			b.text(name, strconv.FormatInt(v.Elem().Int(), 10))
		} else {
			b.text(name, v.Elem().String())
		}
	case kindLong:
		b.text(name, strconv.FormatInt(v.Int(), 10))
	case kindBool:
		b.text(name, strconv.FormatBool(v.Bool()))
	case kindBytes:
		b.text(name, base64.StdEncoding.EncodeToString(v.Bytes()))
	default:
		b.text(name, v.String())
	}
}
