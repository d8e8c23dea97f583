package snstest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// What a member does to the queues that all share.

// share sends one message: to a group of its own in the FIFO queue, or to the standard queue, perhaps by its topic.
func (m *member) share() (err error) {
	body := m.body()
	switch m.random.IntN(3) {
	case 0:
		group := strconv.Itoa(m.id)
		m.all.sending(body, group)
		_, err = m.sqs.SendMessage(m.Context(), &sqs.SendMessageInput{
			QueueUrl: aws.String(m.all.urls[true]), MessageBody: &body, MessageGroupId: &group, MessageDeduplicationId: &body,
		})
	case 1:
		m.all.sending(body, "")
		_, err = m.sqs.SendMessage(m.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(m.all.urls[false]), MessageBody: &body})
	default:
		m.all.sending(body, "")
		_, err = m.all.shop.Publish(m.Context(), &sns.PublishInput{TopicArn: &m.all.topic, Message: &body})
	}
	return err
}

func (m *member) shareBatch() error {
	in := &sns.PublishBatchInput{TopicArn: &m.all.topic}
	for i := range 10 {
		body := m.body()
		m.all.sending(body, "")
		in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, snstypes.PublishBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), Message: &body,
		})
	}
	out, err := m.all.shop.PublishBatch(m.Context(), in)
	if err == nil && len(out.Failed) > 0 {
		err = fmt.Errorf("%d messages of a batch failed", len(out.Failed))
	}
	return err
}

// take receives, and may wait for it.
func (m *member) take() error {
	fifo, visibility, seconds := m.random.IntN(2) == 0, 5+m.random.IntN(20), m.random.IntN(4)
	out, err := m.ask(m.Context(), m.all.urls[fifo], 1+m.random.IntN(10), visibility, seconds)
	if err != nil {
		return err
	}
	var bodies, handles []string
	var times []int
	for _, r := range out {
		bodies, handles, times = append(bodies, *r.Body), append(handles, *r.ReceiptHandle), append(times, receives(r))
	}
	mine, err := m.all.received(bodies, handles, times, time.Duration(visibility)*time.Second, fifo)
	m.held = append(m.held, mine...)
	return err
}

// abort gives up a long poll, at any moment.
func (m *member) abort() error {
	m.all.aborting()
	ctx, cancel := context.WithTimeout(m.Context(), time.Duration(m.random.IntN(3000))*time.Millisecond)
	defer cancel()
	_, err := m.ask(ctx, m.all.urls[m.random.IntN(2) == 0], 10, 5, 20)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err // what it was given comes back when its visibility timeout is over
}

// settle deletes something that it holds still, or all of one queue in a batch.
func (m *member) settle() error {
	if len(m.held) == 0 {
		return nil
	}
	one := m.held[0]
	batch := &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(m.all.urls[one.fifo])}
	m.held = slices.DeleteFunc(m.held, func(h held) bool {
		if h.fifo != one.fifo || len(batch.Entries) == 10 {
			return false
		}
		if m.all.mine(h, 0, true) {
			batch.Entries = append(batch.Entries, types.DeleteMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(len(batch.Entries))), ReceiptHandle: &h.by,
			})
		}
		return true
	})
	switch len(batch.Entries) {
	case 0:
		return nil
	case 1:
		_, err := m.sqs.DeleteMessage(m.Context(), &sqs.DeleteMessageInput{
			QueueUrl: batch.QueueUrl, ReceiptHandle: batch.Entries[0].ReceiptHandle,
		})
		return err
	}
	out, err := m.sqs.DeleteMessageBatch(m.Context(), batch)
	if err == nil && len(out.Failed) > 0 {
		err = fmt.Errorf("%d deletions of a batch failed: %s", len(out.Failed), *out.Failed[0].Message)
	}
	return err
}

// extend keeps something for longer, or shorter.
func (m *member) extend() error {
	if len(m.held) == 0 {
		return nil
	}
	h, seconds := m.held[m.random.IntN(len(m.held))], 1+m.random.IntN(30)
	if !m.all.mine(h, time.Duration(seconds)*time.Second, false) {
		return nil
	}
	_, err := m.sqs.ChangeMessageVisibility(m.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(m.all.urls[h.fifo]), ReceiptHandle: &h.by, VisibilityTimeout: int32(seconds),
	})
	return err
}
