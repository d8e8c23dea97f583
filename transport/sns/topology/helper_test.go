package topology_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

const account = "123456789012"

// cloud is an AWS account in a bubble.
type cloud struct {
	*testing.T
	srv *snstest.Server
	sns *sns.Client
	sqs *sqs.Client
	log *logbook
}

// inCloud runs a test in an account of its own.
func inCloud(t *testing.T, config snstest.Config, do func(*cloud)) {
	t.Helper()
	config.Account = account
	synctest.Test(t, func(t *testing.T) {
		srv := snstest.Start(t, config)
		c := &cloud{T: t, srv: srv, log: &logbook{}}
		c.sns, c.sqs = c.as("root")
		do(c)
	})
}

// as are clients with an access key.
func (c *cloud) as(key string) (*sns.Client, *sqs.Client) {
	keys := credentials.NewStaticCredentialsProvider(key, "secret", "")
	return sns.New(sns.Options{
			BaseEndpoint: aws.String(c.srv.Endpoint()), HTTPClient: c.srv.HTTPClient(), Region: "us-east-1", Credentials: keys,
		}), sqs.New(sqs.Options{
			BaseEndpoint: aws.String(c.srv.Endpoint()), HTTPClient: c.srv.HTTPClient(), Region: "us-east-1", Credentials: keys,
		})
}

// process is a Topology as of another process.
func (c *cloud) process(change ...func(*topology.Config)) *topology.Topology {
	c.Helper()
	cfg := topology.Config{SNS: c.sns, SQS: c.sqs, Logger: slog.New(slog.NewTextHandler(c.log, nil))}
	for _, do := range change {
		do(&cfg)
	}
	t, err := topology.New(cfg)
	c.must(err)
	return t
}

func (c *cloud) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// declare declares a subscription in a process of its own.
func (c *cloud) declare(s transport.Subscription, change ...func(*topology.Config)) topology.Queue {
	c.Helper()
	q, err := c.process(change...).Queue(c.Context(), s)
	c.must(err)
	return q
}

// publish publishes bodies on a channel, in a process of its own.
func (c *cloud) publish(channel string, bodies ...string) {
	c.Helper()
	c.publishBy(c.process(), channel, bodies...)
}

func (c *cloud) publishBy(t *topology.Topology, channel string, bodies ...string) {
	c.Helper()
	arn, err := t.Topic(c.Context(), channel)
	c.must(err)
	for _, body := range bodies {
		_, err := c.sns.Publish(c.Context(), &sns.PublishInput{TopicArn: &arn, Message: aws.String(body)})
		c.must(err)
	}
}

// bodies are the messages that a queue holds.
func (c *cloud) bodies(queue string) []string {
	c.Helper()
	q, ok := c.srv.Queue(queue)
	if !ok {
		c.Fatalf("there is no queue %s", queue)
	}
	var list []string
	for _, m := range slices.Concat(q.Ready, q.InFlight, q.Delayed) {
		list = append(list, m.Body)
	}
	return list
}

func (c *cloud) holds(queue string, want ...string) {
	c.Helper()
	got := c.bodies(queue)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		c.Errorf("queue %s holds %q, want %q\n%s", queue, got, want, c.srv.Graph())
	}
}

func (c *cloud) attribute(queue, name string) string {
	c.Helper()
	q, ok := c.srv.Queue(queue)
	if !ok {
		c.Fatalf("there is no queue %s", queue)
	}
	return q.Attributes[name]
}

// set sets attributes of a queue by hand.
func (c *cloud) set(url string, attributes ...string) {
	c.Helper()
	in := &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{}}
	for i := 0; i+1 < len(attributes); i += 2 {
		in.Attributes[attributes[i]] = attributes[i+1]
	}
	_, err := c.sqs.SetQueueAttributes(c.Context(), in)
	c.must(err)
}

func (c *cloud) policy(url string) string {
	c.Helper()
	out, err := c.sqs.GetQueueAttributes(c.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"Policy"},
	})
	c.must(err)
	return out.Attributes["Policy"]
}

// sleep passes the bubble's time.
func (c *cloud) sleep(d time.Duration) { time.Sleep(d) }

// changes counts the requests that change something.
func (c *cloud) changes() int {
	n := 0
	for _, r := range c.srv.Requests() {
		if !strings.HasPrefix(r.Action, "Get") && !strings.HasPrefix(r.Action, "List") {
			n += r.Count
		}
	}
	return n
}

func sub(service, name, pattern string, actions ...event.Action) transport.Subscription {
	return transport.Subscription{
		ID: transport.ID{Service: service, Name: name}, Pattern: pattern, Actions: actions, MaxReceives: 10,
	}
}

func body(channel string, action event.Action) string {
	return `{"channel":"` + channel + `","action":"` + string(action) + `","data":{}}`
}

// logbook is a log that can be read.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count counts the lines with a text in them.
func (l *logbook) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// off and others are configurations.
func off(c *topology.Config)       { c.Provision = topology.Off }
func checkOnly(c *topology.Config) { c.Provision = topology.CheckOnly }
func fifo(c *topology.Config)      { c.FIFO = true }
func prefixed(c *topology.Config)  { c.Prefix = "test-" }
func withAccount(c *topology.Config) {
	c.Account = account
}

func isDeadline(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
