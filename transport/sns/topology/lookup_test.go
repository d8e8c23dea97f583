package topology_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

// With provisioning off nothing is changed, and what is missing is named.
func TestOff(t *testing.T) {
	for name, change := range map[string]func(*topology.Config){"by account": withAccount, "by list": func(*topology.Config) {}} {
		t.Run(name, func(t *testing.T) {
			inCloud(t, snstest.Config{}, func(c *cloud) {
				s := sub("finance", "Order", "Order")
				p := c.process(off, change)
				_, err := p.Topic(c.Context(), "Order")
				wantMissing(c, err, "topic Order")
				_, err = p.Queue(c.Context(), s)
				wantMissing(c, err, "queue finance-Order", "queue finance-Order-dlq")
				_, err = p.Lookup(c.Context(), s.ID)
				wantMissing(c, err, "queue finance-Order", "queue finance-Order-dlq")
				if n := c.changes(); n > 0 {
					c.Errorf("it changed something: %v", c.srv.Requests())
				}
				want := c.declare(s)
				before := c.changes()
				for what, find := range map[string]func() (topology.Queue, error){
					"Queue":  func() (topology.Queue, error) { return p.Queue(c.Context(), s) },
					"Lookup": func() (topology.Queue, error) { return p.Lookup(c.Context(), s.ID) },
				} {
					if q, err := find(); err != nil || q != want {
						c.Errorf("%s found %+v, %v; want %+v", what, q, err, want)
					}
				}
				if arn, err := c.process(off, change).Topic(c.Context(), "Order"); err != nil || !strings.HasSuffix(arn, ":Order") {
					c.Errorf("Topic found %s, %v", arn, err)
				}
				if n := c.changes() - before; n > 0 {
					c.Errorf("it changed something: %v", c.srv.Requests())
				}
			})
		})
	}
}

func wantMissing(c *cloud, err error, resources ...string) {
	c.Helper()
	missing, ok := errors.AsType[*topology.MissingError](err)
	if !ok || !slices.Equal(missing.Resources, resources) || !strings.Contains(err.Error(), "missing: "+resources[0]) {
		c.Errorf("want an error that %q are missing, got %v", resources, err)
	}
}

func TestCheckOnly(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		plain, glob := sub("finance", "Order", "Order", "created"), sub("audit", "all", "*")
		p := c.process(checkOnly)
		_, err := p.Queue(c.Context(), plain)
		wantMissing(c, err, "dead-letter queue finance-Order-dlq", "queue finance-Order", "topic Order",
			"policy of queue finance-Order", "subscription finance-Order to Order")
		_, err = p.Queue(c.Context(), glob)
		wantMissing(c, err, "dead-letter queue audit-all-dlq", "queue audit-all", "policy of queue audit-all",
			"registration audit-all to framebus-listeners")
		if n := c.changes(); n > 0 {
			c.Errorf("it changed something: %v", c.srv.Requests())
		}
		want := c.declare(plain)
		c.declare(glob)
		if q, err := p.Queue(c.Context(), plain); err != nil || q != want {
			c.Errorf("found %+v, %v", q, err)
		}
		_, err = p.Queue(c.Context(), glob)
		c.must(err)
		if c.log.count("WARN") > 0 {
			c.Errorf("it warned: %s", c.log)
		}
		c.set(want.URL, "VisibilityTimeout", "5")
		before := c.changes()
		plain.Actions = nil
		for range 2 {
			_, err = p.Queue(c.Context(), plain)
			c.must(err)
		}
		if c.log.count("attribute=VisibilityTimeout have=5 want=30") != 1 || c.log.count("attribute=FilterPolicy") != 1 {
			c.Errorf("it logged %s", c.log)
		}
		if n := c.changes() - before; n > 0 {
			c.Errorf("it changed something: %v", c.srv.Requests())
		}
	})
}

