package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func settleCases() []Case {
	return []Case{
		{Name: "DeleteMessage", Page: "API_DeleteMessage", Waits: 31 * time.Second,
			Rule: "a deleted message is not received again",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.must(t.delete(url, t.one(url)))
				t.equal("counts", t.counts(url), "0 0 0")
				t.sleep(31 * time.Second)
				t.has(url, "")
			}},
		{Name: "DeleteMessage/twice", Page: "recorded: test_delete_message_with_deleted_receipt_handle",
			Rule: "to delete a message again is no error",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				m := t.one(url)
				t.must(t.delete(url, m))
				t.must(t.delete(url, m))
			}},
		{Name: "DeleteMessage/garbage", Page: "recorded: test_delete_message_with_illegal_receipt_handle",
			Rule: "a handle that was never given out is ReceiptHandleIsInvalid",
			Do: func(t *T) {
				t.fails(t.delete(t.queue(), types.Message{ReceiptHandle: aws.String("garbage")}), invalidHandle)
			}},
		{Name: "DeleteMessage/altered handle", Page: "sqs-queue-message-identifiers",
			Rule: "a handle is opaque and cannot be made up",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				m := t.one(url)
				altered := []byte(*m.ReceiptHandle)
				for i, c := range altered[8:24] {
					altered[8+i] = 'A' + (c+1)%26
				}
				t.fails(t.delete(url, types.Message{ReceiptHandle: aws.String(string(altered))}), invalidHandle)
				t.equal("counts", t.counts(url), "0 1 0")
			}},
		{Name: "DeleteMessage/other queue's handle", Page: "sqs-queue-message-identifiers",
			Rule: "a handle is of one queue",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.fails(t.delete(t.queue(), t.one(url)), invalidHandle)
			}},
		{Name: "DeleteMessage/after the visibility timeout", Page: "recorded: test_remove_message_with_old_receipt_handle", Waits: 2 * time.Second,
			Rule: "the latest handle deletes a message of a standard queue also when the timeout is over",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "1")
				t.send(url, "a")
				m := t.one(url)
				t.sleep(2 * time.Second)
				t.must(t.delete(url, m))
				t.equal("counts", t.counts(url), "0 0 0")
			}},
		{Name: "DeleteMessage/old handle", Page: "API_DeleteMessage", Waits: 2 * time.Second,
			Rule: "with an old handle the request succeeds, but the message might not be deleted",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "1")
				t.send(url, "a")
				old := t.one(url)
				t.sleep(2 * time.Second)
				latest := t.one(url)
				t.must(t.delete(url, old))
				t.must(t.delete(url, latest))
				t.equal("counts", t.counts(url), "0 0 0")
			}},
		{Name: "DeleteMessageBatch/partial failure", Page: "API_DeleteMessageBatch",
			Rule: "the result of each deletion is reported individually",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				out, err := t.sqs.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{
					QueueUrl: &url, Entries: []types.DeleteMessageBatchRequestEntry{
						{Id: aws.String("bad"), ReceiptHandle: aws.String("garbage")},
						{Id: aws.String("good"), ReceiptHandle: t.one(url).ReceiptHandle},
					},
				})
				t.must(err)
				t.equal("successes", len(out.Successful), 1)
				t.equal("outcome", outcome([]string{*out.Successful[0].Id}, out.Failed),
					"good ok, bad ReceiptHandleIsInvalid sender")
				t.equal("counts", t.counts(url), "0 0 0")
			}},
		{Name: "ChangeMessageVisibilityBatch/partial failure", Page: "API_ChangeMessageVisibilityBatch",
			Rule: "the result of each change is reported individually",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				out, err := t.sqs.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{
					QueueUrl: &url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
						{Id: aws.String("bad"), ReceiptHandle: aws.String("garbage"), VisibilityTimeout: 1},
						{Id: aws.String("good"), ReceiptHandle: t.one(url).ReceiptHandle, VisibilityTimeout: 0},
					},
				})
				t.must(err)
				t.equal("successes", len(out.Successful), 1)
				t.equal("outcome", outcome([]string{*out.Successful[0].Id}, out.Failed),
					"good ok, bad ReceiptHandleIsInvalid sender")
				t.has(url, "a")
			}},
	}
}

