package topology_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

func TestStatesAsText(t *testing.T) {
	for state, want := range map[topology.State]string{
		topology.Exists: "exists", topology.Missing: "missing", topology.Differs: "differs", topology.Orphaned: "orphaned",
	} {
		if state.String() != want {
			t.Errorf("state %d is %q, want %q", state, state, want)
		}
	}
}

func wanted() ([]string, []transport.Subscription) {
	return []string{"Sales.Order", "Order"}, []transport.Subscription{
		sub("finance", "Order", "Order", "created"), sub("finance", "sales", "Sales.*"),
	}
}

func (c *cloud) plan(t *topology.Topology) topology.Plan {
	c.Helper()
	channels, subs := wanted()
	p, err := t.Plan(c.Context(), channels, subs)
	c.must(err)
	return p
}

// From nothing to a clean plan: a plan changes nothing, and Apply makes all of it, with provisioning off, too.
func TestPlanAndApply(t *testing.T) {
	for name, change := range map[string]func(*topology.Config){
		"account known": withAccount, "account not known": func(*topology.Config) {}, "FIFO": fifo, "prefixed": prefixed,
	} {
		t.Run(name, func(t *testing.T) {
			inCloud(t, snstest.Config{}, func(c *cloud) {
				p := c.process(off, change)
				plan := c.plan(p)
				// two topics, two listeners of queue, dead letters, policy and subscription or registration
				if missing := len(plan.Of(topology.Missing)); missing != 10 || len(plan.Items) != missing {
					c.Errorf("on an empty account: %s", plan)
				}
				if n := c.changes(); n > 0 {
					c.Errorf("a plan made changes: %v", c.srv.Requests())
				}
				c.must(p.Apply(c.Context(), plan, topology.ApplyOptions{}))
				plan = c.plan(p)
				if !plan.Clean() || len(plan.Items) != 11 { // and the topic that the pattern matches
					c.Errorf("applied: %s", plan)
				}
				c.srv.ResetRequests()
				c.must(p.Apply(c.Context(), plan, topology.ApplyOptions{Differences: true}))
				c.must(p.Prune(c.Context(), plan, topology.PruneOptions{Force: true}))
				if n := len(c.srv.Requests()); n > 0 {
					c.Errorf("a clean plan made %d requests", n)
				}
			})
		})
	}
}

func TestPlanAsText(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		old := c.declare(sub("finance", "old", "*"))
		order := c.declare(sub("finance", "Order", "Order", "created"))
		c.set(order.DeadLetterURL, "MessageRetentionPeriod", "345600")
		c.publish("Order", body("Order", "created"))
		c.holds(old.Name, body("Order", "created"))
		subs := []transport.Subscription{sub("finance", "Order", "Order", "created")}
		p, err := c.process().Plan(c.Context(), []string{"Invoice"}, subs)
		c.must(err)
		const want = `+ topic Invoice (Invoice)
~ dead-letter queue finance-Order-dlq (finance/Order)
    MessageRetentionPeriod is 345600, wanted 1209600
- dead-letter queue finance-old-dlq (finance/old)
- queue finance-old (finance/old), holds 1 messages
- subscription finance-old to Order (finance/old)
- registration finance-old to framebus-listeners (finance/old)
= topic Order (Order)
= queue finance-Order (finance/Order)
= policy of queue finance-Order (finance/Order)
= subscription finance-Order to Order (finance/Order)
1 missing, 1 differs, 4 orphaned, 4 exists
`
		if got := p.String(); got != want {
			c.Errorf("the plan is\n%s\nwant\n%s", got, want)
		}
	})
}

