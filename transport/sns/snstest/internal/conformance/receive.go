package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func named(names ...string) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.MessageAttributeNames = names }
}

func receiveCases() []Case {
	cases := []Case{
		{Name: "ReceiveMessage/one by default", Page: "API_ReceiveMessage",
			Rule: "MaxNumberOfMessages defaults to 1",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.send(url, "b")
				t.equal("messages", len(t.receive(url, atMost(0))), 1)
			}},
		{Name: "ReceiveMessage/ten", Page: "API_ReceiveMessage",
			Rule: "it never returns more messages than MaxNumberOfMessages, which is 10 at most",
			Do: func(t *T) {
				url := t.queue()
				for range 2 {
					_, err := t.trySendBatch(url, numbered(10, "a"))
					t.must(err)
				}
				t.equal("messages", len(t.receive(url)), 10)
				t.equal("messages", len(t.receive(url, atMost(3))), 3)
			}},
		{Name: "ReceiveMessage/nothing", Page: "recorded: test_receive_empty_queue",
			Rule: "an empty queue gives no list of messages",
			Do: func(t *T) {
				t.equal("answer", t.json("ReceiveMessage", map[string]any{"QueueUrl": t.queue()}).body, "{}")
			}},
		{Name: "ReceiveMessage/new handle each time", Page: "sqs-queue-message-identifiers",
			Rule: "every time a message is received it has a different receipt handle, of up to 1,024 characters",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "0")
				t.send(url, "a")
				first, second := t.one(url), t.one(url)
				if *first.ReceiptHandle == *second.ReceiptHandle || len(*first.ReceiptHandle) > 1024 {
					t.Errorf("got %s and %s", *first.ReceiptHandle, *second.ReceiptHandle)
				}
				t.equal("ID", *second.MessageId, *first.MessageId)
			}},
		{Name: "ReceiveMessage/missing queue", Page: "API_ReceiveMessage",
			Rule: "a queue that does not exist is QueueDoesNotExist",
			Do: func(t *T) {
				_, err := t.tryReceive(t.queue() + "x")
				t.fails(err, noQueue)
			}},
		{Name: "ReceiveMessage/unknown system attribute", Page: "API_ReceiveMessage",
			Rule: "a system attribute is one of those listed",
			Do: func(t *T) {
				_, err := t.tryReceive(t.queue(), func(in *sqs.ReceiveMessageInput) {
					in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"Colour"}
				})
				t.fails(err, invalidAttributeName)
			}},
	}
	for _, p := range []struct {
		name   string
		change func(*sqs.ReceiveMessageInput)
	}{
		{"MaxNumberOfMessages/11", atMost(11)},
		{"MaxNumberOfMessages/-1", atMost(-1)},
		{"WaitTimeSeconds/21", waiting(21)},
		{"WaitTimeSeconds/-1", waiting(-1)},
		{"VisibilityTimeout/43201", hiddenFor(43201)},
		{"VisibilityTimeout/-1", hiddenFor(-1)},
	} {
		cases = append(cases, Case{Name: "ReceiveMessage/" + p.name, Page: "API_ReceiveMessage",
			Rule: "1 to 10 messages, a wait of 0 to 20 s, a visibility timeout of 0 to 43,200 s",
			Do: func(t *T) {
				_, err := t.tryReceive(t.queue(), p.change)
				t.fails(err, invalidParameterValue)
			}})
	}
	for _, f := range []struct {
		name  string
		names []string
		want  string
	}{
		{"none", nil, ""},
		{"All", []string{"All"}, "General Hello Help.Me"},
		{".*", []string{".*"}, "General Hello Help.Me"},
		{"prefix", []string{"Hel.*"}, "Hello Help.Me"},
		{"names", []string{"Hello", "General"}, "General Hello"},
		{"case", []string{"hello"}, ""},
		{"unknown", []string{"Foo", "Help"}, ""},
		{"illegal", []string{"AWS.", "..foo"}, ""},
	} {
		cases = append(cases, Case{Name: "ReceiveMessage/MessageAttributeNames/" + f.name,
			Page: "recorded: test_receive_message_message_attribute_names_filters",
			Rule: "attributes are asked for by name, all of a prefix by prefix.*, or all by All or .*",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "msg", withAttribute("Help.Me", "String", "Me"), withAttribute("Hello", "String", "There"),
					withAttribute("General", "String", "Kenobi"))
				m := t.one(url, named(f.names...))
				t.equal("attributes", strings.Join(slices.Sorted(maps.Keys(m.MessageAttributes)), " "), f.want)
				t.equal("digest", aws.ToString(m.MD5OfMessageAttributes) != "", f.want != "")
			}})
	}
	return cases
}

