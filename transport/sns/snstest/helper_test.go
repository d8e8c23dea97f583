package snstest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// client is the real SDK, connected to the server through memory.
func client(srv *snstest.Server, options ...func(*sqs.Options)) *sqs.Client {
	return sqs.New(sqs.Options{
		BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
	}, options...)
}

// as is a client with another access key.
func as(key string) func(*sqs.Options) {
	return func(o *sqs.Options) { o.Credentials = credentials.NewStaticCredentialsProvider(key, "thing", "") }
}

// bench is a server with one queue and a client, in a bubble.
type bench struct {
	*testing.T
	srv *snstest.Server
	sqs *sqs.Client
	url string
}

func inBubble(t *testing.T, config snstest.Config, do func(*bench)) {
	synctest.Test(t, func(t *testing.T) {
		srv := snstest.Start(t, config)
		b := &bench{T: t, srv: srv, sqs: client(srv)}
		if len(config.Callers) > 0 {
			b.sqs = client(srv, as("owner"))
		}
		b.url = b.create("q")
		do(b)
	})
}

func (b *bench) create(name string, attributes ...string) string {
	b.Helper()
	in := &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{}}
	for i := 0; i+1 < len(attributes); i += 2 {
		in.Attributes[attributes[i]] = attributes[i+1]
	}
	out, err := b.sqs.CreateQueue(b.Context(), in)
	b.must(err)
	return *out.QueueUrl
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) send(bodies ...string) {
	b.Helper()
	for _, body := range bodies {
		b.must(b.trySend(body))
	}
}

func (b *bench) trySend(body string) error {
	_, err := b.sqs.SendMessage(b.Context(), &sqs.SendMessageInput{QueueUrl: &b.url, MessageBody: &body})
	return err
}

func (b *bench) receive(wait int32) []types.Message {
	b.Helper()
	out, err := b.sqs.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &b.url, MaxNumberOfMessages: 10, WaitTimeSeconds: wait,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	b.must(err)
	return out.Messages
}

func bodies(messages []types.Message) string {
	var out []string
	for _, m := range messages {
		out = append(out, *m.Body)
	}
	return strings.Join(out, " ")
}

func (b *bench) equal(what string, got, want any) {
	b.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// sleep passes the bubble's time.
func (b *bench) sleep(d time.Duration) { time.Sleep(d) }
