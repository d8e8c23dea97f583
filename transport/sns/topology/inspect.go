package topology

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/framebus/framebus/transport"
)

// inspectTopic says what there is of a channel's topic.
func (t *Topology) inspectTopic(ctx context.Context, channel string) (Item, error) {
	name, err := t.names.topic(channel)
	if err != nil {
		return Item{}, err
	}
	item := Item{Kind: TopicKind, Name: name, For: channel}
	item.ARN, _ = t.place.arn("sns", name)
	arn, err := t.findTopic(ctx, channel)
	if is[*MissingError](err) {
		item.State = Missing
		return item, nil
	}
	if err != nil {
		return Item{}, err
	}
	item.ARN = arn
	out, err := call(ctx, t, t.cfg.SNS.GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		return Item{}, err
	}
	if have, want := out.Attributes[attrKMSKey], t.cfg.Encryption.KMSKey; have != want {
		item.State, item.Differences = Differs, []Difference{{attrKMSKey, have, want}}
	}
	return item, nil
}

// inspect says what there is of what a listener needs.
func (t *Topology) inspect(ctx context.Context, l listener) ([]Item, error) {
	deadARN, _ := t.place.arn("sqs", l.deadLetters)
	dead, has, err := t.inspectQueue(ctx, l, DeadLetterKind, l.deadLetters, t.attributes(l, ""))
	if err != nil {
		return nil, err
	}
	if has != nil {
		deadARN = has[attrARN]
	}
	if deadARN == "" {
		deadARN = l.deadLetters // the account is not known, so the queue is missing as well, or the next finds it
	}
	queue, has, err := t.inspectQueue(ctx, l, QueueKind, l.name, t.attributes(l, deadARN))
	if err != nil {
		return nil, err
	}
	items := []Item{dead, queue}
	if !strings.Contains(l.sub.Pattern, "*") {
		topic, err := t.inspectTopic(ctx, l.sub.Pattern)
		if err != nil {
			return nil, err
		}
		items = append(items, topic)
	}
	policy, before, err := t.inspectPolicy(ctx, l, queue, has)
	if err != nil {
		return nil, err
	}
	subs, err := t.inspectSubscriptions(ctx, l, queue)
	if err != nil {
		return nil, err
	}
	stale, err := t.stale(ctx, l, queue, before)
	return append(append(append(items, policy), subs...), stale...), err
}

// inspectQueue says what there is of one queue, and returns its attributes if it exists.
func (t *Topology) inspectQueue(
	ctx context.Context, l listener, kind Kind, name string, want map[string]string,
) (Item, map[string]string, error) {
	item := Item{Kind: kind, Name: name, For: l.sub.ID.String(), listener: &l}
	item.ARN, _ = t.place.arn("sqs", name)
	url, found, err := t.findQueue(ctx, name)
	if err != nil {
		return Item{}, nil, err
	}
	var has map[string]string
	if found {
		if has, found, err = t.queueAttributes(ctx, url); err != nil {
			return Item{}, nil, err
		}
	}
	if !found {
		item.State = Missing
		return item, nil, nil
	}
	item.url, item.ARN = url, has[attrARN]
	t.place.learn(item.ARN)
	if item.Differences = compare(has, want); len(item.Differences) > 0 {
		item.State = Differs
	}
	return item, has, nil
}

// inspectPolicy says what there is of our statement in the policy of a queue, and which topics it names.
func (t *Topology) inspectPolicy(
	ctx context.Context, l listener, queue Item, has map[string]string,
) (item Item, before []string, err error) {
	item = Item{State: Missing, Kind: PolicyKind, Name: l.name, For: l.sub.ID.String(), listener: &l}
	if has == nil {
		return item, nil, nil
	}
	before, err = sources(has[attrPolicy])
	if err != nil || len(before) == 0 {
		return item, nil, err
	}
	want, err := t.allowed(ctx, l.sub, false)
	if err != nil {
		return Item{}, nil, err
	}
	ours, err := statement(ctx, queue.ARN, want)
	if err != nil {
		return Item{}, nil, err
	}
	_, changed, err := merge(has[attrPolicy], ours)
	item.State = Exists
	if changed {
		item.State = Differs
		item.Differences = []Difference{{"aws:SourceArn", strings.Join(before, " "), strings.Join(want, " ")}}
	}
	return item, before, err
}

