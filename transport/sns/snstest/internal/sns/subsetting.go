package sns

import (
	"encoding/json"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/filter"
	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
)

// subSettings are the attributes of a subscription that can be set. They are not changed, but replaced.
type subSettings struct {
	raw      bool
	scope    string // of the filter; empty is MessageAttributes
	filter   string // empty: there is none
	match    *filter.Policy
	redrive  string
	dlq      string
	delivery string
	role     string
}

// subscriber is what the rules for attributes depend on.
type subscriber struct {
	protocol, endpoint string
	owner, region      string
	fifo               bool // the topic
}

func (sub *subscription) subscriber() subscriber {
	return subscriber{sub.protocol, sub.endpoint, sub.owner, sub.topic.key.region, sub.topic.fifo}
}

// names are the attributes that can be set, in the order in which they are (API_Subscribe,
// API_SetSubscriptionAttributes): the scope of a filter comes before the filter.
func subscriptionNames() []string {
	return []string{
		"RawMessageDelivery", "FilterPolicyScope", "FilterPolicy", "RedrivePolicy", "DeliveryPolicy",
		"SubscriptionRoleArn",
	}
}

// with returns settings with some changed. The fault is empty if nothing is wrong; its words are [filter.Error]'s
// and like them, with the attribute in front (recorded: test_validate_set_sub_attributes).
func (set *subSettings) with(who subscriber, changes map[string]string) (out *subSettings, fault string) {
	changed := *set
	for _, name := range subscriptionNames() {
		value, given := changes[name]
		if !given {
			continue
		}
		if fault := changed.apply(who, name, value); fault != "" {
			return nil, fault
		}
	}
	return &changed, ""
}

func (set *subSettings) apply(who subscriber, name, value string) (fault string) {
	switch name {
	case "RawMessageDelivery":
		kept, fault := boolean(value)
		switch {
		case fault != "":
			return name + ": " + fault
		case kept == "true" && !canBeRaw(who.protocol): // github.com/aws-controllers-k8s/community/issues/2192
			return "Delivery protocol [" + who.protocol + "] does not support raw message delivery."
		}
		set.raw = kept == "true"
	case "FilterPolicyScope":
		return set.setFilter(set.filter, value)
	case "FilterPolicy":
		return set.setFilter(value, set.scope)
	case "RedrivePolicy":
		return set.setRedrive(who, value)
	case "DeliveryPolicy":
		if value != "" && who.protocol != "http" && who.protocol != "https" { // Decided: the words are ours
			return "DeliveryPolicy: Delivery protocol [" + who.protocol + "] does not support delivery policies."
		}
		kept, fault := subscriptionDelivery(value)
		if fault != "" {
			return name + ": " + fault
		}
		set.delivery = kept
	case "SubscriptionRoleArn":
		kept, fault := role(value)
		if fault != "" {
			return name + ": " + fault
		}
		set.role = kept
	}
	return ""
}

// canBeRaw: "enables raw message delivery to Amazon SQS or HTTP/S endpoints" (API_Subscribe), and to Firehose
// (sns-large-payload-raw-message-delivery).
func canBeRaw(protocol string) bool {
	switch protocol {
	case "sqs", "http", "https", "firehose":
		return true
	}
	return false
}

// setFilter: an empty policy and {} remove the filter (message-filtering-policy-remove; recorded:
// test_create_subscriptions_with_attributes). A filter is checked anew when its scope changes.
func (set *subSettings) setFilter(text, scope string) (fault string) {
	p, err := filter.Parse(text, filter.Scope(scope))
	if err != nil {
		return err.Error()
	}
	set.scope = scope
	set.filter, set.match = text, p
	if same("FilterPolicy", text, "{}") || text == "" {
		set.filter, set.match = "", nil
	}
	return ""
}

// setRedrive: "The Amazon SNS subscription and Amazon SQS queue must be under the same AWS account and Region",
// "FIFO topic subscriptions use FIFO queues, and standard topic subscriptions use standard queues"
// (sns-dead-letter-queues). Of a FIFO topic, a standard queue that is subscribed has a standard dead-letter queue
// (recorded: test_validations_for_fifo). That the queue exists is not checked. For other attributes than the one
// there is, the words are those of github.com/cloudposse/terraform-aws-sns-topic/issues/48.
func (set *subSettings) setRedrive(who subscriber, text string) (fault string) {
	if text == "" {
		set.redrive, set.dlq = "", ""
		return ""
	}
	var policy map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return "RedrivePolicy: failed to parse JSON. " + err.Error()
	}
	target := ""
	for _, name := range sortedNames(policy) {
		if name != "deadLetterTargetArn" {
			return "RedrivePolicy: invalid JSON. Attribute " + clip(name) + " is unknown."
		}
		_ = json.Unmarshal(policy[name], &target) // what is no string is no ARN
	}
	queue, ok := readQueue(target)
	switch {
	case !ok:
		return "RedrivePolicy: deadLetterTargetArn is an invalid arn"
	case queue.account != who.owner || queue.region != who.region:
		return "RedrivePolicy: deadLetterTargetArn must be in the account and region of the subscription"
	case who.fifo && strings.HasSuffix(who.endpoint, names.FIFOSuffix) && !queue.fifo():
		return "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
	case queue.fifo() && !strings.HasSuffix(who.endpoint, names.FIFOSuffix):
		return "RedrivePolicy: must use a standard queue as DLQ for a standard Subscription."
	}
	set.redrive, set.dlq = text, target
	return ""
}

// values are the settings as attributes, those of which GetSubscriptionAttributes shows nothing included.
func (set *subSettings) values() map[string]string {
	scope := set.scope
	if scope == "" {
		scope = string(filter.MessageAttributes)
	}
	raw := "false"
	if set.raw {
		raw = "true"
	}
	return map[string]string{
		"RawMessageDelivery": raw, "FilterPolicyScope": scope, "FilterPolicy": set.filter,
		"RedrivePolicy": set.redrive, "DeliveryPolicy": set.delivery, "SubscriptionRoleArn": set.role,
	}
}
