package snstest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
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
