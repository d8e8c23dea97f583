package topology

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// openTopic makes a channel's topic ready for its first publish: it is there, can be seen, and every listener in the
// registry whose pattern matches is subscribed. The order of these steps is what listeners rely on: see registry.go.
func (t *Topology) openTopic(ctx context.Context, channel string) (string, error) {
	arn, err := t.makeTopic(ctx, channel)
	if err != nil {
		return "", err
	}
	return arn, t.admit(ctx, channel, arn)
}

// makeTopic makes a channel's topic, or finds it, and waits until it can be seen.
func (t *Topology) makeTopic(ctx context.Context, channel string) (string, error) {
	name, err := t.names.topic(channel)
	if err != nil {
		return "", err
	}
	tags := maps.Clone(t.cfg.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	own := map[string]string{}
	if !t.names.tells(channel) {
		tagged(own, tagChannel, channel)
		maps.Copy(tags, own)
	}
	return t.createTopic(ctx, name, tags, own)
}

// createTopic makes a topic with tags. One that is there keeps its attributes and tags, but gets our own.
func (t *Topology) createTopic(ctx context.Context, name string, tags, own map[string]string) (string, error) {
	in := &sns.CreateTopicInput{Name: &name, Attributes: t.topicAttributes(), Tags: snsTags(tags)}
	out, err := call(ctx, t, t.cfg.SNS.CreateTopic, in)
	if err != nil && differs(err) {
		// It was made by hand, by others or with other settings. With the name alone SNS takes it for the same one.
		in.Attributes, in.Tags = nil, nil
		if t.names.fifo {
			in.Attributes = map[string]string{"FifoTopic": "true"}
		}
		if out, err = call(ctx, t, t.cfg.SNS.CreateTopic, in); err == nil && len(own) > 0 {
			_, err = call(ctx, t, t.cfg.SNS.TagResource, &sns.TagResourceInput{ResourceArn: out.TopicArn, Tags: snsTags(own)})
		}
		if err == nil {
			t.warnOnce(name, "topic exists with other attributes or tags than these would make it with; it is left as it is",
				"topic", name)
		}
	}
	if err != nil {
		return "", fmt.Errorf("create topic %s: %w", name, err)
	}
	arn := *out.TopicArn
	t.place.learn(arn)
	return arn, settle(ctx, func() (string, error) {
		found, err := t.topicExists(ctx, arn)
		if found || err != nil {
			return "", err
		}
		return "topic " + name, nil
	})
}

// topicAttributes are those that a topic is made with.
func (t *Topology) topicAttributes() map[string]string {
	a := map[string]string{}
	if t.names.fifo {
		a["FifoTopic"] = "true"
		// A limit for each key and not for the whole topic, since order is by key
		// (docs.aws.amazon.com/sns/latest/dg/fifo-high-throughput.html).
		a["FifoThroughputScope"] = "MessageGroup"
	}
	if key := t.cfg.Encryption.KMSKey; key != "" {
		a["KmsMasterKeyId"] = key
	}
	return a
}

func (t *Topology) topicExists(ctx context.Context, arn string) (bool, error) {
	_, err := call(ctx, t, t.cfg.SNS.GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil && absent(err) {
		return false, nil
	}
	return err == nil, err
}

// findTopic looks a topic up, and makes nothing.
func (t *Topology) findTopic(ctx context.Context, channel string) (string, error) {
	name, err := t.names.topic(channel)
	if err != nil {
		return "", err
	}
	found := false
	arn, known := t.place.arn("sns", name)
	if known {
		found, err = t.topicExists(ctx, arn)
	} else {
		arn, found, err = t.searchTopic(ctx, name)
	}
	switch {
	case err != nil && !known && denied(err):
		return "", fmt.Errorf("look up topic %s (Config.Account would spare that): %w", name, err)
	case err != nil:
		return "", fmt.Errorf("look up topic %s: %w", name, err)
	case !found:
		return "", &MissingError{[]string{"topic " + name}}
	}
	return arn, nil
}

// searchTopic looks for a topic in the list of all.
func (t *Topology) searchTopic(ctx context.Context, name string) (arn string, found bool, err error) {
	all, err := t.listTopics(ctx)
	if err != nil {
		return "", false, err
	}
	at := slices.IndexFunc(all, func(arn string) bool { return topicName(arn) == name })
	if at < 0 {
		return "", false, nil
	}
	t.place.learn(all[at])
	return all[at], true, nil
}

// listTopics returns the ARNs of all topics of the account and region.
func (t *Topology) listTopics(ctx context.Context) ([]string, error) {
	var arns []string
	in := &sns.ListTopicsInput{}
	for {
		out, err := call(ctx, t, t.cfg.SNS.ListTopics, in)
		if err != nil {
			return nil, fmt.Errorf("list topics: %w", err)
		}
		for _, topic := range out.Topics {
			arns = append(arns, *topic.TopicArn)
		}
		if aws.ToString(out.NextToken) == "" {
			return arns, nil
		}
		in.NextToken = out.NextToken
	}
}

// channelOf returns the channel of a topic, by its name or by its tag; empty if it is not the topic of a channel.
func (t *Topology) channelOf(ctx context.Context, arn string) (string, error) {
	channel, told, ours := t.names.channel(topicName(arn))
	if told || !ours {
		return channel, nil
	}
	t.mu.Lock()
	channel, known := t.channels[arn]
	t.mu.Unlock()
	if known {
		return channel, nil
	}
	out, err := call(ctx, t, t.cfg.SNS.ListTagsForResource, &sns.ListTagsForResourceInput{ResourceArn: &arn})
	switch {
	case err != nil && absent(err):
		return "", nil // deleted since it was listed
	case err != nil:
		return "", fmt.Errorf("tags of topic %s: %w", arn, err)
	}
	tags := map[string]string{}
	for _, tag := range out.Tags {
		tags[*tag.Key] = *tag.Value
	}
	channel, ok := untagged(tags, tagChannel)
	if !ok || !t.names.is(topicName(arn), channel) {
		t.warnOnce(arn, "topic has no tag that says which channel it is of; listeners to patterns pass it by", "topic", arn)
		return "", nil
	}
	t.mu.Lock()
	t.channels[arn] = channel
	t.mu.Unlock()
	return channel, nil
}

func snsTags(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return out
}
