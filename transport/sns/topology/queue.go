package topology

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport"
)

// Queue is where the messages of a listener are.
type Queue struct {
	// Name, URL and ARN are those of the queue.
	Name, URL, ARN string
	// DeadLetterURL and DeadLetterARN are those of its dead-letter queue.
	DeadLetterURL, DeadLetterARN string
	// FIFO is true if both are FIFO queues.
	FIFO bool
}

// Names of attributes of queues.
const (
	attrARN        = "QueueArn"
	attrPolicy     = "Policy"
	attrRedrive    = "RedrivePolicy"
	attrVisibility = "VisibilityTimeout"
	attrRetention  = "MessageRetentionPeriod"
	attrWait       = "ReceiveMessageWaitTimeSeconds"
	attrKMSKey     = "KmsMasterKeyId"
	attrSSE        = "SqsManagedSseEnabled"
)

// maxReceives is the largest maxReceiveCount
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
const maxReceives = 1000

// maxActions is how many values a filter policy may combine
// (docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html).
const maxActions = 150

// listener is a subscription with what its queues are to be.
type listener struct {
	sub               transport.Subscription
	name, deadLetters string
	visibility        time.Duration
}

func (t *Topology) listener(s transport.Subscription) (listener, error) {
	if err := s.Check(transport.Features{Name: "sns", Globs: true, Ordered: t.cfg.FIFO}); err != nil {
		return listener{}, err
	}
	if s.MaxReceives > maxReceives {
		return listener{}, fmt.Errorf("max receives is %d, SQS counts to %d", s.MaxReceives, maxReceives)
	}
	if len(s.Actions) > maxActions {
		return listener{}, fmt.Errorf("%d actions are wanted, a filter of SNS takes %d: want all", len(s.Actions), maxActions)
	}
	name, deadLetters, err := t.names.queue(s.ID)
	l := listener{sub: s, name: name, deadLetters: deadLetters, visibility: t.cfg.Visibility}
	if l.visibility == 0 { // in whole seconds, and no shorter than the lease
		l.visibility = min((s.LeaseOrDefault() + time.Second - 1).Truncate(time.Second), 12*time.Hour)
	}
	return l, err
}