// What differs is reported attribute by attribute, left by Apply, and changed by choice.
func TestApplyDifferences(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process()
		c.must(p.Apply(c.Context(), c.plan(p), topology.ApplyOptions{}))
		q, err := p.Lookup(c.Context(), transport.ID{Service: "finance", Name: "Order"})
		c.must(err)
		c.set(q.URL, "VisibilityTimeout", "5", "RedrivePolicy", "", "KmsMasterKeyId", "alias/theirs")
		c.set(q.DeadLetterURL, "MessageRetentionPeriod", "600")
		topic, _ := c.srv.Topic("Order")
		_, err = c.sns.SetTopicAttributes(c.Context(), &sns.SetTopicAttributesInput{
			TopicArn: &topic.ARN, AttributeName: aws.String("KmsMasterKeyId"), AttributeValue: aws.String("alias/theirs"),
		})
		c.must(err)
		for name, value := range map[string]string{"RawMessageDelivery": "false", "FilterPolicy": `{"action":["x"]}`} {
			_, err = c.sns.SetSubscriptionAttributes(c.Context(), &sns.SetSubscriptionAttributesInput{
				SubscriptionArn: &topic.Subscriptions[0].ARN, AttributeName: aws.String(name), AttributeValue: aws.String(value),
			})
			c.must(err)
		}
		c.set(q.URL, "Policy", strings.Replace(c.policy(q.URL), ":Order\"", ":Orders\"", 1))
		plan := c.plan(p)
		const redrive = `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:` + account + `:finance-Order-dlq","maxReceiveCount":10}`
		for _, want := range []string{
			"VisibilityTimeout is 5, wanted 30", "RedrivePolicy is not set, wanted " + redrive,
			"KmsMasterKeyId is alias/theirs, wanted not set\n    VisibilityTimeout", "MessageRetentionPeriod is 600, wanted 1209600",
			"~ topic Order (Order)\n    KmsMasterKeyId is alias/theirs, wanted not set",
			"RawMessageDelivery is false, wanted true", `FilterPolicy is {"action":["x"]}, wanted {"action":["created"]}`,
			"aws:SourceArn is arn:aws:sns:us-east-1:" + account + ":Orders, wanted arn:aws:sns:us-east-1:" + account + ":Order",
		} {
			if !strings.Contains(plan.String(), want) {
				c.Errorf("the plan does not say %q:\n%s", want, plan)
			}
		}
		before := c.changes()
		c.must(p.Apply(c.Context(), plan, topology.ApplyOptions{}))
		if n := c.changes() - before; n > 0 {
			c.Errorf("nothing is missing, and Apply made %d changes", n)
		}
		c.must(p.Apply(c.Context(), plan, topology.ApplyOptions{Differences: true}))
		if plan = c.plan(p); !plan.Clean() {
			c.Errorf("applied with differences:\n%s", plan)
		}
		c.publish("Order", body("Order", "created"))
		c.holds(q.Name, body("Order", "created"))
	})
}

// A queue from SSE-SQS to a key and back.
func TestApplyEncryption(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process()
		c.must(p.Apply(c.Context(), c.plan(p), topology.ApplyOptions{}))
		key := func(cfg *topology.Config) { cfg.Encryption.KMSKey = "alias/mine" }
		for _, step := range []struct {
			process *topology.Topology
			key     string
			sse     string
		}{{c.process(key), "alias/mine", "false"}, {c.process(), "", "true"}} {
			plan := c.plan(step.process)
			if len(plan.Of(topology.Differs)) != 6 {
				c.Errorf("another key: %s", plan)
			}
			c.must(step.process.Apply(c.Context(), plan, topology.ApplyOptions{Differences: true}))
			if plan := c.plan(step.process); !plan.Clean() {
				c.Errorf("applied: %s", plan)
			}
			q, _ := c.srv.Queue("finance-Order")
			topic, _ := c.srv.Topic("Order")
			if q.Attributes["KmsMasterKeyId"] != step.key || q.Attributes["SqsManagedSseEnabled"] != step.sse ||
				topic.Attributes["KmsMasterKeyId"] != step.key {
				c.Errorf("the queue has %v, the topic %v", q.Attributes, topic.Attributes)
			}
		}
	})
}