func visibilityCases() []Case {
	return []Case{
		{Name: "visibility/default", Page: "sqs-visibility-timeout", Waits: 30 * time.Second,
			Rule: "a received message is hidden for the queue's visibility timeout, 30 seconds by default",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.has(url, "a")
				t.sleep(29 * time.Second)
				t.has(url, "")
				t.sleep(time.Second)
				t.has(url, "a")
			}},
		{Name: "visibility/of the receive", Page: "API_ReceiveMessage", Waits: 5 * time.Second,
			Rule: "VisibilityTimeout of a receive is for the messages that it returns",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.has(url, "a", hiddenFor(5))
				t.sleep(5 * time.Second)
				t.has(url, "a")
			}},
		{Name: "visibility/0 of the receive", Page: "recorded: test_receive_terminate_visibility_timeout",
			Rule: "a receive with a timeout of 0 hides nothing, and gives each message once",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				for range 2 {
					got := t.json("ReceiveMessage", map[string]any{
						"QueueUrl": url, "VisibilityTimeout": 0, "MaxNumberOfMessages": 10,
					})
					t.equal("status", got.status, 200)
					t.equal("counts", t.counts(url), "1 0 0")
				}
				t.equal("ApproximateReceiveCount", t.one(url).Attributes["ApproximateReceiveCount"], "3")
			}},
		{Name: "visibility/extended", Page: "API_ChangeMessageVisibility", Waits: 40 * time.Second,
			Rule: "the new timeout counts from the call",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "20")
				t.send(url, "a")
				m := t.one(url)
				t.sleep(15 * time.Second)
				t.must(t.hide(url, m, 25))
				t.sleep(24 * time.Second)
				t.has(url, "")
				t.sleep(time.Second)
				t.has(url, "a")
			}},
		{Name: "visibility/ended", Page: "sqs-visibility-timeout",
			Rule: "a timeout of 0 makes the message visible at once",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.must(t.hide(url, t.one(url), 0))
				t.has(url, "a")
			}},
		{Name: "visibility/not saved", Page: "API_ChangeMessageVisibility", Waits: 31 * time.Second,
			Rule: "the next time the message is received, the timeout is the original one",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "30")
				t.send(url, "a")
				t.must(t.hide(url, t.one(url), 1))
				t.sleep(time.Second)
				t.has(url, "a")
				t.sleep(29 * time.Second)
				t.has(url, "")
				t.sleep(time.Second)
				t.has(url, "a")
			}},
		{Name: "visibility/12 hours", Page: "sqs-visibility-timeout", Waits: 12 * time.Hour,
			Rule: "12 hours from the receive is the most, and extending does not reset it",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				m := t.one(url)
				t.sleep(10 * time.Second)
				t.fails(t.hide(url, m, 43200), invalidParameterValue)
				t.must(t.hide(url, m, 43190))
				t.sleep(11 * time.Hour)
				t.fails(t.hide(url, m, 2*3600), invalidParameterValue)
				t.must(t.hide(url, m, 1800))
			}},
		{Name: "visibility/43201", Page: "API_ChangeMessageVisibility",
			Rule: "values range from 0 to 43200",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				m := t.one(url)
				t.fails(t.hide(url, m, 43201), invalidParameterValue)
				t.fails(t.hide(url, m, -1), invalidParameterValue)
			}},
		{Name: "visibility/garbage", Page: "recorded: test_invalid_receipt_handle_should_return_error_message",
			Rule: "a handle that was never given out is ReceiptHandleIsInvalid",
			Do: func(t *T) {
				t.fails(t.hide(t.queue(), types.Message{ReceiptHandle: aws.String("INVALID")}, 60), invalidHandle)
			}},
		{Name: "visibility/deleted message", Page: "recorded: test_change_visibility_on_deleted_message_raises_invalid_parameter_value",
			Rule: "a message that does not exist any more is InvalidParameterValue",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				m := t.one(url)
				t.must(t.delete(url, m))
				t.fails(t.hide(url, m, 60), invalidParameterValue)
			}},
		{Name: "visibility/not in flight", Page: "API_ChangeMessageVisibility", Waits: 2 * time.Second,
			Rule: "a message that is not in flight is MessageNotInflight",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "1")
				t.send(url, "a")
				m := t.one(url)
				t.sleep(2 * time.Second)
				t.fails(t.hide(url, m, 60), notInFlight)
			}},
		{Name: "visibility/old handle", Page: "recorded: test_terminate_visibility_timeout_after_receive", Waits: 2 * time.Second,
			Rule: "in a standard queue the handle of an earlier receive changes the timeout of the present one",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "1")
				t.send(url, "a")
				old := t.one(url)
				t.sleep(2 * time.Second)
				t.has(url, "a", hiddenFor(100))
				t.must(t.hide(url, old, 0))
				t.has(url, "a")
			}},
	}
}

