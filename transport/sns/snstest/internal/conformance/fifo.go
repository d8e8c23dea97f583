package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func (t *T) sendTo(url, group string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		t.send(url, body, inGroup(group))
	}
}

func fifoSendCases() []Case {
	cases := []Case{
		{Name: "FIFO/system attributes", Page: "recorded: test_fifo_message_attributes",
			Rule: "a message has its group, deduplication ID and the sequence number that the sender was told",
			Do: func(t *T) {
				url := t.fifo()
				out := t.send(url, "a", inGroup("g"), withDedup("d"))
				got := t.one(url).Attributes
				t.equal("MessageGroupId", got["MessageGroupId"], "g")
				t.equal("MessageDeduplicationId", got["MessageDeduplicationId"], "d")
				t.equal("SequenceNumber", got["SequenceNumber"], *out.SequenceNumber)
			}},
		{Name: "FIFO/sequence numbers", Page: "FIFO-queue-message-identifiers",
			Rule: "sequence numbers have 20 digits, increase, and are not consecutive",
			Do: func(t *T) {
				url, last := t.fifo(), ""
				for body := range strings.SplitSeq("a b c d", " ") {
					n := *t.send(url, body, inGroup("g")).SequenceNumber
					if len(n) != 20 || n <= last {
						t.Errorf("%s follows %s", n, last)
					}
					last = n
				}
			}},
		{Name: "FIFO/no group", Page: "API_SendMessage",
			Rule: "a message without MessageGroupId is refused",
			Do: func(t *T) {
				_, err := t.trySend(t.fifo(), "a")
				t.fails(err, missingParameter)
			}},
		{Name: "FIFO/no deduplication ID", Page: "API_SendMessage",
			Rule: "without ContentBasedDeduplication a message needs a MessageDeduplicationId",
			Do: func(t *T) {
				_, err := t.trySend(t.fifo("ContentBasedDeduplication", "false"), "a", inGroup("g"))
				t.fails(err, invalidParameterValue)
			}},
		{Name: "FIFO/DelaySeconds", Page: "API_SendMessage",
			Rule: "messages of a FIFO queue have no delay of their own",
			Do: func(t *T) {
				_, err := t.trySend(t.fifo(), "a", inGroup("g"), withDelay(2))
				t.fails(err, invalidParameterValue)
			}},
		{Name: "FIFO/DelaySeconds 0", Page: "recorded: test_fifo_queue_send_message_with_zero_delay_defaults_to_queue_delay", Waits: 2 * time.Second,
			Rule: "a delay of 0 is allowed and means the queue's",
			Do: func(t *T) {
				url := t.fifo("DelaySeconds", "2")
				t.equal("status", t.json("SendMessage", map[string]any{
					"QueueUrl": url, "MessageBody": "a", "MessageGroupId": "g", "DelaySeconds": 0,
				}).status, 200)
				t.has(url, "")
				t.sleep(2 * time.Second)
				t.has(url, "a")
			}},
	}
	for name, id := range map[string]string{"empty": "", "129 characters": strings.Repeat("a", 129), "space": "group 123"} {
		cases = append(cases, Case{Name: "FIFO/deduplication ID/" + name, Page: "recorded: test_message_deduplication_id_invalid",
			Rule: "a deduplication ID has 1 to 128 letters, digits and punctuation marks",
			Do: func(t *T) {
				_, err := t.trySend(t.fifo(), "a", inGroup("g"), withDedup(id))
				t.fails(err, invalidParameterValue)
			}})
	}
	sortCases(cases)
	return cases
}

