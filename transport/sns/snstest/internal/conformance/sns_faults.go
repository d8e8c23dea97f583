package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// publishFaultCases are what Publish and PublishBatch refuse, with the code.
func publishFaultCases() []Case {
	cases := []Case{
		{Name: "Publish/empty message", Page: "recorded: test_empty_sns_message",
			Rule: "a message is not empty",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				_, err := t.tryPublish(topic, "")
				t.fails(err, invalidParameter)
				t.equal("counts", t.counts(url), "0 0 0")
			}},
		{Name: "Publish/no topic", Page: "recorded: test_unknown_topic_publish",
			Rule: "a topic that is not there is NotFound",
			Do: func(t *T) {
				_, err := t.tryPublish(t.topic()+"x", "a")
				t.fails(err, noTopic)
			}},
		{Name: "Publish/ARN", Page: "recorded: test_publish_wrong_arn_format",
			Rule: "what is no ARN is an invalid parameter",
			Do: func(t *T) {
				for _, arn := range []string{"", "topic", "randomstring:1"} {
					_, err := t.tryPublish(arn, "a")
					t.fails(err, invalidParameter)
				}
			}},
		{Name: "Publish/no target", Page: "API_Publish",
			Rule: "one of TopicArn, TargetArn and PhoneNumber is given",
			Do: func(t *T) {
				_, err := t.sns.Publish(t.Context(), &sns.PublishInput{Message: aws.String("a")})
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/two targets", Page: "API_Publish",
			Rule: "only one of TopicArn, TargetArn and PhoneNumber is given",
			Do: func(t *T) {
				topic := t.topic()
				_, err := t.tryPublish(topic, "a", func(in *sns.PublishInput) { in.TargetArn = &topic })
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/no such endpoint", Page: "recorded: test_publish_non_existent_target",
			Rule: "a mobile endpoint that is not there is an invalid parameter",
			Do: func(t *T) {
				_, err := t.sns.Publish(t.Context(), &sns.PublishInput{Message: aws.String("a"), TargetArn: aws.String(
					"arn:aws:sns:us-east-1:" + t.target.Accounts[0] + ":endpoint/APNS/abcdef/0f7d5971-aa8b-4bd5-b585-0826e9f93a66")})
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/structure/unknown", Page: "API_Publish",
			Rule: "the one structure is json",
			Do: func(t *T) {
				_, err := t.tryPublish(t.topic(), "a", func(in *sns.PublishInput) { in.MessageStructure = aws.String("xml") })
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/structure/default is no string", Page: "recorded: test_message_structure_json_exc",
			Rule: "the default entry is a string",
			Do: func(t *T) {
				_, err := t.tryPublish(t.topic(), `{"default":{"object":"test"}}`, asJSON)
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/structure/what follows", Page: "recorded: test_message_structure_json_exc",
			Rule: "nothing stands behind the object",
			Do: func(t *T) {
				_, err := t.tryPublish(t.topic(), `{"default":"a"} }`, asJSON)
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/structure/value that is no string", Page: "recorded: test_message_structure_json_to_sqs",
			Rule: "non-string values cause the key to be ignored",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				t.publish(topic, `{"default":"d","sqs":{"field":"value"}}`, asJSON)
				t.equal("messages", t.messages(url), "d")
			}},
		{Name: "Publish/structure/attributes", Page: "sns-message-attributes",
			Rule: "message attributes are sent only when the message structure is String, not JSON",
			Do: func(t *T) {
				topic, url, _ := t.wired("RawMessageDelivery", "true")
				t.publish(topic, `{"default":"d"}`, asJSON, attributed("n", "String", "v"))
				t.equal("attributes", len(t.one(url).MessageAttributes), 0)
			}},
		{Name: "Publish/deduplication ID on a standard topic", Page: "recorded: test_validations_for_fifo",
			Rule: "a standard topic takes no deduplication ID",
			Do: func(t *T) {
				_, err := t.tryPublish(t.topic(), "a", withDedupID("d"))
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/FIFO/no deduplication ID", Page: "recorded: test_validations_for_fifo",
			Rule: "a FIFO topic deduplicates by content, or every message has an ID",
			Do: func(t *T) {
				topic := t.fifoTopic("ContentBasedDeduplication", "false")
				_, err := t.tryPublish(topic, "a", withGroup("g"))
				t.fails(err, invalidParameter)
				t.publish(topic, "a", withGroup("g"), withDedupID("d"))
			}},
		{Name: "Publish/group/characters", Page: "API_Publish",
			Rule: "a group is up to 128 alphanumeric characters and punctuation, on standard topics as well",
			Do: func(t *T) {
				topic := t.topic()
				t.publish(topic, "a", withGroup(strings.Repeat("g", 127)+"~"))
				for _, group := range []string{"", "a b", strings.Repeat("g", 129), "ä"} {
					_, err := t.tryPublish(topic, "a", withGroup(group))
					t.fails(err, invalidParameter)
				}
			}},
		{Name: "PublishBatch/no topic", Page: "recorded: test_publish_batch_messages_without_topic",
			Rule: "a topic that is not there is NotFound",
			Do: func(t *T) {
				_, err := t.tryPublishBatch(t.topic()+"x", entry("1", "a"))
				t.fails(err, noTopic)
			}},
		{Name: "PublishBatch/IDs", Page: "recorded: test_publish_batch_invalid_entry_id",
			Rule: "an ID is up to 80 letters, digits, hyphens and underscores",
			Do: func(t *T) {
				topic := t.topic()
				_, err := t.tryPublishBatch(topic, entry(strings.Repeat("a", 80), "a"), entry("valid-message_123", "a"))
				t.must(err)
				for _, id := range []string{"message.id", "msg@123#test", strings.Repeat("a", 81)} {
					_, err := t.tryPublishBatch(topic, entry(id, "a"))
					t.fails(err, badEntryID)
				}
			}},
		{Name: "PublishBatch/256 KiB", Page: "recorded: test_publish_batch_too_long_message",
			Rule: "the messages of a batch have 262,144 bytes together, attributes included",
			Do: func(t *T) {
				topic := t.topic()
				large := entry("1", strings.Repeat("a", 256<<10-len("nNumber1")-1))
				large.MessageAttributes = map[string]types.MessageAttributeValue{"n": attribute("Number", "1")}
				_, err := t.tryPublishBatch(topic, large, entry("2", "b"))
				t.must(err)
				_, err = t.tryPublishBatch(topic, large, entry("2", "bb"))
				t.fails(err, batchAbove256KiB)
			}},
		{Name: "PublishBatch/attribute fault", Page: "recorded: test_empty_or_wrong_message_attributes",
			Rule: "a fault in the attributes of one message fails the batch",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				bad := entry("1", "a")
				bad.MessageAttributes = map[string]types.MessageAttributeValue{"n": attribute("String", "")}
				_, err := t.tryPublishBatch(topic, bad, entry("2", "b"))
				t.fails(err, invalidAttribute)
				t.equal("counts", t.counts(url), "0 0 0")
			}},
		{Name: "PublishBatch/structure fault", Page: "recorded: test_publish_batch_exceptions",
			Rule: "a structure without default fails the batch",
			Do: func(t *T) {
				bad := entry("1", `{"sqs":"test"}`)
				bad.MessageStructure = aws.String("json")
				_, err := t.tryPublishBatch(t.topic(), bad)
				t.fails(err, invalidParameter)
			}},
		{Name: "PublishBatch/FIFO/no group", Page: "recorded: test_publish_batch_exceptions",
			Rule: "a message without a group fails the batch",
			Do: func(t *T) {
				_, err := t.tryPublishBatch(t.fifoTopic(), entry("1", "a"))
				t.fails(err, invalidParameter)
			}},
		{Name: "PublishBatch/FIFO/no deduplication ID", Page: "recorded: test_publish_batch_exceptions",
			Rule: "a message without a deduplication ID fails the batch, unless the topic deduplicates by content",
			Do: func(t *T) {
				e := entry("1", "a")
				e.MessageGroupId = aws.String("g")
				_, err := t.tryPublishBatch(t.fifoTopic("ContentBasedDeduplication", "false"), e)
				t.fails(err, invalidParameter)
			}},
		{Name: "PublishBatch/subject", Page: "API_PublishBatch",
			Rule: "a bad subject fails its own message",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				bad := entry("1", "a")
				bad.Subject = aws.String("a\nb")
				out, err := t.tryPublishBatch(topic, bad, entry("2", "b"))
				t.must(err)
				t.equal("failures", len(out.Failed), 1)
				t.equal("code", *out.Failed[0].Code, "InvalidParameter")
				t.equal("messages", t.messages(url), "b")
			}},
	}
	for _, c := range []struct {
		name, attribute string
		value           types.MessageAttributeValue
	}{
		{"empty string", "n", attribute("String", "")},
		{"no value", "n", types.MessageAttributeValue{DataType: aws.String("String")}},
		{"empty binary", "n", attribute("Binary", "")},
		{"binary in a string", "n", types.MessageAttributeValue{DataType: aws.String("String"), BinaryValue: []byte("b")}},
		{"binary in a number", "n", types.MessageAttributeValue{DataType: aws.String("Number"), BinaryValue: []byte("b")}},
		{"string in a binary", "n", types.MessageAttributeValue{DataType: aws.String("Binary"), StringValue: aws.String("s")}},
		{"unknown type", "n", attribute("InvalidType", "v")},
		{"empty label", "n", attribute("String.", "v")},
		{"no period", "n", attribute("Stringprefixed", "v")},
		{"no number", "n", attribute("Number", "0x10")},
		{"array of objects", "n", attribute("String.Array", `[{"a":1}]`)},
		{"name of 257", strings.Repeat("a", 257), attribute("String", "v")},
		{"character in the name", "a^*?", attribute("String", "v")},
		{"period in front", ".abc", attribute("String", "v")},
		{"period at the end", "abc.", attribute("String", "v")},
		{"two periods", "a..bc", attribute("String", "v")},
		{"reserved name", "aWs.a", attribute("String", "v")},
		{"reserved name of old", "Amazon.a", attribute("String", "v")},
	} {
		cases = append(cases, Case{
			Name: "Publish/attribute fault/" + c.name,
			Page: "sns-message-attributes; recorded: test_empty_or_wrong_message_attributes, test_message_attributes_prefixes",
			Rule: "names, types and values of message attributes are checked, and refused with ParameterValueInvalid",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				_, err := t.tryPublish(topic, "a", func(in *sns.PublishInput) {
					in.MessageAttributes = map[string]types.MessageAttributeValue{c.attribute: c.value}
				})
				t.fails(err, invalidAttribute)
				t.equal("counts", t.counts(url), "0 0 0")
			},
		})
	}
	return cases
}