// attributes are those that the queue is made with; those of the dead-letter queue if its ARN is empty.
func (t *Topology) attributes(l listener, deadLetterARN string) map[string]string {
	a := map[string]string{attrRetention: seconds(t.cfg.Retention)}
	if t.names.fifo {
		a["FifoQueue"] = "true"
		// Limits for each key and not for the whole queue
		// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html).
		a["DeduplicationScope"], a["FifoThroughputLimit"] = "messageGroup", "perMessageGroupId"
	}
	if key := t.cfg.Encryption.KMSKey; key != "" {
		a[attrKMSKey] = key
	} else {
		a[attrSSE] = "true"
	}
	if deadLetterARN == "" {
		return a
	}
	a[attrVisibility], a[attrWait] = seconds(l.visibility), "20"
	if l.sub.MaxReceives > 0 {
		a[attrRedrive] = redrivePolicy(deadLetterARN, l.sub.MaxReceives)
	}
	return a
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

func redrivePolicy(deadLetterARN string, receives int) string {
	return marshal(map[string]any{"deadLetterTargetArn": deadLetterARN, "maxReceiveCount": receives})
}

// tags are those that a listener's queues are made with.
func (t *Topology) tags(l listener) map[string]string {
	tags := map[string]string{}
	maps.Copy(tags, t.cfg.Tags)
	tagged(tags, tagService, l.sub.Service)
	tagged(tags, tagListener, l.sub.Name)
	return tags
}

// Queue declares a subscription: its queue and dead-letter queue, the policy that lets SNS send to it from the topics
// that it is for and no others, and its subscriptions to them. What the subscription is not for any more is ended.
// Whatever is published after Queue returned reaches the queue. What is there is used as it is: attributes that differ
// are logged once, and changed only if it was Queue that had set them and the subscription says another thing now.
// Many processes may do this at once. With provisioning off it looks up what is there.
func (t *Topology) Queue(ctx context.Context, s transport.Subscription) (Queue, error) {
	l, err := t.listener(s)
	if err == nil {
		var q Queue
		switch t.cfg.Provision {
		case On:
			q, err = t.declare(ctx, l)
		case CheckOnly:
			q, err = t.checked(ctx, l)
		default:
			q, err = t.find(ctx, s.ID)
		}
		if err == nil {
			return q, nil
		}
	}
	return Queue{}, fmt.Errorf("topology: queue of %s: %w", s.ID, err)
}

// declare makes what a listener needs, in an order in which a crash at any point leaves nothing that the next run does
// not put right, and nothing that lets events through which are not wanted.
func (t *Topology) declare(ctx context.Context, l listener) (Queue, error) {
	q, has, fresh, err := t.makeQueues(ctx, l)
	if err != nil {
		return Queue{}, err
	}
	allowed, err := t.allowed(ctx, l.sub, true)
	if err != nil {
		return Queue{}, err
	}
	before, err := sources(has[attrPolicy])
	if err != nil {
		return Queue{}, err
	}
	if len(before) == 0 && !fresh {
		if err := t.adopt(ctx, l, q, has); err != nil {
			return Queue{}, err
		}
	}
	if !fresh {
		if err := t.reconcile(ctx, l, q, has); err != nil {
			return Queue{}, err
		}
	}
	// The old policy is what tells which subscriptions are to go: it is the last to change.
	if err := t.leave(ctx, q.ARN, before, allowed); err != nil {
		return Queue{}, err
	}
	if err := t.allow(ctx, q, has[attrPolicy], allowed); err != nil {
		return Queue{}, err
	}
	if !strings.Contains(l.sub.Pattern, "*") {
		return q, t.ensureSubscription(ctx, subscription{
			topic: allowed[0], queue: q.ARN, raw: true, filter: filterPolicy(actionsOf(l.sub)),
		})
	}
	if err := t.register(ctx, q.ARN, entry{l.sub.Pattern, actionsOf(l.sub)}); err != nil {
		return Queue{}, err
	}
	return q, t.join(ctx, l.sub, q.ARN)
}

// makeQueues makes a listener's queue and, before it, its dead-letter queue. has are the queue's attributes, and fresh
// says that it was made just now.
func (t *Topology) makeQueues(ctx context.Context, l listener) (q Queue, has map[string]string, fresh bool, err error) {
	url, dead, _, err := t.makeQueue(ctx, l.deadLetters, t.attributes(l, ""), t.tags(l))
	if err != nil {
		return Queue{}, nil, false, err
	}
	tags := t.tags(l)
	tags[tagDeclared] = l.declared()
	q = Queue{Name: l.name, DeadLetterURL: url, DeadLetterARN: dead[attrARN], FIFO: t.names.fifo}
	q.URL, has, fresh, err = t.makeQueue(ctx, l.name, t.attributes(l, q.DeadLetterARN), tags)
	q.ARN = has[attrARN]
	t.place.learn(q.ARN)
	t.reportDrift(l.deadLetters, compare(dead, t.attributes(l, "")))
	return q, has, fresh, err
}

// makeQueue finds a queue or makes it, and returns its attributes.
func (t *Topology) makeQueue(
	ctx context.Context, name string, attributes, tags map[string]string,
) (url string, has map[string]string, fresh bool, err error) {
	url, found, err := t.findQueue(ctx, name)
	if err == nil && !found {
		fresh = true
		var out *sqs.CreateQueueOutput
		out, err = call(ctx, t, t.cfg.SQS.CreateQueue, &sqs.CreateQueueInput{
			QueueName: &name, Attributes: attributes, Tags: tags,
		})
		if is[*types.QueueNameExists](err) { // somebody was faster, with other attributes
			fresh, url, err = false, "", nil
		} else if err == nil {
			url = *out.QueueUrl
		}
	}
	if err != nil {
		return "", nil, false, fmt.Errorf("queue %s: %w", name, err)
	}
	err = settle(ctx, func() (string, error) {
		if url == "" {
			var err error
			if url, _, err = t.findQueue(ctx, name); err != nil || url == "" {
				return "queue " + name, err
			}
		}
		var found bool
		has, found, err = t.queueAttributes(ctx, url)
		if err == nil && !found {
			return "queue " + name, nil
		}
		return "", err
	})
	return url, has, fresh, err
}

// findQueue returns the URL of a queue; false if there is none.
func (t *Topology) findQueue(ctx context.Context, name string) (url string, found bool, err error) {
	out, err := call(ctx, t, t.cfg.SQS.GetQueueUrl, &sqs.GetQueueUrlInput{QueueName: &name})
	switch {
	case err != nil && absent(err):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("look up queue %s: %w", name, err)
	}
	return *out.QueueUrl, true, nil
}

func (t *Topology) queueAttributes(
	ctx context.Context, url string,
) (attributes map[string]string, found bool, err error) {
	out, err := call(ctx, t, t.cfg.SQS.GetQueueAttributes, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	switch {
	case err != nil && absent(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("attributes of queue %s: %w", url, err)
	}
	return out.Attributes, true, nil
}

func (t *Topology) setAttributes(ctx context.Context, url string, attributes map[string]string) error {
	in := &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: attributes}
	_, err := call(ctx, t, t.cfg.SQS.SetQueueAttributes, in)
	if err != nil {
		return fmt.Errorf("set attributes of queue %s: %w", url, err)
	}
	return nil
}

// readRedrive reads a redrive policy: AWS takes and shows the count as a number or as a string.
func readRedrive(policy string) (deadLetterARN, receives string) {
	var p struct {
		Target string          `json:"deadLetterTargetArn"`
		Count  json.RawMessage `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(policy), &p) != nil {
		return "", ""
	}
	return p.Target, strings.Trim(string(p.Count), `"`)
}
