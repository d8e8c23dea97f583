package event

import "cmp"

// Attribute names on the wire, beside the body. AttrUUID is the one under which watermill-aws (1.0) and
// Watermill's other Pub/Subs send a message's UUID; framebus sets it to the event's ID, so that a Watermill
// subscriber reads the same UUID. AttrSource only framebus sets.
const (
	AttrUUID    = "_watermill_message_uuid"
	AttrSource  = "source"
	AttrChannel = "channel"
	AttrAction  = "action"
)

const (
	// attrPlainUUID is accepted for AttrUUID: the short name, for a publisher with a marshaler of its own.
	attrPlainUUID = "UUID"
	// attrCorrelationID is where Watermill's correlation middleware puts its id.
	attrCorrelationID = "correlation_id"
)

func (r Received) uuid() string {
	return cmp.Or(r.Attributes[AttrUUID], r.Attributes[attrPlainUUID])
}

// id returns the id of a message whose body has none: the publisher's if there is one, or else the broker's.
func (r Received) id() string { return cmp.Or(r.uuid(), r.ID) }

// isWatermill says whether the message is from a plain Watermill publisher.
func (r Received) isWatermill() bool {
	return r.uuid() != "" && r.Attributes[AttrSource] == ""
}

// payload is the envelope of a Watermill message that is no event: all of it is payload. It stays bytes
// even where it is JSON, so that who wants the bytes gets the very same ones; the content type tells who
// wants JSON.
func (r Received) payload(body []byte) (Envelope, *DecodeError) {
	if fault := channelFault(r.Channel); fault != "" {
		return Envelope{}, &DecodeError{Field: "channel", Reason: "the channel that the message arrived on " + fault}
	}
	env := Envelope{
		ID:            r.id(),
		Channel:       r.Channel,
		Time:          r.Time.UTC(),
		CorrelationID: r.Attributes[attrCorrelationID],
		ContentType:   ContentTypeBinary,
		Binary:        body,
	}
	if env.Binary == nil {
		env.Binary = []byte{}
	}
	if checkJSON(body, 0) == nil {
		env.ContentType = ContentTypeJSON
	}
	if action := Action(r.Attributes[AttrAction]); actionFault(action) == "" {
		env.Action = action
	}
	return env, nil
}
