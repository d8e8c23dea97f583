package conformance

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// T is a case that runs: a test, and a client.
type T struct {
	testing.TB
	target Target
	sqs    *sqs.Client
	sns    *sns.Client
	names  int
	later  sync.WaitGroup // what after has started
}

func (g Target) client(key int, options ...func(*sqs.Options)) *sqs.Client {
	return sqs.New(sqs.Options{
		BaseEndpoint: &g.Endpoint, HTTPClient: g.HTTP, Region: g.Region,
		Credentials: credentials.NewStaticCredentialsProvider(g.Keys[key], "secret", ""),
	}, options...)
}

// other is a client in the other account.
func (t *T) other() *sqs.Client {
	t.Helper()
	if t.target.Keys[1] == "" {
		t.Skip("the target has one account")
	}
	return t.target.client(1)
}

// sleep waits, in the bubble if there is one.
func (t *T) sleep(d time.Duration) { t.target.Sleep(d) }

// after does something later, while the case waits for what comes of it. The case does not end before it has.
func (t *T) after(d time.Duration, do func() error) {
	t.later.Add(1)
	time.AfterFunc(d, func() {
		defer t.later.Done()
		if err := do(); err != nil {
			t.Errorf("%v later: %v", d, err)
		}
	})
}

func (t *T) equal(what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// name makes a name that no other queue has.
func (t *T) name() string {
	t.names++
	return fmt.Sprintf("case-%d-%d", time.Now().UnixNano(), t.names)
}

func pairs(kv []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

func (t *T) create(name string, attributes ...string) (*sqs.CreateQueueOutput, error) {
	return t.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: pairs(attributes)})
}

// queue makes a standard queue and returns its URL.
func (t *T) queue(attributes ...string) string {
	t.Helper()
	out, err := t.create(t.name(), attributes...)
	t.must(err)
	return *out.QueueUrl
}

// fifo makes a FIFO queue that deduplicates by content.
func (t *T) fifo(attributes ...string) string {
	t.Helper()
	attributes = append([]string{"FifoQueue", "true", "ContentBasedDeduplication", "true"}, attributes...)
	out, err := t.create(t.name()+".fifo", attributes...)
	t.must(err)
	return *out.QueueUrl
}

func (t *T) set(url string, attributes ...string) error {
	_, err := t.sqs.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &url, Attributes: pairs(attributes),
	})
	return err
}

func (t *T) attributes(url string, names ...string) map[string]string {
	t.Helper()
	in := &sqs.GetQueueAttributesInput{QueueUrl: &url}
	for _, name := range names {
		in.AttributeNames = append(in.AttributeNames, types.QueueAttributeName(name))
	}
	out, err := t.sqs.GetQueueAttributes(t.Context(), in)
	t.must(err)
	return out.Attributes
}

func (t *T) attribute(url, name string) string {
	t.Helper()
	return t.attributes(url, name)[name]
}

func (t *T) arn(url string) string { return t.attribute(url, "QueueArn") }

// counts are how many messages are ready, in flight and delayed.
func (t *T) counts(url string) string {
	t.Helper()
	a := t.attributes(url, "All")
	return a["ApproximateNumberOfMessages"] + " " + a["ApproximateNumberOfMessagesNotVisible"] + " " +
		a["ApproximateNumberOfMessagesDelayed"]
}

func (t *T) trySend(url, body string, options ...func(*sqs.SendMessageInput)) (*sqs.SendMessageOutput, error) {
	in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}
	for _, o := range options {
		o(in)
	}
	return t.sqs.SendMessage(t.Context(), in)
}

func (t *T) send(url, body string, options ...func(*sqs.SendMessageInput)) *sqs.SendMessageOutput {
	t.Helper()
	out, err := t.trySend(url, body, options...)
	t.must(err)
	return out
}

func inGroup(id string) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) { in.MessageGroupId = &id }
}

func withDedup(id string) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) { in.MessageDeduplicationId = &id }
}

func withDelay(seconds int32) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) { in.DelaySeconds = seconds }
}

func withAttribute(name, kind, value string) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) {
		if in.MessageAttributes == nil {
			in.MessageAttributes = map[string]types.MessageAttributeValue{}
		}
		a := types.MessageAttributeValue{DataType: &kind}
		if strings.HasPrefix(kind, "Binary") {
			a.BinaryValue = []byte(value)
		} else {
			a.StringValue = &value
		}
		in.MessageAttributes[name] = a
	}
}

func (t *T) tryReceive(url string, options ...func(*sqs.ReceiveMessageInput)) ([]types.Message, error) {
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	}
	for _, o := range options {
		o(in)
	}
	out, err := t.sqs.ReceiveMessage(t.Context(), in)
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// receive receives up to ten messages with all that they have, by a short poll.
func (t *T) receive(url string, options ...func(*sqs.ReceiveMessageInput)) []types.Message {
	t.Helper()
	messages, err := t.tryReceive(url, options...)
	t.must(err)
	return messages
}

// one receives a message that must be there.
func (t *T) one(url string, options ...func(*sqs.ReceiveMessageInput)) types.Message {
	t.Helper()
	messages := t.receive(url, append(options, atMost(1))...)
	if len(messages) != 1 {
		t.Fatalf("received %d messages, want 1", len(messages))
	}
	return messages[0]
}

func atMost(n int32) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = n }
}

func hiddenFor(seconds int32) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = seconds }
}

func waiting(seconds int32) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = seconds }
}

func bodies(messages []types.Message) string {
	var out []string
	for _, m := range messages {
		out = append(out, aws.ToString(m.Body))
	}
	return strings.Join(out, " ")
}

// has wants the queue to give these bodies, in this order.
func (t *T) has(url, want string, options ...func(*sqs.ReceiveMessageInput)) []types.Message {
	t.Helper()
	messages := t.receive(url, options...)
	t.equal("received", bodies(messages), want)
	return messages
}

func (t *T) delete(url string, m types.Message) error {
	_, err := t.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
	return err
}

func (t *T) hide(url string, m types.Message, seconds int32) error {
	_, err := t.sqs.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds,
	})
	return err
}
