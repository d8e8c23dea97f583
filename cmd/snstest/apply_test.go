package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// remembered are messages that were sent, in memory.
type remembered map[string]bool

func (r remembered) Sent(_ context.Context, key string) (bool, error) { return r[key], nil }

func (r remembered) AddSent(_ context.Context, key string) error {
	r[key] = true
	return nil
}

// apply has a server do what a setup says.
func apply(t *testing.T, text string, config snstest.Config, once sentMessages) (*snstest.Server, error) {
	t.Helper()
	s, err := parseSetup([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	keys := setupKeys("000000000000", s.callers)
	config.Callers = withKeys(s.callers, keys)
	srv := snstest.Start(t, config)
	return srv, applierOf(srv, keys, config, once).apply(t.Context(), s)
}

func applierOf(srv *snstest.Server, keys map[string]string, config snstest.Config, once sentMessages) *applier {
	return &applier{
		endpoint: srv.Endpoint(), http: srv.HTTPClient(), account: "000000000000", region: "us-east-1", keys: keys,
		file: "setup.json", lag: config.Disorder.Consistency, once: once,
	}
}

func queueOf(t *testing.T, srv *snstest.Server, name string) snstest.Queue {
	t.Helper()
	q, ok := srv.Queue(name)
	if !ok {
		t.Fatalf("there is no queue %s", name)
	}
	return q
}

func bodies(messages []snstest.Message) string {
	var out []string
	for _, m := range messages {
		out = append(out, m.Body)
	}
	return strings.Join(out, " | ")
}

const circle = `{
  "messages": [
    {"topic": "t", "body": "published", "subject": "s", "attributes": {"n": 1}},
    {"queue": "b", "body": {"a": [1, "é"]}, "delaySeconds": 60},
    {"queue": "f.fifo", "body": "1", "groupId": "g"}, {"queue": "f.fifo", "body": "2", "groupId": "g"}
  ],
  "subscriptions": [{"topic": "t", "queue": "a", "attributes": {"RawMessageDelivery": true, "FilterPolicy": {"n": [1]}}}],
  "topics": [{"name": "t", "attributes": {"DisplayName": "T"}, "tags": {"k": "v"}}],
  "queues": [
    {"name": "a", "tags": {"k": "v"}, "attributes": {
      "RedrivePolicy": {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:b", "maxReceiveCount": 1},
      "Policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}
    }},
    {"name": "b", "attributes": {
      "RedrivePolicy": {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:a", "maxReceiveCount": 1}
    }},
    {"name": "f.fifo", "attributes": {"FifoQueue": true, "ContentBasedDeduplication": true}}
  ]
}`

// Whatever the order in the file, all can speak of all: here two queues are each other's dead-letter queue.
func TestOrderDoesNotMatter(t *testing.T) {
	srv, err := apply(t, circle, snstest.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b, f := queueOf(t, srv, "a"), queueOf(t, srv, "b"), queueOf(t, srv, "f.fifo")
	topic, _ := srv.Topic("t")
	for _, c := range []struct{ what, got, want string }{
		{"a's messages", bodies(a.Ready), "published"},
		{"b's messages", bodies(b.Delayed), `{"a":[1,"é"]}`},
		{"f's messages", bodies(f.Ready), "1 | 2"},
		{"a's dead letters", a.Attributes["RedrivePolicy"], `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:b","maxReceiveCount":1}`},
		{"b's dead letters", b.Attributes["RedrivePolicy"], `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:a","maxReceiveCount":1}`},
		{"a's tags", fmt.Sprint(a.Tags), "map[k:v]"},
		{"the topic's tags", fmt.Sprint(topic.Tags), "map[k:v]"},
		{"the topic's name", topic.Attributes["DisplayName"], "T"},
		{"the subscription's filter", topic.Subscriptions[0].Attributes["FilterPolicy"], `{"n":[1]}`},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, c.got, c.want)
		}
	}
}

// Applied again to what it made, and to what was changed since, a setup has the same outcome, and sends nothing twice.
func TestApplyAgain(t *testing.T) {
	once := remembered{}
	srv, err := apply(t, circle, snstest.Config{}, once)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{"000000000000": "any"}
	change := func(text string) {
		t.Helper()
		s, err := parseSetup([]byte(text))
		if err == nil {
			err = applierOf(srv, keys, snstest.Config{}, once).apply(t.Context(), s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clean := func() snstest.Dump {
		d := srv.Dump()
		for _, q := range d.Queues {
			delete(q.Attributes, "LastModifiedTimestamp")
		}
		return d
	}
	before := clean()
	change(circle)
	if got := clean(); !reflect.DeepEqual(got, before) {
		t.Errorf("got %+v\nwant %+v", got, before)
	}
	change(`{"queues": [{"name": "a", "tags": {"k": "w"}, "attributes": {"VisibilityTimeout": 1, "RedrivePolicy": ""}}],
		"topics": [{"name": "t", "attributes": {"DisplayName": "U"}}],
		"subscriptions": [{"topic": "t", "queue": "a", "attributes": {"FilterPolicyScope": "MessageBody", "FilterPolicy": {"n": {"m": [1]}}}}]}`)
	if q := queueOf(t, srv, "a"); q.Attributes["VisibilityTimeout"] != "1" || q.Attributes["RedrivePolicy"] != "" || q.Tags["k"] != "w" {
		t.Errorf("a was not changed: %+v", q)
	}
	topic, _ := srv.Topic("t")
	if sub := topic.Subscriptions[0].Attributes; sub["FilterPolicy"] != `{"n":{"m":[1]}}` || topic.Attributes["DisplayName"] != "U" {
		t.Errorf("the topic was not changed: %+v", topic)
	}
	change(strings.Replace(circle, `"messages": [`, `"messages": [{"queue": "b", "body": "new"}, {"queue": "b", "body": "new"},`, 1))
	if got := bodies(queueOf(t, srv, "b").Ready); got != "new | new" {
		t.Errorf("of new messages, two of them alike, there are %s", got)
	}
	if got := bodies(queueOf(t, srv, "a").Ready); got != "published" {
		t.Errorf("of old messages there are %s", got)
	}
}

// What AWS would refuse is refused, with the line and the entry; and all of it is said at once.
func TestRefusedEntries(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"{\"queues\": [\n{\"name\": \"a b\"},\n{\"name\": \"q\"}, {\"name\": \"f\", \"attributes\": {\"FifoQueue\": true}}]}", []string{
			`setup.json: line 2: queue "a b": InvalidParameterValue`, `setup.json: line 3: queue "f": InvalidParameterValue`,
		}},
		{`{"queues": [{"name": "q", "attributes": {"VisibilityTimeout": 43201}}]}`, []string{`queue "q": attributes: InvalidAttributeValue`}},
		{`{"queues": [{"name": "q", "attributes": {"Policy": {"Version": "1"}}}]}`, []string{`queue "q": attributes: InvalidAttributeValue`}},
		{`{"queues": [{"name": "q", "attributes": {"RedrivePolicy": {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:no", "maxReceiveCount": 1}}}]}`,
			[]string{`queue "q": attributes: `}},
		{`{"queues": [{"name": "q", "tags": {"aws:a": "b"}}]}`, []string{`queue "q": tags: InvalidParameterValue`}},
		{`{"topics": [{"name": "t", "attributes": {"Policy": "x"}}]}`, []string{`topic "t": attribute Policy: InvalidParameter`}},
		{`{"topics": [{"name": "t", "account": "1"}]}`, []string{`topic "t": account "1" is neither`}},
		{`{"topics": [{"name": "t"}], "subscriptions": [{"topic": "t", "protocol": "pigeon", "endpoint": "roof"}]}`,
			[]string{`subscription of "t" to "roof": InvalidParameter`}},
		{`{"messages": [{"queue": "q", "body": "b"}, {"topic": "t", "body": "b"}]}`,
			[]string{`message to "q": AWS.SimpleQueueService.NonExistentQueue`, `message to "t": NotFound`}},
		{`{"queues": [{"name": "q"}], "messages": [{"queue": "q", "body": ""}]}`, []string{`message to "q": `}},
	} {
		_, err := apply(t, c.text, snstest.Config{}, nil)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s\ngot  %v\nwant %s", c.text, err, want)
			}
		}
	}
}

