package topology_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmsns "github.com/ThreeDotsLabs/watermill-aws/sns"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

func TestTopicIsMadeOnce(t *testing.T) {
	inCloud(t, snstest.Config{Latency: 15 * time.Millisecond}, func(c *cloud) {
		p := c.process()
		arns := make([]string, 50)
		var group sync.WaitGroup
		for i := range arns {
			group.Go(func() {
				var err error
				if arns[i], err = p.Topic(c.Context(), "Order"); err != nil {
					c.Error(err)
				}
			})
		}
		group.Wait()
		for _, arn := range arns {
			if arn != "arn:aws:sns:us-east-1:"+account+":Order" {
				c.Fatalf("the topic is %q", arn)
			}
		}
		requests := c.srv.Count("CreateTopic")
		if requests != 2 { // the topic, and the registry
			c.Errorf("50 callers at once made %d CreateTopic", requests)
		}
		c.srv.ResetRequests()
		_, err := p.Topic(c.Context(), "Order")
		c.must(err)
		if n := len(c.srv.Requests()); n > 0 {
			c.Errorf("a topic that is known made %d requests", n)
		}
		if allocs := testing.AllocsPerRun(100, func() { _, _ = p.Topic(c.Context(), "Order") }); allocs > 0 {
			c.Errorf("a topic that is known makes %v allocations", allocs)
		}
	})
}

// The ctx of one caller ends, and the others get what they wait for.
func TestTopicOfACallerWhoLeaves(t *testing.T) {
	inCloud(t, snstest.Config{Latency: time.Second}, func(c *cloud) {
		p := c.process()
		cause := errors.New("enough")
		impatient, leave := context.WithCancelCause(c.Context())
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := p.Topic(impatient, "Order"); !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
				c.Errorf("the caller who left got %v", err)
			}
		})
		synctest.Wait()
		group.Go(func() {
			if arn, err := p.Topic(c.Context(), "Order"); err != nil || arn == "" {
				c.Errorf("the caller who stayed got %s, %v", arn, err)
			}
		})
		synctest.Wait()
		leave(cause)
		group.Wait()
		if _, err := p.Topic(impatient, "Invoice"); !errors.Is(err, context.Canceled) {
			c.Errorf("a caller whose ctx had ended got %v", err)
		}
	})
}

// When all have left, the work ends.
func TestTopicThatNobodyWaitsFor(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		c.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault { return snstest.Fault{Error: snstest.Unavailable()} })
		ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
		defer cancel()
		p := c.process()
		if _, err := p.Topic(ctx, "Order"); !errors.Is(err, context.DeadlineExceeded) {
			c.Errorf("after a minute without AWS: %v", err)
		}
		synctest.Wait()
		c.srv.ResetRequests()
		c.sleep(time.Hour)
		if n := len(c.srv.Requests()); n > 0 {
			c.Errorf("nobody waits, and there are %d requests", n)
		}
		if c.log.count("SNS or SQS does not answer") == 0 {
			c.Error("nothing was logged of an AWS that does not answer")
		}
		c.srv.SetHook(nil)
		if _, err := p.Topic(c.Context(), "Order"); err != nil {
			c.Errorf("AWS is back, and the next caller gets %v", err)
		}
	})
}

// Throttling, 5xx and cut connections are waited out; a refusal is returned at once.
func TestTransientErrors(t *testing.T) {
	inCloud(t, snstest.Config{Seed: 3}, func(c *cloud) {
		n := 0
		var mu sync.Mutex
		c.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault {
			mu.Lock()
			defer mu.Unlock()
			n++
			switch n % 5 {
			case 0:
				return snstest.Fault{}
			case 1:
				return snstest.Fault{Error: snstest.Throttle()}
			case 2:
				return snstest.Fault{CutBefore: true}
			case 3:
				return snstest.Fault{CutAfter: true}
			}
			return snstest.Fault{Error: snstest.Internal()}
		})
		q := c.declare(sub("audit", "all", "*", event.Created))
		c.publish("Order")
		c.srv.SetHook(nil)
		c.publish("Order", body("Order", event.Created))
		c.holds(q.Name, body("Order", event.Created))
		c.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault {
			return snstest.Fault{Error: snstest.ErrorOf("AuthorizationErrorException", "AuthorizationError", 403, "no")}
		})
		began := time.Now()
		_, err := c.process().Topic(c.Context(), "Order")
		if err == nil || !strings.Contains(err.Error(), "topic of Order: create topic Order") {
			c.Errorf("a refusal is %v", err)
		}
		if took := time.Since(began); took > time.Minute {
			c.Errorf("a refusal was tried again for %v", took)
		}
	})
}

