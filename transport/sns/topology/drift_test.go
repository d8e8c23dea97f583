package topology_test

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

// What somebody changed by hand is reported once and left.
func TestDriftIsReportedAndLeft(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		s := sub("finance", "Order", "Order")
		q := c.declare(s)
		byHand := map[string]string{
			"VisibilityTimeout": "77", "MessageRetentionPeriod": "60", "KmsMasterKeyId": "alias/theirs",
			"RedrivePolicy": `{"deadLetterTargetArn":"` + q.DeadLetterARN + `","maxReceiveCount":"3"}`,
		}
		for name, value := range byHand {
			c.set(q.URL, name, value)
		}
		c.set(q.DeadLetterURL, "MessageRetentionPeriod", "61")
		p := c.process()
		for range 3 {
			_, err := p.Queue(c.Context(), s)
			c.must(err)
		}
		byHand["RedrivePolicy"] = strings.Replace(byHand["RedrivePolicy"], `"3"`, "3", 1)
		for name, want := range byHand {
			if got := c.attribute(q.Name, name); got != want {
				c.Errorf("%s was set by hand to %s, and is %s", name, want, got)
			}
			if n := c.log.count("attribute=" + name); name != "MessageRetentionPeriod" && n != 1 {
				c.Errorf("%s: %d warnings: %s", name, n, c.log)
			}
		}
		if n := c.log.count("have=61 want=1209600"); n != 1 {
			c.Errorf("the dead-letter queue: %d warnings: %s", n, c.log)
		}
		if got := c.attribute(q.Name+"-dlq", "MessageRetentionPeriod"); got != "61" {
			c.Errorf("the dead-letter queue keeps messages for %s", got)
		}
	})
}

// What Queue had set follows the subscription.
func TestDeclaredAttributesFollow(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		s := sub("finance", "Order", "Order")
		for _, step := range []struct {
			lease    time.Duration
			receives int
		}{{0, 10}, {time.Minute, 10}, {time.Minute, 3}, {90*time.Second + 1, 0}, {0, 5}} {
			s.Lease, s.MaxReceives = step.lease, step.receives
			q := c.declare(s)
			visibility := strconv.Itoa(int((s.LeaseOrDefault() + time.Second - 1) / time.Second))
			if got := c.attribute(q.Name, "VisibilityTimeout"); got != visibility {
				c.Errorf("the lease is %v, and the visibility timeout %s", step.lease, got)
			}
			redrive := c.attribute(q.Name, "RedrivePolicy")
			if want := `"maxReceiveCount":` + strconv.Itoa(s.MaxReceives); s.MaxReceives > 0 && !strings.Contains(redrive, want) ||
				s.MaxReceives == 0 && redrive != "" {
				c.Errorf("max receives is %d, and the redrive policy %s", s.MaxReceives, redrive)
			}
		}
		if c.log.count("WARN") > 0 {
			c.Errorf("it warned: %s", c.log)
		}
	})
}

func TestFilterFollows(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		for _, pattern := range []string{"Order", "Ord*"} {
			for _, actions := range [][]event.Action{
				{"created"}, {"created", "deleted"}, nil, {"<&>"}, {"deleted"}, {"deleted"}, nil, nil, {"updated"},
			} {
				s := sub("finance", pattern[:3], pattern, actions...)
				q := c.declare(s)
				var want []string
				for _, a := range []event.Action{"created", "updated", "deleted", "<&>"} {
					c.publish("Order", body("Order", a))
					if s.Wants("Order", a) {
						want = append(want, body("Order", a))
					}
				}
				c.holds(q.Name, want...)
				_, err := c.sqs.PurgeQueue(c.Context(), &sqs.PurgeQueueInput{QueueUrl: &q.URL})
				c.must(err)
				c.sleep(time.Minute)
			}
		}
	})
}

