package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// applier does what a setup says, by requests like anybody's.
type applier struct {
	endpoint        string
	http            *http.Client
	account, region string            // of entries that name none
	keys            map[string]string // by account, an access key of its root user
	file            string
	lag             time.Duration // until what was made is seen
	once            sentMessages  // nil: nothing was here before
}

// setupKeys makes access keys for what a setup does, which nobody else knows: of the root users of all accounts that there
// are. If any key will do, they change nothing.
func setupKeys(account string, callers map[string]snstest.Caller) map[string]string {
	keys := map[string]string{account: "setup-" + rand.Text()}
	for _, c := range callers {
		if account := c.Account; isAccount(account) && keys[account] == "" { // others are errors of the caller's
			keys[account] = "setup-" + rand.Text()
		}
	}
	return keys
}

// withKeys are the callers of a server that has a setup to do. No callers are everybody.
func withKeys(callers map[string]snstest.Caller, keys map[string]string) map[string]snstest.Caller {
	if len(callers) == 0 {
		return nil
	}
	all := maps.Clone(callers)
	for account, key := range keys {
		all[key] = snstest.Caller{Account: account}
	}
	return all
}

// sentMessages remembers which messages have been sent, for as long as the server remembers what became of them.
type sentMessages interface {
	Sent(ctx context.Context, key string) (bool, error)
	AddSent(ctx context.Context, key string) error
}

// apply makes the server be as the setup says. What is there already has its attributes and tags set; what the setup does
// not speak of is left alone. Topics and queues are made first, and bare, so that all can speak of all.
func (a *applier) apply(ctx context.Context, s *setup) error {
	var errs []error
	made := 0
	step := func(e *entry, do func() error) {
		err := a.complete(e)
		if err == nil {
			err = do()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: line %d: %s: %w", a.file, e.line, e.what, err))
		}
		made++
	}
	phase := func() error {
		err := errors.Join(errs...)
		if err == nil && made > 0 && a.lag > 0 {
			err = sleep(ctx, a.lag)
		}
		made = 0
		return err
	}
	for _, t := range s.topics {
		step(&t.entry, func() error { return a.makeTopic(ctx, t) })
	}
	for _, q := range s.queues {
		step(&q.entry, func() error { return a.makeQueue(ctx, q) })
	}
	if err := phase(); err != nil {
		return err
	}
	for _, q := range s.queues {
		step(&q.entry, func() error { return a.setQueue(ctx, q) })
	}
	for _, t := range s.topics {
		step(&t.entry, func() error { return a.setTopic(ctx, t) })
	}
	for _, sub := range s.subscriptions {
		step(&sub.entry, func() error { return a.subscribe(ctx, sub) })
	}
	if err := phase(); err != nil {
		return err
	}
	times := map[string]int{}
	for _, m := range s.messages {
		times[m.text]++
		step(&m.entry, func() error { return a.sendOnce(ctx, m, times[m.text]) })
	}
	return errors.Join(errs...)
}

// sleep waits, until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// complete fills in what an entry leaves open.
func (a *applier) complete(e *entry) error {
	e.account, e.region = cmp.Or(e.account, a.account), cmp.Or(e.region, a.region)
	if e.key = a.keys[e.account]; e.key == "" {
		return fmt.Errorf("account %q is neither that of -account nor that of a caller", e.account)
	}
	return nil
}

