package conformance

import (
	"crypto/md5" //nolint:gosec // it is what the protocol has
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func sendCases() []Case {
	refuses := func(name, page, rule, body string, want Failure) Case {
		return Case{Name: "SendMessage/body/" + name, Page: page, Rule: rule, Do: func(t *T) {
			_, err := t.trySend(t.queue(), body)
			t.fails(err, want)
		}}
	}
	characters := "allowed are #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD, #x10000 to #x10FFFF"
	cases := []Case{
		{Name: "SendMessage/round trip", Page: "API_SendMessage",
			Rule: "a message is received with the body and the ID that it was sent with",
			Do: func(t *T) {
				url := t.queue()
				out := t.send(url, "hello")
				m := t.one(url)
				t.equal("body", *m.Body, "hello")
				t.equal("ID", *m.MessageId, *out.MessageId)
				t.equal("MD5OfBody", *m.MD5OfBody, *out.MD5OfMessageBody)
				t.equal("SequenceNumber", out.SequenceNumber, (*string)(nil))
			}},
		{Name: "SendMessage/body/white space and emoji", Page: "API_SendMessage", Rule: characters,
			Do: func(t *T) {
				url := t.queue()
				body := "tab\t, line\r\n, <&\"'>, ü, \ue000, \ufffd and \U0001f600"
				t.send(url, body)
				t.equal("body", *t.one(url).Body, body)
			}},
		{Name: "SendMessage/body/1 MiB", Page: "API_SendMessage",
			Rule: "the maximum size is 1,048,576 bytes",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, strings.Repeat("a", 1<<20))
				t.equal("size", len(*t.one(url).Body), 1<<20)
			}},
		{Name: "SendMessage/body/1 MiB with an attribute", Page: "API_MessageAttributeValue",
			Rule: "name, type and value of attributes are part of the size",
			Do: func(t *T) {
				url := t.queue()
				size := 1<<20 - len("n"+"String"+"v")
				t.send(url, strings.Repeat("a", size), withAttribute("n", "String", "v"))
				_, err := t.trySend(url, strings.Repeat("a", size+1), withAttribute("n", "String", "v"))
				t.fails(err, invalidParameterValue)
			}},
		{Name: "SendMessage/body/bytes", Page: "API_SetQueueAttributes",
			Rule: "MaximumMessageSize is in bytes, not characters",
			Do: func(t *T) {
				url := t.queue("MaximumMessageSize", "1024")
				t.send(url, strings.Repeat("ü", 512))
				_, err := t.trySend(url, strings.Repeat("ü", 512)+"a")
				t.fails(err, invalidParameterValue)
			}},
		{Name: "SendMessage/missing queue", Page: "API_SendMessage",
			Rule: "a queue that does not exist is QueueDoesNotExist",
			Do: func(t *T) {
				_, err := t.trySend(t.queue()+"x", "a")
				t.fails(err, noQueue)
			}},
		{Name: "SendMessage/group on a standard queue", Page: "API_SendMessage",
			Rule: "MessageGroupId on a standard queue enables fair queues: messages of a group are received together",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a", inGroup("tenant"))
				t.send(url, "b", inGroup("tenant"))
				got := t.has(url, "a b")
				t.equal("MessageGroupId", got[0].Attributes["MessageGroupId"], "tenant")
				t.equal("MessageDeduplicationId", got[0].Attributes["MessageDeduplicationId"], "")
			}},
		{Name: "SendMessage/deduplication ID on a standard queue", Page: "API_SendMessage",
			Rule: "MessageDeduplicationId applies only to FIFO queues",
			Do: func(t *T) {
				_, err := t.trySend(t.queue(), "a", withDedup("id"))
				t.fails(err, invalidParameterValue)
			}},
		refuses("empty", "recorded: test_send_empty_message", "the minimum size is one character", "", missingParameter),
		refuses("1 MiB and a byte", "API_SendMessage", "the maximum size is 1,048,576 bytes",
			strings.Repeat("a", 1<<20+1), invalidParameterValue),
		refuses("control character", "API_SendMessage", characters, "a\x08b", invalidContents),
		refuses("NUL", "API_SendMessage", characters, "a\x00", invalidContents),
		refuses("U+FFFE", "API_SendMessage", characters, "a\ufffe", invalidContents),
		refuses("U+FFFF", "recorded: test_send_message_with_invalid_payload_characters", characters, "\uffff", invalidContents),
	}
	for name, id := range map[string]string{"empty": "", "129 characters": strings.Repeat("a", 129), "space": "a b", "ü": "ü"} {
		cases = append(cases, Case{Name: "SendMessage/group on a standard queue/" + name,
			Page: "recorded: test_send_message_to_standard_queue_with_invalid_message_group_id",
			Rule: "a group ID has 1 to 128 letters, digits and punctuation marks",
			Do: func(t *T) {
				_, err := t.trySend(t.queue(), "a", inGroup(id))
				t.fails(err, invalidParameterValue)
			}})
	}
	sortCases(cases)
	return cases
}