// What SNS and SQS would refuse is refused before anything is made.
func TestSubscriptionIsChecked(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		for want, spoil := range map[string]func(*transport.Subscription){
			"counts to 1000":       func(s *transport.Subscription) { s.MaxReceives = 1001 },
			"151 actions":          func(s *transport.Subscription) { s.Actions = make([]event.Action, 151) },
			"ordered delivery":     func(s *transport.Subscription) { s.Ordered = true },
			"needs a service":      func(s *transport.Subscription) { s.Service = "" },
			"the only wildcard":    func(s *transport.Subscription) { s.Pattern = "a?" },
			"action \"a.b\" holds": func(s *transport.Subscription) { s.Actions = []event.Action{"a.b"} },
		} {
			s := sub("finance", "Order", "Order")
			spoil(&s)
			for i := range s.Actions {
				s.Actions[i] = cmp.Or(s.Actions[i], "x")
			}
			if q, err := c.process().Queue(c.Context(), s); err == nil || !strings.Contains(err.Error(), want) {
				c.Errorf("want an error with %s, got %+v, %v", want, q, err)
			}
		}
		if n := len(c.srv.Requests()); n > 0 {
			c.Errorf("there were %d requests", n)
		}
		many := sub("finance", "Order", "*", make([]event.Action, 150)...)
		for i := range many.Actions {
			many.Actions[i] = event.Action("a" + strconv.Itoa(i))
		}
		c.declare(many)
		ordered := sub("finance", "Ordered", "*")
		ordered.Ordered = true
		c.declare(ordered, fifo)
	})
}

// A filter on attributes that somebody made becomes one on the body.
func TestFilterOfAnotherScope(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		s := sub("finance", "Order", "Order")
		q := c.declare(s)
		topic, _ := c.srv.Topic("Order")
		_, err := c.sns.SetSubscriptionAttributes(c.Context(), &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: &topic.Subscriptions[0].ARN, AttributeName: aws.String("FilterPolicy"),
			AttributeValue: aws.String(`{"x":[{"exists":false}]}`),
		})
		c.must(err)
		s.Actions = []event.Action{"created"}
		c.declare(s)
		c.publish("Order", body("Order", "created"), body("Order", "deleted"))
		c.holds(q.Name, body("Order", "created"))
	})
}

// With a filter SNS drops what is no JSON object, a plain payload of watermill-aws's; without, it is delivered.
func TestFilterAndPlainPayloads(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		some, all := c.declare(sub("a", "some", "Order", "created")), c.declare(sub("a", "all", "Order"))
		c.publish("Order", "plain", `["created"]`, `{"data":{"action":"created"}}`, body("Order", "created"))
		c.holds(some.Name, body("Order", "created"))
		c.holds(all.Name, "plain", `["created"]`, `{"data":{"action":"created"}}`, body("Order", "created"))
	})
}

