package snstest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillsns "github.com/ThreeDotsLabs/watermill-aws/sns"
	watermillsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// pubSubs makes the publishers and subscribers of watermill-aws, which talk to a server over loopback.
type pubSubs struct {
	srv    *snstest.Server
	config aws.Config
	logger watermill.LoggerAdapter
}

func watermillAWS(t *testing.T) *pubSubs {
	t.Helper()
	srv := snstest.Start(t)
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &pubSubs{srv: srv, logger: watermill.NopLogger{}, config: aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, HTTPClient: &http.Client{Transport: snstest.OwnBody(transport)},
		Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
	}}
}

// sqs is the pair of package sqs. Its queues give back soon what was not acked.
func (p *pubSubs) sqs(t *testing.T) (message.Publisher, message.Subscriber) {
	t.Helper()
	pub, err := watermillsqs.NewPublisher(watermillsqs.PublisherConfig{
		AWSConfig: p.config, CreateQueueConfig: watermillsqs.QueueConfigAttributes{VisibilityTimeout: "1"},
	}, p.logger)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := watermillsqs.NewSubscriber(p.subscriber(), p.logger)
	if err != nil {
		t.Fatal(err)
	}
	return pub, &emptied{subscriber: sub}
}

func (p *pubSubs) subscriber() watermillsqs.SubscriberConfig {
	return watermillsqs.SubscriberConfig{
		AWSConfig: p.config, QueueConfigAttributes: watermillsqs.QueueConfigAttributes{VisibilityTimeout: "1"},
	}
}

// sns is the pair of package sns. A consumer group is a queue; without one it is the topic's.
func (p *pubSubs) sns(t *testing.T, group string) (message.Publisher, message.Subscriber) {
	t.Helper()
	resolver, err := watermillsns.NewGenerateArnTopicResolver("000000000000", "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	pub, err := watermillsns.NewPublisher(watermillsns.PublisherConfig{AWSConfig: p.config, TopicResolver: resolver}, p.logger)
	if err != nil {
		t.Fatal(err)
	}
	queue := watermillsns.GenerateSqsQueueNameEqualToTopicName
	if group != "" {
		queue = func(context.Context, watermillsns.TopicArn) (string, error) { return group, nil }
	}
	sub, err := watermillsns.NewSubscriber(watermillsns.SubscriberConfig{
		AWSConfig: p.config, TopicResolver: resolver, GenerateSqsQueueName: queue,
	}, p.subscriber(), p.logger)
	if err != nil {
		t.Fatal(err)
	}
	return pub, &emptied{subscriber: topicFirst{sub, sns.NewFromConfig(p.config)}}
}

// topicFirst creates a topic before it is subscribed to: watermill-aws's subscriber does not, and SNS refuses to
// subscribe to a topic that is not there.
type topicFirst struct {
	*watermillsns.Subscriber
	client *sns.Client
}

func (s topicFirst) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	if _, err := s.client.CreateTopic(ctx, &sns.CreateTopicInput{Name: &topic}); err != nil {
		return nil, err
	}
	return s.Subscriber.Subscribe(ctx, topic)
}

func (s topicFirst) SubscribeInitialize(topic string) error {
	if _, err := s.client.CreateTopic(context.Background(), &sns.CreateTopicInput{Name: &topic}); err != nil {
		return err
	}
	return s.Subscriber.SubscribeInitialize(topic)
}

// emptied takes what is left in its channels while it is closed. Without that, watermill-aws v1.0.1 hangs in Close when
// its loop has received a message that nobody takes (sqs/subscriber.go, processMessage). The suite leaves such messages,
// and a server that answers within microseconds has them received before the suite gets to Close.
type emptied struct {
	subscriber
	mu       sync.Mutex
	channels []<-chan *message.Message
}

type subscriber interface {
	message.Subscriber
	message.SubscribeInitializer
}