func digestCases() []Case {
	digest := func(body string) string {
		sum := md5.Sum([]byte(body)) //nolint:gosec // it is what the protocol has
		return hex.EncodeToString(sum[:])
	}
	return []Case{
		{Name: "MD5/body", Page: "API_SendMessage",
			Rule: "MD5OfMessageBody is that of the body, not URL-encoded",
			Do: func(t *T) {
				url := t.queue()
				t.equal("MD5", *t.send(url, "50% + ü").MD5OfMessageBody, digest("50% + ü"))
			}},
		{Name: "MD5/attributes", Page: "recorded: test_receive_message_message_attribute_names_filters",
			Rule: "the digest is that of the sorted names, types and values",
			Do: func(t *T) {
				out := t.send(t.queue(), "msg", withAttribute("Help.Me", "String", "Me"),
					withAttribute("Hello", "String", "There"), withAttribute("General", "String", "Kenobi"))
				t.equal("MD5", *out.MD5OfMessageAttributes, "4c360f3fdafd970e05fae2f149d997f5")
			}},
		{Name: "MD5/attributes/binary", Page: "recorded: test_send_message_with_binary_attributes",
			Rule: "binary values count as bytes",
			Do: func(t *T) {
				url := t.queue()
				value := "traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
				t.send(url, "test", withAttribute("attr1", "Binary", value))
				t.equal("MD5", *t.one(url).MD5OfMessageAttributes, "8cbe4db156db8a94db8b801b7addb984")
			}},
		{Name: "MD5/attributes/some received", Page: "recorded: test_receive_message_message_attribute_names_filters",
			Rule: "the digest of a received message is that of the attributes that were asked for",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "msg", withAttribute("Help.Me", "String", "Me"), withAttribute("Hello", "String", "There"))
				m := t.one(url, func(in *sqs.ReceiveMessageInput) { in.MessageAttributeNames = []string{"Hello"} })
				t.equal("MD5", *m.MD5OfMessageAttributes, "a311262e065454b75da111d535b8dacd")
			}},
		{Name: "MD5/system attributes", Page: "recorded: test_system_attributes_have_no_effect_on_attr_md5",
			Rule: "system attributes have a digest of their own",
			Do: func(t *T) {
				out := t.send(t.queue(), "a", withTrace("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"))
				t.equal("MD5OfMessageAttributes", out.MD5OfMessageAttributes, (*string)(nil))
				if aws.ToString(out.MD5OfMessageSystemAttributes) == "" {
					t.Error("no MD5OfMessageSystemAttributes")
				}
			}},
	}
}

func withTrace(header string) func(*sqs.SendMessageInput) {
	return withSystem("AWSTraceHeader", "String", header)
}

func withSystem(name, kind, value string) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) {
		in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			name: {DataType: &kind, StringValue: &value},
		}
	}
}

func delayCases() []Case {
	return []Case{
		{Name: "delay/message", Page: "sqs-message-timers", Waits: 10 * time.Second,
			Rule: "a message with DelaySeconds is not visible before",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "late", withDelay(10))
				t.send(url, "now")
				t.has(url, "now")
				t.sleep(9 * time.Second)
				t.has(url, "")
				t.sleep(time.Second)
				t.has(url, "late")
			}},
		{Name: "delay/queue", Page: "sqs-delay-queues", Waits: 5 * time.Second,
			Rule: "a delay queue delays every message",
			Do: func(t *T) {
				url := t.queue("DelaySeconds", "5")
				t.send(url, "a")
				t.has(url, "")
				t.sleep(5 * time.Second)
				t.has(url, "a")
			}},
		{Name: "delay/message before queue", Page: "sqs-message-timers",
			Rule: "a message's DelaySeconds overrides the queue's, 0 as well",
			Do: func(t *T) {
				url := t.queue("DelaySeconds", "5")
				t.equal("status", t.json("SendMessage", map[string]any{
					"QueueUrl": url, "MessageBody": "a", "DelaySeconds": 0,
				}).status, 200)
				t.has(url, "a")
			}},
		{Name: "delay/standard queue/not retroactive", Page: "sqs-delay-queues", Waits: 10 * time.Second,
			Rule: "a standard queue's new delay does not affect messages already in the queue",
			Do: func(t *T) {
				url := t.queue("DelaySeconds", "10")
				t.send(url, "a")
				t.must(t.set(url, "DelaySeconds", "0"))
				t.has(url, "")
				t.sleep(10 * time.Second)
				t.has(url, "a")
			}},
		{Name: "delay/FIFO queue/retroactive", Page: "sqs-delay-queues",
			Rule: "a FIFO queue's new delay affects messages already in the queue",
			Do: func(t *T) {
				url := t.fifo("DelaySeconds", "10")
				t.send(url, "a", inGroup("g"))
				t.has(url, "")
				t.must(t.set(url, "DelaySeconds", "0"))
				t.has(url, "a")
			}},
		{Name: "delay/901", Page: "API_SendMessage",
			Rule: "DelaySeconds is 0 to 900",
			Do: func(t *T) {
				_, err := t.trySend(t.queue(), "a", withDelay(901))
				t.fails(err, invalidParameterValue)
			}},
		{Name: "delay/negative", Page: "API_SendMessage",
			Rule: "DelaySeconds is 0 to 900",
			Do: func(t *T) {
				_, err := t.trySend(t.queue(), "a", withDelay(-1))
				t.fails(err, invalidParameterValue)
			}},
	}
}

func batchOf(idsAndBodies ...string) []types.SendMessageBatchRequestEntry {
	var out []types.SendMessageBatchRequestEntry
	for i := 0; i+1 < len(idsAndBodies); i += 2 {
		out = append(out, types.SendMessageBatchRequestEntry{Id: &idsAndBodies[i], MessageBody: &idsAndBodies[i+1]})
	}
	return out
}

func numbered(n int, body string) []types.SendMessageBatchRequestEntry {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprint(i), body)
	}
	return batchOf(parts...)
}
