package sns_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// bench is a server in a bubble, and a transport on it.
type bench struct {
	*testing.T
	srv *snstest.Server
	tr  *sns.Transport
}

// inBubble runs do in a bubble of its own.
func inBubble(t *testing.T, config snstest.Config, do func(b *bench), change ...func(*sns.Config)) {
	synctest.Test(t, func(t *testing.T) {
		srv := snstest.Start(t, config)
		b := &bench{T: t, srv: srv, tr: connect(t, srv, change...)}
		defer func() { b.must(b.tr.Close()) }()
		do(b)
	})
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func listener(name, pattern string) transport.Subscription {
	return transport.Subscription{ID: transport.ID{Service: "svc", Name: name}, Pattern: pattern, Concurrency: 10}
}

func (b *bench) subscribe(s transport.Subscription) transport.Consumer {
	b.Helper()
	c, err := b.tr.Subscribe(b.Context(), s)
	b.must(err)
	return c
}

// order is message number n on the channel Order.
func order(n int) *transport.Message {
	return &transport.Message{
		ID: fmt.Sprint("m", n), Channel: "Order", Action: event.Created, Source: "test",
		Body: fmt.Appendf(nil, `{"action":"created","n":%d}`, n),
	}
}

func (b *bench) publish(ms ...*transport.Message) {
	b.Helper()
	b.must(b.tr.PublishBatch(b.Context(), ms))
}

func (b *bench) orders(n int) {
	b.Helper()
	var ms []*transport.Message
	for i := range n {
		ms = append(ms, order(i))
	}
	b.publish(ms...)
}

// take receives n deliveries.
func (b *bench) take(c transport.Consumer, n int) (all []*transport.Delivery) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	for len(all) < n {
		ds, err := c.Receive(ctx, n-len(all))
		if err != nil {
			b.Fatalf("received %d of %d messages: %v", len(all), n, err)
		}
		all = append(all, ds...)
	}
	return all
}

// none wants nothing to be received for a time.
func (b *bench) none(c transport.Consumer, d time.Duration) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	if ds, err := c.Receive(ctx, 10); err == nil {
		b.Errorf("received %d messages, the first is %s", len(ds), ds[0].Message.ID)
	}
}

// count is how many requests of an action there were.
func (b *bench) count(action string) int { return b.srv.Count(action) }

// sleep passes the bubble's time.
func (b *bench) sleep(d time.Duration) { time.Sleep(d) }

func (b *bench) snsClient() *awssns.Client { return awssns.NewFromConfig(*awsConfig(b.srv)) }

func (b *bench) sqsClient() *awssqs.Client { return awssqs.NewFromConfig(*awsConfig(b.srv)) }

func (b *bench) deleteTopic(arn string) {
	b.Helper()
	_, err := b.snsClient().DeleteTopic(b.Context(), &awssns.DeleteTopicInput{TopicArn: &arn})
	b.must(err)
}
