package sqs

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type receiveMessageInput struct {
	QueueURL   string   `json:"QueueUrl"`
	OldNames   []string `json:"AttributeNames"              query:"AttributeName"`
	System     []string `json:"MessageSystemAttributeNames" query:"MessageSystemAttributeName"`
	Names      []string `json:"MessageAttributeNames"       query:"MessageAttributeName"`
	Most       *int     `json:"MaxNumberOfMessages"`
	Visibility *int     `json:"VisibilityTimeout"`
	Wait       *int     `json:"WaitTimeSeconds"`
	Attempt    *string  `json:"ReceiveRequestAttemptId"`
}

type receiveMessageOutput struct {
	Messages []receivedMessage `json:"Messages,omitempty" query:"Message"`

	queue *queue
	loans []loan
}

// Undo puts messages back that did not reach the client.
func (o *receiveMessageOutput) Undo() {
	now := o.queue.lock()
	defer o.queue.unlock(now)
	o.queue.giveBack(o.loans)
}

type receivedMessage struct {
	System        map[string]string    `json:"Attributes,omitempty"             query:"Attribute,Name,Value"`
	Body          string               `json:"Body"`
	MD5Body       string               `json:"MD5OfBody"`
	MD5Attributes string               `json:"MD5OfMessageAttributes,omitempty"`
	Attributes    map[string]Attribute `json:"MessageAttributes,omitempty"      query:"MessageAttribute,Name,Value"`
	ID            string               `json:"MessageId"`
	Handle        string               `json:"ReceiptHandle"`
}

// maxWait is that of a long poll: sqs-short-and-long-polling.
const maxWait = 20

// receiveMessage: API_ReceiveMessage.
func (s *Service) receiveMessage(ctx context.Context, c *wire.Call, in *receiveMessageInput) (*receiveMessageOutput, error) {
	q, err := s.queue(c, in.QueueURL, "ReceiveMessage")
	if err != nil {
		return nil, err
	}
	want, wait, fault := in.want(q)
	if fault != nil {
		return nil, fault
	}
	loans, err := q.receive(ctx, want, wait)
	if err != nil {
		return nil, err
	}
	out := &receiveMessageOutput{queue: q, loans: loans}
	for _, l := range loans {
		out.Messages = append(out.Messages, in.show(l, s.secret))
	}
	return out, nil
}

// want checks the parameters. The texts are recorded: test_send_receive_max_number_of_messages,
// test_send_receive_wait_time_seconds.
func (in *receiveMessageInput) want(q *queue) (want wanted, wait int, err *wire.Error) {
	want, wait = wanted{most: 1, visibility: -1}, -1
	if in.Most != nil {
		if want.most = *in.Most; want.most < 1 || want.most > MaxBatch {
			return want, wait, invalidValue(*in.Most, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
		}
	}
	if in.Visibility != nil {
		if want.visibility = *in.Visibility; want.visibility < 0 || want.visibility > maxVisibility {
			return want, wait, invalidValue(*in.Visibility, "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
		}
	}
	if in.Wait != nil {
		if wait = *in.Wait; wait < 0 || wait > maxWait {
			return want, wait, invalidValue(*in.Wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
		}
	}
	if in.Attempt != nil {
		if q.fifo { // it "applies only to FIFO queues", and AWS does not complain about it elsewhere
			want.attempt = *in.Attempt
		}
		if err := checkToken("ReceiveRequestAttemptId", in.Attempt); err != nil {
			return want, wait, err
		}
	}
	for _, name := range in.System {
		if !slices.Contains(systemAttributes(), name) {
			return want, wait, unknownAttribute(name)
		}
	}
	for _, name := range in.OldNames { // its type has the names of queue attributes as well, which show nothing
		if !slices.Contains(systemAttributes(), name) && !q.service.isAttribute(name) {
			return want, wait, unknownAttribute(name)
		}
	}
	return want, wait, nil
}

// systemAttributes: API_ReceiveMessage, MessageSystemAttributeName.
func systemAttributes() []string {
	return []string{
		"All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp",
		"SequenceNumber", "MessageDeduplicationId", "MessageGroupId", traceHeader, "DeadLetterQueueSourceArn",
	}
}

func (in *receiveMessageInput) show(l loan, secret uint64) receivedMessage {
	m := l.message
	out := receivedMessage{
		Body: m.body, MD5Body: hex.EncodeToString(m.md5[:]), ID: m.id, Handle: l.handle.text(secret),
		Attributes: in.chosen(m.attrs),
	}
	out.MD5Attributes = md5OfAttributes(out.Attributes) // of those that are shown
	if len(in.System) > 0 || len(in.OldNames) > 0 {
		out.System = in.system(l)
	}
	return out
}

// chosen picks message attributes: by name, all of a prefix by "prefix.*", or all by "All" or ".*"
// (API_ReceiveMessage). "*" alone works as well (recorded: test_receive_message_message_attribute_names_filters).
func (in *receiveMessageInput) chosen(attrs map[string]Attribute) map[string]Attribute {
	var out map[string]Attribute
	for name, a := range attrs {
		if !slices.ContainsFunc(in.Names, func(pattern string) bool {
			prefix, isPrefix := strings.CutSuffix(pattern, ".*")
			return pattern == "All" || pattern == "*" || pattern == name || isPrefix && strings.HasPrefix(name, prefix)
		}) {
			continue
		}
		if out == nil {
			out = make(map[string]Attribute, len(attrs))
		}
		out[name] = a
	}
	return out
}

// system picks system attributes. Those that a message does not have are not there.
func (in *receiveMessageInput) system(l loan) map[string]string {
	m := l.message
	out := map[string]string{}
	put := func(name, value string) {
		if value != "" && (slices.Contains(in.System, name) || slices.Contains(in.System, "All") ||
			slices.Contains(in.OldNames, name) || slices.Contains(in.OldNames, "All")) {
			out[name] = value
		}
	}
	put("SenderId", m.sender)
	put("SentTimestamp", strconv.FormatInt(millis(m.sent), 10))
	put("ApproximateReceiveCount", strconv.Itoa(l.receives))
	put("ApproximateFirstReceiveTimestamp", strconv.FormatInt(millis(l.first), 10))
	put("MessageGroupId", m.group)
	put("MessageDeduplicationId", m.dedup)
	if m.number != 0 {
		put("SequenceNumber", strconv.FormatUint(m.number, 10))
	}
	put(traceHeader, m.trace)
	put("DeadLetterQueueSourceArn", m.source)
	return out
}
