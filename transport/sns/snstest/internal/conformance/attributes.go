package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func attributeCases() []Case {
	return []Case{
		{Name: "GetQueueAttributes/All/standard", Page: "recorded: test_create_and_update_queue_attributes",
			Rule: "All shows every attribute that a standard queue has, with its default",
			Do: func(t *T) {
				got := t.attributes(t.queue(), "All")
				t.equal("names", slices.Sorted(maps.Keys(got)), []string{
					"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible",
					"CreatedTimestamp", "DelaySeconds", "LastModifiedTimestamp", "MaximumMessageSize",
					"MessageRetentionPeriod", "QueueArn", "ReceiveMessageWaitTimeSeconds", "SqsManagedSseEnabled",
					"VisibilityTimeout",
				})
				for name, want := range map[string]string{
					"DelaySeconds": "0", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
					"ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30", "SqsManagedSseEnabled": "true",
				} {
					t.equal(name, got[name], want)
				}
			}},
		{Name: "GetQueueAttributes/All/FIFO", Page: "recorded: test_fifo_set_content_based_deduplication_strategy",
			Rule: "a FIFO queue has four attributes more",
			Do: func(t *T) {
				out, err := t.create(t.name()+".fifo", "FifoQueue", "true")
				t.must(err)
				got := t.attributes(*out.QueueUrl, "All")
				for name, want := range map[string]string{
					"FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "queue",
					"FifoThroughputLimit": "perQueue",
				} {
					t.equal(name, got[name], want)
				}
			}},
		{Name: "GetQueueAttributes/none", Page: "API_GetQueueAttributes",
			Rule: "without names there are no attributes",
			Do:   func(t *T) { t.equal("attributes", len(t.attributes(t.queue())), 0) }},
		{Name: "GetQueueAttributes/unknown", Page: "recorded: test_get_queue_attributes_with_invalid_arg_returns_error",
			Rule: "an unknown name is InvalidAttributeName",
			Do: func(t *T) {
				url := t.queue()
				_, err := t.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
					QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"Foobar"},
				})
				t.fails(err, invalidAttributeName)
			}},
		{Name: "GetQueueAttributes/QueueArn", Page: "API_GetQueueAttributes",
			Rule: "QueueArn has region, account and name",
			Do: func(t *T) {
				name := t.name()
				out, err := t.create(name)
				t.must(err)
				t.equal("ARN", t.arn(*out.QueueUrl),
					"arn:aws:sqs:"+t.target.Region+":"+t.target.Accounts[0]+":"+name)
			}},
		{Name: "GetQueueAttributes/timestamps", Page: "API_GetQueueAttributes", Waits: 5 * time.Second,
			Rule: "CreatedTimestamp and LastModifiedTimestamp are seconds, and a change moves the second",
			Do: func(t *T) {
				url := t.queue()
				created := t.attribute(url, "CreatedTimestamp")
				t.equal("LastModifiedTimestamp", t.attribute(url, "LastModifiedTimestamp"), created)
				t.sleep(5 * time.Second)
				t.must(t.set(url, "DelaySeconds", "1"))
				t.equal("CreatedTimestamp", t.attribute(url, "CreatedTimestamp"), created)
				at, err := strconv.Atoi(created)
				t.must(err)
				modified, err := strconv.Atoi(t.attribute(url, "LastModifiedTimestamp"))
				t.must(err)
				if modified < at+5 {
					t.Errorf("modified at %d, created at %d", modified, at)
				}
			}},
		{Name: "GetQueueAttributes/counts", Page: "API_GetQueueAttributes",
			Rule: "messages are counted as available, not visible and delayed",
			Do: func(t *T) {
				url := t.queue()
				for range 3 {
					t.send(url, "a")
				}
				t.send(url, "b", withDelay(60))
				t.one(url)
				t.equal("counts", t.counts(url), "2 1 1")
			}},
		{Name: "SetQueueAttributes/some", Page: "API_SetQueueAttributes",
			Rule: "attributes that are not given stay",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "20")
				t.must(t.set(url, "DelaySeconds", "3"))
				t.equal("VisibilityTimeout", t.attribute(url, "VisibilityTimeout"), "20")
				t.equal("DelaySeconds", t.attribute(url, "DelaySeconds"), "3")
			}},
		{Name: "SetQueueAttributes/all or nothing", Page: "API_SetQueueAttributes",
			Rule: "a change with one value that is invalid changes nothing",
			Do: func(t *T) {
				url := t.queue()
				t.fails(t.set(url, "DelaySeconds", "3", "VisibilityTimeout", "-1"), invalidAttributeValue)
				t.equal("DelaySeconds", t.attribute(url, "DelaySeconds"), "0")
			}},
		{Name: "SetQueueAttributes/FifoQueue/standard", Page: "recorded: test_set_unsupported_attribute_standard",
			Rule: "a standard queue does not know FifoQueue",
			Do:   func(t *T) { t.fails(t.set(t.queue(), "FifoQueue", "true"), invalidAttributeName) }},
		{Name: "SetQueueAttributes/FifoQueue/same", Page: "recorded: test_set_unsupported_attribute_fifo",
			Rule: "FifoQueue can be set to what it is",
			Do:   func(t *T) { t.must(t.set(t.fifo(), "FifoQueue", "true")) }},
		{Name: "SetQueueAttributes/FifoQueue/other", Page: "recorded: test_set_unsupported_attribute_fifo",
			Rule: "the type of a queue cannot be changed",
			Do:   func(t *T) { t.fails(t.set(t.fifo(), "FifoQueue", "false"), invalidAttributeValue) }},
		{Name: "SetQueueAttributes/KMS", Page: "recorded: test_sse_queue_attributes",
			Rule: "a KMS key turns SSE-SQS off, and shows with its reuse period",
			Do: func(t *T) {
				url := t.queue()
				t.must(t.set(url, "KmsMasterKeyId", "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds", "6000"))
				got := t.attributes(url, "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled")
				t.equal("attributes", got, map[string]string{
					"KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": "6000", "SqsManagedSseEnabled": "false",
				})
			}},
		{Name: "SetQueueAttributes/KMS/removed", Page: "recorded: test_set_queue_attributes_default_values",
			Rule: "an empty KmsMasterKeyId removes it",
			Do: func(t *T) {
				url := t.queue()
				t.must(t.set(url, "KmsMasterKeyId", "key"))
				t.must(t.set(url, "KmsMasterKeyId", "", "KmsDataKeyReusePeriodSeconds", "300"))
				t.equal("attributes", t.attributes(url, "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"), map[string]string(nil))
			}},
		{Name: "SetQueueAttributes/KMS and SSE-SQS", Page: "recorded: test_sse_kms_and_sqs_are_mutually_exclusive",
			Rule: "one type of server-side encryption can be used at one time",
			Do: func(t *T) {
				t.fails(t.set(t.queue(), "KmsMasterKeyId", "key", "SqsManagedSseEnabled", "true"), invalidAttributeName)
			}},
		{Name: "SetQueueAttributes/missing queue", Page: "API_SetQueueAttributes",
			Rule: "a queue that does not exist is QueueDoesNotExist",
			Do:   func(t *T) { t.fails(t.set(t.queue()+"x", "DelaySeconds", "1"), noQueue) }},
	}
}

