package topology_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

// An operator plans what a service needs, and makes it.
func ExampleTopology_Plan() {
	srv, err := snstest.New(snstest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	anyone := credentials.NewStaticCredentialsProvider("any", "thing", "")
	t, err := topology.New(topology.Config{
		SNS: sns.New(sns.Options{
			BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1", Credentials: anyone,
		}),
		SQS: sqs.New(sqs.Options{
			BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1", Credentials: anyone,
		}),
		Provision: topology.Off,
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	subs := []transport.Subscription{{
		ID: transport.ID{Service: "finance", Name: "Order"}, Pattern: "Order", MaxReceives: 10,
	}}
	_, err = t.Queue(ctx, subs[0])
	fmt.Println(err)
	plan, err := t.Plan(ctx, nil, subs)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(plan)
	if err := t.Apply(ctx, plan, topology.ApplyOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	q, err := t.Queue(ctx, subs[0])
	fmt.Println(q.ARN, err)
	// Output:
	// topology: queue of finance/Order: missing: queue finance-Order, queue finance-Order-dlq (Plan shows and Apply makes it, or Provision On)
	// + topic Order (Order)
	// + dead-letter queue finance-Order-dlq (finance/Order)
	// + queue finance-Order (finance/Order)
	// + policy of queue finance-Order (finance/Order)
	// + subscription finance-Order to Order (finance/Order)
	// 5 missing, 0 differs, 0 orphaned, 0 exists
	// arn:aws:sqs:us-east-1:000000000000:finance-Order <nil>
}
