package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func (g Target) topics(key int, options ...func(*sns.Options)) *sns.Client {
	return sns.New(sns.Options{
		BaseEndpoint: &g.Endpoint, HTTPClient: g.HTTP, Region: g.Region,
		Credentials: credentials.NewStaticCredentialsProvider(g.Keys[key], "secret", ""),
	}, options...)
}

// otherTopics is a client of SNS in the other account.
func (t *T) otherTopics() *sns.Client {
	t.Helper()
	if t.target.Keys[1] == "" {
		t.Skip("the target has one account")
	}
	return t.target.topics(1)
}

func (t *T) createTopic(name string, attributes ...string) (*sns.CreateTopicOutput, error) {
	return t.sns.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name, Attributes: pairs(attributes)})
}

// topic makes a standard topic and returns its ARN.
func (t *T) topic() string {
	t.Helper()
	out, err := t.createTopic(t.name())
	t.must(err)
	return *out.TopicArn
}

// fifoTopic makes a FIFO topic that deduplicates by content.
func (t *T) fifoTopic(attributes ...string) string {
	t.Helper()
	attributes = append([]string{"FifoTopic", "true", "ContentBasedDeduplication", "true"}, attributes...)
	out, err := t.createTopic(t.name()+".fifo", attributes...)
	t.must(err)
	return *out.TopicArn
}

func (t *T) setTopic(topic, name, value string) error {
	_, err := t.sns.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
		TopicArn: &topic, AttributeName: &name, AttributeValue: &value,
	})
	return err
}

func (t *T) topicAttributes(topic string) map[string]string {
	t.Helper()
	out, err := t.sns.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &topic})
	t.must(err)
	return out.Attributes
}

func (t *T) trySubscribe(topic, protocol, endpoint string, attributes ...string) (*sns.SubscribeOutput, error) {
	in := &sns.SubscribeInput{TopicArn: &topic, Protocol: &protocol, Endpoint: &endpoint}
	if len(attributes) > 0 {
		in.Attributes = pairs(attributes)
	}
	return t.sns.Subscribe(t.Context(), in)
}

// subscribe subscribes a queue, which lets the topic send, and returns the subscription's ARN.
func (t *T) subscribe(topic, url string, attributes ...string) string {
	t.Helper()
	t.open(url, topic)
	out, err := t.trySubscribe(topic, "sqs", t.arn(url), attributes...)
	t.must(err)
	return *out.SubscriptionArn
}

// open has a queue let a topic send (sns-sqs-as-subscriber).
func (t *T) open(url, topic string) {
	t.Helper()
	t.must(t.set(url, "Policy", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":%q,
		"Condition":{"ArnEquals":{"aws:SourceArn":%q}}}]}`, t.arn(url), topic)))
}

// wired is a topic with a queue.
func (t *T) wired(attributes ...string) (topic, url, subscription string) {
	t.Helper()
	topic, url = t.topic(), t.queue()
	return topic, url, t.subscribe(topic, url, attributes...)
}

// wiredFIFO is a FIFO topic with a FIFO queue.
func (t *T) wiredFIFO(attributes ...string) (topic, url string) {
	t.Helper()
	topic, url = t.fifoTopic(), t.fifo()
	t.subscribe(topic, url, attributes...)
	return topic, url
}

func (t *T) setSubscription(subscription, name, value string) error {
	_, err := t.sns.SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: &subscription, AttributeName: &name, AttributeValue: &value,
	})
	return err
}

func (t *T) subscriptionAttributes(subscription string) map[string]string {
	t.Helper()
	out, err := t.sns.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &subscription})
	t.must(err)
	return out.Attributes
}

func (t *T) tryPublish(topic, text string, options ...func(*sns.PublishInput)) (*sns.PublishOutput, error) {
	in := &sns.PublishInput{TopicArn: &topic, Message: &text}
	for _, o := range options {
		o(in)
	}
	return t.sns.Publish(t.Context(), in)
}

func (t *T) publish(topic, text string, options ...func(*sns.PublishInput)) *sns.PublishOutput {
	t.Helper()
	out, err := t.tryPublish(topic, text, options...)
	t.must(err)
	return out
}

func withGroup(id string) func(*sns.PublishInput) {
	return func(in *sns.PublishInput) { in.MessageGroupId = &id }
}

func withDedupID(id string) func(*sns.PublishInput) {
	return func(in *sns.PublishInput) { in.MessageDeduplicationId = &id }
}

func withSubject(s string) func(*sns.PublishInput) {
	return func(in *sns.PublishInput) { in.Subject = &s }
}

func asJSON(in *sns.PublishInput) { in.MessageStructure = aws.String("json") }

func attribute(kind, value string) types.MessageAttributeValue {
	a := types.MessageAttributeValue{DataType: &kind}
	if strings.HasPrefix(kind, "Binary") {
		a.BinaryValue = []byte(value)
	} else {
		a.StringValue = &value
	}
	return a
}

func attributed(name, kind, value string) func(*sns.PublishInput) {
	return func(in *sns.PublishInput) {
		if in.MessageAttributes == nil {
			in.MessageAttributes = map[string]types.MessageAttributeValue{}
		}
		in.MessageAttributes[name] = attribute(kind, value)
	}
}

// messages are the texts in the notifications that a queue holds, in their order.
func (t *T) messages(url string) string {
	t.Helper()
	var out []string
	for _, m := range t.receive(url) {
		out = append(out, t.members(*m.Body)["Message"])
	}
	return strings.Join(out, " ")
}

// members are the members of a notification whose values are strings.
func (t *T) members(body string) map[string]string {
	t.Helper()
	var raw map[string]any
	t.must(json.Unmarshal([]byte(body), &raw))
	out := map[string]string{}
	for name, value := range raw {
		if text, ok := value.(string); ok {
			out[name] = text
		}
	}
	return out
}

// names are the names of a JSON object's members, in their order.
func (t *T) memberNames(body string) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewBufferString(body))
	var out []string
	depth, isName := 0, true
	for {
		token, err := d.Token()
		if err != nil {
			return strings.Join(out, " ")
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
			isName = depth == 1
		case string:
			if depth == 1 && isName {
				out = append(out, v)
			}
			isName = depth == 1 && !isName
		default:
			isName = depth == 1
		}
	}
}