// A refusal is no absence.
func TestLookupErrors(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		s := sub("finance", "Order", "Order")
		c.declare(s)
		for action, want := range map[string]string{
			"GetQueueUrl": "look up queue finance-Order", "GetQueueAttributes": "attributes of queue",
			"GetTopicAttributes": "look up topic Order", "ListTopics": "(Config.Account would spare that): list topics",
		} {
			c.srv.SetHook(func(_ context.Context, call snstest.Call) snstest.Fault {
				if call.Action != action {
					return snstest.Fault{}
				}
				return snstest.Fault{Error: snstest.ErrorOf("AccessDeniedException", "AccessDenied", 403, "no")}
			})
			var err error
			switch action {
			case "GetTopicAttributes":
				_, err = c.process(off, withAccount).Topic(c.Context(), "Order")
			case "ListTopics":
				_, err = c.process(off).Topic(c.Context(), "Order")
			default:
				_, err = c.process(off).Lookup(c.Context(), s.ID)
			}
			_, missing := errors.AsType[*topology.MissingError](err)
			if missing || err == nil || !strings.Contains(err.Error(), want) {
				c.Errorf("%s refused: %v, want %q", action, err, want)
			}
		}
	})
}

// A queue that goes between two requests is missing.
func TestQueueGoes(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		s := sub("finance", "Order", "Order")
		q := c.declare(s)
		c.srv.SetHook(func(_ context.Context, call snstest.Call) snstest.Fault {
			if call.Action == "GetQueueAttributes" {
				_, err := c.sqs.DeleteQueue(c.Context(), &sqs.DeleteQueueInput{QueueUrl: &q.URL})
				c.must(err)
			}
			return snstest.Fault{}
		})
		_, err := c.process(off).Lookup(c.Context(), s.ID)
		wantMissing(c, err, "queue finance-Order")
	})
}

// Every request that can fail is reported with what it was for.
func TestEveryRefusal(t *testing.T) {
	subs := []transport.Subscription{sub("finance", "Order", "Order", "created"), sub("audit", "sales", "Sales.*", "created")}
	for _, kind := range []string{"declare", "change", "plan"} {
		for n := 1; ; n++ {
			refused := false
			inCloud(t, snstest.Config{}, func(c *cloud) {
				for _, channel := range []string{"Sales.Order", "Order"} {
					name := topicOf(c, channel) // by others, without a tag
					_, err := c.sns.CreateTopic(c.Context(), &sns.CreateTopicInput{Name: aws.String(name)})
					c.must(err)
				}
				if kind != "declare" {
					for _, s := range subs {
						c.declare(s)
					}
					c.declare(sub("audit", "old", "*"))
				}
				var left atomic.Int64
				left.Store(int64(n))
				c.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault {
					if left.Add(-1) != 0 {
						return snstest.Fault{}
					}
					return snstest.Fault{Error: snstest.ErrorOf("ValidationException", "ValidationError", 400, "refused")}
				})
				p := c.process()
				var err error
				switch kind {
				case "plan":
					_, err = p.Plan(c.Context(), []string{"Order", "Sales.Order"}, subs)
				case "change":
					for i, s := range subs {
						s.Pattern, s.Actions = []string{"S*", "Order"}[i], nil
						_, fault := p.Queue(c.Context(), s)
						err = errors.Join(err, fault)
					}
				default:
					for _, s := range subs {
						_, fault := p.Queue(c.Context(), s)
						err = errors.Join(err, fault)
					}
				}
				if refused = left.Load() <= 0; !refused {
					c.must(err)
				} else if err == nil || !strings.Contains(err.Error(), "refused") || !strings.HasPrefix(err.Error(), "topology: ") {
					c.Errorf("%s: request %d was refused: %v", kind, n, err)
				}
			})
			if !refused || t.Failed() {
				if n < 10 {
					t.Errorf("%s: only %d requests", kind, n)
				}
				break
			}
		}
	}
}
