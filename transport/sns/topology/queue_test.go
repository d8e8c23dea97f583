package topology_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

func TestQueueOfAPlainChannel(t *testing.T) {
	for name, change := range map[string]func(*topology.Config){
		"standard": func(*topology.Config) {}, "FIFO": fifo, "prefixed": prefixed,
	} {
		t.Run(name, func(t *testing.T) {
			inCloud(t, snstest.Config{}, func(c *cloud) {
				q := c.declare(sub("finance", "Order", "Order"), change)
				var cfg topology.Config
				change(&cfg)
				want := cfg.Prefix + "finance-Order"
				suffix := ""
				if cfg.FIFO {
					suffix = ".fifo"
				}
				if q.Name != want+suffix || q.FIFO != cfg.FIFO ||
					q.ARN != "arn:aws:sqs:us-east-1:"+account+":"+want+suffix ||
					!strings.HasSuffix(q.URL, "/"+want+suffix) ||
					q.DeadLetterARN != "arn:aws:sqs:us-east-1:"+account+":"+want+"-dlq"+suffix ||
					!strings.HasSuffix(q.DeadLetterURL, "/"+want+"-dlq"+suffix) {
					c.Errorf("the queue is %+v", q)
				}
				arn, err := c.process(change).Topic(c.Context(), "Order")
				c.must(err)
				in := &sns.PublishInput{TopicArn: &arn, Message: aws.String("hello")}
				if cfg.FIFO {
					in.MessageGroupId, in.MessageDeduplicationId = aws.String("1"), aws.String("1")
				}
				_, err = c.sns.Publish(c.Context(), in)
				c.must(err)
				c.holds(q.Name, "hello")
				for name, want := range map[string]string{
					"VisibilityTimeout": "30", "MessageRetentionPeriod": "1209600", "ReceiveMessageWaitTimeSeconds": "20",
					"SqsManagedSseEnabled": "true",
					"RedrivePolicy":        `{"deadLetterTargetArn":"` + q.DeadLetterARN + `","maxReceiveCount":10}`,
				} {
					if got := c.attribute(q.Name, name); got != want {
						c.Errorf("%s is %s, want %s", name, got, want)
					}
				}
			})
		})
	}
}

// Two replicas or runs make one queue, and the second changes nothing.
func TestQueueIsIdempotent(t *testing.T) {
	for _, s := range []transport.Subscription{
		sub("finance", "Order", "Order", "created"), sub("audit", "all", "*"), sub("audit", "sales", "Sales.*", "created", "deleted"),
	} {
		inCloud(t, snstest.Config{}, func(c *cloud) {
			c.publish("Sales.Order", "before")
			first := c.declare(s)
			c.srv.ResetRequests()
			before := c.srv.Graph().String()
			if again := c.declare(s); again != first {
				c.Errorf("again it is %+v, was %+v", again, first)
			}
			if after := c.srv.Graph().String(); after != before {
				c.Errorf("again it is %s, was %s", after, before)
			}
			for _, action := range []string{
				"SetQueueAttributes", "CreateQueue", "TagQueue", "SetSubscriptionAttributes", "Unsubscribe", "TagResource",
			} {
				if n := c.srv.Count(action); n > 0 {
					c.Errorf("%s: declared again it made %d %s", s.ID, n, action)
				}
			}
			if c.log.count("WARN") > 0 {
				c.Errorf("it warned: %s", c.log)
			}
		})
	}
}

// Two topics on one queue both deliver: the second does not cut off the first.
func TestTopicsShareAQueue(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		c.publish("Sales.Order")
		q := c.declare(sub("audit", "sales", "Sales.*"))
		c.publish("Sales.Invoice", "invoice")
		c.publish("Sales.Order", "order")
		c.publish("Order", "other")
		c.holds(q.Name, "invoice", "order")
	})
}