func systemAttributeCases() []Case {
	return []Case{
		{Name: "ReceiveMessage/system attributes", Page: "API_ReceiveMessage", Waits: 5 * time.Second,
			Rule: "SentTimestamp and ApproximateFirstReceiveTimestamp are milliseconds, and the latter stays",
			Do: func(t *T) {
				url := t.queue("VisibilityTimeout", "1")
				t.send(url, "a")
				t.sleep(3 * time.Second)
				first := t.one(url).Attributes
				t.sleep(2 * time.Second)
				second := t.one(url).Attributes
				sent, err := strconv.Atoi(first["SentTimestamp"])
				t.must(err)
				received, err := strconv.Atoi(first["ApproximateFirstReceiveTimestamp"])
				t.must(err)
				if received-sent < 3000 || received-sent > 4000 {
					t.Errorf("sent at %d and received at %d, 3 s later", sent, received)
				}
				t.equal("first receive", second["ApproximateFirstReceiveTimestamp"], first["ApproximateFirstReceiveTimestamp"])
				t.equal("first count", first["ApproximateReceiveCount"], "1")
				t.equal("second count", second["ApproximateReceiveCount"], "2")
				if first["SenderId"] == "" {
					t.Error("no SenderId")
				}
			}},
		{Name: "ReceiveMessage/system attributes/standard", Page: "recorded: test_receive_message_attribute_names_filters",
			Rule: "All shows those that the message has",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.equal("names", slices.Sorted(maps.Keys(t.one(url).Attributes)), []string{
					"ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp",
				})
			}},
		{Name: "ReceiveMessage/system attributes/one", Page: "API_ReceiveMessage",
			Rule: "only those that are asked for are returned",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				m := t.one(url, func(in *sqs.ReceiveMessageInput) {
					in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"ApproximateReceiveCount", "SequenceNumber"}
				})
				t.equal("attributes", m.Attributes, map[string]string{"ApproximateReceiveCount": "1"})
			}},
		{Name: "ReceiveMessage/AttributeNames", Page: "API_ReceiveMessage",
			Rule: "AttributeNames, which MessageSystemAttributeNames has replaced, is supported for backward compatibility",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				m := t.one(url, func(in *sqs.ReceiveMessageInput) {
					in.MessageSystemAttributeNames = nil
					in.AttributeNames = []types.QueueAttributeName{"ApproximateReceiveCount"} //nolint:staticcheck // it is what is tested
				})
				t.equal("attributes", m.Attributes, map[string]string{"ApproximateReceiveCount": "1"})
			}},
		{Name: "ReceiveMessage/AWSTraceHeader", Page: "recorded: test_aws_trace_header_propagation",
			Rule: "the trace header comes with the message",
			Do: func(t *T) {
				url := t.queue()
				header := "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
				t.send(url, "a", withTrace(header))
				t.equal("header", t.one(url).Attributes["AWSTraceHeader"], header)
			}},
	}
}

func pollCases() []Case {
	return []Case{
		{Name: "long poll/empty", Page: "sqs-short-and-long-polling", Waits: 20 * time.Second,
			Rule: "an empty answer comes when the wait is over",
			Do: func(t *T) {
				url, start := t.queue(), time.Now()
				t.has(url, "", waiting(20))
				t.equal("waited", time.Since(start).Round(time.Second), 20*time.Second)
			}},
		{Name: "long poll/queue's wait", Page: "sqs-short-and-long-polling", Waits: 5 * time.Second,
			Rule: "without WaitTimeSeconds it is the queue's ReceiveMessageWaitTimeSeconds",
			Do: func(t *T) {
				url, start := t.queue("ReceiveMessageWaitTimeSeconds", "5"), time.Now()
				t.has(url, "")
				t.equal("waited", time.Since(start).Round(time.Second), 5*time.Second)
			}},
		{Name: "long poll/there already", Page: "API_ReceiveMessage",
			Rule: "if a message is available, the call returns sooner than WaitTimeSeconds, with fewer than asked for",
			Do: func(t *T) {
				url, start := t.queue(), time.Now()
				t.send(url, "a")
				t.has(url, "a", waiting(20))
				t.equal("waited", time.Since(start).Round(time.Second), time.Duration(0))
			}},
		{Name: "long poll/arrival", Page: "API_ReceiveMessage", Waits: 3 * time.Second,
			Rule: "a message that arrives ends the wait",
			Do: func(t *T) {
				url, start := t.queue(), time.Now()
				t.after(3*time.Second, func() error {
					_, err := t.trySend(url, "a")
					return err
				})
				t.has(url, "a", waiting(20))
				t.equal("waited", time.Since(start).Round(time.Second), 3*time.Second)
			}},
		{Name: "long poll/delayed message", Page: "sqs-short-and-long-polling", Waits: 7 * time.Second,
			Rule: "a message whose delay ends ends the wait",
			Do: func(t *T) {
				url, start := t.queue(), time.Now()
				t.send(url, "a", withDelay(7))
				t.has(url, "a", waiting(20))
				t.equal("waited", time.Since(start).Round(time.Second), 7*time.Second)
			}},
		{Name: "long poll/visible again", Page: "sqs-short-and-long-polling", Waits: 4 * time.Second,
			Rule: "a message that becomes visible again ends the wait",
			Do: func(t *T) {
				url, start := t.queue("VisibilityTimeout", "4"), time.Now()
				t.send(url, "a")
				t.one(url)
				t.has(url, "a", waiting(20))
				t.equal("waited", time.Since(start).Round(time.Second), 4*time.Second)
			}},
		{Name: "long poll/client goes away", Page: "sqs-short-and-long-polling", Waits: 3 * time.Second,
			Rule: "a client that has gone takes no message with it",
			Do: func(t *T) {
				url := t.queue()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if _, err := t.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20}); err == nil {
					t.Fatal("the poll was not cut")
				}
				t.sleep(time.Second)
				t.send(url, "a")
				m := t.one(url)
				t.equal("ApproximateReceiveCount", m.Attributes["ApproximateReceiveCount"], "1")
			}},
		{Name: "long poll/several clients", Page: "sqs-short-and-long-polling", Waits: 20 * time.Second,
			Rule: "each message goes to one receiver, and the others go on waiting",
			Do: func(t *T) {
				url := t.queue()
				var mu sync.Mutex
				var got []string
				var polls sync.WaitGroup
				for range 5 {
					polls.Go(func() {
						messages, err := t.tryReceive(url, waiting(20))
						mu.Lock()
						defer mu.Unlock()
						if err != nil || len(messages) != 1 {
							t.Errorf("got %d messages, %v", len(messages), err)
						}
						got = append(got, bodies(messages))
					})
				}
				t.sleep(time.Second)
				for i := range 5 {
					t.send(url, fmt.Sprint(i))
					t.sleep(time.Second)
				}
				polls.Wait()
				slices.Sort(got)
				t.equal("messages", got, []string{"0", "1", "2", "3", "4"})
			}},
	}
}
