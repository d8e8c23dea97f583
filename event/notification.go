package event

import (
	"cmp"
	"encoding/json"
	"strings"
)

// isNotification says whether the document is what SNS makes of a message for a subscription without raw
// delivery (docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
func (d *document) isNotification() bool {
	kind, _ := d.other("Type")
	message, _ := d.other("Message")
	return string(kind.value) == `"Notification"` && isString(message.value)
}

// notification reads the event inside an SNS notification. What SNS says of it stands in for what the
// transport would say. The other members, signature and links, are no extensions of the event.
func (d *document) notification(from Received) (Envelope, *DecodeError) {
	message, _ := d.other("Message")
	body, ok := unescaped(inner(message.value))
	if !ok {
		d.fail("Message", message.at, "holds half a surrogate pair")
	}
	inside := Received{
		ID:         cmp.Or(string(d.otherBytes("MessageId")), from.ID),
		Channel:    from.Channel,
		Attributes: d.notificationAttributes(),
	}
	var err error
	if inside.Time, err = parseTime(d.otherBytes("Timestamp")); err != nil {
		inside.Time = from.Time
	}
	if d.err != nil {
		return Envelope{}, d.err
	}
	env, fault := decode(body, inside, true)
	if fault != nil {
		fault.Field = strings.TrimSuffix("Message."+fault.Field, ".")
	}
	return env, fault
}

// otherBytes returns the string in a member that is not a field, nil if it has none. It may alias the document.
func (d *document) otherBytes(name string) []byte {
	m, _ := d.other(name)
	if !isString(m.value) {
		return nil
	}
	return d.unquote(name, m)
}

// notificationAttributes returns the message attributes that SNS puts beside the Message; nil if it has none.
func (d *document) notificationAttributes() map[string]string {
	m, ok := d.other("MessageAttributes")
	if !ok {
		return nil
	}
	var typed map[string]struct{ Value string }
	if json.Unmarshal(m.value, &typed) != nil {
		return nil
	}
	attributes := make(map[string]string, len(typed))
	for name, a := range typed {
		attributes[name] = a.Value
	}
	return attributes
}
