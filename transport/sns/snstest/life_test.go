package snstest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// life is a random life of a server that is restarted again and again from its store.
type life struct {
	*bench
	config  snstest.Config
	shelf   *shelf
	chance  *rand.Rand
	shop    *sns.Client
	handles map[string][]string // by queue
	n       int
}

var lifeQueues = []string{"a", "b", "dead", "f.fifo", "g.fifo", "dead.fifo"}

func (l *life) queueURL(name string) string { return l.srv.Endpoint() + "/000000000000/" + name }

// restart begins a server with what is stored at this moment, and wants it to hold what the other one does.
func (l *life) restart() (before *snstest.Server) {
	l.Helper()
	before = l.srv
	synctest.Wait()                                                 // what falls due at this very moment is done
	_, err := l.sqs.ListQueues(l.Context(), &sqs.ListQueuesInput{}) // what nobody asked for, as a move task, is saved then
	l.must(err)
	want := show(l.T, before)
	l.shelf = l.shelf.copy()
	config := l.config
	config.Store = l.shelf
	l.srv = snstest.Start(l.T, config)
	if got := show(l.T, l.srv); got != want {
		l.Fatalf("after a restart the server holds something else:\n%s", difference(got, want))
	}
	l.sqs, l.shop = client(l.srv), topics(l.srv)
	return before
}

func show(t *testing.T, srv *snstest.Server) string {
	t.Helper()
	text, err := json.MarshalIndent(srv.Dump(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			from := max(0, i-12)
			return fmt.Sprintf("line %d\ngot  %s\nwant %s", i, strings.Join(g[from:min(len(g), i+4)], "\n"),
				strings.Join(w[from:min(len(w), i+4)], "\n"))
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// step does something. That AWS refuses some of it is part of the life.
func (l *life) step() {
	l.n++
	ctx, name := l.Context(), lifeQueues[l.chance.IntN(len(lifeQueues))]
	url, fifo := l.queueURL(name), strings.HasSuffix(name, ".fifo")
	text := fmt.Sprintf("%s %d <é>", name, l.n)
	switch k := l.chance.IntN(100); {
	case k < 30:
		in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &text, MessageAttributes: map[string]types.MessageAttributeValue{
			"n": {DataType: aws.String("Number"), StringValue: aws.String(fmt.Sprint(l.n))},
			"b": {DataType: aws.String("Binary.x"), BinaryValue: []byte{0, 255}},
		}}
		if fifo {
			in.MessageGroupId = aws.String(fmt.Sprint("group", l.chance.IntN(3)))
			in.MessageDeduplicationId = aws.String(fmt.Sprint("d", l.chance.IntN(200)))
		} else if l.chance.IntN(3) == 0 {
			in.DelaySeconds = int32(l.chance.IntN(20))
		}
		_, _ = l.sqs.SendMessage(ctx, in)
	case k < 55:
		out, err := l.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: int32(1 + l.chance.IntN(4)), VisibilityTimeout: int32(l.chance.IntN(15)),
			WaitTimeSeconds: int32(l.chance.IntN(3)),
		})
		if err == nil {
			for _, m := range out.Messages {
				l.handles[name] = append(l.handles[name], *m.ReceiptHandle)
			}
		}
	case k < 70:
		if handles := l.handles[name]; len(handles) > 0 {
			i := l.chance.IntN(len(handles))
			_, _ = l.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &handles[i]})
		}
	case k < 77:
		if handles := l.handles[name]; len(handles) > 0 {
			i := l.chance.IntN(len(handles))
			_, _ = l.sqs.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
				QueueUrl: &url, ReceiptHandle: &handles[i], VisibilityTimeout: int32(l.chance.IntN(3) * 10),
			})
		}
	case k < 80:
		_, _ = l.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
			QueueUrl: &url, Attributes: map[string]string{
				"DelaySeconds": fmt.Sprint(l.chance.IntN(5)), "KmsDataKeyReusePeriodSeconds": fmt.Sprint(60 + l.chance.IntN(60)),
				"Policy": fmt.Sprintf(policyText, l.n),
			},
		})
	case k < 82:
		_, _ = l.sqs.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{fmt.Sprint(l.chance.IntN(5)): text}})
		_, _ = l.sqs.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"1"}})
	case k < 83:
		_, _ = l.sqs.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
	case k < 84:
		_, _ = l.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	case k < 87:
		l.build(name)
	case k < 93:
		l.publish(text)
	case k < 95:
		l.subscriptions()
	case k < 97:
		_, _ = l.sqs.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{
			SourceArn: aws.String(queueARN + "dead"), MaxNumberOfMessagesPerSecond: aws.Int32(1 + int32(l.chance.IntN(3))),
		})
	case k < 98:
		l.sleep(time.Duration(l.chance.IntN(100)) * time.Second)
	default:
		l.sleep(time.Duration(l.chance.IntN(5000)) * time.Millisecond)
	}
}

// policyText lets topics send, and tells its versions apart.
const policyText = `{"Statement":[{"Sid":"s%d","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},` +
	`"Action":"sqs:SendMessage","Resource":"*"}]}`