// A topic that somebody deletes is made again, with its tag and its listeners to patterns.
func TestForget(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		q := c.declare(sub("audit", "all", "Sales.*"))
		p := c.process()
		arn, err := p.Topic(c.Context(), "Sales.Order")
		c.must(err)
		_, err = c.sns.DeleteTopic(c.Context(), &sns.DeleteTopicInput{TopicArn: &arn})
		c.must(err)
		p.Forget("Sales.Order")
		c.publishBy(p, "Sales.Order", "hello")
		c.holds(q.Name, "hello")
	})
}

// Patterns and late topics with FIFO: the registry is a FIFO topic, too, and nothing crosses over to standard ones.
func TestPatternsWithFIFO(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		early, late := c.process(fifo), c.process(fifo)
		for i, p := range []*topology.Topology{early, late} {
			arn, err := p.Topic(c.Context(), []string{"Sales.Order", "Sales.Invoice"}[i])
			c.must(err)
			if i == 0 {
				c.declare(sub("audit", "sales", "Sales.*"), fifo)
				c.declare(sub("audit", "sales", "Sales.*"))
			}
			_, err = c.sns.Publish(c.Context(), &sns.PublishInput{
				TopicArn: &arn, Message: aws.String(fmt.Sprint(i)), MessageGroupId: aws.String("1"),
				MessageDeduplicationId: aws.String(fmt.Sprint(i)),
			})
			c.must(err)
		}
		c.holds("audit-sales.fifo", "0", "1")
		c.holds("audit-sales")
		topic, _ := c.srv.Topic(topicOf(c, "Sales.Order") + ".fifo")
		if topic.Attributes["FifoThroughputScope"] != "MessageGroup" || c.attribute("audit-sales.fifo", "DeduplicationScope") != "messageGroup" {
			c.Errorf("the limits are not by key: %v", topic.Attributes)
		}
	})
}

// Subscriptions of the registry that are not ours are passed by.
func TestForeignRegistration(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		q := c.declare(sub("audit", "all", "*"))
		registry, _ := c.srv.Topic("framebus-listeners")
		for i, policy := range []string{"", `{"framebus_pattern":["a","b"]}`, `{"framebus_pattern":["*"],"x":[1]}`} {
			in := &sns.SubscribeInput{
				TopicArn: &registry.ARN, Protocol: aws.String("sqs"),
				Endpoint: aws.String(fmt.Sprintf("arn:aws:sqs:us-east-1:%s:theirs-%d", account, i)),
			}
			if policy != "" {
				in.Attributes = map[string]string{"FilterPolicy": policy}
			}
			_, err := c.sns.Subscribe(c.Context(), in)
			c.must(err)
		}
		_, err := c.sns.Subscribe(c.Context(), &sns.SubscribeInput{
			TopicArn: &registry.ARN, Protocol: aws.String("email"), Endpoint: aws.String("ops@example.com"),
		})
		c.must(err)
		p := c.process()
		c.publishBy(p, "Order", "hello")
		c.publishBy(p, "Invoice", "hello")
		c.holds(q.Name, "hello", "hello")
		if topic, _ := c.srv.Topic("Order"); len(topic.Subscriptions) != 1 || c.log.count("no filter policy of ours") != 3 {
			c.Errorf("topic Order has %s, and the log %s", c.srv.Graph(), c.log)
		}
	})
}