// A setup can make what its callers may not, in all of their accounts and in any region.
func TestAccountsAndRegions(t *testing.T) {
	srv, err := apply(t, `{
		"callers": {
			"READER": {"arn": "arn:aws:iam::000000000000:user/reader", "policies": [{
				"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:Get*", "Resource": "*"}
			}]},
			"OTHER": {"account": "111111111111"}
		},
		"queues": [{"name": "q", "account": "111111111111", "region": "eu-west-1"}, {"name": "c", "region": "cn-north-1"}],
		"topics": [{"name": "t"}],
		"messages": [{"queue": "arn:aws:sqs:eu-west-1:111111111111:q", "account": "111111111111", "body": "b"},
			{"queue": "c", "region": "cn-north-1", "body": "c"}]
	}`, snstest.Config{EnforcePolicies: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range srv.Dump().Queues {
		got = append(got, q.ARN+" "+bodies(q.Ready))
	}
	if want := []string{"arn:aws-cn:sqs:cn-north-1:000000000000:c c", "arn:aws:sqs:eu-west-1:111111111111:q b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Where what was made takes time to be seen, a setup waits for it.
func TestConsistency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		srv, err := apply(t, circle, snstest.Config{Disorder: snstest.Disorder{Consistency: 7 * time.Second}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begun); d != 14*time.Second {
			t.Errorf("it took %v, want what it takes twice: to see queues and topics, and to see what is set of them", d)
		}
		if got := bodies(queueOf(t, srv, "a").Ready); got != "published" {
			t.Errorf("a has %q", got)
		}
	})
}
