package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func (t *T) trySendBatch(url string, entries []types.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
	return t.sqs.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries})
}

// outcome is "ok ok" or "ok ReceiptHandleIsInvalid" and the like, with the IDs.
func outcome(successful []string, failed []types.BatchResultErrorEntry) string {
	var out []string
	for _, id := range successful {
		out = append(out, id+" ok")
	}
	for _, f := range failed {
		who := "receiver"
		if f.SenderFault {
			who = "sender"
		}
		out = append(out, aws.ToString(f.Id)+" "+aws.ToString(f.Code)+" "+who)
	}
	return strings.Join(out, ", ")
}

func sentOutcome(out *sqs.SendMessageBatchOutput) string {
	var ids []string
	for _, s := range out.Successful {
		ids = append(ids, *s.Id)
	}
	return outcome(ids, out.Failed)
}

func batchCases() []Case {
	cases := []Case{
		{Name: "SendMessageBatch/ten", Page: "API_SendMessageBatch",
			Rule: "up to 10 messages are sent, and each is answered with its ID and digests",
			Do: func(t *T) {
				url := t.queue()
				entries := numbered(10, "a")
				entries[3].MessageAttributes = map[string]types.MessageAttributeValue{
					"n": {DataType: aws.String("Number"), StringValue: aws.String("1")},
				}
				out, err := t.trySendBatch(url, entries)
				t.must(err)
				t.equal("answers", len(out.Successful), 10)
				t.equal("failures", len(out.Failed), 0)
				t.equal("messages", len(t.receive(url)), 10)
			}},
		{Name: "SendMessageBatch/partial failure", Page: "recorded: test_batch_send_with_invalid_char_should_succeed",
			Rule: "the result of each message is reported individually, and the status is 200",
			Do: func(t *T) {
				url := t.queue()
				out, err := t.trySendBatch(url, batchOf("good", "a", "bad", "\x01", "fine", "b"))
				t.must(err)
				t.equal("outcome", sentOutcome(out), "good ok, fine ok, bad InvalidMessageContents sender")
				t.has(url, "a b")
			}},
		{Name: "SendMessageBatch/entry too large for the queue", Page: "recorded: test_send_batch_message_size",
			Rule: "a message larger than MaximumMessageSize fails alone",
			Do: func(t *T) {
				out, err := t.trySendBatch(t.queue("MaximumMessageSize", "1024"),
					batchOf("large", strings.Repeat("a", 1025), "small", "a"))
				t.must(err)
				t.equal("outcome", sentOutcome(out), "small ok, large InvalidParameterValue sender")
			}},
		{Name: "SendMessageBatch/sum above MaximumMessageSize", Page: "recorded: test_send_message_batch_with_oversized_contents_with_updated_maximum_message_size",
			Rule: "the queue's MaximumMessageSize is for each message, not for the batch",
			Do: func(t *T) {
				out, err := t.trySendBatch(t.queue("MaximumMessageSize", "1024"), numbered(3, strings.Repeat("a", 1024)))
				t.must(err)
				t.equal("successes", len(out.Successful), 3)
			}},
		{Name: "SendMessageBatch/1 MiB", Page: "API_SendMessageBatch",
			Rule: "the total payload is up to 1,048,576 bytes",
			Do: func(t *T) {
				out, err := t.trySendBatch(t.queue(), numbered(4, strings.Repeat("a", 1<<18)))
				t.must(err)
				t.equal("successes", len(out.Successful), 4)
			}},
		{Name: "SendMessageBatch/1 MiB and a byte", Page: "recorded: test_send_message_batch_with_oversized_contents",
			Rule: "the total payload is up to 1,048,576 bytes",
			Do: func(t *T) {
				url := t.queue()
				_, err := t.trySendBatch(url, append(numbered(4, strings.Repeat("a", 1<<18)), batchOf("x", "a")...))
				t.fails(err, batchTooLong)
				t.equal("counts", t.counts(url), "0 0 0")
			}},
		{Name: "SendMessageBatch/delays", Page: "API_SendMessageBatch",
			Rule: "each message may have a delay",
			Do: func(t *T) {
				url := t.queue()
				entries := batchOf("1", "late", "2", "now")
				entries[0].DelaySeconds = 60
				_, err := t.trySendBatch(url, entries)
				t.must(err)
				t.has(url, "now")
				t.equal("counts", t.counts(url), "0 1 1")
			}},
		{Name: "SendMessageBatch/FIFO/order", Page: "API_SendMessageBatch",
			Rule: "the messages of a batch are enqueued in the order they are sent",
			Do: func(t *T) {
				url := t.fifo()
				entries := batchOf("1", "a", "2", "b", "3", "c")
				for i := range entries {
					entries[i].MessageGroupId = aws.String("g")
				}
				_, err := t.trySendBatch(url, entries)
				t.must(err)
				t.has(url, "a b c")
			}},
		{Name: "SendMessageBatch/FIFO/no group", Page: "recorded: test_send_batch_missing_message_group_id_for_fifo_queue",
			Rule: "one message without a group fails the batch, with InvalidParameterValue",
			Do: func(t *T) {
				_, err := t.trySendBatch(t.fifo(), batchOf("1", "a"))
				t.fails(err, invalidParameterValue)
			}},
		{Name: "SendMessageBatch/FIFO/no deduplication ID", Page: "recorded: test_send_batch_missing_deduplication_id_for_fifo_queue",
			Rule: "one message without a deduplication ID fails the batch if the queue does not deduplicate by content",
			Do: func(t *T) {
				entries := batchOf("1", "a")
				entries[0].MessageGroupId = aws.String("g")
				_, err := t.trySendBatch(t.fifo("ContentBasedDeduplication", "false"), entries)
				t.fails(err, invalidParameterValue)
			}},
	}
	batches := map[string]func(*T, string, []string) error{
		"SendMessageBatch": func(t *T, url string, ids []string) error {
			in := &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{}}
			for _, id := range ids {
				in.Entries = append(in.Entries, batchOf(id, "a")...)
			}
			_, err := t.sqs.SendMessageBatch(t.Context(), in)
			return err
		},
		"DeleteMessageBatch": func(t *T, url string, ids []string) error {
			in := &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: []types.DeleteMessageBatchRequestEntry{}}
			for _, id := range ids {
				in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: &id, ReceiptHandle: aws.String("h")})
			}
			_, err := t.sqs.DeleteMessageBatch(t.Context(), in)
			return err
		},
		"ChangeMessageVisibilityBatch": func(t *T, url string, ids []string) error {
			in := &sqs.ChangeMessageVisibilityBatchInput{
				QueueUrl: &url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{},
			}
			for _, id := range ids {
				in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
					Id: &id, ReceiptHandle: aws.String("h"), VisibilityTimeout: 1,
				})
			}
			_, err := t.sqs.ChangeMessageVisibilityBatch(t.Context(), in)
			return err
		},
	}
	eleven := strings.Split("a b c d e f g h i j k", " ")
	var refused []Case
	for action, call := range batches {
		for _, b := range []struct {
			name string
			ids  []string
			want Failure
			rule string
		}{
			{"empty", nil, emptyBatch, "a batch has entries"},
			{"eleven", eleven, tooManyEntries, "a batch has up to 10 entries"},
			{"same IDs", []string{"a", "b", "a"}, sameIDs, "the IDs of a batch are unique"},
			{"ID/empty", []string{""}, invalidID, "an ID has 1 to 80 letters, digits, hyphens and underscores"},
			{"ID/colon", []string{"a:b"}, invalidID, "an ID has 1 to 80 letters, digits, hyphens and underscores"},
			{"ID/81 characters", []string{strings.Repeat("a", 81)}, invalidID, "an ID has 1 to 80 characters"},
		} {
			refused = append(refused, Case{Name: action + "/" + b.name, Page: "API_" + action, Rule: b.rule,
				Do: func(t *T) { t.fails(call(t, t.queue(), b.ids), b.want) }})
		}
	}
	sortCases(refused)
	return append(cases, refused...)
}