// build makes a queue, with its dead-letter queue.
func (l *life) build(name string) {
	attributes := map[string]string{"Policy": fmt.Sprintf(policyText, 0), "VisibilityTimeout": "7"}
	suffix := ""
	if strings.HasSuffix(name, ".fifo") {
		suffix = ".fifo"
		attributes["FifoQueue"], attributes["ContentBasedDeduplication"] = "true", "true"
	}
	if !strings.HasPrefix(name, "dead") {
		attributes["RedrivePolicy"] = `{"deadLetterTargetArn":"` + queueARN + "dead" + suffix + `","maxReceiveCount":2}`
	}
	_, _ = l.sqs.CreateQueue(l.Context(), &sqs.CreateQueueInput{
		QueueName: &name, Attributes: attributes, Tags: map[string]string{"made": "by life"},
	})
}

func (l *life) publish(text string) {
	arn := aws.String("arn:aws:sns:us-east-1:000000000000:t")
	in := &sns.PublishInput{TopicArn: arn, Message: &text}
	if l.chance.IntN(2) == 0 {
		in.TopicArn = aws.String(*arn + ".fifo")
		in.MessageGroupId = aws.String(fmt.Sprint("group", l.chance.IntN(3)))
		in.MessageDeduplicationId = aws.String(fmt.Sprint("d", l.chance.IntN(100)))
	} else {
		in.MessageAttributes = map[string]snstypes.MessageAttributeValue{
			"kind": {DataType: aws.String("String"), StringValue: aws.String(fmt.Sprint(l.chance.IntN(2)))},
		}
	}
	_, _ = l.shop.Publish(l.Context(), in)
}

// subscriptions makes topics and subscriptions, and changes and deletes some.
func (l *life) subscriptions() {
	ctx := l.Context()
	_, _ = l.shop.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("t"), Tags: []snstypes.Tag{{Key: aws.String("k"), Value: aws.String("v")}}})
	_, _ = l.shop.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("t.fifo"), Attributes: map[string]string{"FifoTopic": "true"}})
	for _, queue := range []string{"a", "f.fifo"} {
		_, suffix, _ := strings.Cut(queue, ".")
		topic := "arn:aws:sns:us-east-1:000000000000:t" + strings.TrimSuffix("."+suffix, ".")
		_, _ = l.shop.Subscribe(ctx, &sns.SubscribeInput{
			TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN + queue),
			Attributes: map[string]string{"RawMessageDelivery": "true"},
		})
	}
	_, _ = l.shop.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: aws.String("arn:aws:sns:us-east-1:000000000000:t"), Protocol: aws.String("https"),
		Endpoint: aws.String(fmt.Sprintf("https://example.com/%d", l.chance.IntN(3))),
	})
	topic, _ := l.srv.Topic("t")
	for _, sub := range topic.Subscriptions {
		switch l.chance.IntN(6) {
		case 0:
			_, _ = l.shop.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &sub.ARN})
		case 1:
			_, _ = l.shop.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
				SubscriptionArn: &sub.ARN, AttributeName: aws.String("FilterPolicy"), AttributeValue: aws.String(`{"kind":["1"]}`),
			})
		case 2:
			if sub.Pending {
				_, _ = l.shop.ConfirmSubscription(ctx, &sns.ConfirmSubscriptionInput{TopicArn: &topic.ARN, Token: &sub.Token})
			}
		case 3:
			_, _ = l.shop.TagResource(ctx, &sns.TagResourceInput{
				ResourceArn: &topic.ARN, Tags: []snstypes.Tag{{Key: aws.String("n"), Value: aws.String(fmt.Sprint(l.n))}},
			})
		}
	}
	if l.chance.IntN(8) == 0 {
		_, _ = l.shop.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &topic.ARN})
	}
}

// A server that is restarted at any moment holds what the one before held, and hands it out in the same order.
func TestRestartKeepsEverything(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			config := snstest.Config{Seed: seed}
			if seed%4 == 3 {
				config.Disorder.Consistency = 3 * time.Second
			}
			synctest.Test(t, func(t *testing.T) {
				l := &life{config: config, shelf: &shelf{}, chance: rand.New(rand.NewPCG(seed, 7)), handles: map[string][]string{}}
				config.Store = l.shelf
				l.bench = &bench{T: t, srv: snstest.Start(t, config)}
				l.sqs, l.shop = client(l.srv), topics(l.srv)
				for _, name := range []string{"dead", "dead.fifo", "a", "b", "f.fifo", "g.fifo"} {
					l.build(name)
				}
				l.subscriptions()
				for range 25 {
					for range 10 {
						l.step()
					}
					l.restart()
				}
				l.sleep(time.Hour) // nothing is in flight any more
				before := l.restart()
				for _, name := range lifeQueues {
					got, want := l.drain(l.srv, name), l.drain(before, name)
					if got != want {
						t.Errorf("%s is handed out in another order:\ngot  %s\nwant %s", name, got, want)
					}
				}
			})
		})
	}
}

// drain receives and deletes all of a queue.
func (l *life) drain(srv *snstest.Server, name string) string {
	c, url := client(srv), l.queueURL(name)
	var out []string
	for {
		got, err := c.ReceiveMessage(l.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil || len(got.Messages) == 0 {
			return strings.Join(out, ", ")
		}
		for _, m := range got.Messages {
			out = append(out, *m.Body)
			_, err := c.DeleteMessage(l.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
			l.must(err)
		}
	}
}
