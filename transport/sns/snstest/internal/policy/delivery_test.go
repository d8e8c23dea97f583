package policy

import (
	"strings"
	"testing"
)

// subscription is the policy that a queue needs so that a topic's messages reach it
// (sns-access-policy-use-cases.html, "Publish messages to an Amazon SQS queue").
const subscription = `{
  "Version": "2012-10-17",
  "Id": "subscriptions-of-orders",
  "Statement": [{
    "Sid": "order-created",
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": "` + queue + `",
    "Condition": {"ArnEquals": {"aws:SourceArn": "` + topic + `"}}
  }]
}`

// delivery is what SNS asks when it hands a message on.
func delivery() Request {
	return Request{Action: "sqs:SendMessage", Resource: queue, Principal: notifier, Context: context(
		"aws:sourcearn", topic, "aws:sourceaccount", home, "aws:securetransport", "true")}
}

// The mistakes after which a queue stays empty, and the variants after which it does not.
func TestDelivery(t *testing.T) {
	principal := `{"Service": "sns.amazonaws.com"}`
	arn := `{"ArnEquals": {"aws:SourceArn": "` + topic + `"}}`
	for _, tt := range []struct {
		name, old, to string
		want          Effect
	}{
		{"as documented", "x", "x", Allow},
		{"SQS in capitals, as older documents have it", "sqs:SendMessage", "SQS:SendMessage", Allow},
		{"all actions", "sqs:SendMessage", "sqs:*", Allow},
		{"a pattern of topics", topic + `"}}`, "arn:aws:sns:*:210987654321:order-*\"}}", Allow},
		{"ArnLike", "ArnEquals", "ArnLike", Allow},
		{"StringEquals", "ArnEquals", "StringEquals", Allow},
		{"the account instead", arn, `{"StringEquals":{"aws:SourceAccount":"210987654321"}}`, Allow},
		{"everyone, by the source", principal, `"*"`, Allow},
		{"everyone of AWS, by the source", principal, `{"AWS":"*"}`, Allow},
		{"another topic", topic + `"}}`, topic + `-2"}}`, NoMatch},
		{"no condition", arn, `{}`, Allow},

		{"another service", "sns.", "s3.", NoMatch},
		{"the account for the service", principal, `{"AWS":"210987654321"}`, NoMatch},
		{"another action", "sqs:SendMessage", "sqs:ReceiveMessage", NoMatch},
		{"the topic as the resource", `"Resource": "` + queue, `"Resource": "` + topic, NoMatch},
		{"the queue as the source", topic + `"}}`, queue + `"}}`, NoMatch},
		{"another region", "arn:aws:sns:eu-central-1", "arn:aws:sns:eu-west-1", NoMatch},
		{"a wildcard where there is none", `"ArnEquals": {"aws:SourceArn": "` + topic,
			`"StringEquals": {"aws:SourceArn": "arn:aws:sns:*:210987654321:order-*`, NoMatch},
		{"a pattern without all the fields", topic + `"}}`, "arn:aws:sns:*\"}}", NoMatch},
		{"a key that the request lacks", "aws:SourceArn", "aws:SourceOwner", NoMatch},
		{"a key of another name", "aws:SourceArn", "aws:SourceArns", NoMatch},
		{"the wrong effect", `"Allow"`, `"Deny"`, Deny},
	} {
		d := must(t, Queue, strings.Replace(subscription, tt.old, tt.to, 1))
		if got := Authorize(delivery(), nil, d); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The source is SNS's word. A user who sends to the queue has none, and another topic has another.
func TestDeliveryFromElsewhere(t *testing.T) {
	d := must(t, Queue, subscription)
	other := delivery()
	other.Context["aws:sourcearn"] = []string{"arn:aws:sns:eu-central-1:109876543210:order-created"}
	direct := delivery()
	direct.Principal = bert
	delete(direct.Context, "aws:sourcearn")
	for name, r := range map[string]Request{"another account's topic": other, "a user": direct} {
		if got := Authorize(r, nil, d); got != NoMatch {
			t.Errorf("%s: %v, want NoMatch", name, got)
		}
	}
}

// A second topic adds a statement, and takes nothing from the first.
func TestTwoTopics(t *testing.T) {
	first := subscription[strings.Index(subscription, "[")+1 : strings.LastIndex(subscription, "]")]
	second := strings.Replace(strings.Replace(first, topic, topic+"-2", 1), "order-created", "second", 1)
	d := must(t, Queue, strings.Replace(subscription, "}]", "},"+second+"]", 1))
	for source, want := range map[string]Effect{topic: Allow, topic + "-2": Allow, topic + "-3": NoMatch} {
		r := delivery()
		r.Context["aws:sourcearn"] = []string{source}
		if got := d.Evaluate(r); got != want {
			t.Errorf("from %s: %v, want %v", source, got, want)
		}
	}
}

// Plain HTTP denied to everyone, a habit of audits, with BoolIfExists or without.
func TestSecureTransport(t *testing.T) {
	for _, operator := range []string{"Bool", "BoolIfExists"} {
		d := must(t, Queue, strings.Replace(subscription, `"Statement": [`, `"Statement": [{"Effect":"Deny","Principal":"*",
			"Action":"sqs:*","Resource":"*","Condition":{"`+operator+`":{"aws:SecureTransport":false}}},`, 1))
		for secure, want := range map[string]Effect{"true": Allow, "false": Deny} {
			r := delivery()
			r.Context["aws:securetransport"] = []string{secure}
			if got := d.Evaluate(r); got != want {
				t.Errorf("%s, secure %s: %v, want %v", operator, secure, got, want)
			}
		}
	}
}

// The default policy of a topic (github.com/airbnb/binaryalert/issues/169 quotes it), and the keys of SNS
// (sns-access-policy-language-api-permissions-reference.html, "Service-specific keys").
func TestTopicPolicies(t *testing.T) {
	standard := must(t, Topic, `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{
		"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish","SNS:Subscribe",
		"SNS:Receive","SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission",
		"SNS:DeleteTopic","SNS:ListSubscriptionsByTopic"],"Resource":"`+topic+`",
		"Condition":{"StringEquals":{"AWS:SourceOwner":"210987654321"}}}]}`)
	https := must(t, Topic, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"109876543210"},"Action":"sns:Subscribe",
		"Resource":"`+topic+`","Condition":{"StringLike":{"SNS:Endpoint":"https://*.example.com/*"},
		"StringEquals":{"sns:Protocol":"https"}}}}`)
	for _, tt := range []struct {
		name   string
		policy *Document
		r      Request
		want   Effect
	}{
		{"the owner publishes", standard, Request{Action: "sns:Publish", Resource: topic, Principal: ada,
			Context: context("aws:sourceowner", home)}, Allow},
		{"another account publishes", standard, Request{Action: "sns:Publish", Resource: topic, Principal: visitor,
			Context: context("aws:sourceowner", abroad)}, NoMatch},
		{"an action that is not there", standard, Request{Action: "sns:TagResource", Resource: topic, Principal: ada,
			Context: context("aws:sourceowner", home)}, NoMatch},
		{"an endpoint of ours", https, Request{Action: "sns:Subscribe", Resource: topic, Principal: visitor,
			Context: context("sns:protocol", "https", "sns:endpoint", "https://a.example.com/hook")}, Allow},
		{"an endpoint of others", https, Request{Action: "sns:Subscribe", Resource: topic, Principal: visitor,
			Context: context("sns:protocol", "https", "sns:endpoint", "https://example.org/hook")}, NoMatch},
		{"a queue", https, Request{Action: "sns:Subscribe", Resource: topic, Principal: visitor,
			Context: context("sns:protocol", "sqs", "sns:endpoint", queue)}, NoMatch},
	} {
		if got := tt.policy.Evaluate(tt.r); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