// A registry that somebody deletes is made again by the next listener, in the same process, too.
func TestRegistryThatWasDeleted(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process()
		s := sub("audit", "all", "*")
		q, err := p.Queue(c.Context(), s)
		c.must(err)
		registry, _ := c.srv.Topic("framebus-listeners")
		_, err = c.sns.DeleteTopic(c.Context(), &sns.DeleteTopicInput{TopicArn: &registry.ARN})
		c.must(err)
		_, err = p.Queue(c.Context(), s)
		c.must(err)
		c.publish("Order", "hello")
		c.holds(q.Name, "hello")
	})
}

// A topic that others made keeps what they made it with, and gets the tag that patterns need.
func TestForeignTopic(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process(func(cfg *topology.Config) {
			cfg.Tags = map[string]string{"team": "b"}
			cfg.Encryption.KMSKey = "alias/mine"
		})
		name := topicOf(c, "Sales.Order")
		_, err := c.sns.CreateTopic(c.Context(), &sns.CreateTopicInput{
			Name: &name, Attributes: map[string]string{"DisplayName": "theirs"},
			Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}},
		})
		c.must(err)
		for range 2 {
			_, err = p.Topic(c.Context(), "Sales.Order")
			c.must(err)
			p.Forget("Sales.Order")
		}
		topic, _ := c.srv.Topic(name)
		if topic.Attributes["DisplayName"] != "theirs" || topic.Attributes["KmsMasterKeyId"] != "" || topic.Tags["team"] != "a" ||
			topic.Tags["framebus:channel"] != "Sales.Order" {
			c.Errorf("the topic has attributes %v and tags %v", topic.Attributes, topic.Tags)
		}
		if n := c.log.count("topic=" + name); n != 1 {
			c.Errorf("there are %d warnings: %s", n, c.log)
		}
	})
}

// topicOf is the name of a channel's topic, as it is made in an account of its own.
func topicOf(c *cloud, channel string) string {
	c.Helper()
	srv, err := snstest.New(snstest.Config{Account: account})
	c.must(err)
	defer srv.Close() //nolint:errcheck // not what is tested
	client := sns.New(sns.Options{
		BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("root", "secret", ""),
	})
	p, err := topology.New(topology.Config{SNS: client, SQS: c.sqs})
	c.must(err)
	arn, err := p.Topic(c.Context(), channel)
	c.must(err)
	return arn[strings.LastIndexByte(arn, ':')+1:]
}

// Channels of any characters are found by patterns, however many topics there are.
func TestPatternsFindOddChannels(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		channels := []string{"Sales.Order", "Sales.ß&%$§", "Sales." + strings.Repeat("é", 90), "Sales.a=b", "Sales.x+y@z/w", "Sales.🎉"}
		for i := range 150 {
			channels = append(channels, fmt.Sprintf("Sales.%d", i))
		}
		p := c.process()
		for _, channel := range channels {
			_, err := p.Topic(c.Context(), channel)
			c.must(err)
		}
		q := c.declare(sub("audit", "sales", "Sales.*"))
		other := c.declare(sub("audit", "other", "sales.*"))
		for _, channel := range channels {
			c.publishBy(p, channel, channel)
		}
		c.holds(q.Name, channels...)
		c.holds(other.Name)
	})
}

// A topic with a marked name and no tag of ours is passed by, with one warning.
func TestUntaggedTopic(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		for _, name := range []string{"a-x0123456789", "b-x0123456789"} {
			_, err := c.sns.CreateTopic(c.Context(), &sns.CreateTopicInput{Name: &name, Tags: []types.Tag{
				{Key: aws.String("framebus:channel"), Value: aws.String("another")},
			}})
			c.must(err)
		}
		p := c.process()
		for range 2 {
			_, err := p.Queue(c.Context(), sub("audit", "all", "*"))
			c.must(err)
		}
		if n := c.log.count("has no tag"); n != 2 {
			c.Errorf("two topics, and %d warnings: %s", n, c.log)
		}
		if topic, _ := c.srv.Topic("a-x0123456789"); len(topic.Subscriptions) > 0 {
			c.Error("a topic of no known channel was subscribed")
		}
	})
}

