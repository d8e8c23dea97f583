package sqs

import (
	"context"
	"slices"
	"strconv"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type getQueueAttributesInput struct {
	QueueURL string   `json:"QueueUrl"`
	Names    []string `json:"AttributeNames" query:"AttributeName"`
}

type getQueueAttributesOutput struct {
	Attributes map[string]string `json:"Attributes,omitempty" query:"Attribute,Name,Value"`
}

// getQueueAttributes: API_GetQueueAttributes. Without names there is nothing.
func (s *Service) getQueueAttributes(
	_ context.Context, c *wire.Call, in *getQueueAttributesInput,
) (*getQueueAttributesOutput, error) {
	q, err := s.queue(c, in.QueueURL, "GetQueueAttributes")
	if err != nil {
		return nil, err
	}
	for _, name := range in.Names {
		if name != "All" && !s.isAttribute(name) {
			return nil, unknownAttribute(name)
		}
	}
	now := q.lock()
	defer q.unlock(now)
	shown := q.shown()
	if !slices.Contains(in.Names, "All") {
		for name := range shown {
			if !slices.Contains(in.Names, name) {
				delete(shown, name)
			}
		}
	}
	return &getQueueAttributesOutput{shown}, nil
}

func (s *Service) isAttribute(name string) bool {
	return slices.Contains(readOnly(), name) ||
		slices.ContainsFunc(s.attributes, func(a attribute) bool { return a.name == name })
}

// shown are all attributes that the queue has.
func (q *queue) shown() map[string]string {
	out := map[string]string{
		"QueueArn":                              q.arn,
		"CreatedTimestamp":                      strconv.FormatInt(q.created/1e9, 10),
		"LastModifiedTimestamp":                 strconv.FormatInt(q.modified/1e9, 10),
		"ApproximateNumberOfMessages":           strconv.Itoa(q.count[ready]),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(q.count[inFlight]),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(q.count[delayed]),
	}
	for _, a := range q.service.attributes {
		if value, ok := a.get(q.settings); ok {
			out[a.name] = value
		}
	}
	return out
}

type setQueueAttributesInput struct {
	QueueURL   string            `json:"QueueUrl"`
	Attributes map[string]string `json:"Attributes" query:"Attribute,Name,Value" wire:"required"`
}

// setQueueAttributes: API_SetQueueAttributes.
func (s *Service) setQueueAttributes(_ context.Context, c *wire.Call, in *setQueueAttributesInput) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "SetQueueAttributes")
	if err != nil {
		return nil, err
	}
	if in.Attributes["RedrivePolicy"] != "" { // not under the lock: this looks at the other queue
		if err := s.checkRedrive(q.key, q.fifo, in.Attributes["RedrivePolicy"]); err != nil {
			return nil, err
		}
	}
	now := q.lock()
	defer q.unlock(now)
	set, fault := q.latest().with(s.attributes, in.Attributes)
	if fault != nil {
		return nil, fault
	}
	q.change(set, now)
	return &wire.None{}, nil
}

// checkRedrive checks that the dead-letter queue of a queue can be that: of the same type, in the same account
// and region, and willing (sqs-dead-letter-queues, API_SetQueueAttributes). The texts for what is not recorded
// are ours.
func (s *Service) checkRedrive(source key, fifo bool, text string) *wire.Error {
	p, err := readRedrivePolicy(text)
	if err != nil {
		return err
	}
	bad := func(reason string) *wire.Error { return invalidValue(p.text(), "RedrivePolicy", reason) }
	if p.target.account != source.account || p.target.region != source.region {
		return bad("Dead-letter queue must be in same account and region as the source.")
	}
	dlq := s.find(p.target)
	switch {
	case dlq == nil:
		return bad("Dead letter target does not exist.")
	case dlq.fifo != fifo:
		return bad("Dead-letter queue must be same type of queue as the source.")
	case p.target == source:
		return nil // AWS takes it; recorded: test_set_empty_redrive_policy
	}
	dlq.mu.Lock()
	defer dlq.mu.Unlock()
	if !dlq.latest().allow.allows(source.arn()) {
		return bad("Queue " + p.target.arn() + " does not allow " + source.arn() + " to use it as a dead-letter queue.")
	}
	return nil
}
