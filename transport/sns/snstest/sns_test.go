package snstest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// topics is the real SDK for SNS, connected to the server through memory.
func topics(srv *snstest.Server, options ...func(*sns.Options)) *sns.Client {
	return sns.New(sns.Options{
		BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
	}, options...)
}

func topicsAs(key string) func(*sns.Options) {
	return func(o *sns.Options) { o.Credentials = credentials.NewStaticCredentialsProvider(key, "thing", "") }
}

const (
	topicARN = "arn:aws:sns:us-east-1:000000000000:Order"
	queueARN = "arn:aws:sqs:us-east-1:000000000000:"
)

// open lets everybody send to the bench's queue q, as FRAME's queues do.
func (b *bench) open(names ...string) {
	b.Helper()
	for _, name := range names {
		_, err := b.sqs.SetQueueAttributes(b.Context(), &sqs.SetQueueAttributesInput{
			QueueUrl: aws.String(b.srv.Endpoint() + "/000000000000/" + name), Attributes: map[string]string{
				"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage",
					"Resource":"` + queueARN + name + `"}]}`,
			},
		})
		b.must(err)
	}
}

// order makes the topic Order and subscribes queues to it, raw.
func (b *bench) order(c *sns.Client, queues ...string) {
	b.Helper()
	_, err := c.CreateTopic(b.Context(), &sns.CreateTopicInput{Name: aws.String("Order")})
	b.must(err)
	for _, queue := range queues {
		b.must(b.join(c, queue, map[string]string{"RawMessageDelivery": "true"}))
	}
}

func (b *bench) join(c *sns.Client, queue string, attributes map[string]string) error {
	_, err := c.Subscribe(b.Context(), &sns.SubscribeInput{
		TopicArn: aws.String(topicARN), Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN + queue), Attributes: attributes,
	})
	return err
}

func (b *bench) tell(c *sns.Client, text string) error {
	_, err := c.Publish(b.Context(), &sns.PublishInput{TopicArn: aws.String(topicARN), Message: &text})
	return err
}

func TestGraph(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := topics(b.srv)
		b.create("dlq")
		b.order(c, "gone")
		b.must(b.join(c, "q", map[string]string{
			"FilterPolicy": `{"action":["created"]}`, "FilterPolicyScope": "MessageBody",
			"RedrivePolicy": `{"deadLetterTargetArn":"` + queueARN + `dlq"}`,
		}))
		_, err := c.Subscribe(b.Context(), &sns.SubscribeInput{
			TopicArn: aws.String(topicARN), Protocol: aws.String("email"), Endpoint: aws.String("a@example.com"),
		})
		b.must(err)
		g := b.srv.Graph()
		b.equal("text", g.String(), topicARN+"\n"+
			"  -> "+queueARN+"gone (no such queue, raw)\n"+
			"  -> "+queueARN+`q (filter on MessageBody {"action":["created"]}, dead letters to `+queueARN+"dlq)\n"+
			"  -> email a@example.com (pending)\n")
		for _, want := range []string{
			"digraph snstest {", `"` + topicARN + `" -> "` + queueARN + `q" [label="filter on MessageBody {\"action\":[\"created\"]}`,
			`"` + queueARN + `q" -> "` + queueARN + `dlq" [style=dashed]`,
		} {
			if !strings.Contains(g.DOT(), want) {
				b.Errorf("%s is not in %s", want, g.DOT())
			}
		}
	})
}

