package sns

import (
	"github.com/framebus/framebus/transport/sns/snstest/internal/sqs"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// deliver delivers a message to those who want it.
func (s *Service) deliver(m *message, to []recipient) {
	for _, i := range s.sequence(m.topic, len(to)) {
		r := to[i]
		if !m.passes(r) {
			s.count(r.subscription, func(t *Tally) { t.FilteredOut++ })
			continue
		}
		if r.protocol != "sqs" {
			continue
		}
		for range s.copies(m.topic) {
			s.deliverTo(m, r)
		}
	}
}

// passes: sns-message-filtering-scope. Decided: with MessageStructure json a filter on the body sees the body that
// the subscriber would get.
func (m *message) passes(r recipient) bool {
	if r.set.match == nil {
		return true
	}
	if r.set.scope == "MessageBody" {
		return r.set.match.MatchBody([]byte(m.textFor(r.protocol)))
	}
	return r.set.match.MatchAttributes(forFilter(m.attrs))
}

// deliverTo delivers a message to one queue. If that fails, it goes to the dead-letter queue of the subscription at
// once: that the queue is gone, or refuses, or that the message is not one for SQS, are errors of the client's side,
// which SNS does not try again (sns-dead-letter-queues, "Client-side errors").
//
// A raw delivery with more than ten attributes "will be discarded as client side errors" (sns-message-attributes).
// Decided: as SQS takes no such message, what arrives in the dead-letter queue is then not raw.
func (s *Service) deliverTo(m *message, r recipient) {
	d := m.delivery(r.subscription, r.endpoint, r.set.raw)
	err := s.put(d)
	if err == nil {
		s.count(r.subscription, func(t *Tally) { t.Delivered++ })
		return
	}
	s.count(r.subscription, func(t *Tally) { t.Failed, t.Failure = t.Failed+1, err.Error() })
	if r.set.dlq == "" {
		return
	}
	raw := r.set.raw && len(d.Attributes) <= sqs.MaxAttributes
	if err := s.put(m.delivery(r.subscription, r.set.dlq, raw)); err != nil {
		s.count(r.subscription, func(t *Tally) { t.Failure += "; and the dead-letter queue: " + err.Error() })
		return
	}
	s.count(r.subscription, func(t *Tally) { t.Redriven++ })
}

// delivery is the message for a queue. A FIFO topic passes group and deduplication ID on to FIFO queues
// (fifo-message-grouping: "Message group ID is not passed to Amazon SQS standard queues"; recorded:
// test_publish_to_fifo_topic_deduplication_on_topic_level), and a standard topic the group, for fair queues
// (API_Publish; recorded: test_publish_message_group_id).
func (m *message) delivery(sub *subscription, queue string, raw bool) sqs.Delivery {
	d := newDelivery(m.topic, queue)
	if raw {
		d.Body, d.Attributes = m.textFor(sub.protocol), forQueue(m.sent())
	} else {
		d.Body = m.notification(sub)
	}
	q, _ := readQueue(queue) // it was checked
	if m.group != nil && q.fifo() == m.topic.fifo {
		d.GroupID = *m.group
	}
	if m.topic.fifo && q.fifo() {
		d.DedupID = m.dedupID
	}
	return d
}

func newDelivery(t *topic, queue string) sqs.Delivery {
	q, _ := readQueue(queue)
	return sqs.Delivery{
		Service: principal(t.key.region, q.region), Source: t.arn, Queue: queue, SenderID: "AIDASNSTESTSNSSERVICE",
	}
}

// put sends a message to a queue.
func (s *Service) put(d sqs.Delivery) error {
	if d.Service == "" {
		return wire.AccessDenied("SNS does not deliver from one opt-in region to another")
	}
	_, err := s.config.Queues.Deliver(d)
	return err
}

// principal is who SNS is to a queue: across regions, if one of them is an opt-in region, it is that of the region
// (sns-cross-region-delivery). From one opt-in region to another there is no delivery, and so nobody.
func principal(topic, queue string) string {
	switch {
	case topic == queue || !optIn(topic) && !optIn(queue):
		return "sns.amazonaws.com"
	case optIn(topic) && optIn(queue):
		return ""
	case optIn(topic):
		return "sns." + topic + ".amazonaws.com"
	}
	return "sns." + queue + ".amazonaws.com"
}

// optIn are the regions of the list in sns-cross-region-delivery.
func optIn(region string) bool {
	switch region {
	case "af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "eu-south-1", "eu-south-2",
		"eu-central-2", "il-central-1", "me-south-1", "me-central-1":
		return true
	}
	return false
}

// sendConfirmation asks the owner of a queue to confirm: "A message of type SubscriptionConfirmation is sent to the
// queue" (sns-send-message-to-sqs-cross-account). Nobody reads those of other protocols; their tokens are in
// [Service.Dump].
func (s *Service) sendConfirmation(c *wire.Call, sub *subscription, token string) {
	s.sendNote(c, sub, "SubscriptionConfirmation",
		"You have chosen to subscribe to the topic "+sub.topic.arn+".", token)
}

func (s *Service) sendCancellation(c *wire.Call, sub *subscription, token string) {
	s.sendNote(c, sub, "UnsubscribeConfirmation",
		"You have chosen to deactivate subscription "+sub.arn+".", token)
}

// sendNote delivers a message of SNS's own to a queue, which needs no other permission than notifications do. A FIFO
// queue gets it in a group of its own.
func (s *Service) sendNote(c *wire.Call, sub *subscription, kind, text, token string) {
	if sub.protocol != "sqs" {
		return
	}
	s.mu.RLock()
	version := s.value(sub.topic, sub.topic.set.at(s.now()), "SignatureVersion")
	s.mu.RUnlock()
	d := newDelivery(sub.topic, sub.endpoint)
	d.Body = confirmation(kind, text, c.Base, token, version, sub.topic, s.config.Now())
	if q, _ := readQueue(sub.endpoint); q.fifo() {
		d.GroupID, d.DedupID = kind, token[:32]
	}
	if err := s.put(d); err != nil {
		s.count(sub, func(t *Tally) { t.Failed, t.Failure = t.Failed+1, err.Error() })
	}
}

// sequence is the order in which n things are done for a topic: theirs, except when disorder is asked for and the
// topic is a standard one.
func (s *Service) sequence(t *topic, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	if s.config.Reorder && !t.fifo {
		s.chance.Lock()
		defer s.chance.Unlock()
		s.random.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	return order
}

// copies is how often a message is delivered: "at least once" to the subscriptions of a standard topic.
func (s *Service) copies(t *topic) int {
	if s.config.Duplicates <= 0 || t.fifo {
		return 1
	}
	s.chance.Lock()
	defer s.chance.Unlock()
	if s.random.Float64() < s.config.Duplicates {
		return 2
	}
	return 1
}
