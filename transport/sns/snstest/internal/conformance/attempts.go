package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func attempt(id string) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.ReceiveRequestAttemptId = &id }
}

func handles(messages []types.Message) []string {
	var out []string
	for _, m := range messages {
		out = append(out, *m.ReceiptHandle)
	}
	return out
}

func attemptCases() []Case {
	page := "using-receiverequestattemptid-request-parameter"
	return []Case{
		{Name: "attempt/standard queue", Page: "API_ReceiveMessage; github.com/awspring/spring-cloud-aws/issues/529",
			Rule: "an attempt ID applies only to FIFO queues: on others it is no error, and repeats nothing",
			Do: func(t *T) {
				url := t.queue()
				t.send(url, "a")
				t.has(url, "a", attempt("one"))
				t.has(url, "", attempt("one"))
			}},
		{Name: "attempt/repeated", Page: page,
			Rule: "a receive with the same attempt ID returns the same messages and handles",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a", "b")
				first := t.has(url, "a b", attempt("id"))
				second := t.has(url, "a b", attempt("id"))
				t.equal("handles", handles(second), handles(first))
				t.has(url, "", attempt("other"))
			}},
		{Name: "attempt/visibility", Page: page, Waits: 35 * time.Second,
			Rule: "a retry resets the visibility timeout",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a")
				t.has(url, "a", attempt("id"))
				t.sleep(20 * time.Second)
				t.has(url, "a", attempt("id"))
				t.sleep(15 * time.Second)
				t.has(url, "")
			}},
		{Name: "attempt/deleted", Page: "API_ReceiveMessage",
			Rule: "a receive can be repeated if none of its messages was deleted",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a", "b")
				got := t.has(url, "a b", attempt("id"))
				t.must(t.delete(url, got[0]))
				t.has(url, "", attempt("id"))
			}},
		{Name: "attempt/visibility changed", Page: "API_ReceiveMessage",
			Rule: "a receive can be repeated if none of its messages had its visibility changed",
			Do: func(t *T) {
				url := t.fifo()
				t.sendTo(url, "g", "a")
				got := t.has(url, "a", attempt("id"))
				t.must(t.hide(url, got[0], 100))
				t.has(url, "", attempt("id"))
			}},
		{Name: "attempt/five minutes", Page: "API_ReceiveMessage", Waits: 301 * time.Second,
			Rule: "an attempt ID can be used only for five minutes after a receive",
			Do: func(t *T) {
				url := t.fifo("VisibilityTimeout", "600")
				t.sendTo(url, "g", "a")
				t.has(url, "a", attempt("id"))
				t.sleep(301 * time.Second)
				t.has(url, "", attempt("id"))
			}},
		{Name: "attempt/invalid", Page: "API_ReceiveMessage",
			Rule: "an attempt ID has up to 128 letters, digits and punctuation marks",
			Do: func(t *T) {
				_, err := t.tryReceive(t.fifo(), attempt(strings.Repeat("a", 129)))
				t.fails(err, invalidParameterValue)
			}},
	}
}
