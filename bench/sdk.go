package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// asked is what every message says.
const asked = "a message of some length"

// What the server that does nothing answers: the SDK looks for these, and at the checksum of what was sent.
//
//nolint:gochecknoglobals // tables, never written to
var (
	cannedJSON = map[string]string{
		"CreateQueue":        `{"QueueUrl":"http://127.0.0.1/000000000000/q"}`,
		"SetQueueAttributes": ``,
		"SendMessage":        `{"MD5OfMessageBody":"6a44acd6356fb4429547d91e3a0f29c9","MessageId":"a"}`,
	}
	cannedXML = `<R><CreateTopicResult><TopicArn>arn:aws:sns:us-east-1:000000000000:t</TopicArn></CreateTopicResult>` +
		`<SubscribeResult><SubscriptionArn>s</SubscriptionArn></SubscribeResult>` +
		`<PublishBatchResult><Failed/><Successful>` +
		strings.Repeat(`<member><Id>0</Id><MessageId>a</MessageId></member>`, maxBatch) +
		`</Successful></PublishBatchResult></R>`
)

// shop are the clients of one emulator, with a topic that leads to a queue.
type shop struct {
	queues       *sqs.Client
	topics       *sns.Client
	queue, topic string
}

// emulatorRates is how many requests and messages a second go through emulators, from 16 goroutines by the real SDK
// over loopback. All are on the same processors as the client, which costs more than most of them.
func emulatorRates(ctx context.Context, o options) ([]figure, error) {
	var figures []figure
	for _, m := range []struct {
		measure
		do func(context.Context, *shop) (messages int, err error)
	}{
		{measure{"snstest_send", "messages/s", true}, send},
		{measure{"snstest_publish_batch", "messages/s", true}, publishBatch},
	} {
		var entrants []entrant[float64]
		for _, e := range emulators() {
			entrants = append(entrants, entrant[float64]{e.name, func(ctx context.Context) (float64, error) {
				return rate(ctx, e, o.duration, m.do)
			}})
		}
		outcomes, err := turns(ctx, o.runs, entrants)
		if err != nil {
			return nil, err
		}
		figures = slices.Concat(figures, compare(m.measure, outcomes, func(r float64) float64 { return r }))
	}
	return figures, nil
}

// rate has 16 goroutines do something for a time, and returns the messages a second.
func rate(ctx context.Context, e emulator, d time.Duration, do func(context.Context, *shop) (int, error)) (_ float64, err error) {
	url, stop, err := e.start(ctx)
	if err != nil {
		return 0, err
	}
	connections := &http.Transport{MaxIdleConnsPerHost: 64}
	defer func() {
		connections.CloseIdleConnections()
		err = errors.Join(err, stop())
	}()
	s, err := openShop(ctx, url, connections)
	if err != nil {
		return 0, err
	}
	var total atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, 16)
	start := time.Now()
	for i := range errs {
		all.Go(func() {
			for time.Since(start) < d && errs[i] == nil {
				var n int
				n, errs[i] = do(ctx, s)
				total.Add(int64(n))
			}
		})
	}
	all.Wait()
	return float64(total.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

func openShop(ctx context.Context, url string, connections *http.Transport) (*shop, error) {
	hc := &http.Client{Transport: connections}
	who := credentials.NewStaticCredentialsProvider("any", "thing", "")
	s := &shop{
		queues: sqs.New(sqs.Options{BaseEndpoint: &url, HTTPClient: hc, Region: "us-east-1", Credentials: who}),
		topics: sns.New(sns.Options{BaseEndpoint: &url, HTTPClient: hc, Region: "us-east-1", Credentials: who}),
	}
	const arn = "arn:aws:sqs:us-east-1:000000000000:q"
	q, err := s.queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"` + arn + `"}]}`,
	}})
	if err != nil {
		return nil, err
	}
	t, err := s.topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		return nil, err
	}
	s.queue, s.topic = *q.QueueUrl, *t.TopicArn
	_, err = s.topics.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: t.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(arn),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	return s, err
}

func send(ctx context.Context, s *shop) (int, error) {
	_, err := s.queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &s.queue, MessageBody: aws.String(asked)})
	return 1, err
}

func publishBatch(ctx context.Context, s *shop) (int, error) {
	in := &sns.PublishBatchInput{TopicArn: &s.topic}
	for i := range maxBatch {
		in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, snstypes.PublishBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), Message: aws.String(asked),
		})
	}
	out, err := s.topics.PublishBatch(ctx, in)
	if err == nil && len(out.Successful) != maxBatch {
		err = fmt.Errorf("%d of %d messages were published", len(out.Successful), maxBatch)
	}
	return maxBatch, err
}