// A worker of FRAME's queue is taken over in place: it keeps its messages, its subscription and its policy, and gets a
// dead-letter queue.
func TestTakeOverFromFRAME(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		topic, err := c.sns.CreateTopic(c.Context(), &sns.CreateTopicInput{Name: aws.String("Order")})
		c.must(err)
		const arn = "arn:aws:sqs:us-east-1:" + account + ":Order_queue"
		queue, err := c.sqs.CreateQueue(c.Context(), &sqs.CreateQueueInput{
			QueueName: aws.String("Order_queue"), Attributes: map[string]string{
				"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",` +
					`"Action":"sqs:SendMessage","Resource":"` + arn + `"}]}`,
			},
		})
		c.must(err)
		_, err = c.sns.Subscribe(c.Context(), &sns.SubscribeInput{
			TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(arn),
		})
		c.must(err)
		_, err = c.sns.Publish(c.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: aws.String("before")})
		c.must(err)
		frame := func(cfg *topology.Config) { cfg.Naming = topology.FRAMENaming() }
		for range 2 {
			q := c.declare(sub("finance", "Order", "Order", "created"), frame)
			if q.URL != *queue.QueueUrl {
				c.Fatalf("the queue is %+v", q)
			}
		}
		c.publish("Order", body("Order", "created"), body("Order", "deleted"))
		got := c.bodies("Order_queue")
		if len(got) != 2 || !strings.Contains(got[0], `"before"`) || !strings.Contains(got[1], "Notification") ||
			!strings.Contains(got[1], "created") {
			c.Errorf("the queue holds %q", got)
		}
		if redrive := c.attribute("Order_queue", "RedrivePolicy"); !strings.Contains(redrive, "Order_queue-dlq") {
			c.Errorf("the redrive policy is %q", redrive)
		}
		q, _ := c.srv.Queue("Order_queue")
		if q.Tags["framebus:service"] != "finance" || q.Tags["framebus:listener"] != "Order" {
			c.Errorf("the tags are %v", q.Tags)
		}
		if n := c.log.count("taken over"); n != 1 {
			c.Errorf("taken over %d times: %s", n, c.log)
		}
		if n := c.log.count("does not deliver raw"); n != 2 { // two processes
			c.Errorf("%d warnings of the subscription: %s", n, c.log)
		}
		// What the program changes from here on is changed.
		s := sub("finance", "Order", "Order", "created")
		s.MaxReceives = 4
		c.declare(s, frame)
		if redrive := c.attribute("Order_queue", "RedrivePolicy"); !strings.Contains(redrive, `"maxReceiveCount":4`) {
			c.Errorf("the redrive policy is %q", redrive)
		}
	})
}

// Names of the user's own work, and patterns find their channels by the tag.
func TestOwnNaming(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		own := func(cfg *topology.Config) {
			cfg.Naming = topology.Naming{
				Topic: func(channel string) string { return "t_" + channel },
				Queue: func(id transport.ID) string { return "q_" + id.Service + "_" + id.Name },
			}
		}
		p := c.process(own)
		_, err := p.Topic(c.Context(), "Order")
		c.must(err)
		q := c.declare(sub("audit", "all", "*"), own)
		later := c.process(own)
		c.publishBy(p, "Order", "1")
		c.publishBy(later, "Invoice", "2")
		c.holds("q_audit_all", "1", "2")
		if _, ok := c.srv.Topic("t_Invoice"); !ok || q.Name != "q_audit_all" {
			c.Errorf("the queue is %s, and the topics %s", q.Name, c.srv.Graph())
		}
	})
}

// A queue whose name was used a moment ago can be made when SQS lets it.
func TestQueueThatWasDeletedRecently(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		s := sub("finance", "Order", "Order")
		q := c.declare(s)
		_, err := c.sqs.DeleteQueue(c.Context(), &sqs.DeleteQueueInput{QueueUrl: &q.URL})
		c.must(err)
		began := time.Now()
		c.declare(s)
		if took := time.Since(began); took < 55*time.Second || took > 70*time.Second {
			c.Errorf("it took %v", took)
		}
		c.publish("Order", "hello")
		c.holds(q.Name, "hello")
	})
}

// A queue that somebody makes at the same moment with other attributes is used.
func TestQueueNameExists(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		var done atomic.Bool
		c.srv.SetHook(func(_ context.Context, call snstest.Call) snstest.Fault {
			// the first was the dead-letter queue
			if call.Action == "CreateQueue" && c.srv.Count("CreateQueue") == 1 && done.CompareAndSwap(false, true) {
				_, sqsClient := c.as("other")
				_, err := sqsClient.CreateQueue(c.Context(), &sqs.CreateQueueInput{
					QueueName: aws.String("finance-Order"), Attributes: map[string]string{"VisibilityTimeout": "5"},
				})
				c.must(err)
			}
			return snstest.Fault{}
		})
		q := c.declare(sub("finance", "Order", "Order"))
		if got := c.attribute(q.Name, "VisibilityTimeout"); got != "5" {
			c.Errorf("the visibility timeout is %s", got)
		}
		c.publish("Order", "hello")
		c.holds(q.Name, "hello")
	})
}
