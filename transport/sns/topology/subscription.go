package topology

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	wmsns "github.com/ThreeDotsLabs/watermill-aws/sns"
	wmsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/framebus/framebus/transport"
)

// subscription is one of a queue to a topic.
type subscription struct {
	topic, queue string // ARNs
	raw          bool   // RawMessageDelivery
	filter       string // filter policy on the body; empty for none
}

func (s subscription) attributes() map[string]string {
	a := map[string]string{}
	if s.raw {
		a["RawMessageDelivery"] = "true"
	}
	if s.filter != "" {
		a["FilterPolicyScope"], a["FilterPolicy"] = "MessageBody", s.filter
	}
	return a
}

// filterPolicy is the filter policy on the body for actions; empty if all are wanted.
//
// It sees the member "action" of the document, which FRAME's messages have as well, and theirs have no
// attributes. What is no JSON object has no such member and is dropped: a listener with actions gets no payload
// of plain watermill-aws that is not JSON, one without gets it.
func filterPolicy(actions []string) string {
	if len(actions) == 0 {
		return ""
	}
	return marshal(map[string][]string{"action": actions})
}

func actionsOf(s transport.Subscription) []string {
	var names []string
	for _, a := range s.Actions {
		names = append(names, string(a))
	}
	return names
}

// subscribe makes a subscription, or finds the one that there is. The error is one that differs knows if that has
// other attributes.
func (t *Topology) subscribe(ctx context.Context, s subscription) (arn string, err error) {
	in, err := wmsns.GenerateSubscribeInputDefault(ctx, wmsns.GenerateSubscribeInputParams{
		SnsTopicArn: wmsns.TopicArn(s.topic), SqsQueueArn: wmsqs.QueueArn(s.queue),
	})
	if err != nil {
		return "", err
	}
	in.Attributes = s.attributes()
	in.ReturnSubscriptionArn = true
	out, err := call(ctx, t, t.cfg.SNS.Subscribe, in)
	if err != nil {
		return "", fmt.Errorf("subscribe %s to %s: %w", s.queue, s.topic, err)
	}
	return *out.SubscriptionArn, nil
}

// ensureSubscription makes a subscription or finds it, and gives it the filter. Delivery that is not raw is left so:
// somebody else may read the queue who wants it.
func (t *Topology) ensureSubscription(ctx context.Context, want subscription) error {
	arn, has, err := t.openSubscription(ctx, want)
	if err != nil {
		return err
	}
	if has["RawMessageDelivery"] != "true" && want.raw {
		t.warnOnce(arn, "subscription does not deliver raw; it is left as it is", "subscription", arn)
	}
	return t.setFilter(ctx, arn, has, want.filter)
}

// openSubscription makes a subscription, or finds the one that there is, whatever its attributes, and waits
// until it can be seen.
func (t *Topology) openSubscription(ctx context.Context, want subscription) (arn string, has map[string]string, err error) {
	arn, err = t.subscribe(ctx, want)
	if err != nil && differs(err) {
		arn, err = t.findSubscription(ctx, want.topic, want.queue)
	}
	switch {
	case err != nil:
		return "", nil, err
	case arn == "":
		return "", nil, fmt.Errorf("subscribe %s to %s: it is said to exist and is not listed", want.queue, want.topic)
	}
	err = settle(ctx, func() (string, error) {
		attributes, found, err := t.subscriptionAttributes(ctx, arn)
		if err != nil || found {
			has = attributes
			return "", err
		}
		return "subscription " + arn, nil
	})
	return arn, has, err
}

// setFilter gives a subscription a filter on the body, or takes its filter away.
func (t *Topology) setFilter(ctx context.Context, arn string, has map[string]string, filter string) error {
	if sameFilter(has, filter) {
		return nil
	}
	type change struct{ name, value string }
	changes := []change{{"FilterPolicy", "{}"}} // the old one may be none of the other scope's
	if filter != "" {
		changes = []change{{"FilterPolicyScope", "MessageBody"}, {"FilterPolicy", filter}}
		if has["FilterPolicy"] != "" && has["FilterPolicyScope"] != "MessageBody" {
			changes = append([]change{{"FilterPolicy", "{}"}}, changes...)
		}
	}
	for _, c := range changes {
		_, err := call(ctx, t, t.cfg.SNS.SetSubscriptionAttributes, &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: &arn, AttributeName: aws.String(c.name), AttributeValue: aws.String(c.value),
		})
		if err != nil {
			return fmt.Errorf("set %s of subscription %s: %w", c.name, arn, err)
		}
	}
	return nil
}

// sameFilter says whether the attributes of a subscription have a filter.
func sameFilter(has map[string]string, filter string) bool {
	if filter == "" || has["FilterPolicy"] == "" {
		return has["FilterPolicy"] == filter
	}
	return has["FilterPolicyScope"] == "MessageBody" && sameJSON(has["FilterPolicy"], filter)
}

func (t *Topology) subscriptionAttributes(
	ctx context.Context, arn string,
) (attributes map[string]string, found bool, err error) {
	out, err := call(ctx, t, t.cfg.SNS.GetSubscriptionAttributes, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
	switch {
	case err != nil && absent(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("attributes of subscription %s: %w", arn, err)
	}
	return out.Attributes, true, nil
}

// eachSubscription calls visit for the subscriptions of a topic, until it returns false. A topic that is gone has
// none.
func (t *Topology) eachSubscription(ctx context.Context, topicARN string, visit func(types.Subscription) bool) error {
	in := &sns.ListSubscriptionsByTopicInput{TopicArn: &topicARN}
	for {
		out, err := call(ctx, t, t.cfg.SNS.ListSubscriptionsByTopic, in)
		if err != nil && absent(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("subscriptions of topic %s: %w", topicARN, err)
		}
		for _, sub := range out.Subscriptions {
			if !visit(sub) {
				return nil
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}

// findSubscription returns the ARN of a queue's subscription to a topic; empty if there is none.
func (t *Topology) findSubscription(ctx context.Context, topicARN, queueARN string) (string, error) {
	arn := ""
	err := t.eachSubscription(ctx, topicARN, func(sub types.Subscription) bool {
		if isConfirmed(sub) && *sub.Endpoint == queueARN {
			arn = *sub.SubscriptionArn
		}
		return arn == ""
	})
	return arn, err
}

// isConfirmed says whether a subscription is one of a queue that has an ARN. One within an account always has.
func isConfirmed(sub types.Subscription) bool {
	return *sub.Protocol == "sqs" && strings.HasPrefix(*sub.SubscriptionArn, "arn:")
}

// unsubscribe ends a queue's subscription to a topic, if there is one.
func (t *Topology) unsubscribe(ctx context.Context, topicARN, queueARN string) error {
	arn, err := t.findSubscription(ctx, topicARN, queueARN)
	if err != nil || arn == "" {
		return err
	}
	if _, err := call(ctx, t, t.cfg.SNS.Unsubscribe, &sns.UnsubscribeInput{SubscriptionArn: &arn}); err != nil {
		return fmt.Errorf("unsubscribe %s: %w", arn, err)
	}
	return nil
}

// marshal writes what cannot fail to be written.
func marshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, lists and maps of them
	}
	return string(text)
}

// sameJSON says whether two documents say the same.
func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}
