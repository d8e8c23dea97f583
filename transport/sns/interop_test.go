package sns_test

import (
	"encoding/json"
	"testing"

	"github.com/ThreeDotsLabs/watermill"
	wmsns "github.com/ThreeDotsLabs/watermill-aws/sns"
	wmsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

const account = "000000000000"

func watermillTopics(t *testing.T) wmsns.TopicResolver {
	t.Helper()
	r, err := wmsns.NewGenerateArnTopicResolver(account, "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWatermillPublishes(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		pub, err := wmsns.NewPublisher(wmsns.PublisherConfig{
			AWSConfig: *awsConfig(b.srv), TopicResolver: watermillTopics(b.T),
		}, watermill.NopLogger{})
		b.must(err)
		m := message.NewMessage("b7e0b8a2-6b1c-4a6f-9d8e-000000000001", []byte("any payload"))
		m.Metadata.Set("tenant", "acme")
		b.must(pub.Publish("Order", m))
		d := b.take(c, 1)[0]
		if string(d.Message.Body) != "any payload" || d.Message.ID != m.UUID || d.Message.Attributes["tenant"] != "acme" {
			b.Errorf("got %+v", d.Message)
		}
		env, err := d.Event()
		b.must(err)
		if env.ID != m.UUID || env.Channel != "Order" || string(env.Binary) != "any payload" {
			b.Errorf("the event is %+v", env)
		}
		b.must(d.Ack(b.Context()))
	})
}

func TestWatermillSubscribes(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		sub, err := wmsns.NewSubscriber(wmsns.SubscriberConfig{
			AWSConfig: *awsConfig(b.srv), TopicResolver: watermillTopics(b.T),
			GenerateSqsQueueName: wmsns.GenerateSqsQueueNameEqualToTopicName,
		}, wmsqs.SubscriberConfig{AWSConfig: *awsConfig(b.srv)}, watermill.NopLogger{})
		b.must(err)
		b.orders(1) // it does not make topics
		messages, err := sub.Subscribe(b.Context(), "Order")
		b.must(err)
		b.publish(order(7))
		got := <-messages
		if got.UUID != "m7" || string(got.Payload) != `{"action":"created","n":7}` || got.Metadata.Get(event.AttrAction) != "created" {
			b.Errorf("got %s %s %v", got.UUID, got.Payload, got.Metadata)
		}
		got.Ack()
		b.must(sub.Close())
	})
}

// frame is a message as FRAME publishes it: without attributes.
const frame = `{"channel": "Order", "action": "created", "data": {"is_deleted": false, "id": 1, "customer": 1}}`

func (b *bench) publishFRAME() {
	b.Helper()
	_, err := b.snsClient().Publish(b.Context(), &awssns.PublishInput{
		TopicArn: aws.String("arn:aws:sns:us-east-1:" + account + ":Order"), Message: aws.String(frame),
	})
	b.must(err)
}

func (b *bench) isFRAME(d *transport.Delivery) {
	b.Helper()
	env, err := d.Event()
	b.must(err)
	if env.Channel != "Order" || env.Action != event.Created || string(env.Data) != `{"is_deleted": false, "id": 1, "customer": 1}` {
		b.Errorf("the event is %+v", env)
	}
	if d.Message.Channel != "Order" || d.Message.Action != event.Created || d.Message.ID == "" {
		b.Errorf("the message is %+v", d.Message)
	}
}

// What FRAME publishes reaches listeners, with a filter on actions as well.
func TestFRAMEPublishes(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		created, deleted := listener("created", "Order"), listener("deleted", "Ord*")
		created.Actions, deleted.Actions = []event.Action{event.Created}, []event.Action{event.Deleted}
		c, none := b.subscribe(created), b.subscribe(deleted)
		b.publishFRAME()
		d := b.take(c, 1)[0]
		b.isFRAME(d)
		b.must(d.Ack(b.Context()))
		b.none(none, 5*latency)
	})
}

// A FRAME worker's queue is taken over in place: what is in it, in the form of its subscription, is consumed.
func TestFRAMEQueueIsTakenOver(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		b.orders(1) // makes the topic
		q, err := b.sqsClient().CreateQueue(b.Context(), &awssqs.CreateQueueInput{
			QueueName: aws.String("Order_queue"), Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{` +
				`"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:` + account + `:Order_queue"}]}`},
		})
		b.must(err)
		_, err = b.snsClient().Subscribe(b.Context(), &awssns.SubscribeInput{
			TopicArn: aws.String("arn:aws:sns:us-east-1:" + account + ":Order"), Protocol: aws.String("sqs"),
			Endpoint: aws.String("arn:aws:sqs:us-east-1:" + account + ":Order_queue"),
		})
		b.must(err)
		b.publishFRAME()

		c := b.subscribe(listener("Order", "Order"))
		d := b.take(c, 1)[0]
		b.isFRAME(d)
		b.must(d.Ack(b.Context()))
		b.publishFRAME() // in whatever form it comes now
		d = b.take(c, 1)[0]
		b.isFRAME(d)
		b.must(d.Ack(b.Context()))
		b.none(c, latency)
		if held, ok := b.srv.Queue("Order_queue"); !ok || len(held.Ready)+len(held.InFlight) > 0 || aws.ToString(q.QueueUrl) == "" {
			b.Errorf("the queue is %+v", held)
		}
	}, func(c *sns.Config) { c.Naming = topology.FRAMENaming() })
}

// A FRAME worker beside us reads what we publish: it looks for channel, action and data in the notification.
func TestFRAMEWorkerBesideUs(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		m := order(1)
		m.Body = []byte(frame)
		b.publish(m)
		_, err := b.sqsClient().CreateQueue(b.Context(), &awssqs.CreateQueueInput{
			QueueName: aws.String("Order_queue"), Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{` +
				`"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:` + account + `:Order_queue"}]}`},
		})
		b.must(err)
		_, err = b.snsClient().Subscribe(b.Context(), &awssns.SubscribeInput{
			TopicArn: aws.String("arn:aws:sns:us-east-1:" + account + ":Order"), Protocol: aws.String("sqs"),
			Endpoint: aws.String("arn:aws:sqs:us-east-1:" + account + ":Order_queue"),
		})
		b.must(err)
		m = order(2)
		m.Body = []byte(frame)
		b.publish(m)
		held, _ := b.srv.Queue("Order_queue")
		if len(held.Ready) != 1 {
			b.Fatalf("the worker has %d messages", len(held.Ready))
		}
		var notification struct{ Type, Message string }
		b.must(json.Unmarshal([]byte(held.Ready[0].Body), &notification))
		if notification.Type != "Notification" || notification.Message != frame {
			b.Errorf("the worker reads %+v", notification)
		}
	})
}