// attributeValueCases are the values of each attribute: the least and the most, and what lies beyond.
func attributeValueCases() []Case {
	var cases []Case
	for _, a := range []struct {
		name          string
		least, most   int
		fifo          bool
		good, invalid []string
	}{
		{name: "DelaySeconds", least: 0, most: 900},
		{name: "MaximumMessageSize", least: 1024, most: 1048576},
		{name: "MessageRetentionPeriod", least: 60, most: 1209600},
		{name: "ReceiveMessageWaitTimeSeconds", least: 0, most: 20},
		{name: "VisibilityTimeout", least: 0, most: 43200},
		{name: "KmsDataKeyReusePeriodSeconds", least: 60, most: 86400},
		{name: "SqsManagedSseEnabled", good: []string{"true", "false"}, invalid: []string{"yes", ""}},
		{name: "ContentBasedDeduplication", fifo: true, good: []string{"true", "false"}, invalid: []string{"1"}},
		{name: "DeduplicationScope", fifo: true, good: []string{"queue", "messageGroup"}, invalid: []string{"group"}},
		{name: "FifoThroughputLimit", fifo: true, good: []string{"perQueue"},
			invalid: []string{"perGroup", "perMessageGroupId"}}, // which wants the scope messageGroup
	} {
		if a.most > 0 {
			a.good = []string{strconv.Itoa(a.least), strconv.Itoa(a.most)}
			a.invalid = []string{strconv.Itoa(a.least - 1), strconv.Itoa(a.most + 1), "1.5", "many", ""}
		}
		queue := func(t *T) string {
			if a.fifo {
				return t.fifo()
			}
			return t.queue()
		}
		cases = append(cases,
			Case{Name: "SetQueueAttributes/" + a.name + "/valid", Page: "API_SetQueueAttributes",
				Rule: fmt.Sprintf("%s takes %s", a.name, strings.Join(a.good, ", ")),
				Do: func(t *T) {
					url := queue(t)
					for _, value := range a.good {
						t.must(t.set(url, a.name, value))
						if got := t.attribute(url, a.name); got != value && !strings.HasPrefix(a.name, "Kms") {
							t.Errorf("got %s, want %s", got, value)
						}
					}
				}},
			Case{Name: "SetQueueAttributes/" + a.name + "/invalid", Page: "API_SetQueueAttributes",
				Rule: fmt.Sprintf("%s does not take %q", a.name, a.invalid),
				Do: func(t *T) {
					url := queue(t)
					for _, value := range a.invalid {
						t.fails(t.set(url, a.name, value), invalidAttributeValue)
					}
				}})
		if a.fifo {
			cases = append(cases, Case{Name: "CreateQueue/" + a.name + "/standard",
				Page: "recorded: test_create_standard_queue_with_fifo_attribute_raises_error",
				Rule: a.name + " is for FIFO queues",
				Do: func(t *T) {
					_, err := t.create(t.name(), a.name, a.good[0])
					t.fails(err, invalidAttributeName)
				}})
		}
	}
	for _, name := range []string{"QueueArn", "CreatedTimestamp", "ApproximateNumberOfMessages", "Nonsense", "delayseconds"} {
		cases = append(cases, Case{Name: "SetQueueAttributes/" + name, Page: "API_SetQueueAttributes",
			Rule: name + " is no attribute that can be set",
			Do:   func(t *T) { t.fails(t.set(t.queue(), name, "1"), invalidAttributeName) }})
	}
	return append(cases, Case{Name: "SetQueueAttributes/high throughput", Page: "high-throughput-fifo",
		Rule: "the scope messageGroup and the limit perMessageGroupId together are high throughput",
		Do: func(t *T) {
			url := t.fifo("DeduplicationScope", "messageGroup", "FifoThroughputLimit", "perMessageGroupId")
			t.equal("limit", t.attribute(url, "FifoThroughputLimit"), "perMessageGroupId")
		}})
}
