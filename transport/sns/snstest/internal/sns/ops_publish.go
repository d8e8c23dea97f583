package sns

import (
	"context"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/fifo"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type publishInput struct {
	TopicARN  *string                   `json:"TopicArn"`
	TargetARN *string                   `json:"TargetArn"`
	Phone     *string                   `json:"PhoneNumber"`
	Message   *string                   `json:"Message"`
	Subject   *string                   `json:"Subject"`
	Structure string                    `json:"MessageStructure"`
	Attrs     map[string]attributeValue `json:"MessageAttributes"      query:"MessageAttributes.entry,Name,Value"`
	Group     *string                   `json:"MessageGroupId"`
	Dedup     *string                   `json:"MessageDeduplicationId"`
}

type publishOutput struct {
	ID     string `json:"MessageId"`
	Number string `json:"SequenceNumber,omitempty"`
}

// publish: API_Publish.
func (s *Service) publish(_ context.Context, c *wire.Call, in *publishInput) (*publishOutput, error) {
	parameter, arn, fault := in.target()
	if fault != nil {
		return nil, fault
	}
	t, err := s.topic(c, parameter, arn, "Publish")
	if err != nil {
		return nil, err
	}
	d := &draft{
		text: in.Message, subject: in.Subject, structure: in.Structure, attrs: in.Attrs, group: in.Group, dedup: in.Dedup,
	}
	if fault := d.check(); fault != nil {
		return nil, fault
	}
	set, subs := s.audience(t)
	if fault := d.checkFor(t, set, ""); fault != nil {
		return nil, fault
	}
	p := s.send(c, t, set, subs, d)
	return &publishOutput{p.id, p.number}, nil
}

// target is where to publish: "If you don't specify a value for the TopicArn parameter, you must specify a value for
// the PhoneNumber or TargetArn parameters" (API_Publish). TargetArn may be that of a topic (recorded:
// test_publish_message_by_target_arn).
func (in *publishInput) target() (parameter string, arn *string, err *wire.Error) {
	given := 0
	for _, p := range []*string{in.TopicARN, in.TargetARN, in.Phone} {
		if p != nil {
			given++
		}
	}
	switch {
	case given > 1: // Decided: the words are ours
		return "", nil, invalid("TopicArn Reason: Only one of TopicArn, TargetArn and PhoneNumber can be specified")
	case in.Phone != nil:
		if *in.Phone == "" || !isPhone(*in.Phone) { // recorded: test_publish_wrong_phone_format
			return "", nil, invalid("PhoneNumber Reason: %s is not valid to publish to", clip(*in.Phone))
		}
		return "", nil, invalid("PhoneNumber Reason: snstest sends no text messages")
	case in.TargetARN != nil:
		if parts := strings.Split(*in.TargetARN, ":"); len(parts) == 6 && strings.HasPrefix(parts[5], "endpoint/") {
			// recorded: test_publish_non_existent_target
			return "", nil, invalid("TargetArn Reason: No endpoint found for the target arn specified")
		}
		return "TargetArn", in.TargetARN, nil
	}
	return "TopicArn", in.TopicARN, nil
}

// recipient is a subscription with the settings by which it is delivered to.
type recipient struct {
	*subscription
	set *subSettings
}

// audience returns the settings of a topic, and those who get what is published now.
func (s *Service) audience(t *topic) (*settings, []recipient) {
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []recipient
	for _, sub := range t.subs {
		if sub.confirmed && sub.seen(now) {
			out = append(out, recipient{sub, sub.set.at(now)})
		}
	}
	return t.set.at(now), out
}

// send takes a message that was checked, and delivers it. What a FIFO topic has had already, "within the 5 minute
// minimum deduplication interval", is "accepted successfully but not delivered" (API_Publish).
func (s *Service) send(c *wire.Call, t *topic, set *settings, to []recipient, d *draft) published {
	m := &message{draft: d, topic: t, call: c, signature: s.value(t, set, "SignatureVersion"), at: s.config.Now()}
	if !t.fifo {
		m.id = wire.NewID()
		s.deliver(m, to)
		return published{id: m.id}
	}
	m.dedupID = fifo.ContentID(*d.text)
	if d.dedup != nil {
		m.dedupID = *d.dedup
	}
	id := m.dedupID
	if set.byGroup() { // "MessageGroup - The scope of deduplication is within each individual message group"
		id = fifo.InGroup(*d.group, id)
	}
	t.order.Lock()
	defer t.order.Unlock()
	now := s.now()
	if p, again := t.dedup.Find(id, now); again {
		return p
	}
	m.id, m.number = wire.NewID(), t.next()
	p := published{m.id, m.number}
	until := t.dedup.Add(id, p, now)
	s.deliver(m, to)
	s.keepDedup(t, id, p, until) // not before: who repeats a message that is known counts on its having been delivered
	return p
}
