package sns

import (
	"strings"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// message is a message on its way to the subscribers.
type message struct {
	*draft
	topic     *topic
	call      *wire.Call
	id        string
	number    string // SequenceNumber, of FIFO topics
	dedupID   string
	signature string // SignatureVersion
	at        time.Time
}

// stamp is a time as notifications have it: "2012-03-29T05:12:16.901Z" (sns-sqs-as-subscriber).
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// object writes a JSON object in the form of SNS's notifications: one member a line, with spaces around the colon
// (sns-sqs-as-subscriber), and nothing escaped that need not be (recorded: test_publish_unicode_chars).
type object struct{ b []byte }

func (o *object) member(name, value string) {
	o.next(name)
	o.b = quote(o.b, value)
}

func (o *object) next(name string) {
	if o.b == nil {
		o.b = append(o.b, "{\n  "...)
	} else {
		o.b = append(o.b, ",\n  "...)
	}
	o.b = quote(o.b, name)
	o.b = append(o.b, " : "...)
}

func (o *object) text() string { return string(append(o.b, "\n}"...)) }

// quote appends s as JSON: quotes, backslashes and control characters are escaped.
func quote(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(append(b, s[start:i]...), '\\')
		start = i + 1
		if short := strings.IndexByte("\"\\\b\t\n\f\r", c); short >= 0 {
			b = append(b, "\"\\btnfr"[short])
		} else {
			b = append(b, 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// notification is the message as a subscriber of a protocol gets it, unless it is raw: the members of
// http-notification-json in the order of sns-sqs-as-subscriber. Those of FIFO topics have a SequenceNumber and no
// signature (recorded: test_message_to_fifo_sqs, test_publish_fifo_messages_to_dlq). Message attributes come last,
// in the order of their names, which is ours (recorded: test_message_attributes_not_missing).
func (m *message) notification(sub *subscription) string {
	var o object
	o.member("Type", "Notification")
	o.member("MessageId", m.id)
	if m.number != "" {
		o.member("SequenceNumber", m.number)
	}
	o.member("TopicArn", m.topic.arn)
	if m.subject != nil {
		o.member("Subject", *m.subject)
	}
	o.member("Message", m.textFor(sub.protocol))
	o.member("Timestamp", stamp(m.at))
	if !m.topic.fifo {
		o.sign(m.signature, m.topic.key.region)
	}
	o.member("UnsubscribeURL", m.call.Base+"/?Action=Unsubscribe&SubscriptionArn="+sub.arn)
	if attrs := m.sent(); len(attrs) > 0 {
		o.next("MessageAttributes")
		o.b = append(o.b, '{')
		for i, name := range sortedNames(attrs) {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = append(o.b, "\n    "...)
			o.b = append(quote(o.b, name), ` : {"Type":`...)
			o.b = append(quote(o.b, *attrs[name].Type), `,"Value":`...)
			o.b = append(quote(o.b, attrs[name].text()), '}')
		}
		o.b = append(o.b, "\n  }"...)
	}
	return o.text()
}

// sent are the attributes that go with the message: "Message attributes are sent only when the message structure is
// String, not JSON" (sns-message-attributes).
func (m *message) sent() map[string]attributeValue {
	if m.texts != nil {
		return nil
	}
	return m.attrs
}

// sign writes what a signature is made of. There is nobody to sign, so that it is in the right form and wrong.
func (o *object) sign(version, region string) {
	o.member("SignatureVersion", version)
	o.member("Signature", strings.Repeat("snstest/", 43)) // 2048 bits in Base64 have 344 characters
	o.member("SigningCertURL", "https://sns."+region+".amazonaws.com/SimpleNotificationService-"+
		"00000000000000000000000000000000.pem")
}

// confirmation is the message that asks to confirm a subscription (http-subscription-confirmation-json), or says
// that it was deleted (http-unsubscribe-confirmation-json).
func confirmation(kind, text, base, token, version string, t *topic, at time.Time) string {
	var o object
	o.member("Type", kind)
	o.member("MessageId", wire.NewID())
	o.member("Token", token)
	o.member("TopicArn", t.arn)
	o.member("Message", text+"\nTo "+map[string]string{
		"SubscriptionConfirmation": "confirm the subscription",
		"UnsubscribeConfirmation":  "cancel this operation and restore the subscription",
	}[kind]+", visit the SubscribeURL included in this message.")
	o.member("SubscribeURL", base+"/?Action=ConfirmSubscription&TopicArn="+t.arn+"&Token="+token)
	o.member("Timestamp", stamp(at))
	o.sign(version, t.key.region)
	return o.text()
}
