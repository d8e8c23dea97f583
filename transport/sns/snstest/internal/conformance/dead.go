package conformance

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func redrive(arn string, most any) string {
	return fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%v}`, arn, most)
}

// pipe makes a queue and its dead-letter queue.
func (t *T) pipe(most int) (source, dlq string) {
	t.Helper()
	dlq = t.queue()
	return t.queue("RedrivePolicy", redrive(t.arn(dlq), most)), dlq
}

// bury sends messages and receives them too often.
func (t *T) bury(source string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		t.send(source, body)
	}
	for range bodies {
		t.must(t.hide(source, t.one(source), 0))
	}
	t.has(source, "")
}

func deadLetterCases() []Case {
	return []Case{
		{Name: "dead letters/maxReceiveCount", Page: "sqs-dead-letter-queues",
			Rule: "a message is received maxReceiveCount times, and then moved",
			Do: func(t *T) {
				url, dlq := t.pipe(2)
				t.send(url, "a")
				for range 2 {
					t.must(t.hide(url, t.one(url), 0))
					t.equal("dead letters", t.counts(dlq), "0 0 0")
				}
				t.has(url, "")
				t.equal("counts", t.counts(url), "0 0 0")
				t.has(dlq, "a")
			}},
		{Name: "dead letters/message", Page: "recorded: test_dead_letter_queue_message_attributes",
			Rule: "it keeps ID, body and attributes, says where it is from, and its receives go on counting",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				header := "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
				sent := t.send(url, "a", withAttribute("k", "String", "v"), withTrace(header))
				first := t.one(url)
				t.must(t.hide(url, first, 0))
				t.has(url, "")
				m := t.one(dlq)
				t.equal("ID", *m.MessageId, *sent.MessageId)
				t.equal("attribute", aws.ToString(m.MessageAttributes["k"].StringValue), "v")
				t.equal("AWSTraceHeader", m.Attributes["AWSTraceHeader"], header)
				t.equal("DeadLetterQueueSourceArn", m.Attributes["DeadLetterQueueSourceArn"], t.arn(url))
				t.equal("ApproximateReceiveCount", m.Attributes["ApproximateReceiveCount"], "2")
				t.equal("SentTimestamp", m.Attributes["SentTimestamp"], first.Attributes["SentTimestamp"])
			}},
		{Name: "dead letters/retention", Page: "setting-up-dead-letter-queue-retention", Waits: 70 * time.Second,
			Rule: "in a standard queue the expiration goes by the original enqueue timestamp",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				t.must(t.set(dlq, "MessageRetentionPeriod", "60"))
				t.send(url, "a")
				t.sleep(40 * time.Second)
				t.must(t.hide(url, t.one(url), 0))
				t.has(url, "")
				t.equal("dead letters", t.counts(dlq), "1 0 0")
				t.sleep(21 * time.Second)
				t.equal("dead letters", t.counts(dlq), "0 0 0")
			}},
		{Name: "dead letters/FIFO", Page: "sqs-dead-letter-queues",
			Rule: "the dead-letter queue of a FIFO queue gets its messages, and the group goes on",
			Do: func(t *T) {
				dlq := t.fifo()
				url := t.fifo("RedrivePolicy", redrive(t.arn(dlq), 1))
				t.send(url, "a", inGroup("g"))
				t.send(url, "b", inGroup("g"))
				t.must(t.hide(url, t.one(url), 0))
				t.has(url, "b")
				m := t.one(dlq)
				t.equal("body", *m.Body, "a")
				t.equal("MessageGroupId", m.Attributes["MessageGroupId"], "g")
			}},
		{Name: "dead letters/FIFO/deduplication ID", Page: "sqs-configure-dead-letter-queue-redrive",
			Rule: "a message moved to a FIFO dead-letter queue has its message ID for deduplication ID",
			Do: func(t *T) {
				dlq := t.fifo()
				url := t.fifo("RedrivePolicy", redrive(t.arn(dlq), 1))
				sent := t.send(url, "a", inGroup("g"), withDedup("mine"))
				t.must(t.hide(url, t.one(url), 0))
				t.has(url, "")
				t.equal("MessageDeduplicationId", t.one(dlq).Attributes["MessageDeduplicationId"], *sent.MessageId)
			}},
		{Name: "dead letters/chain", Page: "sqs-dead-letter-queues",
			Rule: "a dead-letter queue may have one itself, and counts its own receives",
			Do: func(t *T) {
				last := t.queue()
				dlq := t.queue("RedrivePolicy", redrive(t.arn(last), 1))
				url := t.queue("RedrivePolicy", redrive(t.arn(dlq), 2))
				t.send(url, "a")
				t.must(t.hide(url, t.one(url), 0))
				t.must(t.hide(url, t.one(url), 0))
				t.has(url, "")
				t.must(t.hide(dlq, t.one(dlq), 0))
				t.has(dlq, "")
				t.has(last, "a")
			}},
		{Name: "dead letters/long poll", Page: "sqs-dead-letter-queues", Waits: 2 * time.Second,
			Rule: "who waits at a dead-letter queue is given what is moved there",
			Do: func(t *T) {
				url, dlq := t.pipe(1)
				t.send(url, "a")
				t.must(t.hide(url, t.one(url), 0))
				t.after(2*time.Second, func() error {
					_, err := t.tryReceive(url)
					return err
				})
				t.has(dlq, "a", waiting(20))
			}},
		{Name: "ListDeadLetterSourceQueues", Page: "API_ListDeadLetterSourceQueues",
			Rule: "it lists the queues that have this one for their dead-letter queue, in pages",
			Do: func(t *T) {
				a, dlq := t.pipe(1)
				b := t.queue("RedrivePolicy", redrive(t.arn(dlq), 5))
				pages := sqs.NewListDeadLetterSourceQueuesPaginator(t.sqs, &sqs.ListDeadLetterSourceQueuesInput{
					QueueUrl: &dlq, MaxResults: aws.Int32(1),
				})
				var got []string
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					t.must(err)
					got = append(got, page.QueueUrls...)
				}
				t.equal("queues", got, []string{a, b})
			}},
	}
}

func redriveCases() []Case {
	cases := []Case{
		{Name: "RedrivePolicy/shown", Page: "API_GetQueueAttributes",
			Rule: "it is a JSON object with the ARN and a number, and an empty one removes it",
			Do: func(t *T) {
				url, dlq := t.queue(), t.queue()
				t.must(t.set(url, "RedrivePolicy", redrive(t.arn(dlq), `"42"`)))
				t.equal("policy", t.attribute(url, "RedrivePolicy"), redrive(t.arn(dlq), 42))
				t.must(t.set(url, "RedrivePolicy", ""))
				t.equal("policy", t.attribute(url, "RedrivePolicy"), "")
			}},
		{Name: "RedrivePolicy/other type", Page: "API_SetQueueAttributes",
			Rule: "the dead-letter queue of a standard queue must be a standard queue, and of a FIFO queue a FIFO queue",
			Do: func(t *T) {
				standard, fifo := t.queue(), t.fifo()
				t.fails(t.set(standard, "RedrivePolicy", redrive(t.arn(fifo), 1)), invalidParameterValue)
				t.fails(t.set(fifo, "RedrivePolicy", redrive(t.arn(standard), 1)), invalidParameterValue)
			}},
		{Name: "RedrivePolicy/missing queue", Page: "sqs-dead-letter-queues",
			Rule: "the dead-letter queue must have been created",
			Do: func(t *T) {
				url := t.queue()
				t.fails(t.set(url, "RedrivePolicy", redrive(t.arn(url)+"x", 1)), invalidParameterValue)
			}},
		{Name: "RedrivePolicy/other region", Page: "sqs-dead-letter-queues",
			Rule: "the dead-letter queue is in the same region",
			Do: func(t *T) {
				url := t.queue()
				arn := strings.Replace(t.arn(t.queue()), t.target.Region, "eu-north-1", 1)
				t.fails(t.set(url, "RedrivePolicy", redrive(arn, 1)), invalidParameterValue)
			}},
		{Name: "RedriveAllowPolicy/denyAll", Page: "API_SetQueueAttributes",
			Rule: "denyAll: no source queues can specify this queue as the dead-letter queue",
			Do: func(t *T) {
				dlq := t.queue("RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`)
				t.fails(t.set(t.queue(), "RedrivePolicy", redrive(t.arn(dlq), 1)), invalidParameterValue)
			}},
		{Name: "RedriveAllowPolicy/byQueue", Page: "API_SetQueueAttributes",
			Rule: "byQueue: only the queues of sourceQueueArns can specify this queue as the dead-letter queue",
			Do: func(t *T) {
				in, out, dlq := t.queue(), t.queue(), t.queue()
				t.must(t.set(dlq, "RedriveAllowPolicy",
					fmt.Sprintf(`{"redrivePermission":"byQueue","sourceQueueArns":[%q]}`, t.arn(in))))
				t.must(t.set(in, "RedrivePolicy", redrive(t.arn(dlq), 1)))
				t.fails(t.set(out, "RedrivePolicy", redrive(t.arn(dlq), 1)), invalidParameterValue)
			}},
		{Name: "RedriveAllowPolicy/invalid", Page: "API_SetQueueAttributes",
			Rule: "sourceQueueArns go with byQueue alone, and are up to 10",
			Do: func(t *T) {
				url := t.queue()
				eleven := strings.Repeat(`"`+t.arn(url)+`",`, 10) + `"` + t.arn(url) + `"`
				for _, policy := range []string{
					"{", `{"redrivePermission":"maybe"}`, `{"redrivePermission":"byQueue"}`,
					`{"redrivePermission":"allowAll","sourceQueueArns":["` + t.arn(url) + `"]}`,
					`{"redrivePermission":"byQueue","sourceQueueArns":[` + eleven + `]}`,
				} {
					t.fails(t.set(url, "RedriveAllowPolicy", policy), invalidParameterValue)
				}
			}},
	}
	for name, policy := range map[string]string{
		"not JSON": "{", "no count": `{"deadLetterTargetArn":"ARN"}`, "no ARN": `{"maxReceiveCount":1}`,
		"0": `{"deadLetterTargetArn":"ARN","maxReceiveCount":0}`, "1001": `{"deadLetterTargetArn":"ARN","maxReceiveCount":1001}`,
		"word": `{"deadLetterTargetArn":"ARN","maxReceiveCount":"many"}`, "other ARN": `{"deadLetterTargetArn":"dummy","maxReceiveCount":1}`,
	} {
		cases = append(cases, Case{Name: "RedrivePolicy/invalid/" + name, Page: "recorded: test_redrive_policy_attribute_validity",
			Rule: "a RedrivePolicy has deadLetterTargetArn and maxReceiveCount, which is 1 to 1000",
			Do: func(t *T) {
				url := t.queue()
				policy := strings.Replace(policy, `"ARN"`, `"`+t.arn(t.queue())+`"`, 1)
				t.fails(t.set(url, "RedrivePolicy", policy), invalidParameterValue)
			}})
	}
	sortCases(cases)
	return cases
}

func (t *T) move(source, destination string, rate int32) (string, error) {
	in := &sqs.StartMessageMoveTaskInput{SourceArn: &source}
	if destination != "" {
		in.DestinationArn = &destination
	}
	if rate != 0 {
		in.MaxNumberOfMessagesPerSecond = &rate
	}
	out, err := t.sqs.StartMessageMoveTask(t.Context(), in)
	if err != nil {
		return "", err
	}
	return *out.TaskHandle, nil
}

func (t *T) tasks(source string, most int32) []types.ListMessageMoveTasksResultEntry {
	t.Helper()
	out, err := t.sqs.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: &source, MaxResults: &most})
	t.must(err)
	return out.Results
}
