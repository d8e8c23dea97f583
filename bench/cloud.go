package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// requestTime is what a request takes, as in a region nearby.
const requestTime = 15 * time.Millisecond

// cloud is an SNS and SQS over loopback, with a topic that leads to a queue, raw.
type cloud struct {
	srv          *snstest.Server
	config       aws.Config
	queue, topic string // URL and ARN
	connections  *http.Transport
}

const (
	topicARN = "arn:aws:sns:us-east-1:000000000000:" + channel
	queueARN = "arn:aws:sqs:us-east-1:000000000000:" + channel
)

func openCloud(ctx context.Context) (*cloud, error) {
	srv, err := snstest.New(snstest.Config{})
	if err != nil {
		return nil, err
	}
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, srv.Close())
	}
	c := &cloud{srv: srv, connections: &http.Transport{MaxIdleConnsPerHost: 256}}
	c.config = aws.Config{
		BaseEndpoint: &url, HTTPClient: &http.Client{Transport: c.connections}, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
	}
	if err := c.furnish(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *cloud) furnish(ctx context.Context) error {
	topic, err := c.sns().CreateTopic(ctx, &awssns.CreateTopicInput{Name: aws.String(channel)})
	if err != nil {
		return err
	}
	queue, err := c.sqs().CreateQueue(ctx, &awssqs.CreateQueueInput{QueueName: aws.String(channel), Attributes: map[string]string{
		"VisibilityTimeout": "30",
		"Policy": fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},`+
			`"Action":"sqs:SendMessage","Resource":%q,"Condition":{"ArnEquals":{"aws:SourceArn":%q}}}]}`, queueARN, topicARN),
	}})
	if err != nil {
		return err
	}
	c.queue, c.topic = *queue.QueueUrl, *topic.TopicArn
	_, err = c.sns().Subscribe(ctx, &awssns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	return err
}

func (c *cloud) sns() *awssns.Client { return awssns.NewFromConfig(c.config) }

func (c *cloud) sqs() *awssqs.Client { return awssqs.NewFromConfig(c.config) }

// fill sends messages to the queue, with what watermill-aws wants of one.
func (c *cloud) fill(ctx context.Context, messages int) error {
	client := c.sqs()
	for n := 0; n < messages; n += maxBatch {
		in := &awssqs.SendMessageBatchInput{QueueUrl: &c.queue}
		for i := range maxBatch {
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body())),
				MessageAttributes: map[string]types.MessageAttributeValue{
					"_watermill_message_uuid": {DataType: aws.String("String"), StringValue: aws.String(fmt.Sprint(n + i))},
				},
			})
		}
		if _, err := client.SendMessageBatch(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// maxBatch is how many messages there are in a request.
const maxBatch = 10

// slow has every request take its time from now on, and forgets those before.
func (c *cloud) slow() {
	c.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault { return snstest.Fault{Delay: requestTime} })
	c.srv.ResetRequests()
}

// requests is how many there were.
func (c *cloud) requests() (n int) {
	for _, r := range c.srv.Requests() {
		n += r.Count
	}
	return n
}

func (c *cloud) close() error {
	c.connections.CloseIdleConnections()
	return c.srv.Close()
}

func discardLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }
