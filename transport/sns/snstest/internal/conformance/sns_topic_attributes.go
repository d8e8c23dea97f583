package conformance

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func (t *T) sameJSON(what, got, want string) {
	t.Helper()
	var a, b any
	t.must(json.Unmarshal([]byte(got), &a))
	t.must(json.Unmarshal([]byte(want), &b))
	t.equal(what, a, b)
}

func keysOf(m map[string]string) string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// the default delivery policy, as recorded.
const effective = `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,
	"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},
	"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`

func topicAttributeCases() []Case {
	cases := []Case{
		{Name: "GetTopicAttributes", Page: "recorded: test_topic_get_attributes_with_fifo_false",
			Rule: "a new topic has these attributes",
			Do: func(t *T) {
				topic := t.topic()
				a := t.topicAttributes(topic)
				t.equal("names", keysOf(a), "DisplayName EffectiveDeliveryPolicy Owner Policy SubscriptionsConfirmed "+
					"SubscriptionsDeleted SubscriptionsPending TopicArn")
				t.equal("TopicArn", a["TopicArn"], topic)
				t.equal("Owner", a["Owner"], t.target.Accounts[0])
				t.equal("DisplayName", a["DisplayName"], "")
				t.equal("counts", a["SubscriptionsConfirmed"]+a["SubscriptionsDeleted"]+a["SubscriptionsPending"], "000")
				t.sameJSON("EffectiveDeliveryPolicy", a["EffectiveDeliveryPolicy"], effective)
			}},
		{Name: "GetTopicAttributes/FIFO", Page: "recorded: test_create_topic_with_attributes",
			Rule: "a FIFO topic has FifoTopic and ContentBasedDeduplication besides, and what it was given",
			Do: func(t *T) {
				out, err := t.createTopic(t.name()+".fifo", "FifoTopic", "true", "SignatureVersion", "2", "DisplayName", "Test")
				t.must(err)
				a := t.topicAttributes(*out.TopicArn)
				t.equal("FifoTopic", a["FifoTopic"], "true")
				t.equal("ContentBasedDeduplication", a["ContentBasedDeduplication"], "false")
				t.equal("SignatureVersion", a["SignatureVersion"], "2")
				t.equal("DisplayName", a["DisplayName"], "Test")
			}},
		{Name: "GetTopicAttributes/default policy", Page: "recorded: test_create_topic_test_arn",
			Rule: "the default policy lets those do all that act for the owner",
			Do: func(t *T) {
				topic := t.topic()
				t.sameJSON("Policy", t.topicAttributes(topic)["Policy"], defaultPolicyOf(t, topic))
			}},
		{Name: "GetTopicAttributes/counts", Page: "API_GetTopicAttributes",
			Rule: "subscriptions that are confirmed, pending and deleted are counted",
			Do: func(t *T) {
				topic, _, sub := t.wired()
				t.subscribe(topic, t.queue())
				_, err := t.trySubscribe(topic, "email", "a@example.com")
				t.must(err)
				_, err = t.sns.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &sub})
				t.must(err)
				a := t.topicAttributes(topic)
				t.equal("confirmed, pending, deleted", a["SubscriptionsConfirmed"]+a["SubscriptionsPending"]+a["SubscriptionsDeleted"], "111")
			}},
		{Name: "GetTopicAttributes/no topic", Page: "recorded: test_create_topic_with_attributes",
			Rule: "a topic that is not there is NotFound",
			Do: func(t *T) {
				topic := t.topic() + "x"
				_, err := t.sns.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &topic})
				t.fails(err, noTopic)
			}},
		{Name: "GetTopicAttributes/ARN", Page: "recorded: test_create_topic_with_attributes",
			Rule: "what is no ARN is an invalid parameter",
			Do: func(t *T) {
				topic := "test-topic"
				_, err := t.sns.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &topic})
				t.fails(err, invalidParameter)
			}},
		{Name: "SetTopicAttributes/DeliveryPolicy", Page: "recorded: test_topic_delivery_policy_crud",
			Rule: "a delivery policy is kept, fills up the effective one, and an empty one removes it",
			Do: func(t *T) {
				topic := t.topic()
				t.must(t.setTopic(topic, "DeliveryPolicy",
					`{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}`))
				a := t.topicAttributes(topic)
				t.sameJSON("DeliveryPolicy", a["DeliveryPolicy"], `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,
					"maxDelayTarget":6,"numRetries":1},"disableSubscriptionOverrides":false}}`)
				t.sameJSON("EffectiveDeliveryPolicy", a["EffectiveDeliveryPolicy"], strings.NewReplacer(
					`"minDelayTarget":20`, `"minDelayTarget":5`, `"maxDelayTarget":20`, `"maxDelayTarget":6`,
					`"numRetries":3`, `"numRetries":1`).Replace(effective))
				t.must(t.setTopic(topic, "DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":null}}`))
				t.sameJSON("DeliveryPolicy", t.topicAttributes(topic)["DeliveryPolicy"], `{"http":{"disableSubscriptionOverrides":false}}`)
				t.must(t.setTopic(topic, "DeliveryPolicy", ""))
				a = t.topicAttributes(topic)
				t.equal("DeliveryPolicy", a["DeliveryPolicy"], "")
				t.sameJSON("EffectiveDeliveryPolicy", a["EffectiveDeliveryPolicy"], effective)
			}},
		{Name: "SetTopicAttributes/Policy", Page: "recorded: test_topic_policy_overwrite_lifecycle",
			Rule: "a policy is kept as it was written",
			Do: func(t *T) {
				topic := t.topic()
				policy := policyFor(topic, "sns:Publish", "")
				t.must(t.setTopic(topic, "Policy", policy))
				t.equal("Policy", t.topicAttributes(topic)["Policy"], policy)
			}},
		{Name: "SetTopicAttributes/Policy/other topic", Page: "sns-access-policy-language-api-permissions-reference",
			Rule: "the resource of a policy is the topic",
			Do: func(t *T) {
				topic := t.topic()
				t.fails(t.setTopic(topic, "Policy", policyFor(topic+"x", "sns:Publish", "")), invalidParameter)
			}},
		{Name: "SetTopicAttributes/FifoTopic", Page: "recorded: test_topic_get_attributes_with_fifo_false",
			Rule: "the type of a topic cannot be changed",
			Do:   func(t *T) { t.fails(t.setTopic(t.topic(), "FifoTopic", "false"), invalidParameter) }},
		{Name: "SetTopicAttributes/no topic", Page: "API_SetTopicAttributes",
			Rule: "a topic that is not there is NotFound",
			Do:   func(t *T) { t.fails(t.setTopic(t.topic()+"x", "DisplayName", "a"), noTopic) }},
	}
	good := map[string]string{
		"DisplayName": strings.Repeat("d", 100), "SignatureVersion": "2", "TracingConfig": "Active",
		"KmsMasterKeyId": "alias/aws/sns", "SQSSuccessFeedbackRoleArn": "arn:aws:iam::123456789012:role/logs",
		"SQSSuccessFeedbackSampleRate": "100", "HTTPFailureFeedbackRoleArn": "arn:aws:iam::123456789012:role/logs",
	}
	for name, value := range good {
		cases = append(cases, Case{
			Name: "SetTopicAttributes/" + name, Page: "API_SetTopicAttributes",
			Rule: "the attribute can be set, and is shown",
			Do: func(t *T) {
				topic := t.topic()
				t.must(t.setTopic(topic, name, value))
				t.equal(name, t.topicAttributes(topic)[name], value)
			},
		})
	}
	for name, value := range map[string]string{"ContentBasedDeduplication": "true", "FifoThroughputScope": "MessageGroup"} {
		cases = append(cases, Case{
			Name: "SetTopicAttributes/" + name, Page: "API_SetTopicAttributes",
			Rule: "the attribute is one of FIFO topics alone",
			Do: func(t *T) {
				topic := t.fifoTopic()
				t.must(t.setTopic(topic, name, value))
				t.equal(name, t.topicAttributes(topic)[name], value)
				t.fails(t.setTopic(t.topic(), name, value), invalidParameter)
			},
		})
	}
	bad := map[string]string{
		"Unknown": "x", "DisplayName": strings.Repeat("d", 101), "SignatureVersion": "3", "TracingConfig": "on",
		"SQSSuccessFeedbackRoleArn": "role", "SQSSuccessFeedbackSampleRate": "101", "Policy": "{",
		"DeliveryPolicy": `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":9,"maxDelayTarget":8}}}`,
	}
	for name, value := range bad {
		cases = append(cases, Case{
			Name: "SetTopicAttributes/" + name + "/invalid", Page: "API_SetTopicAttributes",
			Rule: "an unknown attribute, and a value that is not one of the attribute's, is an invalid parameter",
			Do: func(t *T) {
				topic := t.topic()
				t.fails(t.setTopic(topic, name, value), invalidParameter)
				_, err := t.createTopic(t.name(), name, value)
				t.fails(err, invalidParameter)
			},
		})
	}
	sortCases(cases)
	return cases
}

func defaultPolicyOf(t *T, topic string) string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow",
		"Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission",
		"SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],
		"Resource":"` + topic + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + t.target.Accounts[0] + `"}}}]}`
}
