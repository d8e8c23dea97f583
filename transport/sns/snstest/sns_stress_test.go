package snstest_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// Publishers publish while others change everything about the topic that does not concern the one queue, which in
// the end has every message once.
func TestTopicUnderConcurrentChanges(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := topics(b.srv)
		b.open("q")
		b.order(c, "q")
		b.create("other")
		const publishers, each = 8, 25
		var all sync.WaitGroup
		for p := range publishers {
			all.Go(func() {
				for i := range each {
					if err := b.tell(c, fmt.Sprintf("%d-%d", p, i)); err != nil {
						b.Error(err)
					}
				}
			})
		}
		for range 3 {
			all.Go(func() {
				for i := range each {
					out, err := c.Subscribe(b.Context(), &sns.SubscribeInput{
						TopicArn: aws.String(topicARN), Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN + "other"),
					})
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = c.SetSubscriptionAttributes(b.Context(), &sns.SetSubscriptionAttributesInput{ // it may be gone
						SubscriptionArn: out.SubscriptionArn, AttributeName: aws.String("FilterPolicy"), AttributeValue: aws.String(`{"a":["b"]}`),
					})
					_, err = c.SetTopicAttributes(b.Context(), &sns.SetTopicAttributesInput{
						TopicArn: aws.String(topicARN), AttributeName: aws.String("DisplayName"), AttributeValue: aws.String(strconv.Itoa(i)),
					})
					if err != nil {
						b.Error(err)
					}
					if _, err := c.Unsubscribe(b.Context(), &sns.UnsubscribeInput{SubscriptionArn: out.SubscriptionArn}); err != nil {
						b.Error(err)
					}
					b.srv.Dump()
					_ = b.srv.Graph().String()
				}
			})
		}
		all.Wait()
		held, _ := b.srv.Queue("q")
		seen := map[string]bool{}
		next := map[string]int{}
		for _, m := range held.Ready {
			seen[m.Body] = true
			publisher, number, _ := strings.Cut(m.Body, "-")
			if number != strconv.Itoa(next[publisher]) {
				b.Errorf("%s is out of its publisher's order", m.Body)
			}
			next[publisher]++
		}
		b.equal("messages", len(held.Ready), publishers*each)
		b.equal("distinct", len(seen), publishers*each)
	})
}

// In a FIFO topic the order of sequence numbers is the order in every queue, whoever publishes.
func TestSequenceIsTheOrderOfEveryQueue(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := topics(b.srv)
		fifo := map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "true"}
		topic, err := c.CreateTopic(b.Context(), &sns.CreateTopicInput{Name: aws.String("t.fifo"), Attributes: fifo})
		b.must(err)
		queues := []string{"a.fifo", "b.fifo", "c.fifo"}
		for _, queue := range queues {
			b.create(queue, "FifoQueue", "true")
			b.open(queue)
			_, err := c.Subscribe(b.Context(), &sns.SubscribeInput{
				TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN + queue),
				Attributes: map[string]string{"RawMessageDelivery": "true"},
			})
			b.must(err)
		}
		var mu sync.Mutex
		numbers := map[string]string{}
		var all sync.WaitGroup
		for p := range 8 {
			all.Go(func() {
				for i := range 20 {
					text := fmt.Sprintf("%d-%d", p, i)
					out, err := c.Publish(b.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: &text, MessageGroupId: aws.String("g")})
					if err != nil {
						b.Error(err)
						return
					}
					mu.Lock()
					numbers[text] = *out.SequenceNumber
					mu.Unlock()
				}
			})
		}
		all.Wait()
		for _, queue := range queues {
			held, _ := b.srv.Queue(queue)
			b.equal(queue, len(held.Ready), 160)
			last := ""
			for _, m := range held.Ready {
				if numbers[m.Body] <= last {
					b.Fatalf("%s has %s after %s", queue, numbers[m.Body], last)
				}
				last = numbers[m.Body]
			}
		}
	})
}

func BenchmarkPublishBatch(b *testing.B) {
	srv, queues := loopback(b)
	c := topics(srv)
	topic, err := c.CreateTopic(b.Context(), &sns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := queues.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}`,
	}}); err != nil {
		b.Fatal(err)
	}
	if _, err := c.Subscribe(b.Context(), &sns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN + "q"),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	}); err != nil {
		b.Fatal(err)
	}
	in := &sns.PublishBatchInput{TopicArn: topic.TopicArn}
	for i := range 10 {
		in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, snstypes.PublishBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), Message: aws.String("a message of some length"),
		})
	}
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.PublishBatch(b.Context(), in); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N*10)/b.Elapsed().Seconds(), "msg/s")
}
