package event

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Received is what a transport knows about a body beside the body itself. It fills what a foreign
// document does not say; where the document speaks, the document wins.
type Received struct {
	// ID is the broker's id of the message, the same on every redelivery.
	ID string
	// Channel is the channel the message arrived on.
	Channel string
	// Time is when the broker got the message; zero if it does not say.
	Time time.Time
	// Attributes are the message's attributes or metadata.
	Attributes map[string]string
}

// Attribute names on the wire. AttrUUID is what watermill-aws and framebus both set; AttrSource only
// framebus does.
const (
	AttrUUID    = "UUID"
	AttrSource  = "source"
	AttrChannel = "channel"
	AttrAction  = "action"
)

// Decode reads a body in any of the accepted forms:
//
//   - a document of the wire format, or any CloudEvents 1.0 event in JSON, whose type "a.b" stands for
//     the channel a and the action b where it does not name them;
//   - FRAME's bare {"channel":...,"action":...,"data":...};
//   - either of them as the Message of an SNS notification, as a subscription without raw delivery gets it;
//   - any bytes from a Watermill publisher, known by the attribute UUID without the attribute source: the
//     body is the data, the channel is the one it arrived on.
//
// The error is a [*DecodeError]. Nothing in the result aliases from.Attributes; Data aliases body.
func Decode(body []byte, from Received) (Envelope, error) {
	env, err := decode(body, from, true)
	if err != nil && from.Attributes[AttrUUID] != "" && from.Attributes[AttrSource] == "" && !looksOurs(body) {
		return foreign(body, from)
	}
	return env, err
}

// looksOurs says whether a body claims to be an event document, so that an error in it is an error and not
// a reason to take it for somebody's payload.
func looksOurs(body []byte) bool {
	var claim struct {
		SpecVersion, Channel, Action, Type, Message json.RawMessage
	}
	if json.Unmarshal(body, &claim) != nil {
		return false
	}
	return claim.SpecVersion != nil || claim.Channel != nil && claim.Action != nil ||
		string(claim.Type) == `"Notification"` && claim.Message != nil
}

// foreign is the envelope of a payload that is no document: all of it is data.
func foreign(body []byte, from Received) (Envelope, error) {
	env := Envelope{
		ID: from.Attributes[AttrUUID], Channel: from.Channel, Action: Action(from.Attributes[AttrAction]),
		Time: from.Time.UTC(), CorrelationID: from.Attributes["correlation_id"],
	}
	if checkJSON(body) == nil {
		env.Data, env.ContentType = body, ContentTypeJSON
	} else {
		env.Binary, env.ContentType = append([]byte{}, body...), ContentTypeBinary
	}
	return env, nil
}

// document is what decode has read of a body so far.
type document struct {
	env          Envelope
	specversion  string
	typ          string
	snsType      string // "Type" of an SNS notification
	snsMessage   string
	snsID        string
	snsTime      time.Time
	snsAttrs     map[string]string
	hasMessage   bool
	hasChannel   bool
	hasAction    bool
	hasData      bool
	hasDataBytes bool
}

func decode(body []byte, from Received, unwrap bool) (Envelope, error) {
	if err := checkJSON(body); err != nil {
		return Envelope{}, err
	}
	next, ok := members(body)
	if !ok {
		return Envelope{}, &DecodeError{Reason: "the document is not a JSON object"}
	}
	var d document
	for m, ok := next(); ok; m, ok = next() {
		if err := d.read(m); err != nil {
			return Envelope{}, err
		}
	}
	switch {
	case d.specversion != "":
		return d.cloudEvent(from)
	case d.hasChannel || d.hasAction:
		return d.frame(from)
	case unwrap && d.snsType == "Notification" && d.hasMessage:
		return d.notification(from)
	}
	return Envelope{}, &DecodeError{Reason: "not an event: neither a CloudEvents document (specversion), " +
		"nor a FRAME message (channel, action), nor an SNS notification of one"}
}

// read takes one member into the document. A repeated attribute is an error: two readers could take
// different ones.
func (d *document) read(m member) error {
	env := &d.env
	switch string(m.name) {
	case "specversion":
		return m.text(&d.specversion)
	case "id":
		return m.text(&env.ID)
	case "source":
		return m.text(&env.Source)
	case "type":
		return m.text(&d.typ)
	case "subject":
		return m.text(&env.Key)
	case "time":
		return m.time(&env.Time)
	case "datacontenttype":
		return m.text(&env.ContentType)
	case "channel":
		d.hasChannel = true
		return m.text(&env.Channel)
	case "action":
		d.hasAction = true
		return m.text((*string)(&env.Action))
	case "correlationid":
		return m.text(&env.CorrelationID)
	case "causationid":
		return m.text(&env.CausationID)
	case "data":
		if d.hasData {
			return m.repeated()
		}
		d.hasData = true
		env.Data = m.value
		return nil
	case "data_base64":
		if d.hasDataBytes {
			return m.repeated()
		}
		d.hasDataBytes = true
		return m.base64(&env.Binary)
	}
	return d.readOther(m)
}