func TestPrune(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process(func(cfg *topology.Config) { cfg.Service = "retired" })
		c.must(p.Apply(c.Context(), c.plan(p), topology.ApplyOptions{}))
		full := c.declare(sub("finance", "full", "Order"))
		dead := c.declare(sub("finance", "dead", "*"))
		c.declare(sub("finance", "empty", "S*"))
		c.declare(sub("retired", "Order", "Order"))
		kept := []string{"financier-Order", "finance-api-Order", "other-Order"}
		for _, service := range []string{"financier", "finance-api", "other"} {
			c.declare(sub(service, "Order", "Order"))
		}
		_, err := c.sqs.CreateQueue(c.Context(), &sqs.CreateQueueInput{QueueName: aws.String("finance-theirs")})
		c.must(err)
		kept = append(kept, "finance-theirs", "finance-Order", "finance-sales")
		for url, text := range map[string]string{full.URL: "1", dead.DeadLetterURL: "2"} {
			_, err := c.sqs.SendMessage(c.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &text})
			c.must(err)
		}
		plan := c.plan(p)
		// of four listeners queue, dead letters; subscriptions of dead to 2 topics, of the others to 1; 2 registrations
		if n := len(plan.Of(topology.Orphaned)); n != 8+2+3+2 {
			c.Errorf("%d orphans: %s", n, plan)
		}
		c.must(p.Apply(c.Context(), plan, topology.ApplyOptions{Differences: true}))
		if again := c.plan(p).String(); again != plan.String() {
			c.Errorf("Apply touched orphans: %s", again)
		}
		err = p.Prune(c.Context(), plan, topology.PruneOptions{})
		if err == nil || !strings.Contains(err.Error(), "queue finance-full holds 1 messages") ||
			!strings.Contains(err.Error(), "queue finance-dead-dlq holds 1 messages") {
			c.Errorf("two queues that hold messages: %v", err)
		}
		for name, want := range map[string]bool{
			"finance-full": true, "finance-full-dlq": true, "finance-dead": true, "finance-dead-dlq": true,
			"finance-empty": false, "finance-empty-dlq": false, "retired-Order": false,
		} {
			if _, ok := c.srv.Queue(name); ok != want {
				c.Errorf("pruned: queue %s exists: %t", name, ok)
			}
		}
		c.publish("Order", "3")
		c.holds("finance-dead", "3") // it is whole
		c.must(p.Prune(c.Context(), c.plan(p), topology.PruneOptions{Force: true}))
		if plan := c.plan(p); !plan.Clean() {
			c.Errorf("pruned by force: %s", plan)
		}
		for _, name := range kept {
			if _, ok := c.srv.Queue(name); !ok {
				c.Errorf("%s was pruned, and is not an orphan", name)
			}
		}
		if topic, _ := c.srv.Topic("Order"); len(topic.Subscriptions) != 4 {
			c.Errorf("topic Order has %s", c.srv.Graph())
		}
		c.must(p.Prune(c.Context(), plan, topology.PruneOptions{})) // all gone: no error
	})
}

// A subscription that its queue's listener does not want any more is an orphan, and Apply does not mind it.
func TestPruneStaleSubscription(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process()
		c.declare(sub("finance", "Order", "Order"))
		plan, err := p.Plan(c.Context(), nil, []transport.Subscription{sub("finance", "Order", "Invoice")})
		c.must(err)
		if orphans := plan.Of(topology.Orphaned); len(orphans) != 1 || orphans[0].Name != "finance-Order to Order" {
			c.Errorf("the channel has changed: %s", plan)
		}
		c.must(p.Prune(c.Context(), plan, topology.PruneOptions{}))
		if topic, _ := c.srv.Topic("Order"); len(topic.Subscriptions) > 0 {
			c.Errorf("pruned: %s", c.srv.Graph())
		}
		if _, ok := c.srv.Queue("finance-Order"); !ok {
			c.Error("the queue was pruned with its subscription")
		}
	})
}

// Own names give no prefix to look for: the tags decide.
func TestPruneOwnNames(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		frame := func(cfg *topology.Config) { cfg.Naming = topology.FRAMENaming() }
		p := c.process(frame)
		c.declare(sub("finance", "old", "Order"), frame)
		c.declare(sub("other", "Invoice", "Order"), frame)
		plan := c.plan(p)
		if n := len(plan.Of(topology.Orphaned)); n != 3 {
			c.Errorf("%d orphans: %s", n, plan)
		}
		c.must(p.Prune(c.Context(), plan, topology.PruneOptions{}))
		if _, ok := c.srv.Queue("Invoice_queue"); !ok {
			c.Error("another service's queue was pruned")
		}
	})
}

