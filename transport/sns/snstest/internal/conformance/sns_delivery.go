package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// withAllAttributes asks for the message attributes.
func withAllAttributes(in *sqs.ReceiveMessageInput) { in.MessageAttributeNames = []string{"All"} }

func deliveryCases() []Case {
	cases := []Case{
		{Name: "delivery/wrapped", Page: "sns-sqs-as-subscriber",
			Rule: "a queue gets a notification whose members stand in one order",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				out := t.publish(topic, "a \"b\"\n<&> \u00e9", withSubject("s"), attributed("n", "Number", "1"))
				body := *t.one(url).Body
				t.equal("names", t.memberNames(body), "Type MessageId TopicArn Subject Message Timestamp SignatureVersion "+
					"Signature SigningCertURL UnsubscribeURL MessageAttributes")
				m := t.members(body)
				t.equal("Type", m["Type"], "Notification")
				t.equal("MessageId", m["MessageId"], *out.MessageId)
				t.equal("TopicArn", m["TopicArn"], topic)
				t.equal("Message", m["Message"], "a \"b\"\n<&> \u00e9")
				t.equal("attribute", strings.Contains(body, `"n" : {"Type":"Number","Value":"1"}`), true)
			}},
		{Name: "delivery/raw", Page: "sns-large-payload-raw-message-delivery",
			Rule: "raw, the body is the message and its attributes are the queue's",
			Do: func(t *T) {
				topic, url, _ := t.wired("RawMessageDelivery", "true")
				t.publish(topic, "a", attributed("n", "String", "v"), attributed("b", "Binary", "\x00\xff"))
				m := t.one(url, withAllAttributes)
				t.equal("body", *m.Body, "a")
				t.equal("attributes", len(m.MessageAttributes), 2)
				t.equal("n", *m.MessageAttributes["n"].StringValue, "v")
				t.equal("b", string(m.MessageAttributes["b"].BinaryValue), "\x00\xff")
			}},
		{Name: "delivery/raw/eleven attributes", Page: "sns-message-attributes",
			Rule: "raw messages with more than ten attributes are discarded; others of them are delivered",
			Do: func(t *T) {
				topic, raw, _ := t.wired("RawMessageDelivery", "true")
				wrapped := t.queue()
				t.subscribe(topic, wrapped)
				var eleven []func(*sns.PublishInput)
				for i := range 11 {
					eleven = append(eleven, attributed(fmt.Sprint("n", i), "String", "v"))
				}
				t.publish(topic, "a", eleven...)
				t.equal("raw", len(t.receive(raw)), 0)
				t.equal("wrapped", t.messages(wrapped), "a")
			}},
		{Name: "delivery/queue that refuses", Page: "sns-sqs-as-subscriber",
			Rule: "a queue whose policy does not let the topic send gets nothing, and Publish succeeds",
			Do: func(t *T) {
				topic, url := t.topic(), t.queue()
				_, err := t.trySubscribe(topic, "sqs", t.arn(url))
				t.must(err)
				t.publish(topic, "a")
				t.equal("messages", t.messages(url), "")
				t.open(url, topic)
				t.publish(topic, "b")
				t.equal("messages", t.messages(url), "b")
			}},
		{Name: "delivery/another topic's permission", Page: "sns-sqs-as-subscriber",
			Rule: "the condition aws:SourceArn lets the topic send that it names",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				t.open(url, topic+"x")
				t.publish(topic, "a")
				t.equal("messages", t.messages(url), "")
			}},
		{Name: "delivery/dead letters", Page: "sns-dead-letter-queues",
			Rule: "what a queue that is gone would have got is in the subscription's dead-letter queue",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				dlq := t.queue()
				t.open(dlq, topic)
				t.must(t.setSubscription(sub, "RedrivePolicy", fmt.Sprintf(`{"deadLetterTargetArn":%q}`, t.arn(dlq))))
				_, err := t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
				t.must(err)
				t.publish(topic, "a")
				t.equal("messages", t.messages(dlq), "a")
			}},
		{Name: "delivery/two queues", Page: "API_Publish",
			Rule: "every subscriber gets every message",
			Do: func(t *T) {
				topic, a, _ := t.wired()
				b := t.queue()
				t.subscribe(topic, b)
				t.publish(topic, "1")
				t.publish(topic, "2")
				t.equal("a", t.messages(a), "1 2")
				t.equal("b", t.messages(b), "1 2")
			}},
		{Name: "delivery/FIFO", Page: "fifo-topic-message-ordering",
			Rule: "a FIFO queue gets group and deduplication, and messages in their order",
			Do: func(t *T) {
				topic, url := t.wiredFIFO("RawMessageDelivery", "true")
				for i := range 5 {
					t.publish(topic, fmt.Sprint(i), withGroup("g"), withDedupID(fmt.Sprint("d", i)))
				}
				got := t.receive(url, func(in *sqs.ReceiveMessageInput) {
					in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll}
				})
				var bodies []string
				for _, m := range got {
					bodies = append(bodies, *m.Body)
					t.equal("group", m.Attributes["MessageGroupId"], "g")
				}
				t.equal("bodies", strings.Join(bodies, ""), "01234")
				t.equal("dedup", got[0].Attributes["MessageDeduplicationId"], "d0")
			}},
		{Name: "delivery/FRAME beside raw", Page: "sns-large-payload-raw-message-delivery",
			Rule: "one topic serves a subscriber that reads notifications and one that reads raw messages",
			Do: func(t *T) {
				topic, frame, _ := t.wired()
				raw := t.queue()
				t.subscribe(topic, raw, "RawMessageDelivery", "true", "FilterPolicyScope", "MessageBody", "FilterPolicy", `{"action":["created"]}`)
				created := `{"channel": "Order", "action": "created", "data": {"id": 1}}`
				t.publish(topic, created)
				t.publish(topic, `{"channel": "Order", "action": "deleted", "data": {"id": 1}}`)
				t.equal("FRAME's", len(t.receive(frame)), 2)
				got := t.receive(raw)
				t.equal("raw", len(got), 1)
				t.equal("body", *got[0].Body, created)
			}},
	}
	for name, c := range map[string]struct {
		policy string
		want   string // of the messages a (n=1), b (n=2, s=x) and c (none)
	}{
		"none":         {``, "a b c"},
		"string":       {`{"s":["x"]}`, "b"},
		"number":       {`{"n":[{"numeric":[">",1]}]}`, "b"},
		"exists":       {`{"s":[{"exists":true}]}`, "b"},
		"anything-but": {`{"n":[{"anything-but":[2]}]}`, "a"},
		"prefix":       {`{"s":[{"prefix":"x"}]}`, "b"},
		"or":           {`{"$or":[{"s":["x"]},{"n":[1]}]}`, "a b"},
		"and":          {`{"s":["x"],"n":[1]}`, ""},
	} {
		cases = append(cases, Case{
			Name: "filter/attributes/" + name, Page: "sns-subscription-filter-policies",
			Rule: "a subscriber gets what its filter policy lets pass",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				t.must(t.setSubscription(sub, "FilterPolicy", c.policy))
				t.publish(topic, "a", attributed("n", "Number", "1"))
				t.publish(topic, "b", attributed("n", "Number", "2"), attributed("s", "String", "x"))
				t.publish(topic, "c")
				t.equal("messages", t.messages(url), c.want)
			},
		})
	}
	return cases
}