// readOther takes a member that is not an attribute of ours: part of an SNS notification, or an extension.
func (d *document) readOther(m member) error {
	name, _ := unquote(append(append([]byte{'"'}, m.name...), '"'))
	if known(name) { // an attribute whose name is spelled with escapes
		return d.read(member{name: []byte(name), value: m.value, at: m.at})
	}
	switch name {
	case "Type":
		d.snsType, _ = unquote(m.value)
	case "Message":
		d.snsMessage, d.hasMessage = unquote(m.value)
	case "MessageId":
		d.snsID, _ = unquote(m.value)
	case "Timestamp":
		if s, ok := unquote(m.value); ok {
			d.snsTime, _ = time.Parse(time.RFC3339, s)
		}
	case "MessageAttributes":
		d.snsAttrs = notificationAttributes(m.value)
	}
	if string(m.value) == "null" { // in CloudEvents, null is absent
		return nil
	}
	if d.env.Extensions == nil {
		d.env.Extensions = make(map[string]string)
	}
	if _, dup := d.env.Extensions[name]; dup {
		return m.repeated()
	}
	text, ok := unquote(m.value)
	if !ok {
		text = string(m.value)
	}
	d.env.Extensions[name] = text
	return nil
}

func notificationAttributes(value []byte) map[string]string {
	var typed map[string]struct{ Value string }
	if json.Unmarshal(value, &typed) != nil {
		return nil
	}
	attrs := make(map[string]string, len(typed))
	for name, a := range typed {
		attrs[name] = a.Value
	}
	return attrs
}

func (d *document) cloudEvent(from Received) (Envelope, error) {
	if d.specversion != "1.0" {
		return Envelope{}, &DecodeError{Field: "specversion", Reason: fmt.Sprintf("%q is not supported, only 1.0", d.specversion)}
	}
	for _, f := range [...]struct{ name, value string }{
		{"id", d.env.ID}, {"source", d.env.Source}, {"type", d.typ},
	} {
		if f.value == "" {
			return Envelope{}, &DecodeError{Field: f.name, Reason: "is required and missing or empty"}
		}
	}
	if !d.hasChannel || !d.hasAction {
		d.fromType(from)
	}
	return d.finish(from)
}

// fromType gives a foreign CloudEvents event a channel and an action: those of its type "a.b.c" are "a.b"
// and "c". A type without a dot is an action on the channel that the event arrived on.
func (d *document) fromType(from Received) {
	channel, action := from.Channel, d.typ
	if i := strings.LastIndexByte(d.typ, '.'); i > 0 && i < len(d.typ)-1 {
		channel, action = d.typ[:i], d.typ[i+1:]
	}
	if channel == "" {
		channel = d.typ
	}
	if !d.hasChannel {
		d.env.Channel = channel
	}
	if !d.hasAction {
		d.env.Action = Action(action)
	}
}

func (d *document) frame(from Received) (Envelope, error) {
	return d.finish(from)
}

// finish checks what every form must have, and fills what the transport knows and the document does not say.
func (d *document) finish(from Received) (Envelope, error) {
	env := d.env
	if err := CheckChannel(env.Channel); err != nil {
		return Envelope{}, &DecodeError{Field: "channel", Reason: err.Error()}
	}
	if err := CheckAction(env.Action); err != nil {
		return Envelope{}, &DecodeError{Field: "action", Reason: err.Error()}
	}
	if d.hasData && d.hasDataBytes {
		return Envelope{}, &DecodeError{Field: "data_base64", Reason: "the document has data as well"}
	}
	if env.ContentType == "" && d.hasDataBytes {
		env.ContentType = ContentTypeBinary
	}
	if env.ID == "" {
		env.ID = from.ID
	}
	if env.Time.IsZero() {
		env.Time = from.Time.UTC()
	}
	return env, nil
}

// notification reads the document inside an SNS notification
// (docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html). What SNS says of it stands in
// for what the transport would say.
func (d *document) notification(from Received) (Envelope, error) {
	inner := Received{ID: d.snsID, Channel: from.Channel, Time: d.snsTime, Attributes: d.snsAttrs}
	if inner.ID == "" {
		inner.ID = from.ID
	}
	body := []byte(d.snsMessage)
	env, err := decode(body, inner, false)
	if err != nil && inner.Attributes[AttrUUID] != "" && inner.Attributes[AttrSource] == "" && !looksOurs(body) {
		return foreign(body, inner)
	}
	if e, ok := err.(*DecodeError); ok {
		return Envelope{}, &DecodeError{
			Field: strings.TrimSuffix("Message."+e.Field, "."), Offset: e.Offset, Reason: e.Reason, Err: e,
		}
	}
	return env, err
}

func (m member) fault(reason string) error {
	return &DecodeError{Field: string(m.name), Offset: m.at, Reason: reason}
}

func (m member) repeated() error { return m.fault("appears twice") }

// text sets dst to the member's string. Null is the same as absent.
func (m member) text(dst *string) error {
	if string(m.value) == "null" {
		return nil
	}
	s, ok := unquote(m.value)
	if !ok {
		return m.fault("is not a string")
	}
	if *dst != "" {
		return m.repeated()
	}
	*dst = s
	return nil
}

func (m member) time(dst *time.Time) error {
	var s string
	if err := m.text(&s); err != nil || s == "" {
		return err
	}
	if !dst.IsZero() {
		return m.repeated()
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return m.fault(fmt.Sprintf("%q is not an RFC 3339 time", s))
	}
	*dst = t.UTC()
	return nil
}

func (m member) base64(dst *[]byte) error {
	var s string
	if err := m.text(&s); err != nil {
		return err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return m.fault(err.Error())
	}
	*dst = append([]byte{}, b...)
	return nil
}
