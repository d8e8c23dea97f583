package conformance

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func createCases() []Case {
	cases := []Case{
		{Name: "CreateQueue/url", Page: "sqs-queue-message-identifiers",
			Rule: "the URL has the account and the name",
			Do: func(t *T) {
				name := t.name()
				out, err := t.create(name)
				t.must(err)
				if want := "/" + t.target.Accounts[0] + "/" + name; !strings.HasSuffix(*out.QueueUrl, want) {
					t.Errorf("got %s, want it to end in %s", *out.QueueUrl, want)
				}
			}},
		{Name: "CreateQueue/again/same attributes", Page: "API_CreateQueue",
			Rule: "with the same names and values of all attributes it returns the URL of the existing queue",
			Do: func(t *T) {
				name := t.name()
				first, err := t.create(name, "DelaySeconds", "5", "VisibilityTimeout", "60")
				t.must(err)
				second, err := t.create(name, "DelaySeconds", "5", "VisibilityTimeout", "60")
				t.must(err)
				t.equal("URL", *second.QueueUrl, *first.QueueUrl)
			}},
		{Name: "CreateQueue/again/fewer attributes", Page: "recorded: test_create_queue_with_different_attributes_raises_exception",
			Rule: "attributes that are not given do not count",
			Do: func(t *T) {
				name := t.name()
				_, err := t.create(name, "DelaySeconds", "5")
				t.must(err)
				_, err = t.create(name)
				t.must(err)
			}},
		{Name: "CreateQueue/again/other value", Page: "API_CreateQueue",
			Rule: "a name that exists with other values of attributes is an error",
			Do: func(t *T) {
				name := t.name()
				_, err := t.create(name, "DelaySeconds", "5")
				t.must(err)
				_, err = t.create(name, "DelaySeconds", "6")
				t.fails(err, queueExists)
			}},
		{Name: "CreateQueue/again/after SetQueueAttributes", Page: "recorded: test_create_queue_with_different_attributes_raises_exception",
			Rule: "the attributes are compared with what they are now",
			Do: func(t *T) {
				name := t.name()
				out, err := t.create(name, "DelaySeconds", "1")
				t.must(err)
				t.must(t.set(*out.QueueUrl, "DelaySeconds", "2"))
				_, err = t.create(name, "DelaySeconds", "2")
				t.must(err)
				_, err = t.create(name, "DelaySeconds", "1")
				t.fails(err, queueExists)
			}},
		{Name: "CreateQueue/again/defaults", Page: "API_CreateQueue",
			Rule: "an attribute that is not given has its default, also when compared",
			Do: func(t *T) {
				name := t.name()
				_, err := t.create(name)
				t.must(err)
				_, err = t.create(name, "VisibilityTimeout", "30", "MaximumMessageSize", "1048576")
				t.must(err)
			}},
		{Name: "CreateQueue/again/redrive policy", Page: "API_CreateQueue",
			Rule: "a RedrivePolicy is the same however it is written",
			Do: func(t *T) {
				arn := t.arn(t.queue())
				name := t.name()
				_, err := t.create(name, "RedrivePolicy", fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, arn))
				t.must(err)
				_, err = t.create(name, "RedrivePolicy", fmt.Sprintf(`{ "maxReceiveCount" : "3", "deadLetterTargetArn" : %q }`, arn))
				t.must(err)
			}},
		{Name: "CreateQueue/tags", Page: "API_CreateQueue",
			Rule: "a queue can be tagged as it is created",
			Do: func(t *T) {
				out, err := t.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{
					QueueName: aws.String(t.name()), Tags: map[string]string{"team": "finance"},
				})
				t.must(err)
				tags, err := t.sqs.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: out.QueueUrl})
				t.must(err)
				t.equal("tags", tags.Tags, map[string]string{"team": "finance"})
			}},
		{Name: "CreateQueue/case", Page: "API_CreateQueue",
			Rule: "queue names are case-sensitive",
			Do: func(t *T) {
				name := t.name()
				a, err := t.create(name)
				t.must(err)
				b, err := t.create(strings.ToUpper(name))
				t.must(err)
				if *a.QueueUrl == *b.QueueUrl {
					t.Errorf("both are %s", *a.QueueUrl)
				}
			}},
		{Name: "CreateQueue/after delete/at once", Page: "API_CreateQueue",
			Rule: "after a queue was deleted its name cannot be used for 60 seconds",
			Do: func(t *T) {
				name := t.name()
				out, err := t.create(name)
				t.must(err)
				_, err = t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
				t.must(err)
				t.sleep(time.Second)
				_, err = t.create(name)
				t.fails(err, deletedRecently)
			}},
		{Name: "CreateQueue/after delete/later", Page: "API_CreateQueue", Waits: time.Minute,
			Rule: "after a queue was deleted its name can be used 60 seconds later, and nothing is left of it",
			Do: func(t *T) {
				name := t.name()
				out, err := t.create(name, "DelaySeconds", "1")
				t.must(err)
				t.send(*out.QueueUrl, "old")
				_, err = t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
				t.must(err)
				t.sleep(time.Minute)
				_, err = t.create(name)
				t.must(err)
				t.has(*out.QueueUrl, "")
			}},
		{Name: "CreateQueue/FIFO", Page: "API_CreateQueue",
			Rule: "a FIFO queue has FifoQueue and a name that ends in .fifo, which counts to the 80 characters",
			Do: func(t *T) {
				out, err := t.create(strings.Repeat("n", 75)+".fifo", "FifoQueue", "true")
				t.must(err)
				t.equal("FifoQueue", t.attribute(*out.QueueUrl, "FifoQueue"), "true")
			}},
	}
	for _, n := range []struct{ name, queue, attribute string }{
		{"empty", "", ""},
		{"81 characters", strings.Repeat("n", 81), ""},
		{"space", "a b", ""},
		{"slash", "a/b", ""},
		{"period", "a.b", ""},
		{"letter outside of ASCII", "größe", ""},
		{".fifo without FifoQueue", "a.fifo", ""},
		{"FifoQueue without .fifo", "a", "FifoQueue"},
		{"FIFO/81 characters", strings.Repeat("n", 76) + ".fifo", "FifoQueue"},
		{"FIFO/nothing but .fifo", ".fifo", "FifoQueue"},
		{"FIFO/period", "a.b.fifo", "FifoQueue"},
	} {
		cases = append(cases, Case{
			Name: "CreateQueue/name/" + n.name, Page: "quotas-queues",
			Rule: "a name has 1 to 80 letters, digits, hyphens and underscores, and .fifo only if it is a FIFO queue's",
			Do: func(t *T) {
				attributes := []string{}
				if n.attribute != "" {
					attributes = []string{n.attribute, "true"}
				}
				_, err := t.create(n.queue, attributes...)
				t.fails(err, invalidParameterValue)
			},
		})
	}
	return cases
}