func TestOthersStatementsStay(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		out, err := c.sqs.CreateQueue(c.Context(), &sqs.CreateQueueInput{QueueName: aws.String("finance-Order")})
		c.must(err)
		const arn = "arn:aws:sqs:us-east-1:" + account + ":finance-Order"
		theirs := `{"Sid":"theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},` +
			`"Action":"sqs:ReceiveMessage","Resource":"` + arn + `"}`
		c.set(*out.QueueUrl, "Policy", `{"Version":"2008-10-17","Id":"mine","Statement":`+theirs+`}`)
		q := c.declare(sub("finance", "Order", "Order"))
		c.publish("Order", "hello")
		c.holds(q.Name, "hello")
		policy := c.policy(q.URL)
		for _, want := range []string{theirs, `"Version":"2008-10-17"`, `"Id":"mine"`, `"Sid":"framebus"`} {
			if !strings.Contains(policy, want) {
				c.Errorf("the policy has lost %s: %s", want, policy)
			}
		}
		// Ours alone is replaced when the channel changes.
		c.declare(sub("finance", "Order", "Invoice"))
		if policy := c.policy(q.URL); !strings.Contains(policy, theirs) || strings.Count(policy, `"framebus"`) != 1 ||
			strings.Contains(policy, ":Order\"}") || !strings.Contains(policy, ":Invoice\"") {
			c.Errorf("the channel changed, and the policy is %s", policy)
		}
	})
}

// Twenty replicas that start at once need no coordination, throttled as they may be.
func TestReplicasStartAtOnce(t *testing.T) {
	for _, s := range []transport.Subscription{sub("finance", "Order", "Order", "created"), sub("audit", "all", "*")} {
		startAtOnce(t, s, nil)
		c := &chance{r: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // seeded on purpose
		startAtOnce(t, s, func(_ context.Context, call snstest.Call) snstest.Fault {
			if call.Action != "Publish" && c.upTo(10) < 3 { // that is the test's own, which the SDK tries three times
				return snstest.Fault{Error: snstest.Throttle()}
			}
			return snstest.Fault{Delay: c.upTo(50 * time.Millisecond)}
		})
	}
}

func startAtOnce(t *testing.T, s transport.Subscription, hook func(context.Context, snstest.Call) snstest.Fault) {
	t.Helper()
	const replicas = 20
	inCloud(t, snstest.Config{Latency: 15 * time.Millisecond, Seed: 1, Hook: hook}, func(c *cloud) {
		queues := make([]topology.Queue, replicas)
		errs := make([]error, replicas)
		var group sync.WaitGroup
		for i := range replicas {
			group.Go(func() {
				p := c.process()
				if queues[i], errs[i] = p.Queue(c.Context(), s); errs[i] != nil {
					return
				}
				arn, err := p.Topic(c.Context(), "Order")
				if err == nil {
					in := &sns.PublishInput{TopicArn: &arn, Message: aws.String(body("Order", "created"))}
					_, err = c.sns.Publish(c.Context(), in)
				}
				errs[i] = err
			})
		}
		group.Wait()
		for i := range replicas {
			if errs[i] != nil || queues[i] != queues[0] {
				c.Errorf("replica %d: %+v, %v", i, queues[i], errs[i])
			}
		}
		if n := len(c.bodies(queues[0].Name)); n != replicas {
			c.Errorf("%d of %d messages arrived, each published after its replica was ready", n, replicas)
		}
		if topic, _ := c.srv.Topic("Order"); len(topic.Subscriptions) != 1 {
			c.Errorf("there are %d subscriptions: %s", len(topic.Subscriptions), c.srv.Graph())
		}
		if c.log.count("WARN") > 0 || c.log.count("taken over") > 0 {
			c.Errorf("it logged: %s", c.log)
		}
	})
}

// A statement of somebody else's that comes between reading and writing the policy is overwritten by SQS's rules; ours
// that is overwritten so is put back.
func TestPolicyRace(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		var once sync.Once
		url := c.declare(sub("finance", "Order", "Order")).URL
		c.set(url, "Policy", "")
		c.srv.ResetRequests()
		c.srv.SetHook(func(_ context.Context, call snstest.Call) snstest.Fault {
			if call.Action == "GetQueueAttributes" && c.srv.Count("SetQueueAttributes") > 0 {
				once.Do(func() {
					// another process writes what it read before ours was there
					c.set(url, "Policy", `{"Version":"2012-10-17","Statement":[{"Sid":"theirs","Effect":"Allow","Principal":{"AWS":"`+
						account+`"},"Action":"sqs:ReceiveMessage","Resource":"arn:aws:sqs:us-east-1:`+account+`:finance-Order"}]}`)
				})
			}
			return snstest.Fault{}
		})
		c.declare(sub("finance", "Order", "Order"))
		policy := c.policy(url)
		if !strings.Contains(policy, `"theirs"`) || !strings.Contains(policy, `"framebus"`) {
			c.Errorf("one of two statements is lost: %s", policy)
		}
	})
}