// arn is that of a topic or a queue, which may be named by it.
func (e *entry) arn(service, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	partition := "aws"
	switch {
	case strings.HasPrefix(e.region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(e.region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return strings.Join([]string{"arn", partition, service, e.region, e.account, name}, ":")
}

// moveTo has an entry made in the region of an ARN, which its requests have to be signed for.
func (e *entry) moveTo(arn string) {
	if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 {
		e.region = fields[3]
	}
}

// queueURL is that of a queue by its name or ARN.
func (a *applier) queueURL(e *entry, name string) string {
	arn := e.arn("sqs", name)
	e.moveTo(arn)
	fields := strings.SplitN(arn, ":", 6)
	return a.endpoint + "/" + fields[min(4, len(fields)-1)] + "/" + fields[len(fields)-1]
}

func (a *applier) makeTopic(ctx context.Context, t *topic) error {
	_, err := a.call(ctx, &t.entry, newForm(snsVersion, "CreateTopic").with("Name", t.name).
		pairs("Attributes.entry", "key", "value", only(t.attributes, "FifoTopic")))
	return err
}

func (a *applier) makeQueue(ctx context.Context, q *queue) error {
	_, err := a.call(ctx, &q.entry, newForm(sqsVersion, "CreateQueue").with("QueueName", q.name).
		pairs("Attribute", "Name", "Value", only(q.attributes, "FifoQueue")))
	return err
}

// only returns one attribute, if it is there; without returns the others.
func only(attributes map[string]string, name string) map[string]string {
	value, ok := attributes[name]
	if !ok {
		return nil
	}
	return map[string]string{name: value}
}

func without(attributes map[string]string, name string) map[string]string {
	out := map[string]string{}
	for k, v := range attributes {
		if k != name {
			out[k] = v
		}
	}
	return out
}

func (a *applier) setQueue(ctx context.Context, q *queue) error {
	url := a.queueURL(&q.entry, q.name)
	if attributes := without(q.attributes, "FifoQueue"); len(attributes) > 0 {
		if _, err := a.call(ctx, &q.entry, newForm(sqsVersion, "SetQueueAttributes").with("QueueUrl", url).
			pairs("Attribute", "Name", "Value", attributes)); err != nil {
			return fmt.Errorf("attributes: %w", err)
		}
	}
	if len(q.tags) == 0 {
		return nil
	}
	_, err := a.call(ctx, &q.entry, newForm(sqsVersion, "TagQueue").with("QueueUrl", url).pairs("Tag", "Key", "Value", q.tags))
	if err != nil {
		return fmt.Errorf("tags: %w", err)
	}
	return nil
}

func (a *applier) setTopic(ctx context.Context, t *topic) error {
	arn := t.arn("sns", t.name)
	attributes := without(t.attributes, "FifoTopic")
	for _, name := range sortedKeys(attributes) {
		f := newForm(snsVersion, "SetTopicAttributes").with("TopicArn", arn).with("AttributeName", name)
		f.Set("AttributeValue", attributes[name])
		if _, err := a.call(ctx, &t.entry, f); err != nil {
			return fmt.Errorf("attribute %s: %w", name, err)
		}
	}
	if len(t.tags) == 0 {
		return nil
	}
	_, err := a.call(ctx, &t.entry, newForm(snsVersion, "TagResource").with("ResourceArn", arn).
		pairs("Tags.member", "Key", "Value", t.tags))
	if err != nil {
		return fmt.Errorf("tags: %w", err)
	}
	return nil
}

// subscribe makes a subscription at once with its attributes, so that nothing slips through its filter. One that is there
// with others has them set.
func (a *applier) subscribe(ctx context.Context, s *subscription) error {
	topicARN := s.arn("sns", s.topic)
	protocol, endpoint := s.protocol, s.endpoint
	if s.queue != "" {
		protocol, endpoint = "sqs", s.arn("sqs", s.queue)
	}
	s.moveTo(topicARN)
	ask := func(attributes map[string]string) (*reply, error) {
		return a.call(ctx, &s.entry, newForm(snsVersion, "Subscribe").with("TopicArn", topicARN).with("Protocol", protocol).
			with("Endpoint", endpoint).with("ReturnSubscriptionArn", "true").
			pairs("Attributes.entry", "key", "value", attributes))
	}
	_, err := ask(s.attributes)
	if refused, ok := errors.AsType[*awsError](err); !ok || !strings.Contains(refused.Message, "already exists with different attributes") {
		return err
	}
	there, err := ask(nil)
	if err != nil {
		return err
	}
	names := sortedKeys(s.attributes)
	slices.SortStableFunc(names, func(a, b string) int { // the scope decides which filters there can be
		return -cmp.Compare(strings.Count(a, "FilterPolicyScope"), strings.Count(b, "FilterPolicyScope"))
	})
	for _, name := range names {
		f := newForm(snsVersion, "SetSubscriptionAttributes").with("SubscriptionArn", there.Subscription).with("AttributeName", name)
		f.Set("AttributeValue", s.attributes[name])
		if _, err := a.call(ctx, &s.entry, f); err != nil {
			return fmt.Errorf("attribute %s: %w", name, err)
		}
	}
	return nil
}

// sendOnce sends a message, unless it was sent to what was here before. Of messages that are alike each is one.
func (a *applier) sendOnce(ctx context.Context, m *message, nth int) error {
	if a.once == nil {
		return a.send(ctx, m)
	}
	sum := sha256.Sum256([]byte(m.text))
	key := hex.EncodeToString(sum[:]) + "/" + strconv.Itoa(nth)
	sent, err := a.once.Sent(ctx, key)
	if err != nil || sent {
		return err
	}
	if err := a.send(ctx, m); err != nil {
		return err
	}
	return a.once.AddSent(ctx, key)
}

func (a *applier) send(ctx context.Context, m *message) error {
	f, attribute := newForm(sqsVersion, "SendMessage"), "MessageAttribute."
	if m.topic != "" {
		arn := m.arn("sns", m.topic)
		m.moveTo(arn)
		f, attribute = newForm(snsVersion, "Publish").with("TopicArn", arn), "MessageAttributes.entry."
		f.with("Subject", m.subject).with("MessageStructure", m.structure).Set("Message", m.body)
	} else {
		f.with("QueueUrl", a.queueURL(&m.entry, m.queue)).with("DelaySeconds", m.delay).Set("MessageBody", m.body)
	}
	f.with("MessageGroupId", m.group).with("MessageDeduplicationId", m.dedup)
	for i, name := range sortedKeys(m.attributes) {
		v, at := m.attributes[name], attribute+strconv.Itoa(i+1)+"."
		f.with(at+"Name", name).with(at+"Value.DataType", v.dataType).
			with(at+"Value.StringValue", v.text).with(at+"Value.BinaryValue", v.binary)
	}
	_, err := a.call(ctx, &m.entry, f)
	return err
}
