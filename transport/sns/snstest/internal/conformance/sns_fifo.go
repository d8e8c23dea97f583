package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func fifoTopicCases() []Case {
	return []Case{
		{Name: "FIFO/wrapped", Page: "recorded: test_message_to_fifo_sqs, test_publish_fifo_messages_to_dlq",
			Rule: "the notification of a FIFO topic has a SequenceNumber and no signature",
			Do: func(t *T) {
				topic, url := t.wiredFIFO()
				out := t.publish(topic, "Test", withGroup("g"), withSubject("s"), attributed("n", "Number", "1"))
				body := *t.one(url).Body
				t.equal("names", t.memberNames(body),
					"Type MessageId SequenceNumber TopicArn Subject Message Timestamp UnsubscribeURL MessageAttributes")
				t.equal("SequenceNumber", t.members(body)["SequenceNumber"], *out.SequenceNumber)
			}},
		{Name: "FIFO/content", Page: "recorded: test_publish_to_fifo_topic_deduplication_on_topic_level",
			Rule: "the queue gets the SHA-256 of the message as deduplication ID, also if it does not deduplicate by content",
			Do: func(t *T) {
				topic, url := t.fifoTopic(), t.fifo("ContentBasedDeduplication", "false")
				t.subscribe(topic, url)
				t.publish(topic, "Test", withGroup("g"))
				sum := sha256.Sum256([]byte("Test"))
				t.equal("MessageDeduplicationId", t.one(url).Attributes["MessageDeduplicationId"], hex.EncodeToString(sum[:]))
			}},
		{Name: "FIFO/just within 5 minutes", Page: "API_Publish", Waits: 5 * time.Minute,
			Rule: "an ID is known for 5 minutes, and not for longer",
			Do: func(t *T) {
				topic, url := t.wiredFIFO("RawMessageDelivery", "true")
				t.publish(topic, "a", withGroup("g"), withDedupID("d"))
				t.sleep(5*time.Minute - time.Millisecond)
				t.publish(topic, "b", withGroup("h"), withDedupID("d"))
				t.sleep(time.Millisecond)
				t.publish(topic, "c", withGroup("i"), withDedupID("d"))
				t.equal("messages", strings.Contains(bodies(t.receive(url)), "b"), false)
				t.equal("kept", t.attribute(url, "ApproximateNumberOfMessagesNotVisible"), "2")
			}},
		{Name: "FIFO/scope Topic", Page: "API_SetTopicAttributes",
			Rule: "by default an ID is known in all groups",
			Do: func(t *T) {
				topic, url := t.wiredFIFO("RawMessageDelivery", "true")
				t.publish(topic, "a", withGroup("g"), withDedupID("d"))
				t.publish(topic, "b", withGroup("h"), withDedupID("d"))
				t.has(url, "a")
			}},
		{Name: "FIFO/scope MessageGroup", Page: "API_SetTopicAttributes",
			Rule: "with MessageGroup each group has IDs of its own",
			Do: func(t *T) {
				topic := t.fifoTopic("FifoThroughputScope", "MessageGroup")
				url := t.fifo("DeduplicationScope", "messageGroup", "FifoThroughputLimit", "perMessageGroupId")
				t.subscribe(topic, url, "RawMessageDelivery", "true")
				t.publish(topic, "a", withGroup("g"), withDedupID("d"))
				t.publish(topic, "b", withGroup("h"), withDedupID("d"))
				t.publish(topic, "c", withGroup("h"), withDedupID("d"))
				t.equal("messages", len(t.receive(url)), 2)
			}},
		{Name: "FIFO/standard queue", Page: "recorded: test_fifo_topic_to_regular_sqs",
			Rule: "a standard queue can be subscribed, gets no group, and duplicates are not delivered to it either",
			Do: func(t *T) {
				topic, url := t.fifoTopic(), t.queue()
				t.subscribe(topic, url, "RawMessageDelivery", "true")
				t.publish(topic, "a", withGroup("g"))
				t.equal("MessageGroupId", t.one(url).Attributes["MessageGroupId"], "")
				t.publish(topic, "a", withGroup("g"))
				t.equal("duplicates", len(t.receive(url)), 0)
			}},
		{Name: "FIFO/dead letters", Page: "recorded: test_validations_for_fifo, test_publish_fifo_messages_to_dlq",
			Rule: "a FIFO queue has a FIFO queue for dead letters, which gets them with group and ID",
			Do: func(t *T) {
				topic, url, dlq := t.fifoTopic(), t.fifo(), t.fifo()
				sub := t.subscribe(topic, url)
				t.fails(t.setSubscription(sub, "RedrivePolicy", redriveTo(t.arn(t.queue()))), invalidParameter)
				t.must(t.setSubscription(sub, "RedrivePolicy", redriveTo(t.arn(dlq))))
				t.open(dlq, topic)
				_, err := t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
				t.must(err)
				t.publish(topic, "a", withGroup("g"), withDedupID("d"))
				m := t.one(dlq)
				t.equal("group and ID", m.Attributes["MessageGroupId"]+m.Attributes["MessageDeduplicationId"], "gd")
			}},
		{Name: "FIFO/batch", Page: "API_PublishBatch",
			Rule: "the messages of a batch are numbered and delivered in their order",
			Do: func(t *T) {
				topic, url := t.wiredFIFO("RawMessageDelivery", "true")
				var entries []types.PublishBatchRequestEntry
				for i := range 5 {
					e := entry(fmt.Sprint(i), fmt.Sprint("m", i))
					e.MessageGroupId = aws.String("g")
					entries = append(entries, e)
				}
				out, err := t.tryPublishBatch(topic, entries...)
				t.must(err)
				last := ""
				for _, s := range out.Successful {
					t.equal("ascends", *s.SequenceNumber > last, true)
					last = *s.SequenceNumber
				}
				t.has(url, "m0 m1 m2 m3 m4")
			}},
		{Name: "FIFO/ContentBasedDeduplication later", Page: "API_SetTopicAttributes",
			Rule: "a topic can be told to deduplicate by content",
			Do: func(t *T) {
				topic := t.fifoTopic("ContentBasedDeduplication", "false")
				_, err := t.tryPublish(topic, "a", withGroup("g"))
				t.fails(err, invalidParameter)
				t.must(t.setTopic(topic, "ContentBasedDeduplication", "true"))
				t.publish(topic, "a", withGroup("g"))
			}},
		{Name: "delivery/fair queues", Page: "recorded: test_publish_message_group_id",
			Rule: "a standard topic passes a group on to standard queues",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				t.publish(topic, "a", withGroup("tenant"))
				t.equal("MessageGroupId", t.one(url).Attributes["MessageGroupId"], "tenant")
			}},
		{Name: "delivery/dead letters/raw", Page: "recorded: test_redrive_policy_sqs_queue_subscription",
			Rule: "in the dead-letter queue a raw message is raw, with its attributes",
			Do: func(t *T) {
				topic, url, sub := t.wired("RawMessageDelivery", "true")
				dlq := t.queue()
				t.open(dlq, topic)
				t.must(t.setSubscription(sub, "RedrivePolicy", redriveTo(t.arn(dlq))))
				t.must(t.set(url, "Policy", ""))
				t.publish(topic, "a", attributed("n", "Number", "111"))
				m := t.one(dlq)
				t.equal("body", *m.Body, "a")
				t.equal("attribute", *m.MessageAttributes["n"].StringValue, "111")
			}},
		{Name: "delivery/dead letters/eleven attributes", Page: "sns-message-attributes, sns-dead-letter-queues",
			Rule: "what is discarded as a client error is in the dead-letter queue; whole, and so not raw",
			Do: func(t *T) {
				topic, url, sub := t.wired("RawMessageDelivery", "true")
				dlq := t.queue()
				t.open(dlq, topic)
				t.must(t.setSubscription(sub, "RedrivePolicy", redriveTo(t.arn(dlq))))
				e := entry("1", "a")
				e.MessageAttributes = map[string]types.MessageAttributeValue{}
				for i := range 11 {
					e.MessageAttributes[fmt.Sprintf("n%02d", i)] = attribute("String", "v")
				}
				_, err := t.tryPublishBatch(topic, e)
				t.must(err)
				t.equal("messages", len(t.receive(url)), 0)
				t.equal("attributes", strings.Count(*t.one(dlq).Body, ` : {"Type":"String","Value":"v"}`), 11)
			}},
		{Name: "delivery/dead letters/refuses", Page: "sns-configure-dead-letter-queue",
			Rule: "a dead-letter queue has to let the topic send, too; if not, the message is lost, and Publish succeeds",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				dlq := t.queue()
				t.must(t.setSubscription(sub, "RedrivePolicy", redriveTo(t.arn(dlq))))
				t.must(t.set(url, "Policy", ""))
				t.publish(topic, "a")
				t.equal("counts", t.counts(dlq), "0 0 0")
			}},
		{Name: "delivery/ten raw attributes", Page: "sns-message-attributes",
			Rule: "raw delivery takes ten attributes, of all types and labels",
			Do: func(t *T) {
				topic, url, _ := t.wired("RawMessageDelivery", "true")
				e := entry("1", "a")
				e.MessageAttributes = map[string]types.MessageAttributeValue{
					"array": attribute("String.Array", `["a",1]`), "labelled": attribute("Number.int", "7"), "binary": attribute("Binary.gif", "\x00"),
				}
				for i := range 7 {
					e.MessageAttributes[fmt.Sprint("n", i)] = attribute("String", "v")
				}
				_, err := t.tryPublishBatch(topic, e)
				t.must(err)
				got := t.one(url).MessageAttributes
				t.equal("attributes", len(got), 10)
				t.equal("types", *got["array"].DataType+*got["labelled"].DataType+*got["binary"].DataType, "String.ArrayNumber.intBinary.gif")
			}},
		{Name: "delivery/timestamp", Page: "sns-sqs-as-subscriber",
			Rule: "the time of a notification has milliseconds and is UTC",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				t.publish(topic, "a")
				stamp := t.members(*t.one(url).Body)["Timestamp"]
				t.equal("form", len(stamp) == len("2012-03-29T05:12:16.901Z") && stamp[19] == '.' && stamp[23] == 'Z', true)
			}},
		{Name: "delivery/SignatureVersion", Page: "API_SetTopicAttributes",
			Rule: "notifications are signed by version 1, or the one that the topic is set to",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				t.publish(topic, "a")
				t.must(t.setTopic(topic, "SignatureVersion", "2"))
				t.publish(topic, "b")
				got := t.receive(url)
				t.equal("versions", t.members(*got[0].Body)["SignatureVersion"]+t.members(*got[1].Body)["SignatureVersion"], "12")
			}},
		{Name: "delivery/other region", Page: "sns-cross-region-delivery",
			Rule: "a queue of another region is subscribed in the topic's, and gets its messages",
			Do: func(t *T) {
				far := t.target.client(0, func(o *sqs.Options) { o.Region = "eu-west-1" })
				topic, name := t.topic(), t.name()
				q, err := far.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
				t.must(err)
				arn := "arn:aws:sqs:eu-west-1:" + t.target.Accounts[0] + ":" + name
				_, err = far.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
					QueueUrl: q.QueueUrl, Attributes: map[string]string{"Policy": policyFor(arn, "sqs:SendMessage", "")},
				})
				t.must(err)
				_, err = t.trySubscribe(topic, "sqs", arn)
				t.must(err)
				t.publish(topic, "a")
				t.equal("messages", len(t.take(far, *q.QueueUrl)), 1)
			}},
		{Name: "filter/body", Page: "sns-message-filtering-scope",
			Rule: "with the scope MessageBody a filter looks into the message, which is a JSON object",
			Do: func(t *T) {
				topic, url, _ := t.wired("RawMessageDelivery", "true", "FilterPolicyScope", "MessageBody",
					"FilterPolicy", `{"data":{"id":[{"numeric":[">",1]}]}}`)
				for _, text := range []string{`{"data":{"id":1}}`, `{"data":{"id":2}}`, `text`, `[]`} {
					t.publish(topic, text)
				}
				t.has(url, `{"data":{"id":2}}`)
			}},
		{Name: "filter/batch", Page: "recorded: test_filter_policy_for_batch",
			Rule: "each message of a batch is filtered for itself",
			Do: func(t *T) {
				topic, url, _ := t.wired("RawMessageDelivery", "true", "FilterPolicy", `{"s":["x"]}`)
				yes, no := entry("1", "yes"), entry("2", "no")
				yes.MessageAttributes = map[string]types.MessageAttributeValue{"s": attribute("String.Array", `["x","y"]`)}
				out, err := t.tryPublishBatch(topic, yes, no)
				t.must(err)
				t.equal("published", len(out.Successful), 2)
				t.has(url, "yes")
			}},
	}
}
