package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"gocloud.dev/pubsub"
	"gocloud.dev/pubsub/awssnssqs"
	"gocloud.dev/pubsub/batcher"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// gocloud's driver of SNS and SQS is a second opinion on snstest: it batches, where watermill-aws does not, and brings
// a newer SDK. It is tested here because this module has it.

// goCloudAWS are clients of a server on loopback.
type goCloudAWS struct {
	srv *snstest.Server
	sns *sns.Client
	sqs *sqs.Client
}

func openGoCloudAWS(t *testing.T) *goCloudAWS {
	t.Helper()
	srv := snstest.Start(t)
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	keys := credentials.NewStaticCredentialsProvider("any", "thing", "")
	return &goCloudAWS{
		srv: srv,
		sns: sns.New(sns.Options{BaseEndpoint: &url, HTTPClient: client, Region: "us-east-1", Credentials: keys}),
		sqs: sqs.New(sqs.Options{BaseEndpoint: &url, HTTPClient: client, Region: "us-east-1", Credentials: keys}),
	}
}

func (g *goCloudAWS) queue(t *testing.T, name string, attributes map[string]string) (url, arn string) {
	t.Helper()
	q, err := g.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return *q.QueueUrl, "arn:aws:sqs:us-east-1:000000000000:" + name
}

// snsTopic is a topic with a queue, raw or not.
func (g *goCloudAWS) snsTopic(t *testing.T, raw bool) (topicARN, url string) {
	t.Helper()
	name := fmt.Sprintf("order-%t", raw)
	topic, err := g.sns.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:sqs:us-east-1:000000000000:" + name
	url, _ = g.queue(t, name, map[string]string{"VisibilityTimeout": "60", "Policy": fmt.Sprintf(`{"Version":"2012-10-17",
		"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":%q,
		"Condition":{"ArnEquals":{"aws:SourceArn":%q}}}]}`, arn, *topic.TopicArn)})
	protocol := "sqs"
	_, err = g.sns.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: &protocol, Endpoint: &arn,
		Attributes: map[string]string{"RawMessageDelivery": fmt.Sprint(raw)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *topic.TopicArn, url
}

func TestGoCloudOnSnstest(t *testing.T) {
	// By default 100 requests are sent at a time, and so few senders never fill a batch.
	batching := &awssnssqs.TopicOptions{BatcherOptions: batcher.Options{MaxHandlers: 1}}
	t.Run("sqs", func(t *testing.T) {
		g := openGoCloudAWS(t)
		url, _ := g.queue(t, "order", map[string]string{"VisibilityTimeout": "60"})
		g.loop(t, awssnssqs.OpenSQSTopic(t.Context(), g.sqs, url, batching), url, false, "SendMessageBatch")
	})
	for _, raw := range []bool{false, true} {
		t.Run(fmt.Sprintf("sns, raw %t", raw), func(t *testing.T) {
			g := openGoCloudAWS(t)
			topic, url := g.snsTopic(t, raw)
			g.loop(t, awssnssqs.OpenSNSTopic(t.Context(), g.sns, topic, batching), url, raw, "PublishBatch")
		})
	}
}

// loop sends from many goroutines and receives in as many. What was refused once comes again, and nothing is left.
func (g *goCloudAWS) loop(t *testing.T, topic *pubsub.Topic, url string, raw bool, batches string) {
	t.Helper()
	const senders, each = 8, 25
	sub := awssnssqs.OpenSubscription(t.Context(), g.sqs, url, &awssnssqs.SubscriptionOptions{Raw: raw})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			for j := range each {
				n := i*each + j
				body := fmt.Appendf(nil, `{"id":%d,"name":"Grüße <&>"}`, n)
				if n%2 == 1 {
					body = []byte{0xff, byte(n), 0} // travels as base64
				}
				err := topic.Send(ctx, &pubsub.Message{Body: body, Metadata: map[string]string{
					"number": fmt.Sprint(n), "odd/key": "ü", "body": fmt.Sprintf("%x", body),
				}})
				if err != nil {
					t.Errorf("send: %v", err)
				}
			}
		})
	}
	got := map[string]bool{}
	refused := false
	for len(got) < senders*each {
		m, err := sub.Receive(ctx)
		if err != nil {
			t.Fatalf("receive, with %d received: %v", len(got), err)
		}
		if !refused { // a nack brings it again at once
			refused = true
			m.Nack()
			continue
		}
		if m.Metadata["body"] != fmt.Sprintf("%x", m.Body) || m.Metadata["odd/key"] != "ü" || len(m.Metadata) != 3 {
			t.Errorf("got %q with %v", m.Body, m.Metadata)
		}
		got[m.Metadata["number"]] = true
		m.Ack()
	}
	sending.Wait()
	// Shutdown sends what is left of the acks.
	if err := sub.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := topic.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	left, _ := g.srv.Queue(url[strings.LastIndex(url, "/")+1:])
	if len(left.Ready)+len(left.InFlight)+len(left.Delayed) > 0 {
		t.Errorf("left in the queue: %+v", left)
	}
	if n := g.srv.Count(batches); n == 0 || n >= senders*each {
		t.Errorf("%d requests %s for %d messages, want batches", n, batches, senders*each)
	}
	for _, r := range g.srv.Requests() {
		if r.Errors > 0 {
			t.Errorf("%s: %d of %d requests failed", r.Action, r.Errors, r.Count)
		}
	}
	t.Logf("%d messages: %+v", senders*each, g.srv.Requests())
}