func retentionCases() []Case {
	return []Case{
		{Name: "retention", Page: "API_SetQueueAttributes", Waits: 61 * time.Second,
			Rule: "a message is deleted when it has been in the queue for the retention period",
			Do: func(t *T) {
				url := t.queue("MessageRetentionPeriod", "60")
				t.send(url, "a")
				t.sleep(59 * time.Second)
				t.equal("counts", t.counts(url), "1 0 0")
				t.sleep(2 * time.Second)
				t.equal("counts", t.counts(url), "0 0 0")
				t.has(url, "")
			}},
		{Name: "retention/in flight", Page: "recorded: test_message_retention_with_inflight", Waits: 61 * time.Second,
			Rule: "a message in flight is deleted as well, and deleting it is no error",
			Do: func(t *T) {
				url := t.queue("MessageRetentionPeriod", "60", "VisibilityTimeout", "600")
				t.send(url, "a")
				m := t.one(url)
				t.sleep(61 * time.Second)
				t.equal("counts", t.counts(url), "0 0 0")
				t.must(t.delete(url, m))
			}},
		{Name: "retention/reduced", Page: "API_SetQueueAttributes", Waits: 2 * time.Minute,
			Rule: "a shorter period is for the messages that are there as well",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.sleep(2 * time.Minute)
				t.must(t.set(url, "MessageRetentionPeriod", "60"))
				t.has(url, "")
			}},
		{Name: "retention/default", Page: "API_CreateQueue", Waits: 4*24*time.Hour + time.Second,
			Rule: "by default it is four days",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.sleep(4*24*time.Hour - time.Second)
				t.equal("counts", t.counts(url), "1 0 0")
				t.sleep(2 * time.Second)
				t.equal("counts", t.counts(url), "0 0 0")
			}},
	}
}

func purgeCases() []Case {
	purge := func(t *T, url string) error {
		_, err := t.sqs.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url})
		return err
	}
	return []Case{
		{Name: "PurgeQueue", Page: "API_PurgeQueue", Waits: time.Minute,
			Rule: "available, in-flight and delayed messages are deleted within a minute",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.send(url, "b")
				t.send(url, "c", withDelay(5))
				t.one(url)
				t.must(purge(t, url))
				t.sleep(time.Minute)
				t.equal("counts", t.counts(url), "0 0 0")
				t.has(url, "")
			}},
		{Name: "PurgeQueue/again at once", Page: "API_PurgeQueue",
			Rule: "a queue can be purged once in 60 seconds",
			Do: func(t *T) {
				url := t.queue()
				t.must(purge(t, url))
				t.fails(purge(t, url), purgeInProgress)
			}},
		{Name: "PurgeQueue/again later", Page: "API_PurgeQueue", Waits: time.Minute,
			Rule: "a queue can be purged again after 60 seconds",
			Do: func(t *T) {
				url := t.queue()
				t.must(purge(t, url))
				t.sleep(time.Minute)
				t.must(purge(t, url))
			}},
		{Name: "PurgeQueue/deduplication", Page: "recorded: test_purge_queue_clears_fifo_deduplication_cache",
			Rule: "a purged FIFO queue knows no deduplication IDs",
			Do: func(t *T) {
				url := t.fifo()
				t.send(url, "a", inGroup("g"), withDedup("id"))
				t.must(purge(t, url))
				t.send(url, "b", inGroup("g"), withDedup("id"))
				t.has(url, "b")
			}},
	}
}
