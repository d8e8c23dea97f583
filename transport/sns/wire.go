package sns

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// A message on the wire is its body and at most eight attributes: SNS discards a raw delivery to SQS with more than
// ten (docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html). Beside those of package event
// they are the following.
const (
	// attrForm is in every message of ours, and says where its body is.
	attrForm = "framebus"
	// attrKey is the key.
	attrKey = "key"
	// attrHeaders is everything else, as JSON: see headers.
	attrHeaders = "headers"
	// attrBody is a body that is no text for AWS, as binary.
	attrBody = "body"
	// attrRecord is why a dead letter is one: see deadRecord.
	attrRecord = "framebus_dead"
)

// Values of attrForm.
const (
	formText   = "text"   // the body is the message
	formBinary = "binary" // the body is in attrBody
	formEmpty  = "empty"  // there is none: AWS has no empty messages and no empty attributes
)

// headers are what attributes of AWS cannot hold: any number of names and values in any UTF-8, and fields with
// characters that AWS forbids.
type headers struct {
	Attributes map[string]string `json:"attributes,omitempty"`
	ID         string            `json:"id,omitempty"`
	Key        string            `json:"key,omitempty"`
	Source     string            `json:"source,omitempty"`
}

// attribute is a message attribute, before it is one of SNS or SQS.
type attribute struct {
	text   string
	binary []byte
}

// parcel is a message as SNS or SQS carries it.
type parcel struct {
	text       string
	attributes map[string]attribute
}

// pack makes m what AWS carries. A body that AWS takes as it is, and that the filters of subscriptions see m's action in,
// travels as it is; all others beside a document that has nothing but the action.
func pack(m *transport.Message) parcel {
	p := parcel{attributes: make(map[string]attribute, 8)}
	form := formText
	switch {
	case len(m.Body) == 0:
		form = formEmpty
	case !isText(m.Body) || !shows(m.Body, m.Action):
		form = formBinary
		p.attributes[attrBody] = attribute{binary: m.Body}
	}
	if p.text = string(m.Body); form != formText {
		p.text = stand(m.Action)
	}
	p.attributes[attrForm] = attribute{text: form}
	p.attributes[event.AttrChannel] = attribute{text: m.Channel}
	more := headers{Attributes: m.Attributes}
	for _, f := range [...]struct {
		name, value string
		other       *string
	}{
		{event.AttrUUID, m.ID, &more.ID}, {attrKey, m.Key, &more.Key}, {event.AttrSource, m.Source, &more.Source},
		{event.AttrAction, string(m.Action), nil},
	} {
		switch {
		case f.value == "":
		case f.other == nil || isText([]byte(f.value)):
			p.attributes[f.name] = attribute{text: f.value}
		default:
			*f.other = f.value
		}
	}
	if len(more.Attributes) > 0 || more.ID+more.Key+more.Source != "" {
		p.attributes[attrHeaders] = attribute{text: asciiJSON(more)}
	}
	return p
}

// stand is the document that stands for a body that is somewhere else.
func stand(action event.Action) string {
	if action == "" {
		return "{}"
	}
	return asciiJSON(map[string]event.Action{"action": action})
}

// shows says whether a filter on the body sees just that action in it: none, if there is none.
func shows(body []byte, action event.Action) bool {
	var document map[string]json.RawMessage
	if json.Unmarshal(body, &document) != nil {
		return action == "" // a filter drops what is no object
	}
	value, has := document["action"]
	if !has {
		return action == ""
	}
	var text event.Action
	return json.Unmarshal(value, &text) == nil && text == action && action != ""
}

// isText says whether AWS takes the bytes as the text of a message or an attribute: UTF-8 of these characters
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
func isText(b []byte) bool {
	for i := 0; i < len(b); {
		if c := b[i]; ' ' <= c && c < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xfffe, r == 0xffff:
			return false
		}
		i += n
	}
	return len(b) > 0
}

// asciiJSON is v as JSON without a character that AWS could mind. v is of strings.
func asciiJSON(v any) string {
	text, _ := json.Marshal(v) //nolint:errchkjson // strings
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r >= 0x10000:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return string(out)
}

// size is what the message counts for: the body and the attributes' names, types and values
// (docs.aws.amazon.com/sns/latest/api/API_Publish.html).
func (p parcel) size() int {
	n := len(p.text)
	for name, a := range p.attributes {
		n += len(name) + len("String") + len(a.text) + len(a.binary) // "Binary" is as long
	}
	return n
}

func (a attribute) kind() *string {
	if a.binary != nil {
		return aws.String("Binary")
	}
	return aws.String("String")
}

func (a attribute) value() *string {
	if a.binary != nil {
		return nil
	}
	return &a.text
}

func (p parcel) forSNS() map[string]snstypes.MessageAttributeValue {
	out := make(map[string]snstypes.MessageAttributeValue, len(p.attributes))
	for name, a := range p.attributes {
		out[name] = snstypes.MessageAttributeValue{DataType: a.kind(), StringValue: a.value(), BinaryValue: a.binary}
	}
	return out
}

// unpack is the reverse of pack for what SQS handed out, and reads what others have sent as well: its attributes are
// all the message's then, and its channel is the one given unless one of them names it.
func unpack(in *sqstypes.Message, channel string) *transport.Message {
	text := func(name string) string { return aws.ToString(in.MessageAttributes[name].StringValue) }
	m := &transport.Message{
		ID: text(event.AttrUUID), Channel: text(event.AttrChannel), Action: event.Action(text(event.AttrAction)),
		Key: text(attrKey), Source: text(event.AttrSource), Body: []byte(aws.ToString(in.Body)), Time: sent(in),
	}
	switch text(attrForm) {
	case formText:
	case formBinary:
		m.Body = bytes.Clone(in.MessageAttributes[attrBody].BinaryValue) // a dead letter is made of in
	case formEmpty:
		m.Body = nil
	default:
		return foreign(in, m, channel)
	}
	var more headers
	if json.Unmarshal([]byte(text(attrHeaders)), &more) == nil {
		m.Attributes = more.Attributes
		m.ID, m.Key, m.Source = m.ID+more.ID, m.Key+more.Key, m.Source+more.Source // of two, one is empty
	}
	return m
}

// foreign completes a message that is not ours: of watermill-aws, of FRAME, or whoever's.
func foreign(in *sqstypes.Message, m *transport.Message, channel string) *transport.Message {
	for name, a := range in.MessageAttributes {
		if a.StringValue == nil || name == attrRecord {
			continue
		}
		if m.Attributes == nil {
			m.Attributes = make(map[string]string, len(in.MessageAttributes))
		}
		m.Attributes[name] = *a.StringValue
	}
	if m.Channel == "" {
		m.Channel = channel
	}
	env, err := event.Decode(m.Body, m.Received())
	if err == nil {
		m.Channel, m.Action, m.Key, m.Source = env.Channel, env.Action, env.Key, env.Source
		m.ID = env.ID
	}
	if m.ID == "" {
		m.ID = aws.ToString(in.MessageId)
	}
	return m
}

// sent is when SQS got the message.
func sent(in *sqstypes.Message) time.Time {
	ms, err := strconv.ParseInt(in.Attributes[string(sqstypes.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// receives is how often SQS has handed the message out.
func receives(in *sqstypes.Message) int {
	n, err := strconv.Atoi(in.Attributes[string(sqstypes.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		return 1
	}
	return n
}