// inspectSubscriptions says what there is of the subscriptions of a listener's queue, and of its registration.
func (t *Topology) inspectSubscriptions(ctx context.Context, l listener, queue Item) ([]Item, error) {
	filter := filterPolicy(actionsOf(l.sub))
	if !strings.Contains(l.sub.Pattern, "*") {
		name, err := t.names.topic(l.sub.Pattern)
		if err != nil {
			return nil, err
		}
		arn, err := t.findTopic(ctx, l.sub.Pattern)
		if err != nil && !is[*MissingError](err) {
			return nil, err
		}
		item, err := t.inspectSubscription(ctx, l, SubscriptionKind, name, queue,
			subscription{topic: arn, raw: true, filter: filter})
		return []Item{item}, err
	}
	registry, found, err := t.findRegistry(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		registry = ""
	}
	item, err := t.inspectSubscription(ctx, l, RegistrationKind, t.names.registry(), queue, subscription{
		topic: registry, filter: entry{l.sub.Pattern, actionsOf(l.sub)}.policy(),
	})
	if err != nil {
		return nil, err
	}
	items := []Item{item}
	topics, err := t.matching(ctx, l.sub.Pattern)
	if err != nil {
		return nil, err
	}
	for _, arn := range topics {
		item, err := t.inspectSubscription(ctx, l, SubscriptionKind, topicName(arn), queue,
			subscription{topic: arn, raw: true, filter: filter})
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func (t *Topology) inspectSubscription(
	ctx context.Context, l listener, kind Kind, topic string, queue Item, want subscription,
) (Item, error) {
	item := Item{
		State: Missing, Kind: kind, Name: l.name + " to " + topic, For: l.sub.ID.String(),
		listener: &l, topic: want.topic, queue: queue.ARN,
	}
	if want.topic == "" || queue.State == Missing {
		return item, nil
	}
	arn, err := t.findSubscription(ctx, want.topic, queue.ARN)
	if err != nil || arn == "" {
		return item, err
	}
	has, found, err := t.subscriptionAttributes(ctx, arn)
	if err != nil || !found {
		return item, err
	}
	item.ARN, item.State = arn, Exists
	if want.raw && has["RawMessageDelivery"] != "true" {
		item.Differences = append(item.Differences, Difference{"RawMessageDelivery", has["RawMessageDelivery"], "true"})
	}
	if !sameFilter(has, want.filter) {
		item.Differences = append(item.Differences, Difference{"FilterPolicy", has["FilterPolicy"], want.filter})
	}
	if len(item.Differences) > 0 {
		item.State = Differs
	}
	return item, nil
}

func (t *Topology) findRegistry(ctx context.Context) (arn string, found bool, err error) {
	if arn, known := t.place.arn("sns", t.names.registry()); known {
		found, err := t.topicExists(ctx, arn)
		return arn, found, err
	}
	return t.searchTopic(ctx, t.names.registry())
}

// stale are the subscriptions of a queue to topics that its policy allowed and its listener does not want any more.
func (t *Topology) stale(ctx context.Context, l listener, queue Item, before []string) ([]Item, error) {
	if len(before) == 0 {
		return nil, nil
	}
	allowed, err := t.allowed(ctx, l.sub, false)
	if err != nil {
		return nil, err
	}
	return t.orphanSubscriptions(ctx, l.sub.ID, l.name, queue.ARN, before, allowed)
}

// orphanSubscriptions are those of a queue to topics that are in before and not in allowed.
func (t *Topology) orphanSubscriptions(
	ctx context.Context, id transport.ID, name, queueARN string, before, allowed []string,
) ([]Item, error) {
	topics, err := t.expand(ctx, before)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, topic := range topics {
		if matchesAny(allowed, topic) {
			continue
		}
		arn, err := t.findSubscription(ctx, topic, queueARN)
		if err != nil {
			return nil, err
		}
		if arn != "" {
			items = append(items, Item{
				State: Orphaned, Kind: SubscriptionKind, Name: name + " to " + topicName(topic), ARN: arn,
				For: id.String(), topic: topic, queue: queueARN,
			})
		}
	}
	return items, nil
}