func TestChangedSubscription(t *testing.T) {
	for name, step := range map[string]struct {
		from, to             transport.Subscription
		wanted, unwanted     string
		registered, topicsOf int
	}{
		"channel":       {sub("a", "b", "Order"), sub("a", "b", "Invoice"), "Invoice", "Order", 0, 1},
		"to a pattern":  {sub("a", "b", "Order"), sub("a", "b", "In*"), "Invoice", "Order", 1, 1},
		"to a wider":    {sub("a", "b", "Order"), sub("a", "b", "O*"), "Order", "Invoice", 1, 1},
		"from pattern":  {sub("a", "b", "O*"), sub("a", "b", "Invoice"), "Invoice", "Order", 0, 1},
		"of pattern":    {sub("a", "b", "O*"), sub("a", "b", "*voice"), "Invoice", "Order", 1, 1},
		"narrower":      {sub("a", "b", "*"), sub("a", "b", "Inv*"), "Invoice", "Order", 1, 1},
		"narrowest":     {sub("a", "b", "*"), sub("a", "b", "Invoice"), "Invoice", "Order", 0, 1},
		"dotted":        {sub("a", "b", "*"), sub("a", "b", "Sales.*"), "Sales.Invoice", "Sales", 1, 1},
		"dotted suffix": {sub("a", "b", "*"), sub("a", "b", "*.Invoice"), "Sales.Invoice", "Sales.InvoiceX", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inCloud(t, snstest.Config{}, func(c *cloud) {
				c.publish(step.wanted)
				c.publish(step.unwanted)
				c.declare(step.from)
				q := c.declare(step.to)
				c.publish(step.wanted, "wanted")
				c.publish(step.unwanted, "unwanted")
				c.holds(q.Name, "wanted")
				registered, topics := 0, 0
				for _, topic := range c.srv.Graph().Topics {
					for range topic.Edges {
						if strings.HasSuffix(topic.Topic, ":framebus-listeners") {
							registered++
						} else {
							topics++
						}
					}
				}
				if registered != step.registered || topics != step.topicsOf {
					c.Errorf("%d registrations, want %d, and %d subscriptions, want %d: %s",
						registered, step.registered, topics, step.topicsOf, c.srv.Graph())
				}
			})
		})
	}
}

// The crash of a process at any request leaves nothing that the next run does not put right.
func TestChangeSurvivesCrashes(t *testing.T) {
	from, to := sub("a", "b", "O*"), sub("a", "b", "Invoice", "created")
	for n := 0; ; n++ {
		done := false
		inCloud(t, snstest.Config{}, func(c *cloud) {
			c.publish("Invoice")
			c.publish("Order")
			c.declare(from)
			ctx, crash := context.WithCancel(c.Context())
			left := n
			var mu sync.Mutex
			c.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault {
				mu.Lock()
				defer mu.Unlock()
				if left--; left == 0 {
					crash()
				}
				return snstest.Fault{CutAfter: left == 0}
			})
			_, err := c.process().Queue(ctx, to)
			c.srv.SetHook(nil)
			mu.Lock()
			done = err == nil && left > 0
			mu.Unlock()
			crash()
			q := c.declare(to)
			c.publish("Invoice", body("Invoice", "created"), body("Invoice", "deleted"))
			c.publish("Order", body("Order", "created"))
			c.holds(q.Name, body("Invoice", "created"))
			topic, _ := c.srv.Topic("Order")
			registry, _ := c.srv.Topic("framebus-listeners")
			if len(topic.Subscriptions)+len(registry.Subscriptions) > 0 {
				c.Errorf("a crash at request %d left %s", n, c.srv.Graph())
			}
		})
		if done || t.Failed() {
			if n < 5 {
				t.Errorf("there were only %d requests to crash at", n)
			}
			return
		}
	}
}
