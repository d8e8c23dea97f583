package topology

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// RuntimePolicy is the IAM policy, as JSON, of a service that publishes on channels and consumes subscriptions with
// Provision Off: no more than that needs. Channels may be patterns, for a service that does not know them all. It needs
// Config.Account and Config.Region, unless a queue or topic was seen already; the service needs both as well, or
// sns:ListTopics. The statement FramebusDeadLetterTools is for those who list, redrive and purge dead letters, and can
// be left out of others' policies.
func (t *Topology) RuntimePolicy(channels []string, subs []transport.Subscription) (string, error) {
	r, err := t.resources(channels, subs)
	if err != nil {
		return "", fmt.Errorf("topology: run-time policy: %w", err)
	}
	return document(
		allow("FramebusPublish", r.published, "sns:GetTopicAttributes", "sns:Publish"),
		allow("FramebusConsume", r.queues, "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
			"sqs:GetQueueUrl", "sqs:ReceiveMessage"),
		allow("FramebusDeadLetters", r.deadLetters, "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"),
		allow("FramebusDeadLetterTools", r.deadLetters, "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:PurgeQueue",
			"sqs:ReceiveMessage"),
		allow("FramebusRedrive", r.queues, "sqs:SendMessage"),
		t.keyStatement(),
	), nil
}

// ProvisioningPolicy is the IAM policy, as JSON, of who makes what channels and subscriptions need: by
// Provision On, or by Plan, Apply and Prune. Channels may be patterns. A service that provisions itself needs
// RuntimePolicy as well. The actions on "*" have no resources
// (docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html). The statements
// FramebusOrphans and FramebusPrune are for Plan and for Prune.
func (t *Topology) ProvisioningPolicy(channels []string, subs []transport.Subscription) (string, error) {
	r, err := t.resources(channels, subs)
	if err != nil {
		return "", fmt.Errorf("topology: provisioning policy: %w", err)
	}
	topics := slices.Concat(r.published, r.subscribed, r.registry)
	slices.Sort(topics)
	topics = slices.Compact(topics)
	return document(
		allow("FramebusTopics", topics, "sns:CreateTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
			"sns:ListTagsForResource", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource"),
		allow("FramebusSubscriptions", []string{"*"}, "sns:GetSubscriptionAttributes", "sns:ListTopics",
			"sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
		allow("FramebusQueues", slices.Concat(r.queues, r.deadLetters), "sqs:CreateQueue", "sqs:GetQueueAttributes",
			"sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:SetQueueAttributes", "sqs:TagQueue"),
		allow("FramebusOrphans", r.services, "sqs:GetQueueAttributes", "sqs:ListQueueTags"),
		allow("FramebusList", []string{"*"}, "sqs:ListQueues"),
		allow("FramebusPrune", r.services, "sqs:DeleteQueue"),
	), nil
}

// resources are ARNs, and patterns of them.
type resources struct {
	published, subscribed, registry, queues, deadLetters []string
	services                                             []string // all queues of the services
}

func (t *Topology) resources(channels []string, subs []transport.Subscription) (resources, error) {
	r := resources{}
	var err error
	arn := func(service, name string) string {
		arn, ok := t.place.arn(service, name)
		if !ok {
			err = cmp.Or(err, errNoPlace)
		}
		return arn
	}
	topics := func(pattern string) (arns []string) {
		like, fault := t.names.topics(pattern)
		err = cmp.Or(err, event.CheckPattern(pattern), fault)
		for _, name := range like {
			arns = append(arns, arn("sns", name))
		}
		return arns
	}
	for _, channel := range channels {
		r.published = append(r.published, topics(channel)...)
	}
	services := map[string]bool{}
	for _, s := range subs {
		l, fault := t.listener(s)
		if fault != nil {
			return r, fmt.Errorf("%s: %w", s.ID, fault)
		}
		r.subscribed = append(r.subscribed, topics(s.Pattern)...)
		r.queues = append(r.queues, arn("sqs", l.name))
		r.deadLetters = append(r.deadLetters, arn("sqs", l.deadLetters))
		services[t.queuePrefix(s.Service)] = true
	}
	if t.cfg.Service != "" {
		services[t.queuePrefix(t.cfg.Service)] = true
	}
	for _, prefix := range slices.Sorted(maps.Keys(services)) {
		r.services = append(r.services, arn("sqs", prefix+"*"))
	}
	r.registry = []string{arn("sns", t.names.registry())}
	return r, err
}

// allowance is a statement of an identity policy.
type allowance struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]any `json:",omitempty"`
}

func allow(sid string, resources []string, actions ...string) allowance {
	return allowance{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
}

// keyStatement lets who publishes and consumes use the key
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html).
func (t *Topology) keyStatement() allowance {
	key := t.cfg.Encryption.KMSKey
	if key == "" {
		return allowance{}
	}
	s := allow("FramebusKey", []string{key}, "kms:Decrypt", "kms:GenerateDataKey")
	if strings.HasPrefix(key, "arn:") && !strings.Contains(key, ":alias/") {
		return s
	}
	if at := strings.Index(key, "alias/"); at >= 0 { // no resource of a policy
		s.Condition = map[string]any{"ForAnyValue:StringEquals": map[string]string{"kms:ResourceAliases": key[at:]}}
		key = "*"
	}
	arn, _ := t.place.arn("kms", "key/"+key) // the place is known: resources asked
	s.Resource = []string{arn}
	return s
}

// document writes a policy of the statements that are about something.
func document(statements ...allowance) string {
	statements = slices.DeleteFunc(statements, func(s allowance) bool { return len(s.Resource) == 0 })
	text, err := json.MarshalIndent(map[string]any{"Version": "2012-10-17", "Statement": statements}, "", "  ")
	if err != nil {
		panic(err) // strings
	}
	return string(text)
}
