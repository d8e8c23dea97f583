package snstest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport/sns/snstest"
)

func Example() {
	srv, err := snstest.New(snstest.Config{}) // in a test: snstest.Start(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	client := sqs.New(sqs.Options{
		BaseEndpoint: aws.String(srv.Endpoint()),
		HTTPClient:   srv.HTTPClient(),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("any", "thing", ""),
	})
	ctx := context.Background()
	queue, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("orders")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*queue.QueueUrl)
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String("hello")})
	if err != nil {
		fmt.Println(err)
		return
	}
	held, _ := srv.Queue("orders")
	fmt.Println(held.Ready[0].Body)
	// Output:
	// http://snstest.invalid/000000000000/orders
	// hello
}

// One request is throttled; the SDK tries again.
func ExampleServer_SetHook() {
	srv, err := snstest.New(snstest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	throttled := false
	srv.SetHook(func(_ context.Context, c snstest.Call) snstest.Fault {
		if c.Action == "CreateQueue" && !throttled {
			throttled = true
			return snstest.Fault{Error: snstest.Throttle()}
		}
		return snstest.Fault{}
	})
	client := sqs.New(sqs.Options{
		BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
		Retryer:     retry.AddWithMaxBackoffDelay(retry.NewStandard(), time.Millisecond),
	})
	_, err = client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: aws.String("orders")})
	fmt.Println(err, srv.Count("CreateQueue"))
	// Output: <nil> 2
}

// A topic with a queue, which lets it send.
func ExampleServer_Graph() {
	srv, err := snstest.New(snstest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	ctx := context.Background()
	anyone := credentials.NewStaticCredentialsProvider("any", "thing", "")
	queues := sqs.New(sqs.Options{
		BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1", Credentials: anyone,
	})
	topics := sns.New(sns.Options{
		BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1", Credentials: anyone,
	})
	const queue = "arn:aws:sqs:us-east-1:000000000000:mail"
	topic, err := topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("Order")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("mail"), Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
			"Action":"sqs:SendMessage","Resource":"` + queue + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + *topic.TopicArn + `"}}}]}`,
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = topics.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(queue),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := topics.Publish(ctx, &sns.PublishInput{TopicArn: topic.TopicArn, Message: aws.String("hello")}); err != nil {
		fmt.Println(err)
		return
	}
	held, _ := srv.Queue("mail")
	fmt.Println(held.Ready[0].Body)
	fmt.Print(srv.Graph())
	// Output:
	// hello
	// arn:aws:sns:us-east-1:000000000000:Order
	//   -> arn:aws:sqs:us-east-1:000000000000:mail (raw)
}
