package snstest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/snstest/internal/reference"
)

// member is one client of a crowd.
type member struct {
	*bench

	all    *ledger
	id     int
	random *rand.Rand
	sent   int // messages, whose number makes their bodies different

	own     reference.Queue // of what url is
	url     string
	dead    string // the URL of its dead-letter queue, if it has one
	topic   string // leads to the queue, by a filter
	handles []string
	held    []held // of the shared queues
}

func newMember(b *bench, all *ledger, random *rand.Rand, id int) *member {
	m := &member{bench: b, all: all, id: id, random: random}
	suffix, kind := "", []string{}
	switch id % 3 {
	case 1:
		m.own.FIFO = true
		suffix, kind = ".fifo", []string{"FifoQueue", "true"}
	case 2:
		m.own.MaxReceives = 2
		dead := fmt.Sprintf("dead-%d", id)
		m.dead = b.create(dead)
		kind = []string{"RedrivePolicy", `{"deadLetterTargetArn":"` + queueARN + dead + `","maxReceiveCount":2}`}
	}
	name := fmt.Sprintf("own-%d%s", id, suffix)
	m.url = b.create(name, kind...)
	m.topic = b.fan(all.shop, fmt.Sprintf("topic-%d%s", id, suffix), name, map[string]string{"FilterPolicy": `{"kind":["a"]}`})
	return m
}

// step does something. The error says in what the answer was not what it had to be.
func (m *member) step() error {
	do := []func() error{
		m.send, m.sendBatch, m.publish, m.receive, m.receive, m.poll, m.delete, m.hide, m.count, m.pause,
		m.share, m.shareBatch, m.take, m.take, m.abort, m.settle, m.extend,
	}
	return do[m.random.IntN(len(do))]()
}

func (m *member) body() string {
	m.sent++
	return fmt.Sprintf("%d-%d", m.id, m.sent)
}

func (m *member) group() string { return string('a' + rune(m.random.IntN(3))) }

// send sends to its own queue, to a group or with a delay.
func (m *member) send() error {
	body := m.body()
	in := &sqs.SendMessageInput{QueueUrl: &m.url, MessageBody: &body}
	group, delay := "", time.Duration(0)
	if m.own.FIFO {
		group = m.group()
		in.MessageGroupId, in.MessageDeduplicationId = &group, &body
	} else if m.random.IntN(3) == 0 {
		delay = time.Duration(m.random.IntN(5)) * time.Second
		in.DelaySeconds = int32(delay.Seconds())
	}
	m.own.Send(time.Now(), body, group, delay)
	_, err := m.sqs.SendMessage(m.Context(), in)
	return err
}

func (m *member) sendBatch() error {
	in := &sqs.SendMessageBatchInput{QueueUrl: &m.url}
	for i := range 1 + m.random.IntN(10) {
		body, group := m.body(), ""
		e := types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: &body}
		if m.own.FIFO {
			group = m.group()
			e.MessageGroupId, e.MessageDeduplicationId = &group, &body
		}
		m.own.Send(time.Now(), body, group, 0)
		in.Entries = append(in.Entries, e)
	}
	out, err := m.sqs.SendMessageBatch(m.Context(), in)
	if err == nil && len(out.Successful) != len(in.Entries) {
		err = fmt.Errorf("sent %d of %d messages", len(out.Successful), len(in.Entries))
	}
	return err
}

// publish publishes to its own topic, from which only messages of kind a come to the queue.
func (m *member) publish() error {
	body, kind := m.body(), m.group()
	in := &sns.PublishInput{TopicArn: &m.topic, Message: &body, MessageAttributes: map[string]snstypes.MessageAttributeValue{
		"kind": {DataType: aws.String("String"), StringValue: &kind},
	}}
	group := ""
	if m.own.FIFO {
		group = m.group()
		in.MessageGroupId, in.MessageDeduplicationId = &group, &body
	}
	if kind == "a" {
		m.own.Send(time.Now(), body, group, 0)
	}
	_, err := m.all.shop.Publish(m.Context(), in)
	return err
}

func (m *member) receive() error { return m.receiveFor(0) }

func (m *member) poll() error { return m.receiveFor(1 + m.random.IntN(5)) }

func (m *member) receiveFor(seconds int) error {
	most, visibility := 1+m.random.IntN(10), 1+m.random.IntN(8) // the SDK does not send 0
	answered := m.own.Next(time.Now(), time.Duration(seconds)*time.Second)
	out, err := m.ask(m.Context(), m.url, most, visibility, seconds)
	if err != nil {
		return err
	}
	if now := time.Now(); !now.Equal(answered) {
		return fmt.Errorf("a poll was answered at %s, want %s", now.Format(time.TimeOnly), answered.Format(time.TimeOnly))
	}
	var got []reference.Received
	for _, r := range out {
		got = append(got, reference.Received{
			Body: *r.Body, Group: r.Attributes["MessageGroupId"], Handle: *r.ReceiptHandle, Receives: receives(r),
		})
		m.handles = append(m.handles, *r.ReceiptHandle)
	}
	return m.own.Receive(time.Now(), most, time.Duration(visibility)*time.Second, got)
}

func (m *member) ask(ctx context.Context, url string, most, visibility, seconds int) ([]types.Message, error) {
	out, err := m.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: int32(most), VisibilityTimeout: int32(visibility), WaitTimeSeconds: int32(seconds),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

func receives(r types.Message) int {
	n, _ := strconv.Atoi(r.Attributes["ApproximateReceiveCount"]) // 0 is wrong, and found
	return n
}

// delete deletes by any handle that it ever had.
func (m *member) delete() error {
	if len(m.handles) == 0 {
		return m.receive()
	}
	handle := m.handles[m.random.IntN(len(m.handles))]
	refused := m.own.Delete(time.Now(), handle)
	_, err := m.sqs.DeleteMessage(m.Context(), &sqs.DeleteMessageInput{QueueUrl: &m.url, ReceiptHandle: &handle})
	if refused != (err != nil) {
		return fmt.Errorf("delete: got error %w, want one: %t", err, refused)
	}
	return nil
}

func (m *member) hide() error {
	if len(m.handles) == 0 {
		return m.receive()
	}
	handle, seconds := m.handles[m.random.IntN(len(m.handles))], m.random.IntN(20)
	refused := m.own.Hide(time.Now(), handle, time.Duration(seconds)*time.Second)
	_, err := m.sqs.ChangeMessageVisibility(m.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &m.url, ReceiptHandle: &handle, VisibilityTimeout: int32(seconds),
	})
	if refused != (err != nil) {
		return fmt.Errorf("change visibility: got error %w, want one: %t", err, refused)
	}
	return nil
}

// count wants the counts of its own queue, and of its dead letters.
func (m *member) count() error {
	got, err := m.counts(m.url)
	if err != nil {
		return err
	}
	if want := fmt.Sprint(m.own.Counts(time.Now())); got != want {
		return fmt.Errorf("ready, in flight, delayed: got %s, want %s", got, want)
	}
	if m.dead == "" {
		return nil
	}
	got, err = m.counts(m.dead)
	if want := fmt.Sprint(len(m.own.Dead), 0, 0); err == nil && got != want {
		err = fmt.Errorf("dead letters: got %s, want %s", got, want)
	}
	return err
}

func (m *member) counts(url string) (string, error) {
	out, err := m.sqs.GetQueueAttributes(m.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"},
	})
	if err != nil {
		return "", err
	}
	const prefix = "ApproximateNumberOfMessages"
	a := out.Attributes
	return a[prefix] + " " + a[prefix+"NotVisible"] + " " + a[prefix+"Delayed"], nil
}

func (m *member) pause() error {
	m.sleep(time.Duration(m.random.IntN(5000)) * time.Millisecond)
	return nil
}

// drain receives and deletes what is left in its own queue.
func (m *member) drain() error {
	for {
		m.handles = nil
		if err := errors.Join(m.count(), m.receiveFor(0), m.count()); err != nil {
			return err
		}
		for _, handle := range m.handles {
			m.handles = []string{handle}
			if err := m.delete(); err != nil {
				return err
			}
		}
		if ready, inFlight, delayed := m.own.Counts(time.Now()); ready+inFlight+delayed == 0 {
			return nil
		}
		m.sleep(10 * time.Second)
	}
}
