package event

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// field is a member of the document that the wire format gives a meaning. All others are extensions.
type field int

const (
	fieldSpecVersion field = iota
	fieldID
	fieldSource
	fieldType
	fieldSubject
	fieldTime
	fieldContentType
	fieldChannel
	fieldAction
	fieldCorrelationID
	fieldCausationID
	fieldData
	fieldDataBase64
	numFields
)

//nolint:gochecknoglobals // a table, never written to
var fieldNames = [numFields]string{
	"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "channel", "action",
	"correlationid", "causationid", "data", "data_base64",
}

// fieldNamed returns the field of that name, or -1 if the name is an extension's.
func fieldNamed(name string) field { return field(slices.Index(fieldNames[:], name)) }

// document is a JSON object cut into its members, and what reading them has come to. The first fault found
// stays in err, and reading goes on: whoever reads looks at err once, at the end.
type document struct {
	fields [numFields]member
	others []member // in their order
	err    *DecodeError
}

// parse cuts body. The error says why it is no JSON object; all other faults go to d.err.
func (d *document) parse(body []byte) *DecodeError {
	i := skipSpace(body, 0)
	if i == len(body) || body[i] != '{' {
		if err := checkJSON(body, 0); err != nil {
			return err
		}
		return &DecodeError{Offset: i, Reason: "the document is not a JSON object"}
	}
	i, more := scanOpen(body, i, '}')
	for more {
		name := i + 1
		nameEnd, value, f := scanName(body, i)
		if f != valid {
			return checkEnd(body, value, f)
		}
		if i, f = scanValue(body, value, 1); f != valid {
			return checkEnd(body, i, f)
		}
		d.add(member{name: body[name:nameEnd], value: body[value:i:i], at: value})
		if i, more, f = scanNext(body, i, '}'); f != valid {
			return checkEnd(body, i, f)
		}
	}
	return checkEnd(body, i, valid)
}

func (d *document) add(m member) {
	name, ok := unescaped(m.name)
	if !ok {
		d.fail(string(m.name), m.at, "has half a surrogate pair in its name")
	}
	m.name = name
	f := fieldNamed(string(m.name))
	switch {
	case f < 0:
		if d.others == nil {
			d.others = make([]member, 0, 11) // as many as an SNS notification has
		}
		d.others = append(d.others, m)
	case d.fields[f].at > 0: // two readers could take different ones
		d.fail(fieldNames[f], m.at, "appears twice")
	default:
		d.fields[f] = m
	}
}

// fail records a fault, if it is the first.
func (d *document) fail(name string, at int, reason string) {
	if d.err == nil {
		d.err = &DecodeError{Field: clip(name), Offset: at, Reason: reason}
	}
}

// failField is fail for a field, at its value.
func (d *document) failField(f field, reason string) {
	d.fail(fieldNames[f], d.fields[f].at, reason)
}

// has says whether the document has the field. Null is the same as absent (CloudEvents JSON format 1.0.2,
// section 2.2).
func (d *document) has(f field) bool {
	return d.fields[f].at > 0 && !isNull(d.fields[f].value)
}

func isNull(value []byte) bool { return string(value) == "null" }

// require fails if the field is not there, or empty.
func (d *document) require(f field) {
	switch {
	case !d.has(f):
		d.failField(f, "is missing")
	case string(d.fields[f].value) == `""`:
		d.failField(f, "is empty")
	}
}

// text returns the string in a field, "" if the field is absent.
func (d *document) text(f field) string { return string(d.bytes(f)) }

// known is text for a field that nearly always has one of these values, which need no new string.
func (d *document) known(f field, values ...string) string {
	text := d.bytes(f)
	for _, v := range values {
		if string(text) == v {
			return v
		}
	}
	return string(text)
}

// bytes is text, which may alias the document.
func (d *document) bytes(f field) []byte {
	if !d.has(f) {
		return nil
	}
	m := d.fields[f]
	if !isString(m.value) {
		d.failField(f, "is not a string")
		return nil
	}
	return d.unquote(fieldNames[f], m)
}

// unquote returns what m, a JSON string, stands for. It may alias the document.
func (d *document) unquote(name string, m member) []byte {
	text, ok := unescaped(inner(m.value))
	if !ok {
		d.fail(name, m.at, "holds half a surrogate pair")
	}
	return text
}

// time returns the time in a field in UTC, the zero time if the field is absent.
func (d *document) time(f field) time.Time {
	text := d.bytes(f)
	if len(text) == 0 {
		return time.Time{}
	}
	t, err := parseTime(text)
	if err != nil {
		d.failField(f, fmt.Sprintf("%q is not an RFC 3339 time", clip(string(text))))
	}
	return t
}

// parseTime reads an RFC 3339 time, whose letters may be of either case (section 5.6), and returns it in UTC.
func parseTime(text []byte) (t time.Time, err error) {
	if t.UnmarshalText(text) != nil {
		err = t.UnmarshalText(bytes.ToUpper(text))
	}
	return t.UTC(), err
}

// payload sets the data of env. Null beside data_base64 is an absent member; alone, it is data.
func (d *document) payload(env *Envelope) {
	if !d.has(fieldDataBase64) {
		if data := d.fields[fieldData]; data.at > 0 {
			env.Data = data.value
			env.ContentType = cmp.Or(env.ContentType, ContentTypeJSON)
		}
		return
	}
	if d.has(fieldData) {
		d.failField(fieldDataBase64, "the document has data as well")
	}
	text := d.bytes(fieldDataBase64)
	b := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(b, text)
	if err != nil {
		d.failField(fieldDataBase64, "is not base64: "+err.Error())
	}
	env.Binary = b[:n]
	env.ContentType = cmp.Or(env.ContentType, ContentTypeBinary)
}

// extensions returns the members that are no fields, nil if there are none.
func (d *document) extensions() map[string]string {
	if len(d.others) == 0 {
		return nil
	}
	all := make(map[string]string, len(d.others))
	for _, m := range d.others {
		name := string(m.name)
		if _, twice := all[name]; twice {
			d.fail(name, m.at, "appears twice")
		}
		all[name] = d.canonical(name, m)
	}
	for _, m := range d.others {
		if isNull(m.value) {
			delete(all, string(m.name))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// canonical returns the value of an extension as CloudEvents writes its types in strings (spec 1.0.2, "Type
// System"): a string as it is, a boolean or a number as JSON does. What CloudEvents has no type for, an
// object or array, is compact JSON.
func (d *document) canonical(name string, m member) string {
	switch m.value[0] {
	case '"':
		return string(d.unquote(name, m))
	case '{', '[':
		var b bytes.Buffer
		_ = json.Compact(&b, m.value) // the scanner has seen that it is JSON
		return b.String()
	}
	return string(m.value)
}

// other returns the member of that name that is not a field.
func (d *document) other(name string) (m member, ok bool) {
	for _, o := range d.others {
		if string(o.name) != name {
			continue
		}
		if ok {
			d.fail(name, o.at, "appears twice")
		}
		m, ok = o, true
	}
	return m, ok
}