func deleteCases() []Case {
	return []Case{
		{Name: "DeleteQueue/contents", Page: "API_DeleteQueue", Waits: time.Minute,
			Rule: "a queue is deleted regardless of its contents, and is no more after 60 seconds",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "lost")
				_, err := t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
				t.must(err)
				t.sleep(time.Minute)
				_, err = t.trySend(url, "late")
				t.fails(err, noQueue)
			}},
		{Name: "DeleteQueue/missing", Page: "API_DeleteQueue",
			Rule: "to delete a queue that does not exist is QueueDoesNotExist",
			Do: func(t *T) {
				url := t.queue() + "x"
				_, err := t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
				t.fails(err, noQueue)
			}},
		{Name: "DeleteQueue/long poll", Page: "API_DeleteQueue", Waits: 20 * time.Second,
			Rule: "who waits for messages of a queue that is deleted gets none",
			Do: func(t *T) {
				url := t.queue()
				got := make(chan int)
				go func() {
					messages, _ := t.tryReceive(url, waiting(20))
					got <- len(messages)
				}()
				t.sleep(time.Second)
				_, err := t.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
				t.must(err)
				t.equal("messages", <-got, 0)
			}},
		{Name: "GetQueueUrl", Page: "API_GetQueueUrl",
			Rule: "it returns the URL of an existing queue",
			Do: func(t *T) {
				name := t.name()
				want, err := t.create(name)
				t.must(err)
				got, err := t.sqs.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
				t.must(err)
				t.equal("URL", *got.QueueUrl, *want.QueueUrl)
			}},
		{Name: "GetQueueUrl/own account", Page: "API_GetQueueUrl",
			Rule: "the owner may be named",
			Do: func(t *T) {
				name := t.name()
				_, err := t.create(name)
				t.must(err)
				_, err = t.sqs.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{
					QueueName: &name, QueueOwnerAWSAccountId: &t.target.Accounts[0],
				})
				t.must(err)
			}},
		{Name: "GetQueueUrl/missing", Page: "API_GetQueueUrl",
			Rule: "a queue that does not exist is QueueDoesNotExist",
			Do: func(t *T) {
				_, err := t.sqs.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(t.name())})
				t.fails(err, noQueue)
			}},
		{Name: "QueueUrl/name alone", Page: "recorded: test_posting_to_queue_via_queue_name",
			Rule: "the name of a queue of one's own will do for its URL",
			Do: func(t *T) {
				name := t.name()
				out, err := t.create(name)
				t.must(err)
				t.send(name, "a")
				t.has(*out.QueueUrl, "a")
			}},
		{Name: "QueueUrl/region", Page: "quotas-queues",
			Rule: "a queue is in one region",
			Do: func(t *T) {
				name := t.name()
				_, err := t.create(name)
				t.must(err)
				elsewhere := t.target.client(0, func(o *sqs.Options) { o.Region = "eu-north-1" })
				_, err = elsewhere.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
				t.fails(err, noQueue)
			}},
	}
}

