package sns

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
)

// settings are the attributes of a topic that can be set. They are not changed, but replaced.
type settings struct {
	values map[string]string // those that were set
	policy *policy.Document
}

func (s *settings) contentDedup() bool { return s.values["ContentBasedDeduplication"] == "true" }
func (s *settings) byGroup() bool      { return s.values["FifoThroughputScope"] == "MessageGroup" }

// setting is an attribute that can be set: API_SetTopicAttributes, API_CreateTopic.
type setting struct {
	// initial is the value of a topic that was given none.
	initial string
	// shown says that GetTopicAttributes has it also then.
	shown bool
	// forType says which topics have it.
	forType kind
	// check returns the value as it is kept, and what is wrong with it, if anything.
	check func(value string) (kept, fault string)
}

type kind int

const (
	anyTopic kind = iota
	fifoTopic
	standardTopic
)

func topicSettings() map[string]setting {
	all := map[string]setting{
		"DisplayName":    {shown: true, check: displayName},
		"Policy":         {check: anything}, // it is parsed with its topic's ARN
		"DeliveryPolicy": {check: topicDelivery},
		// KmsMasterKeyId: the length of KeyId in kms/latest/APIReference/API_DescribeKey.html
		"KmsMasterKeyId": {check: upTo(2048)},
		// API_SetTopicAttributes has the default of the next.
		"SignatureVersion": {initial: "1", check: oneOf("1", "2")},
		// TracingConfig: "By default TracingConfig is set to PassThrough ... only supported on standard topics"
		"TracingConfig": {initial: "PassThrough", forType: standardTopic, check: oneOf("PassThrough", "Active")},
		"ContentBasedDeduplication": {
			initial: "false", shown: true, forType: fifoTopic, check: boolean,
		},
		"FifoThroughputScope": {initial: "Topic", forType: fifoTopic, check: oneOf("Topic", "MessageGroup")},
	}
	// The delivery status logs, sns-msg-status.
	for _, protocol := range []string{"HTTP", "Firehose", "Lambda", "Application", "SQS"} {
		all[protocol+"SuccessFeedbackRoleArn"] = setting{check: role}
		all[protocol+"FailureFeedbackRoleArn"] = setting{check: role}
		all[protocol+"SuccessFeedbackSampleRate"] = setting{check: percentage}
	}
	return all
}

// value is what an attribute is, set or not.
func (s *Service) value(t *topic, set *settings, name string) string {
	if v, ok := set.values[name]; ok {
		return v
	}
	if name == "Policy" {
		return defaultPolicy(t.key)
	}
	return s.settings[name].initial
}

// with returns settings with some changed. The fault is empty if nothing is wrong.
func (s *Service) with(t *topic, set *settings, changes map[string]string) (out *settings, fault string) {
	changed := *set
	changed.values = maps.Clone(set.values)
	if changed.values == nil {
		changed.values = map[string]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		kept, fault := s.kept(t, name, changes[name])
		if fault != "" {
			return nil, fault
		}
		if name == "Policy" {
			if changed.policy, fault = readPolicy(t.arn, kept); fault != "" {
				return nil, "Policy Error: " + fault
			}
		}
		if kept == "" {
			delete(changed.values, name)
			continue
		}
		changed.values[name] = kept
	}
	return &changed, ""
}

// kept checks one attribute of a topic.
func (s *Service) kept(t *topic, name, value string) (kept, fault string) {
	known, ok := s.settings[name]
	switch {
	case !ok: // the words are those of reports, as github.com/hashicorp/terraform-provider-aws/pull/22282
		return "", "Unknown attribute " + clip(name)
	case known.forType == fifoTopic && !t.fifo:
		return "", name + " can only be set for FIFO topics"
	case known.forType == standardTopic && t.fifo:
		return "", name + " can only be set for standard topics"
	}
	if kept, fault = known.check(value); fault != "" {
		return "", name + ": " + fault
	}
	return kept, ""
}

// readPolicy: every statement is about the topic (sns-access-policy-language-api-permissions-reference).
func readPolicy(arn, text string) (d *policy.Document, fault string) {
	d, err := policy.Parse(policy.Topic, text)
	if err == nil {
		err = d.CheckResource(arn)
	}
	if err != nil {
		return nil, err.Error()
	}
	return d, ""
}

// defaultPolicy is that of a topic that was given none (recorded: test_create_topic_test_arn). Its condition holds
// for services of AWS that act for the owner, and for no caller: who may do anything in the own account may do it
// by other policies. So it is shown, and not evaluated.
func defaultPolicy(k key) string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID",` +
		`"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes",` +
		`"SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic",` +
		`"SNS:Publish"],"Resource":"` + k.arn() + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + k.account + `"}}}]}`
}

// same compares two values of an attribute. Documents are the same if their JSON is.
func same(name, a, b string) bool {
	if a == b || name != "Policy" && name != "DeliveryPolicy" && name != "FilterPolicy" && name != "RedrivePolicy" {
		return a == b
	}
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func anything(value string) (kept, fault string) { return value, "" }

func upTo(n int) func(string) (string, string) {
	return func(value string) (kept, fault string) {
		if utf8.RuneCountInString(value) > n {
			return "", "must be at most " + strconv.Itoa(n) + " characters long"
		}
		return value, ""
	}
}

// displayName: up to 100 characters (sns-create-topic, "Display name").
func displayName(value string) (kept, fault string) {
	if strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) {
		return "", "must not contain control characters"
	}
	return upTo(100)(value)
}

func oneOf(values ...string) func(string) (string, string) {
	return func(value string) (kept, fault string) {
		if !slices.Contains(values, value) {
			return "", "Invalid value [" + clip(value) + "]. Please use one of " + strings.Join(values, ", ")
		}
		return value, ""
	}
}

// boolean takes any case (recorded: test_create_subscriptions_with_attributes).
func boolean(value string) (kept, fault string) {
	if kept = strings.ToLower(value); kept != "true" && kept != "false" {
		return "", "Invalid value [" + clip(value) + "]. Must be true or false."
	}
	return kept, ""
}

func role(value string) (kept, fault string) {
	parts := strings.Split(value, ":")
	if value != "" && (len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !names.IsAccount(parts[4]) ||
		!strings.HasPrefix(parts[5], "role/")) {
		return "", "is an invalid role arn"
	}
	return value, ""
}

// percentage: "the sample rate percentage (0-100)" (API_SetTopicAttributes).
func percentage(value string) (kept, fault string) {
	if n, err := strconv.Atoi(value); value != "" && (err != nil || n < 0 || n > 100) {
		return "", "must be an integer from 0 to 100"
	}
	return value, ""
}