// A dump says what became of the messages for each subscription, and why.
func TestDumpOfTopics(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := topics(b.srv)
		b.create("dlq")
		b.order(c)
		b.must(b.join(c, "q", map[string]string{
			"FilterPolicy": `{"n":[1]}`, "FilterPolicyScope": "MessageBody",
			"RedrivePolicy": `{"deadLetterTargetArn":"` + queueARN + `dlq"}`,
		}))
		b.must(b.tell(c, `{"n":1}`)) // the queues let nobody send
		b.must(b.tell(c, `{"n":2}`))
		b.open("dlq")
		b.must(b.tell(c, `{"n":1}`))
		b.open("q")
		b.must(b.tell(c, `{"n":1}`))
		topic, ok := b.srv.Topic("Order")
		if !ok || len(topic.Subscriptions) != 1 || topic.Attributes["SubscriptionsConfirmed"] != "1" {
			b.Fatalf("got %+v", topic)
		}
		s := topic.Subscriptions[0]
		b.equal("delivered, filtered out, failed, redriven", []int{s.Delivered, s.FilteredOut, s.Failed, s.Redriven}, []int{1, 1, 2, 1})
		if !strings.Contains(s.Failure, "AccessDenied") {
			b.Errorf("the failure is %q", s.Failure)
		}
		if _, ok := b.srv.Topic("None"); ok {
			b.Error("there is a topic that there is not")
		}
	})
}

// What a Hook does to requests it does to those of SNS.
func TestHookOfSNS(t *testing.T) {
	var call snstest.Call
	fault := snstest.Fault{}
	hook := func(_ context.Context, c snstest.Call) snstest.Fault {
		if c.Action != "Publish" {
			return snstest.Fault{}
		}
		call = c
		f := fault
		fault = snstest.Fault{}
		return f
	}
	inBubble(t, snstest.Config{Hook: hook, Latency: time.Second}, func(b *bench) {
		c := topics(b.srv)
		b.open("q")
		b.order(c, "q")
		for name, f := range map[string]snstest.Fault{
			"throttled": {Error: snstest.Throttle()}, "cut before": {CutBefore: true}, "unavailable": {Error: snstest.Unavailable()},
		} {
			fault = f
			before := b.srv.Count("Publish")
			b.must(b.tell(c, name)) // the SDK asks again
			b.equal(name+", requests", b.srv.Count("Publish")-before, 2)
			b.equal(name, bodies(b.receive(0)), name)
		}
		fault = snstest.Fault{CutAfter: true}
		b.must(b.tell(c, "twice"))
		b.equal("received", bodies(b.receive(0)), "twice twice")
		call.RequestID = ""
		b.equal("call", call, snstest.Call{
			Service: "sns", Action: "Publish", AccessKey: "any", Account: "000000000000", Region: "us-east-1",
		})
		start := time.Now()
		b.must(b.tell(c, "slow"))
		b.equal("took", time.Since(start), time.Second)
	})
}

func TestConsistencyOfTopics(t *testing.T) {
	config := snstest.Config{Disorder: snstest.Disorder{Consistency: 10 * time.Second}}
	inBubble(t, config, func(b *bench) {
		c := topics(b.srv)
		missing := func(err error) bool {
			_, ok := errors.AsType[*snstypes.NotFoundException](err)
			return ok
		}
		b.sleep(10 * time.Second)
		b.open("q")
		b.order(c)
		if err := b.tell(c, "early"); !missing(err) {
			b.Errorf("a new topic: got %v", err)
		}
		b.sleep(10 * time.Second)
		b.must(b.join(c, "q", map[string]string{"RawMessageDelivery": "true"}))
		b.must(b.tell(c, "before the subscription is seen"))
		b.sleep(10 * time.Second)
		b.must(b.tell(c, "a"))
		subs, err := c.ListSubscriptionsByTopic(b.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topicARN)})
		b.must(err)
		sub := subs.Subscriptions[0].SubscriptionArn
		_, err = c.SetSubscriptionAttributes(b.Context(), &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: sub, AttributeName: aws.String("FilterPolicy"), AttributeValue: aws.String(`{"x":["y"]}`),
		})
		b.must(err)
		b.must(b.tell(c, "b")) // the filter is not yet known
		b.sleep(10 * time.Second)
		b.must(b.tell(c, "c"))
		b.equal("received", bodies(b.receive(0)), "a b")

		_, err = c.DeleteTopic(b.Context(), &sns.DeleteTopicInput{TopicArn: aws.String(topicARN)})
		b.must(err)
		b.must(b.tell(c, "d")) // the topic is still there
		b.sleep(10 * time.Second)
		if err := b.tell(c, "late"); !missing(err) {
			b.Errorf("a deleted topic: got %v", err)
		}
	})
}

