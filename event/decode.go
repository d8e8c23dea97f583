package event

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Received is what a transport knows about a body beside the body itself. It fills what a foreign
// document does not say; where the document speaks, the document wins.
type Received struct {
	// ID is the broker's id of the message, the same on every redelivery. It is the event's ID if neither
	// the document nor [AttrUUID] gives one.
	ID string
	// Channel is the channel the message arrived on.
	Channel string
	// Time is when the broker got the message; zero if it does not say.
	Time time.Time
	// Attributes are the message's attributes or metadata.
	Attributes map[string]string
}

// Decode reads a body in any of the accepted forms:
//
//   - a document of the wire format, or any CloudEvents 1.0 event in JSON, whose type "a.b" stands for
//     the channel a and the action b where it does not name them;
//   - FRAME's bare {"channel":...,"action":...,"data":...};
//   - either of them as the Message of an SNS notification, as a subscription without raw delivery gets it;
//   - any bytes from a Watermill publisher, itself or as such a Message, known by [AttrUUID] without
//     [AttrSource]: the body is the payload, the channel is the one it arrived on.
//
// Decode takes bodies of any size: what is larger than [MaxSize] has travelled nevertheless. It is stricter
// than encoding/json: a name that appears twice, half a surrogate pair in an attribute, and bytes that are
// not UTF-8 are errors. It is laxer than [Envelope.Check]: an envelope of a foreign form may lack what a
// document must have (a FRAME message its Source, a Watermill message its Source and Action, for one), and
// then Encode refuses it until the caller adds it.
//
// The error is a [*DecodeError]. Data and Binary may alias body; nothing else does, and nothing aliases
// from.Attributes.
func Decode(body []byte, from Received) (Envelope, error) {
	env, err := decode(body, from, false)
	if err != nil {
		return Envelope{}, err
	}
	return env, nil
}

// Recognizes says whether Decode would look into a body for an event, or take it for one: it is a JSON object, or
// from a Watermill publisher. It costs nothing, and what it denies is no event.
func Recognizes(body []byte, from Received) bool {
	i := skipSpace(body, 0)
	return i < len(body) && body[i] == '{' || from.isWatermill()
}

// decode is Decode for a body, or for what is nested in an SNS notification. The form is settled before any
// value is read: a fault in an event is an error, and never a reason to take it for somebody's payload.
func decode(body []byte, from Received, nested bool) (Envelope, *DecodeError) {
	var d document
	err := d.parse(body)
	switch {
	case err == nil && d.has(fieldSpecVersion):
		return d.cloudEvent(from)
	case err == nil && d.has(fieldChannel) && d.has(fieldAction):
		return d.frame(from)
	case err == nil && !nested && d.isNotification():
		return d.notification(from)
	case from.isWatermill():
		return from.payload(body)
	case err != nil:
		return Envelope{}, err
	case d.has(fieldChannel) || d.has(fieldAction):
		return d.frame(from) // which says what is missing
	}
	return Envelope{}, &DecodeError{Reason: "not an event: neither a CloudEvents document (specversion), " +
		"nor a FRAME message (channel, action), nor an SNS notification of one"}
}

// cloudEvent reads the document as a CloudEvents event, ours or another's.
func (d *document) cloudEvent(from Received) (Envelope, *DecodeError) {
	if v := d.text(fieldSpecVersion); v != "1.0" {
		d.failField(fieldSpecVersion, fmt.Sprintf("%q is not supported, only 1.0 is", clip(v)))
	}
	d.require(fieldID)
	d.require(fieldSource)
	d.require(fieldType)
	return d.envelope(from)
}

// frame reads the document as a FRAME message, which may have the attributes of an event as well.
func (d *document) frame(from Received) (Envelope, *DecodeError) {
	d.require(fieldChannel)
	d.require(fieldAction)
	return d.envelope(from)
}

// envelope reads all attributes and the data.
func (d *document) envelope(from Received) (Envelope, *DecodeError) {
	id := d.known(fieldID, from.ID) // as of what we have published
	env := Envelope{
		ID:            id,
		Source:        d.text(fieldSource),
		Channel:       d.known(fieldChannel, from.Channel),
		Action:        Action(d.known(fieldAction, string(Created), string(Updated), string(Deleted))),
		Key:           d.text(fieldSubject),
		Time:          d.time(fieldTime),
		CorrelationID: d.known(fieldCorrelationID, id), // as of the first event of its story
		CausationID:   d.text(fieldCausationID),
		ContentType:   d.known(fieldContentType, ContentTypeJSON, ContentTypeBinary),
		Extensions:    d.extensions(),
	}
	d.payload(&env)
	d.name(&env, from.Channel)
	if d.err != nil {
		return Envelope{}, d.err
	}
	env.ID = cmp.Or(env.ID, from.id())
	if env.Time.IsZero() {
		env.Time = from.Time.UTC()
	}
	return env, nil
}

// name checks the channel and the action, and gives them to a foreign CloudEvents event that does not have
// them: its type "a.b.c" stands for the channel "a.b" and the action "c", and a type without a dot for the
// action on the channel that the event arrived on.
func (d *document) name(env *Envelope, arrived string) {
	channelFrom, actionFrom := fieldChannel, fieldAction
	if !d.has(fieldChannel) || !d.has(fieldAction) {
		typ := d.text(fieldType)
		channel, action := cmp.Or(arrived, typ), typ
		if i := strings.LastIndexByte(typ, '.'); i > 0 && i < len(typ)-1 {
			channel, action = typ[:i], typ[i+1:]
		}
		if !d.has(fieldChannel) {
			env.Channel, channelFrom = channel, fieldType
		}
		if !d.has(fieldAction) {
			env.Action, actionFrom = Action(action), fieldType
		}
	}
	if fault := channelFault(env.Channel); fault != "" {
		d.failName(channelFrom, "channel", fault)
	}
	if fault := actionFault(env.Action); fault != "" {
		d.failName(actionFrom, "action", fault)
	}
}

// failName records the fault of a channel or action at the field that it was read from.
func (d *document) failName(f field, what, fault string) {
	if f == fieldType {
		fault = "the " + what + " that it stands for " + fault
	}
	d.failField(f, fault)
}