func fifoOrderCases() []Case {
	return []Case{
		{Name: "FIFO/order in a group", Page: "FIFO-queues-understanding-logic",
			Rule: "messages of a group are received in the order in which they were sent, also several at once",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a", "b", "c", "d")
				t.has(url, "a b", atMost(2))
			}},
		{Name: "FIFO/group held", Page: "FIFO-queues-understanding-logic",
			Rule: "while messages of a group are in flight, no more messages of the group are received",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a", "b")
				first := t.has(url, "a", atMost(1))
				t.has(url, "")
				t.must(t.delete(url, first[0]))
				t.has(url, "b")
			}},
		{Name: "FIFO/other groups", Page: "FIFO-queues-understanding-logic",
			Rule: "messages of other groups can be received meanwhile",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g1", "a1")
				t.sendTo(url, "g2", "b1")
				t.sendTo(url, "g1", "a2")
				t.has(url, "a1", atMost(1))
				t.has(url, "b1")
			}},
		{Name: "FIFO/one group first", Page: "recorded: test_fifo_receive_message_group_id_ordering",
			Rule: "a receive takes as many messages of one group as possible before it turns to the next",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "1", "g1-m1")
				t.sendTo(url, "2", "g2-m1")
				t.sendTo(url, "1", "g1-m2", "g1-m3")
				t.has(url, "g1-m1 g1-m2 g1-m3 g2-m1")
			}},
		{Name: "FIFO/order after the timeout", Page: "recorded: test_fifo_messages_in_order_after_timeout", Waits: 2 * time.Second,
			Rule: "messages that become visible again stand in their order",
			Do: func(t *T) {
				url := t.fifo("VisibilityTimeout", "1")
				t.sendTo(url, "g", "a", "b", "c")
				t.has(url, "a b c")
				t.sleep(2 * time.Second)
				t.has(url, "a b c")
			}},
		{Name: "FIFO/partial delete", Page: "recorded: test_fifo_message_group_visibility_after_partial_delete",
			Rule: "a group is held until all of its messages in flight are deleted",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "1", "a", "b", "c")
				t.sendTo(url, "2", "x")
				got := t.has(url, "a b", atMost(2))
				t.must(t.delete(url, got[0]))
				t.has(url, "x")
				t.must(t.delete(url, got[1]))
				t.has(url, "c")
			}},
		{Name: "FIFO/first released", Page: "recorded: test_fifo_message_group_visibility_after_terminate_visibility_timeout",
			Rule: "a message that was released is received again, while one behind it is in flight",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "1", "g1-m1", "g1-m2")
				t.sendTo(url, "2", "g2-m1")
				got := t.has(url, "g1-m1 g1-m2", atMost(2))
				t.must(t.hide(url, got[0], 0))
				t.has(url, "g2-m1 g1-m1", atMost(3))
			}},
		{Name: "FIFO/one extended", Page: "recorded: test_fifo_group_visibility_extends_with_change_message_visibility", Waits: 10 * time.Second,
			Rule: "a message in flight holds up those behind it, and none before it",
			Do: func(t *T) {
				for i, want := range []string{"", "foo", "foo bar"} {
					url := t.fifo("VisibilityTimeout", "1")
					t.sendTo(url, "g", "foo", "bar", "baz")
					got := t.has(url, "foo bar baz")
					t.must(t.hide(url, got[i], 4))
					t.sleep(2500 * time.Millisecond)
					t.has(url, want)
				}
			}},
		{Name: "FIFO/group gone and back", Page: "recorded: test_fifo_empty_message_groups_added_back_to_queue",
			Rule: "a group whose messages were deleted can have others",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a")
				t.must(t.delete(url, t.one(url)))
				t.has(url, "")
				t.sendTo(url, "g", "b")
				t.has(url, "b")
			}},
		{Name: "FIFO/counts", Page: "recorded: test_fifo_approx_number_of_messages",
			Rule: "messages that wait for their group count as available",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a", "b", "c")
				t.one(url)
				t.equal("counts", t.counts(url), "2 1 0")
			}},
		{Name: "FIFO/long poll on a group", Page: "recorded: test_fifo_message_group_visibility", Waits: 5 * time.Second,
			Rule: "who waits gets the next message of a group when the one before is deleted",
			Do: func(t *T) {
				url, start := t.fifo(), time.Now()
				t.sendTo(url, "g", "a", "b")
				first := t.one(url)
				t.after(5*time.Second, func() error { return t.delete(url, first) })
				t.has(url, "b", waiting(20))
				t.equal("waited", time.Since(start).Round(time.Second), 5*time.Second)
			}},
	}
}

func fifoSettleCases() []Case {
	return []Case{
		{Name: "FIFO/DeleteMessage/expired handle", Page: "recorded: test_fifo_delete_after_visibility_timeout", Waits: 2 * time.Second,
			Rule: "a message whose visibility timeout is over cannot be deleted by its handle",
			Do: func(t *T) {
				url := t.fifo("VisibilityTimeout", "1")
				t.sendTo(url, "g", "a")
				m := t.one(url)
				t.sleep(2 * time.Second)
				t.fails(t.delete(url, m), invalidParameterValue)
				t.has(url, "a")
			}},
		{Name: "FIFO/DeleteMessage/extended", Page: "recorded: test_fifo_delete_after_visibility_timeout_extended", Waits: 2 * time.Second,
			Rule: "a message whose visibility timeout was extended can be deleted",
			Do: func(t *T) {
				url := t.fifo("VisibilityTimeout", "1")
				t.sendTo(url, "g", "a")
				m := t.one(url)
				t.must(t.hide(url, m, 5))
				t.sleep(2 * time.Second)
				t.must(t.delete(url, m))
				t.equal("counts", t.counts(url), "0 0 0")
			}},
		{Name: "FIFO/in-flight", Page: "API_ChangeMessageVisibility",
			Rule: "ten messages of ten groups are in flight at once",
			Do: func(t *T) {
				url := t.fifo()
				for g := range strings.SplitSeq("abcdefghij", "") {
					t.sendTo(url, g, g)
				}
				t.equal("messages", len(t.receive(url)), 10)
				t.equal("counts", t.counts(url), "0 10 0")
			}},
	}
}

