package snstest_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// loopback starts a server on a port of this machine.
func loopback(t testing.TB, config ...snstest.Config) (*snstest.Server, *sqs.Client) {
	t.Helper()
	srv := snstest.Start(t, config...)
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return srv, client(srv, func(o *sqs.Options) {
		o.BaseEndpoint, o.HTTPClient = &url, &http.Client{Transport: snstest.OwnBody(transport)}
	})
}

func TestLoopback(t *testing.T) {
	srv, c := loopback(t)
	q, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String("a")}); err != nil {
		t.Fatal(err)
	}
	out, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, WaitTimeSeconds: 20})
	if err != nil || len(out.Messages) != 1 || *out.Messages[0].Body != "a" {
		t.Fatalf("got %v, %v", out, err)
	}
	if n := srv.Count("SendMessage"); n != 1 {
		t.Errorf("%d requests were counted", n)
	}
	held, ok := srv.Queue("q")
	if !ok || len(held.InFlight) != 1 || held.InFlight[0].Body != "a" {
		t.Errorf("the dump is %+v", held)
	}
}

func BenchmarkSendMessage(b *testing.B) {
	_, c := loopback(b)
	q, err := c.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			in := &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String("a message of some length")}
			if _, err := c.SendMessage(b.Context(), in); err != nil {
				b.Error(err)
			}
		}
	})
}
