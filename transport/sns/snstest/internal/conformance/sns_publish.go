package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func (t *T) tryPublishBatch(topic string, entries ...types.PublishBatchRequestEntry) (*sns.PublishBatchOutput, error) {
	return t.sns.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: entries})
}

func entry(id, text string) types.PublishBatchRequestEntry {
	return types.PublishBatchRequestEntry{Id: &id, Message: &text}
}

func entriesOf(n int) (entries []types.PublishBatchRequestEntry) {
	for i := range n {
		entries = append(entries, entry(fmt.Sprint(i), "a"))
	}
	return entries
}

func publishCases() []Case {
	cases := []Case{
		{Name: "Publish/TargetArn", Page: "recorded: test_publish_message_by_target_arn",
			Rule: "a topic can be given as TargetArn",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				_, err := t.sns.Publish(t.Context(), &sns.PublishInput{TargetArn: &topic, Message: aws.String("a")})
				t.must(err)
				t.equal("messages", t.messages(url), "a")
			}},
		{Name: "Publish/256 KiB", Page: "API_Publish",
			Rule: "a message has up to 262,144 bytes, its attributes included",
			Do: func(t *T) {
				topic := t.topic()
				t.publish(topic, strings.Repeat("a", 256<<10))
				_, err := t.tryPublish(topic, strings.Repeat("a", 256<<10+1))
				t.fails(err, invalidParameter)
				_, err = t.tryPublish(topic, strings.Repeat("a", 256<<10-5), attributed("n", "String", "v"))
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/subject", Page: "API_Publish",
			Rule: "a subject has less than 100 characters, and no line breaks",
			Do: func(t *T) {
				topic := t.topic()
				t.publish(topic, "a", withSubject(strings.Repeat("s", 99)))
				for _, s := range []string{"", strings.Repeat("s", 100), "a\nb"} {
					_, err := t.tryPublish(topic, "a", withSubject(s))
					t.fails(err, invalidParameter)
				}
			}},
		{Name: "Publish/structure json", Page: "API_Publish",
			Rule: "each protocol gets its text, or the default",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				t.publish(topic, `{"default":"d","sqs":"s"}`, asJSON)
				t.publish(topic, `{"default":"d","email":"e"}`, asJSON)
				t.equal("messages", t.messages(url), "s d")
				_, err := t.tryPublish(topic, `{"sqs":"s"}`, asJSON)
				t.fails(err, invalidParameter)
				_, err = t.tryPublish(topic, `text`, asJSON)
				t.fails(err, invalidParameter)
			}},
		{Name: "Publish/FIFO", Page: "API_Publish",
			Rule: "a FIFO topic wants a group, numbers its messages, and delivers a duplicate once in 5 minutes",
			Do: func(t *T) {
				topic, url := t.wiredFIFO()
				_, err := t.tryPublish(topic, "a")
				t.fails(err, invalidParameter)
				a := t.publish(topic, "a", withGroup("g"))
				again := t.publish(topic, "a", withGroup("g"))
				t.equal("MessageId", *again.MessageId, *a.MessageId)
				b := t.publish(topic, "a", withGroup("g"), withDedupID("other"))
				t.equal("numbers ascend", *a.SequenceNumber < *b.SequenceNumber, true)
				t.equal("messages", t.messages(url), "a a")
			}},
		{Name: "Publish/FIFO/after 5 minutes", Page: "API_Publish", Waits: 5 * 60 * 1e9,
			Rule: "what is published again later than that is another message",
			Do: func(t *T) {
				topic, url := t.wiredFIFO()
				t.publish(topic, "a", withGroup("g"))
				t.sleep(5 * 60 * 1e9)
				t.publish(topic, "a", withGroup("h"))
				t.equal("messages", len(t.receive(url)), 2)
			}},
		{Name: "PublishBatch", Page: "API_PublishBatch",
			Rule: "up to ten messages go at once, and each has its result",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				out, err := t.tryPublishBatch(topic, entriesOf(10)...)
				t.must(err)
				t.equal("published", len(out.Successful), 10)
				t.equal("messages", len(t.receive(url)), 10)
			}},
		{Name: "PublishBatch/entries that fail", Page: "API_PublishBatch",
			Rule: "an entry that fails does not keep the others from being published",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				out, err := t.tryPublishBatch(topic, entry("x", "a"), entry("y", ""), entry("z", "c"))
				t.must(err)
				t.equal("published", len(out.Successful), 2)
				t.equal("failed", len(out.Failed), 1)
				t.equal("id", *out.Failed[0].Id, "y")
				t.equal("sender", out.Failed[0].SenderFault, true)
				t.equal("messages", t.messages(url), "a c")
			}},
		{Name: "PublishBatch/faults", Page: "API_PublishBatch",
			Rule: "a batch has 1 to 10 entries with ids of their own, of 256 KiB in all",
			Do: func(t *T) {
				topic := t.topic()
				_, err := t.tryPublishBatch(topic, []types.PublishBatchRequestEntry{}...)
				t.fails(err, noEntries)
				_, err = t.tryPublishBatch(topic, entriesOf(11)...)
				t.fails(err, elevenEntries)
				_, err = t.tryPublishBatch(topic, entry("x", "a"), entry("x", "b"))
				t.fails(err, entriesWithOneID)
				_, err = t.tryPublishBatch(topic, entry("a b", "a"))
				t.fails(err, badEntryID)
				half := strings.Repeat("a", 128<<10)
				_, err = t.tryPublishBatch(topic, entry("x", half), entry("y", half+"a"))
				t.fails(err, batchAbove256KiB)
			}},
	}
	for name, c := range map[string]struct {
		kind, value string
		bad         bool
	}{
		"string": {"String", "v", false}, "custom": {"String.own", "v", false}, "number": {"Number", "1.5", false},
		"binary": {"Binary", "\x00\xff", false}, "array": {"String.Array", `["a",1,true,null]`, false},
		"no type": {"", "v", true}, "unknown type": {"Text", "v", true}, "no number": {"Number", "one", true},
		"no array": {"String.Array", "a", true}, "empty": {"String", "", true},
	} {
		cases = append(cases, Case{
			Name: "Publish/attribute/" + name, Page: "sns-message-attributes", Rule: "types and values of attributes are checked",
			Do: func(t *T) {
				_, err := t.tryPublish(t.topic(), "a", attributed("n", c.kind, c.value))
				if !c.bad {
					t.must(err)
				} else if err == nil {
					t.Errorf("an attribute of type %q with the value %q is taken", c.kind, c.value)
				}
			},
		})
	}
	return cases
}