func dedupCases() []Case {
	minutes := func(n float64) time.Duration { return time.Duration(n * float64(time.Minute)) }
	return []Case{
		{Name: "deduplication/same ID", Page: "FIFO-queues-exactly-once-processing",
			Rule: "a message with an ID that was sent is accepted and not delivered, and answered as the first was",
			Do: func(t *T) {
				url := t.fifo()
				first := t.send(url, "a", inGroup("g"), withDedup("id"))
				second := t.send(url, "b", inGroup("g"), withDedup("id"))
				t.equal("MessageId", *second.MessageId, *first.MessageId)
				t.equal("SequenceNumber", *second.SequenceNumber, *first.SequenceNumber)
				t.has(url, "a")
			}},
		{Name: "deduplication/after delete", Page: "API_SendMessage",
			Rule: "SQS keeps track of the ID even after the message is received and deleted",
			Do: func(t *T) {
				url := t.fifo()
				t.send(url, "a", inGroup("g"), withDedup("id"))
				t.must(t.delete(url, t.one(url)))
				t.send(url, "b", inGroup("g"), withDedup("id"))
				t.has(url, "")
			}},
		{Name: "deduplication/interval", Page: "FIFO-queues-exactly-once-processing", Waits: minutes(5.5),
			Rule: "the deduplication interval is five minutes from the first message",
			Do: func(t *T) {
				url := t.fifo()
				t.send(url, "a", inGroup("g"), withDedup("id"))
				t.must(t.delete(url, t.one(url)))
				t.sleep(minutes(4.9))
				t.send(url, "b", inGroup("g"), withDedup("id"))
				t.has(url, "")
				t.sleep(minutes(0.2))
				t.send(url, "c", inGroup("g"), withDedup("id"))
				t.has(url, "c")
			}},
		{Name: "deduplication/by content", Page: "API_SendMessage",
			Rule: "the content is the body, not the attributes",
			Do: func(t *T) {
				url := t.fifo()
				t.send(url, "a", inGroup("g"), withAttribute("n", "String", "1"))
				t.send(url, "a", inGroup("g"), withAttribute("n", "String", "2"))
				t.has(url, "a")
			}},
		{Name: "deduplication/by content/SHA-256", Page: "API_SendMessage",
			Rule: "the ID by content is the SHA-256 hash of the body, which an explicit ID can equal",
			Do: func(t *T) {
				url := t.fifo()
				t.send(url, "hello", inGroup("g"))
				t.send(url, "other", inGroup("g"), withDedup("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"))
				t.has(url, "hello")
			}},
		{Name: "deduplication/explicit before content", Page: "API_SendMessage",
			Rule: "an explicit ID overrides the generated one",
			Do: func(t *T) {
				url := t.fifo()
				t.send(url, "a", inGroup("g"), withDedup("1"))
				t.send(url, "a", inGroup("g"), withDedup("2"))
				t.has(url, "a a")
			}},
		{Name: "deduplication/scope queue", Page: "API_SetQueueAttributes",
			Rule: "in the scope queue, IDs count across groups",
			Do: func(t *T) {
				url := t.fifo()
				t.send(url, "a", inGroup("1"), withDedup("id"))
				t.send(url, "b", inGroup("2"), withDedup("id"))
				t.has(url, "a")
			}},
		{Name: "deduplication/scope messageGroup", Page: "API_SetQueueAttributes",
			Rule: "in the scope messageGroup, IDs count within a group",
			Do: func(t *T) {
				url := t.fifo("DeduplicationScope", "messageGroup")
				t.send(url, "a", inGroup("1"), withDedup("id"))
				t.send(url, "b", inGroup("2"), withDedup("id"))
				t.send(url, "c", inGroup("2"), withDedup("id"))
				t.has(url, "a b")
			}},
		{Name: "deduplication/batch", Page: "FIFO-queues-exactly-once-processing",
			Rule: "a duplicate in a batch is accepted",
			Do: func(t *T) {
				url := t.fifo()
				entries := batchOf("1", "a", "2", "b")
				for i := range entries {
					entries[i].MessageGroupId, entries[i].MessageDeduplicationId = aws.String("g"), aws.String("id")
				}
				out, err := t.trySendBatch(url, entries)
				t.must(err)
				t.equal("outcome", sentOutcome(out), "1 ok, 2 ok")
				t.has(url, "a")
			}},
	}
}