func (e *emptied) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	messages, err := e.subscriber.Subscribe(ctx, topic)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.channels = append(e.channels, messages)
	}
	return messages, err
}

func (e *emptied) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var emptying sync.WaitGroup
	for _, messages := range e.channels {
		emptying.Go(func() {
			for m := range messages {
				m.Nack()
			}
		})
	}
	defer emptying.Wait()
	return e.subscriber.Close()
}

// Watermill's universal suite, with the features that watermill-aws's own tests claim.
func TestWatermillAWSUniversalSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for visibility timeouts")
	}
	t.Run("sqs", func(t *testing.T) {
		p := watermillAWS(t)
		tests.TestPubSub(t, tests.Features{GuaranteedOrder: true, Persistent: true, ForceShort: true}, p.sqs, nil)
	})
	t.Run("sns", func(t *testing.T) {
		p := watermillAWS(t)
		alone := func(t *testing.T) (message.Publisher, message.Subscriber) { return p.sns(t, "") }
		tests.TestPubSub(t, tests.Features{ConsumerGroups: true, Persistent: true, ForceShort: true}, alone, p.sns)
	})
}

// What they publish arrives as it was, whoever subscribes, and nothing is left behind.
func TestWatermillAWSLoops(t *testing.T) {
	const publishers, each = 8, 10
	for name, pair := range map[string]func(*pubSubs, *testing.T) (message.Publisher, message.Subscriber){
		"sqs": (*pubSubs).sqs,
		"sns": func(p *pubSubs, t *testing.T) (message.Publisher, message.Subscriber) { return p.sns(t, "") },
	} {
		t.Run(name, func(t *testing.T) {
			p := watermillAWS(t)
			pub, sub := pair(p, t)
			messages, err := sub.Subscribe(t.Context(), "Order")
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			var mu sync.Mutex
			var publishing sync.WaitGroup
			for i := range publishers {
				publishing.Go(func() {
					for j := range each {
						m := message.NewMessage(watermill.NewUUID(), fmt.Appendf(nil, `{"id":%d,"name":"Grüße 🎁 <&>"}`, i*each+j))
						m.Metadata.Set("number", fmt.Sprint(j))
						mu.Lock()
						want[m.UUID] = string(m.Payload) + m.Metadata.Get("number")
						mu.Unlock()
						if err := pub.Publish("Order", m); err != nil {
							t.Errorf("publish: %v", err)
						}
					}
				})
			}
			got := map[string]string{}
			refused := ""
			for len(got) < publishers*each {
				m := <-messages
				if refused == "" { // a nack brings the message again, when its second is over
					refused = m.UUID
					m.Nack()
					continue
				}
				got[m.UUID] = string(m.Payload) + m.Metadata.Get("number")
				m.Ack()
			}
			publishing.Wait()
			if _, again := got[refused]; !maps.Equal(got, want) || !again {
				t.Errorf("got %v, want %v", got, want)
			}
			p.wantEmpty(t, "Order") // before Close, which drops what is not yet sent of the acks
			if err := errors.Join(pub.Close(), sub.Close()); err != nil {
				t.Error(err)
			}
			t.Logf("requests: %s", p.requests())
		})
	}
}

// wantEmpty wants nothing left in a queue, soon: the ack of the last message is still on its way.
func (p *pubSubs) wantEmpty(t *testing.T, queue string) {
	t.Helper()
	client := sqs.NewFromConfig(p.config)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		q, ok := p.srv.Queue(queue)
		if ok && len(q.Ready)+len(q.InFlight)+len(q.Delayed) == 0 {
			return
		}
		if _, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &queue}); err != nil { // takes a moment
			t.Fatalf("%v; left in the queue: %+v", err, q)
		}
	}
}

func (p *pubSubs) requests() string {
	var out []string
	for _, r := range p.srv.Requests() {
		out = append(out, fmt.Sprintf("%s %d", r.Action, r.Count))
	}
	return strings.Join(slices.Sorted(slices.Values(out)), ", ")
}
