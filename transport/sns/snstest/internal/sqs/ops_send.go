package sqs

import (
	"context"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type sendMessageInput struct {
	QueueURL string               `json:"QueueUrl"`
	Body     string               `json:"MessageBody"             wire:"required"`
	Delay    *int                 `json:"DelaySeconds"`
	Attrs    map[string]Attribute `json:"MessageAttributes"       query:"MessageAttribute,Name,Value"`
	System   map[string]Attribute `json:"MessageSystemAttributes" query:"MessageSystemAttribute,Name,Value"`
	Dedup    *string              `json:"MessageDeduplicationId"`
	Group    *string              `json:"MessageGroupId"`
}

type sendMessageOutput struct {
	MD5Attributes string `json:"MD5OfMessageAttributes,omitempty"`
	MD5Body       string `json:"MD5OfMessageBody"`
	MD5System     string `json:"MD5OfMessageSystemAttributes,omitempty"`
	ID            string `json:"MessageId"`
	Number        string `json:"SequenceNumber,omitempty"`
}

// sendMessage: API_SendMessage.
func (s *Service) sendMessage(_ context.Context, c *wire.Call, in *sendMessageInput) (*sendMessageOutput, error) {
	q, err := s.queue(c, in.QueueURL, "SendMessage")
	if err != nil {
		return nil, err
	}
	d := &draft{
		body: in.Body, delay: in.Delay, attrs: in.Attrs, system: in.System, dedup: in.Dedup, group: in.Group,
		sender: c.Caller.UserID,
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	r, fault := q.send(d)
	if fault != nil {
		return nil, fault
	}
	return &sendMessageOutput{
		MD5Attributes: r.md5Attributes, MD5Body: r.md5Body, MD5System: r.md5System, ID: r.id, Number: r.number,
	}, nil
}

type sendMessageBatchInput struct {
	QueueURL string      `json:"QueueUrl"`
	Entries  []sendEntry `json:"Entries"  query:"SendMessageBatchRequestEntry"`
}

type sendEntry struct {
	ID     string               `json:"Id"                      wire:"required"`
	Body   string               `json:"MessageBody"             wire:"required"`
	Delay  *int                 `json:"DelaySeconds"`
	Attrs  map[string]Attribute `json:"MessageAttributes"       query:"MessageAttribute,Name,Value"`
	System map[string]Attribute `json:"MessageSystemAttributes" query:"MessageSystemAttribute,Name,Value"`
	Dedup  *string              `json:"MessageDeduplicationId"`
	Group  *string              `json:"MessageGroupId"`
}

type sendMessageBatchOutput struct {
	Successful []sentEntry `json:"Successful,omitempty" query:"SendMessageBatchResultEntry"`
	Failed     []failure   `json:"Failed,omitempty"     query:"BatchResultErrorEntry"`
}

type sentEntry struct {
	ID            string `json:"Id"`
	MD5Attributes string `json:"MD5OfMessageAttributes,omitempty"`
	MD5Body       string `json:"MD5OfMessageBody"`
	MD5System     string `json:"MD5OfMessageSystemAttributes,omitempty"`
	MessageID     string `json:"MessageId"`
	Number        string `json:"SequenceNumber,omitempty"`
}

// sendMessageBatch: API_SendMessageBatch.
func (s *Service) sendMessageBatch(
	_ context.Context, c *wire.Call, in *sendMessageBatchInput,
) (*sendMessageBatchOutput, error) {
	q, err := s.queue(c, in.QueueURL, "SendMessage")
	if err != nil {
		return nil, err
	}
	drafts := make([]*draft, len(in.Entries))
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.ID
		drafts[i] = &draft{
			body: e.Body, delay: e.Delay, attrs: e.Attrs, system: e.System, dedup: e.Dedup, group: e.Group,
			sender: c.Caller.UserID, inBatch: true,
		}
	}
	if err := checkBatch("SendMessageBatchRequestEntry", ids); err != nil {
		return nil, err
	}
	if err := q.checkSends(drafts); err != nil {
		return nil, err
	}
	out := &sendMessageBatchOutput{}
	for i, d := range drafts {
		fault := d.check()
		var r receipt
		if fault == nil {
			r, fault = q.send(d)
		}
		if fault != nil {
			out.Failed = append(out.Failed, failed(ids[i], fault))
			continue
		}
		out.Successful = append(out.Successful, sentEntry{
			ID: ids[i], MD5Attributes: r.md5Attributes, MD5Body: r.md5Body, MD5System: r.md5System,
			MessageID: r.id, Number: r.number,
		})
	}
	return out, nil
}

// checkSends finds what makes a whole batch fail.
func (q *queue) checkSends(drafts []*draft) *wire.Error {
	total := 0
	for _, d := range drafts {
		total += d.size()
		if d.body == "" { // as for SendMessage: the member is required
			return wire.MissingParameter("MessageBody")
		}
	}
	if total > maxMessageSize { // recorded: test_send_message_batch_with_oversized_contents
		return prefixed("BatchRequestTooLong", "Batch requests cannot be longer than %d bytes. You have sent %d bytes.",
			maxMessageSize, total)
	}
	if !q.fifo {
		return nil
	}
	now := q.lock()
	defer q.unlock(now)
	for _, d := range drafts {
		switch { // not the code of SendMessage (recorded: test_send_batch_missing_message_group_id_for_fifo_queue)
		case d.group == nil:
			return wire.InvalidParameterValue("The request must contain the parameter MessageGroupId.")
		case d.dedup == nil && !q.settings.contentDedup:
			return wire.InvalidParameterValue("The queue should either have ContentBasedDeduplication enabled or " +
				"MessageDeduplicationId provided explicitly")
		}
	}
	return nil
}