func listCases() []Case {
	list := func(t *T, in *sqs.ListQueuesInput) ([]string, *string) {
		t.Helper()
		out, err := t.sqs.ListQueues(t.Context(), in)
		t.must(err)
		return out.QueueUrls, out.NextToken
	}
	return []Case{
		{Name: "ListQueues/prefix", Page: "API_ListQueues",
			Rule: "with a prefix, only queues whose names begin with it are returned",
			Do: func(t *T) {
				prefix := t.name()
				var want []string
				for _, name := range []string{prefix + "-a", prefix + "-b", "x" + prefix} {
					out, err := t.create(name)
					t.must(err)
					want = append(want, *out.QueueUrl)
				}
				got, next := list(t, &sqs.ListQueuesInput{QueueNamePrefix: &prefix})
				t.equal("URLs", got, want[:2])
				t.equal("NextToken", next, (*string)(nil))
			}},
		{Name: "ListQueues/none", Page: "API_ListQueues",
			Rule: "there may be no queue",
			Do: func(t *T) {
				got, _ := list(t, &sqs.ListQueuesInput{QueueNamePrefix: aws.String("nothing-has-this")})
				t.equal("URLs", len(got), 0)
			}},
		{Name: "ListQueues/pages", Page: "API_ListQueues",
			Rule: "with MaxResults the response has that many and the token of the next page",
			Do: func(t *T) {
				prefix := t.name()
				for i := range 5 {
					_, err := t.create(fmt.Sprint(prefix, "-", i))
					t.must(err)
				}
				pages := sqs.NewListQueuesPaginator(t.sqs, &sqs.ListQueuesInput{
					QueueNamePrefix: &prefix, MaxResults: aws.Int32(2),
				})
				var sizes []int
				seen := map[string]bool{}
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					t.must(err)
					sizes = append(sizes, len(page.QueueUrls))
					for _, url := range page.QueueUrls {
						seen[url] = true
					}
				}
				t.equal("pages", sizes, []int{2, 2, 1})
				t.equal("queues", len(seen), 5)
			}},
		{Name: "ListQueues/exactly one page", Page: "API_ListQueues",
			Rule: "there is no token if there are no more results",
			Do: func(t *T) {
				prefix := t.name()
				for i := range 2 {
					_, err := t.create(fmt.Sprint(prefix, "-", i))
					t.must(err)
				}
				_, next := list(t, &sqs.ListQueuesInput{QueueNamePrefix: &prefix, MaxResults: aws.Int32(2)})
				t.equal("NextToken", next, (*string)(nil))
			}},
		{Name: "ListQueues/MaxResults/0", Page: "API_ListQueues",
			Rule: "MaxResults is 1 to 1000",
			Do: func(t *T) {
				_, err := t.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{MaxResults: aws.Int32(0)})
				t.fails(err, invalidParameterValue)
			}},
		{Name: "ListQueues/MaxResults/1001", Page: "API_ListQueues",
			Rule: "MaxResults is 1 to 1000",
			Do: func(t *T) {
				_, err := t.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{MaxResults: aws.Int32(1001)})
				t.fails(err, invalidParameterValue)
			}},
		{Name: "ListQueues/NextToken/garbage", Page: "API_ListQueues",
			Rule: "a token is one that a response had",
			Do: func(t *T) {
				_, err := t.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{
					MaxResults: aws.Int32(1), NextToken: aws.String("garbage"),
				})
				t.fails(err, invalidParameterValue)
			}},
	}
}