// batched publishes 0 to 9 in one batch, and returns what is received.
func batched(t *testing.T, config snstest.Config, name string, attributes map[string]string) (got string) {
	inBubble(t, config, func(b *bench) {
		c := topics(b.srv)
		queue := "q"
		if strings.HasSuffix(name, ".fifo") {
			queue = "q.fifo"
			b.url = b.create(queue, "FifoQueue", "true")
		}
		b.open(queue)
		topic, err := c.CreateTopic(b.Context(), &sns.CreateTopicInput{Name: &name, Attributes: attributes})
		b.must(err)
		_, err = c.Subscribe(b.Context(), &sns.SubscribeInput{
			TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN + queue),
			Attributes: map[string]string{"RawMessageDelivery": "true"},
		})
		b.must(err)
		in := &sns.PublishBatchInput{TopicArn: topic.TopicArn}
		for i := range 10 {
			e := snstypes.PublishBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), Message: aws.String(fmt.Sprint(i))}
			if queue != "q" {
				e.MessageGroupId = aws.String("g")
			}
			in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, e)
		}
		out, err := c.PublishBatch(b.Context(), in)
		b.must(err)
		for i, s := range out.Successful {
			b.equal("answer", *s.Id, fmt.Sprint(i)) // in the order of the request, whatever that of delivery
		}
		held, _ := b.srv.Queue(queue)
		var all []string
		for _, m := range held.Ready {
			all = append(all, m.Body)
		}
		got = strings.Join(all, " ")
	})
	return got
}

func TestDisorderOfTopics(t *testing.T) {
	const order = "0 1 2 3 4 5 6 7 8 9"
	fifo := map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "true"}
	nasty := snstest.Config{Seed: 1, Disorder: snstest.Disorder{Reorder: true}}
	if got := batched(t, snstest.Config{}, "t", nil); got != order {
		t.Errorf("by default: got %s", got)
	}
	first, again := batched(t, nasty, "t", nil), batched(t, nasty, "t", nil)
	if sorted := slices.Sorted(strings.FieldsSeq(first)); first == order || first != again || strings.Join(sorted, " ") != order {
		t.Errorf("reordered: got %s and %s", first, again)
	}
	nasty.Disorder.Duplicates = 1
	if got := len(strings.Fields(batched(t, nasty, "t", nil))); got != 40 { // the topic sends each twice, and so does the queue
		t.Errorf("duplicated: got %d messages", got)
	}
	if got := batched(t, nasty, "t.fifo", fifo); got != order {
		t.Errorf("a FIFO topic: got %s", got)
	}
}

func TestIdentityPoliciesForTopics(t *testing.T) {
	allow := func(effect, action, resource string) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Action":%q,"Resource":%q}]}`, effect, action, resource)
	}
	config := snstest.Config{Callers: map[string]snstest.Caller{
		"owner":     {},
		"publisher": {ARN: "arn:aws:iam::000000000000:user/p", Policies: []string{allow("Allow", "sns:Publish", topicARN)}},
		"nobody":    {ARN: "arn:aws:iam::000000000000:user/n", Policies: []string{allow("Allow", "sqs:*", "*")}},
		"denied": {ARN: "arn:aws:iam::000000000000:user/d", Policies: []string{
			allow("Allow", "sns:*", "*"), allow("Deny", "sns:Publish", "*"),
		}},
	}}
	inBubble(t, config, func(b *bench) {
		b.order(topics(b.srv, topicsAs("owner")))
		for key, want := range map[string][2]bool{
			"owner": {true, true}, "publisher": {true, false}, "nobody": {false, false}, "denied": {false, true},
		} {
			c := topics(b.srv, topicsAs(key))
			_, list := c.ListTopics(b.Context(), &sns.ListTopicsInput{})
			for i, err := range []error{b.tell(c, "a"), list} {
				if _, refused := errors.AsType[*snstypes.AuthorizationErrorException](err); refused == want[i] || err != nil && !refused {
					b.Errorf("%s, request %d: got %v", key, i, err)
				}
			}
		}
	})
}