// More listeners to patterns than one page of the registry has are all found.
func TestManyListeners(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		const listeners = 120
		p := c.process()
		for i := range listeners {
			_, err := p.Queue(c.Context(), sub("audit", fmt.Sprint(i), "*"))
			c.must(err)
		}
		c.publish("Order", "hello")
		for i := range listeners {
			c.holds(fmt.Sprintf("audit-%d", i), "hello")
		}
	})
}

// A topic that was made by somebody who knows nothing of the registry is found later.
func TestRefresh(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		p := c.process()
		s := sub("audit", "all", "*", event.Created)
		q, err := p.Queue(c.Context(), s)
		c.must(err)
		_, err = c.sns.CreateTopic(c.Context(), &sns.CreateTopicInput{Name: aws.String("Order")})
		c.must(err)
		c.must(p.Refresh(c.Context(), s, q))
		c.publishBy(c.process(off), "Order", body("Order", event.Created), body("Order", event.Deleted))
		c.holds(q.Name, body("Order", event.Created))
		c.srv.ResetRequests()
		c.must(p.Refresh(c.Context(), sub("finance", "Order", "Order"), q))
		c.must(c.process(off).Refresh(c.Context(), s, q))
		if n := len(c.srv.Requests()); n > 0 {
			c.Errorf("there was nothing to refresh, and %d requests", n)
		}
		c.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault {
			return snstest.Fault{Error: snstest.ErrorOf("AuthorizationErrorException", "AuthorizationError", 403, "no")}
		})
		if err := p.Refresh(c.Context(), s, q); err == nil || !strings.Contains(err.Error(), "refresh audit/all: list topics") {
			c.Errorf("refused: %v", err)
		}
	})
}

// A publisher of watermill-aws that resolves topics by ours reaches listeners to patterns.
func TestResolver(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		q := c.declare(sub("audit", "all", "Sales.*"))
		p, err := wmsns.NewPublisher(wmsns.PublisherConfig{
			AWSConfig: aws.Config{
				Region: "us-east-1", HTTPClient: c.srv.HTTPClient(), BaseEndpoint: aws.String(c.srv.Endpoint()),
				Credentials: credentials.NewStaticCredentialsProvider("root", "secret", ""),
			},
			TopicResolver: c.process().Resolver(), DoNotCreateTopicIfNotExists: true,
		}, watermill.NopLogger{})
		c.must(err)
		c.must(p.Publish("Sales.Order", message.NewMessage("1", []byte("hello"))))
		c.holds(q.Name, "hello")
	})
}

func TestConfigIsChecked(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		for name, spoil := range map[string]func(*topology.Config){
			"needs clients":      func(cfg *topology.Config) { cfg.SNS = nil },
			`account "1"`:        func(cfg *topology.Config) { cfg.Account = "1" },
			"visibility 13h0m0s": func(cfg *topology.Config) { cfg.Visibility = 13 * time.Hour },
			"visibility 1.5s":    func(cfg *topology.Config) { cfg.Visibility = 1500 * time.Millisecond },
			"retention 1s":       func(cfg *topology.Config) { cfg.Retention = time.Second },
			"retention 360h":     func(cfg *topology.Config) { cfg.Retention = 15 * 24 * time.Hour },
			"mode 7":             func(cfg *topology.Config) { cfg.Provision = 7 },
			"framebus:x":         func(cfg *topology.Config) { cfg.Tags = map[string]string{"framebus:x": ""} },
			`prefix "a.b"`:       func(cfg *topology.Config) { cfg.Prefix = "a.b" },
		} {
			cfg := topology.Config{SNS: c.sns, SQS: c.sqs}
			spoil(&cfg)
			_, err := topology.New(cfg)
			if err == nil || !strings.HasPrefix(err.Error(), "topology: ") || !strings.Contains(err.Error(), name) {
				t.Errorf("want an error with %s, got %v", name, err)
			}
		}
		for mode, want := range map[topology.Mode]string{topology.On: "on", topology.Off: "off", topology.CheckOnly: "check only"} {
			if mode.String() != want {
				t.Errorf("mode %d is %q, want %q", mode, mode, want)
			}
		}
	})
}