func topicAccountCases() []Case {
	return []Case{
		{Name: "accounts/Publish", Page: "sns-access-policy-use-cases",
			Rule: "another account may publish if the topic's policy says so, and not otherwise",
			Do: func(t *T) {
				other := t.otherTopics()
				topic, url, _ := t.wired()
				in := &sns.PublishInput{TopicArn: &topic, Message: aws.String("a")}
				_, err := other.Publish(t.Context(), in)
				t.fails(err, unauthorized)
				t.must(t.setTopic(topic, "Policy", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
					"Principal":{"AWS":%q},"Action":"sns:Publish","Resource":%q}]}`, t.target.Accounts[1], topic)))
				_, err = other.Publish(t.Context(), in)
				t.must(err)
				t.equal("messages", t.messages(url), "a")
			}},
		{Name: "accounts/AddPermission", Page: "API_AddPermission",
			Rule: "AddPermission lets accounts do the actions that it names, until RemovePermission",
			Do: func(t *T) {
				other := t.otherTopics()
				topic := t.topic()
				_, err := t.sns.AddPermission(t.Context(), &sns.AddPermissionInput{
					TopicArn: &topic, Label: aws.String("l"), AWSAccountId: []string{t.target.Accounts[1]}, ActionName: []string{"Publish"},
				})
				t.must(err)
				in := &sns.PublishInput{TopicArn: &topic, Message: aws.String("a")}
				_, err = other.Publish(t.Context(), in)
				t.must(err)
				_, err = t.sns.RemovePermission(t.Context(), &sns.RemovePermissionInput{TopicArn: &topic, Label: aws.String("l")})
				t.must(err)
				_, err = other.Publish(t.Context(), in)
				t.fails(err, unauthorized)
			}},
	}
}