// A queue whose tags may not be read is another service's, and no orphan.
func TestPlanAndQueuesOfOthers(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		c.declare(sub("finance", "old", "Order"))
		p := c.process()
		c.srv.SetHook(func(_ context.Context, call snstest.Call) snstest.Fault {
			if call.Action != "ListQueueTags" {
				return snstest.Fault{}
			}
			return snstest.Fault{Error: snstest.ErrorOf("AccessDeniedException", "AccessDenied", 403, "refused")}
		})
		if plan := c.plan(p); len(plan.Of(topology.Orphaned)) > 0 || c.log.count("may not be read") != 2 {
			c.Errorf("the plan is %s, and the log %s", plan, c.log)
		}
	})
}

// Every mistake in what is planned is an error, and so is every refusal while it is applied or pruned.
func TestPlanErrors(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process()
		bad := sub("finance", "Order", "Order")
		bad.MaxReceives = 2000
		for _, subs := range [][]transport.Subscription{{bad}} {
			if plan, err := p.Plan(c.Context(), nil, subs); err == nil || !strings.Contains(err.Error(), "plan finance/Order") {
				c.Errorf("planned %s, %v", plan, err)
			}
		}
		if plan, err := p.Plan(c.Context(), []string{"O*"}, nil); err == nil || !strings.Contains(err.Error(), "channel") {
			c.Errorf("planned %s, %v", plan, err)
		}
		if plan, err := p.Plan(c.Context(), nil, nil); err != nil || !plan.Clean() {
			c.Errorf("planned %s, %v", plan, err)
		}
	})
	for _, action := range []string{
		"CreateTopic", "CreateQueue", "SetTopicAttributes", "SetQueueAttributes", "SetSubscriptionAttributes", "TagQueue",
		"Unsubscribe", "DeleteQueue",
	} {
		inCloud(t, snstest.Config{}, func(c *cloud) {
			p := c.process(func(cfg *topology.Config) { cfg.Encryption.KMSKey = "alias/mine" })
			c.declare(sub("finance", "Order", "Order", "deleted"))
			c.declare(sub("finance", "old", "*"))
			topic, _ := c.srv.Topic("Order")
			_, err := c.sns.SetSubscriptionAttributes(c.Context(), &sns.SetSubscriptionAttributesInput{
				SubscriptionArn: &topic.Subscriptions[1].ARN,
				AttributeName:   aws.String("RawMessageDelivery"), AttributeValue: aws.String("false"),
			})
			c.must(err)
			plan := c.plan(p)
			c.srv.SetHook(refuse(action))
			err = p.Apply(c.Context(), plan, topology.ApplyOptions{Differences: true})
			pruned := p.Prune(c.Context(), plan, topology.PruneOptions{})
			if err == nil && pruned == nil {
				c.Errorf("%s was refused, and nothing failed", action)
			}
			if pruning := action == "Unsubscribe" || action == "DeleteQueue"; pruning != (pruned != nil) {
				c.Errorf("%s was refused, and pruning says %v", action, pruned)
			}
			c.srv.SetHook(nil)
			c.sleep(time.Hour)
			c.must(p.Apply(c.Context(), c.plan(p), topology.ApplyOptions{Differences: true}))
			c.must(p.Prune(c.Context(), c.plan(p), topology.PruneOptions{}))
			if plan := c.plan(p); !plan.Clean() {
				c.Errorf("%s was refused for a while: %s", action, plan)
			}
		})
	}
}

func refuse(action string) func(ctx context.Context, call snstest.Call) snstest.Fault {
	return func(_ context.Context, call snstest.Call) snstest.Fault {
		if call.Action != action {
			return snstest.Fault{}
		}
		return snstest.Fault{Error: snstest.ErrorOf("AuthorizationErrorException", "AuthorizationError", 403, "refused")}
	}
}
