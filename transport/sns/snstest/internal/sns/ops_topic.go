package sns

import (
	"context"
	"maps"
	"strconv"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type createTopicInput struct {
	Name       string            `json:"Name"`
	Attributes map[string]string `json:"Attributes" query:"Attributes.entry,key,value"`
	Tags       []tag             `json:"Tags"       query:"Tags.member"`
}

type topicOutput struct {
	ARN string `json:"TopicArn"`
}

// createTopic: API_CreateTopic.
func (s *Service) createTopic(_ context.Context, c *wire.Call, in *createTopicInput) (*topicOutput, error) {
	k := key{account: c.Caller.Account, region: c.Region, name: in.Name}
	if err := s.own(c, "CreateTopic", k.arn()); err != nil {
		return nil, err
	}
	fifo := false
	if value, given := in.Attributes["FifoTopic"]; given {
		kept, fault := boolean(value)
		if fault != "" {
			return nil, invalid("Attributes Reason: FifoTopic: %s", fault)
		}
		fifo = kept == "true"
	}
	if fault := checkName(in.Name, fifo); fault != nil {
		return nil, fault
	}
	tags, fault := readTags(in.Tags)
	if fault != nil {
		return nil, fault
	}
	if len(tags) > 0 { // API_CreateTopic: both permissions are needed, to create and to tag
		if err := s.own(c, "TagResource", k.arn()); err != nil {
			return nil, err
		}
	}
	given := maps.Clone(in.Attributes)
	delete(given, "FifoTopic")
	made := &topic{key: k, arn: k.arn(), fifo: fifo, tags: tags}
	set, why := s.with(made, &settings{}, given)
	if why != "" {
		return nil, invalid("Attributes Reason: %s", why)
	}
	now := s.now()
	made.set.now, made.since = set, s.soon(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.topics[k]; t != nil && t.until == 0 {
		return &topicOutput{t.arn}, s.again(t, given, tags)
	}
	s.topics[k] = made
	made.dedup.Forget = s.forgetter(made)
	s.keepTopic(made)
	return &topicOutput{made.arn}, nil
}

// again finds what makes it an error to create a topic that exists: attributes or tags with other values. Those
// that are not given do not matter (recorded: test_create_topic_different_attrs,
// test_create_duplicate_topic_with_more_tags, test_create_duplicate_topic_check_idempotency).
func (s *Service) again(t *topic, given, tags map[string]string) error {
	set := t.set.latest()
	for name, value := range given {
		if kept, _ := s.kept(t, name, value); !same(name, kept, s.value(t, set, name)) {
			return invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	for key, value := range tags {
		if has, ok := t.tags[key]; !ok || has != value {
			return invalid("Tags Reason: Topic already exists with different tags")
		}
	}
	return nil
}

type topicInput struct {
	ARN *string `json:"TopicArn"`
}

// deleteTopic: API_DeleteTopic. "This action is idempotent, so deleting a topic that does not exist does not result
// in an error." Its subscriptions go with it.
func (s *Service) deleteTopic(_ context.Context, c *wire.Call, in *topicInput) (*wire.None, error) {
	t, err := s.mayTopic(c, "TopicArn", in.ARN, "DeleteTopic")
	if err != nil || t == nil {
		return &wire.None{}, err
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.until != 0 {
		return &wire.None{}, nil
	}
	t.until = s.soon(now)
	s.keepTopic(t)
	for _, sub := range t.subs {
		if sub.until == 0 {
			sub.until = t.until
			s.keepSubscription(sub)
		}
	}
	if t.over(now) {
		delete(s.topics, t.key)
		s.dropTopic(t)
		t.bury(s, now)
	}
	return &wire.None{}, nil
}

type listInput struct {
	NextToken string `json:"NextToken"`
}

type topicEntry struct {
	ARN string `json:"TopicArn"`
}

type listTopicsOutput struct {
	Topics    []topicEntry `json:"Topics"              query:"Topics.member"`
	NextToken string       `json:"NextToken,omitempty"`
}

// listTopics: API_ListTopics. Decided: in the order of their names.
func (s *Service) listTopics(_ context.Context, c *wire.Call, in *listInput) (*listTopicsOutput, error) {
	if err := s.own(c, "ListTopics", "*"); err != nil {
		return nil, err
	}
	found := s.list(func(t *topic) bool { return t.key.account == c.Caller.Account && t.key.region == c.Region })
	page, next, fault := pageOf(found, in.NextToken, func(t *topic) string { return t.arn })
	if fault != nil {
		return nil, fault
	}
	out := &listTopicsOutput{NextToken: next}
	for _, t := range page {
		out.Topics = append(out.Topics, topicEntry{t.arn})
	}
	return out, nil
}

type attributesOutput struct {
	Attributes map[string]string `json:"Attributes" query:"Attributes.entry,key,value"`
}

// getTopicAttributes: API_GetTopicAttributes.
func (s *Service) getTopicAttributes(_ context.Context, c *wire.Call, in *topicInput) (*attributesOutput, error) {
	t, err := s.topic(c, "TopicArn", in.ARN, "GetTopicAttributes")
	if err != nil {
		return nil, err
	}
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &attributesOutput{s.shown(t, now)}, nil
}

// shown are all attributes that the topic has (recorded: test_create_topic_with_attributes,
// test_topic_delivery_policy_crud). Those without a value are missing, except for DisplayName.
func (s *Service) shown(t *topic, now int64) map[string]string {
	set := t.set.at(now)
	confirmed, pending, deleted := t.counts(now)
	out := map[string]string{
		"TopicArn":                t.arn,
		"Owner":                   t.key.account,
		"Policy":                  s.value(t, set, "Policy"),
		"EffectiveDeliveryPolicy": effectiveDelivery(set.values["DeliveryPolicy"]),
		"SubscriptionsConfirmed":  strconv.Itoa(confirmed),
		"SubscriptionsPending":    strconv.Itoa(pending),
		"SubscriptionsDeleted":    strconv.Itoa(deleted),
	}
	if t.fifo {
		out["FifoTopic"] = "true"
	}
	for name, known := range s.settings {
		if known.shown && (known.forType != fifoTopic || t.fifo) {
			out[name] = s.value(t, set, name)
		}
	}
	maps.Copy(out, set.values)
	return out
}

type setTopicAttributesInput struct {
	ARN   *string `json:"TopicArn"`
	Name  string  `json:"AttributeName"`
	Value string  `json:"AttributeValue"`
}

// setTopicAttributes: API_SetTopicAttributes. An attribute that cannot be set, as FifoTopic, is an unknown one
// (recorded: test_topic_get_attributes_with_fifo_false).
func (s *Service) setTopicAttributes(_ context.Context, c *wire.Call, in *setTopicAttributesInput) (*wire.None, error) {
	t, err := s.topic(c, "TopicArn", in.ARN, "SetTopicAttributes")
	if err != nil {
		return nil, err
	}
	if _, ok := s.settings[in.Name]; !ok {
		return nil, invalid("AttributeName")
	}
	return &wire.None{}, s.change(t, map[string]string{in.Name: in.Value})
}

// change changes attributes of a topic.
func (s *Service) change(t *topic, changes map[string]string) error {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	set, why := s.with(t, t.set.latest(), changes)
	if why != "" {
		return invalid("%s", why)
	}
	t.set.set(set, now, s.soon(now))
	s.keepTopic(t)
	return nil
}