// Across regions, one of which is an opt-in region, SNS is a principal of that region; and nobody if both are.
func TestOptInRegions(t *testing.T) {
	for _, c := range []struct {
		topic, queue, principal string
		delivered               int
	}{
		{"us-east-1", "eu-west-1", "sns.amazonaws.com", 1},
		{"ap-east-1", "ap-east-1", "sns.amazonaws.com", 1},
		{"ap-east-1", "us-east-1", "sns.amazonaws.com", 0},
		{"ap-east-1", "us-east-1", "sns.ap-east-1.amazonaws.com", 1},
		{"us-east-1", "me-south-1", "sns.me-south-1.amazonaws.com", 1},
		{"ap-east-1", "me-south-1", "sns.ap-east-1.amazonaws.com", 0},
	} {
		inBubble(t, snstest.Config{}, func(b *bench) {
			queues := client(b.srv, func(o *sqs.Options) { o.Region = c.queue })
			q, err := queues.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("far")})
			b.must(err)
			arn := "arn:aws:sqs:" + c.queue + ":000000000000:far"
			_, err = queues.SetQueueAttributes(b.Context(), &sqs.SetQueueAttributesInput{QueueUrl: q.QueueUrl, Attributes: map[string]string{
				"Policy": fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},
					"Action":"sqs:SendMessage","Resource":%q}]}`, c.principal, arn),
			}})
			b.must(err)
			s := topics(b.srv, func(o *sns.Options) { o.Region = c.topic })
			topic, err := s.CreateTopic(b.Context(), &sns.CreateTopicInput{Name: aws.String("t")})
			b.must(err)
			_, err = s.Subscribe(b.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: &arn})
			b.must(err)
			_, err = s.Publish(b.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: aws.String("a")})
			b.must(err)
			out, err := queues.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl})
			b.must(err)
			b.equal(fmt.Sprintf("from %s to %s as %s", c.topic, c.queue, c.principal), len(out.Messages), c.delivered)
		})
	}
}

// Of addresses and URLs anybody may unsubscribe who has the ARN, unless that was ruled out when they were confirmed.
func TestAuthenticateOnUnsubscribe(t *testing.T) {
	callers := map[string]snstest.Caller{"owner": {}, "stranger": {Account: "111111111111"}}
	inBubble(t, snstest.Config{Callers: callers}, func(b *bench) {
		c := topics(b.srv, topicsAs("owner"))
		b.order(c)
		for _, locked := range []bool{false, true} {
			for _, signed := range []bool{false, true} {
				out, err := c.Subscribe(b.Context(), &sns.SubscribeInput{
					TopicArn: aws.String(topicARN), Protocol: aws.String("email"), ReturnSubscriptionArn: true,
					Endpoint: aws.String(fmt.Sprintf("%v-%v@example.com", locked, signed)),
				})
				b.must(err)
				topic, _ := b.srv.Topic("Order")
				token := topic.Subscriptions[len(topic.Subscriptions)-1].Token
				_, err = c.ConfirmSubscription(b.Context(), &sns.ConfirmSubscriptionInput{
					TopicArn: aws.String(topicARN), Token: &token, AuthenticateOnUnsubscribe: aws.String(fmt.Sprint(locked)),
				})
				b.must(err)
				status := 0
				if signed {
					_, err := topics(b.srv, topicsAs("stranger")).Unsubscribe(b.Context(), &sns.UnsubscribeInput{SubscriptionArn: out.SubscriptionArn})
					status = map[bool]int{true: 200, false: 403}[err == nil]
				} else {
					answer, err := b.srv.HTTPClient().Get(b.srv.Endpoint() + "/?Action=Unsubscribe&SubscriptionArn=" + *out.SubscriptionArn) //nolint:noctx // it answers at once
					b.must(err)
					b.must(answer.Body.Close())
					status = answer.StatusCode
				}
				b.equal(fmt.Sprintf("locked %v, signed by a stranger %v", locked, signed), status, map[bool]int{false: 200, true: 403}[locked])
			}
		}
	})
}
