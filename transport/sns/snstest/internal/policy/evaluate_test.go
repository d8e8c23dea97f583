package policy

import (
	"fmt"
	"testing"
)

// elements_action, elements_notaction: names ignore case, and have wildcards.
func TestAction(t *testing.T) {
	for _, tt := range []struct {
		element, action string
		want            Effect
	}{
		{`"Action":"sqs:SendMessage"`, "sqs:SendMessage", Allow},
		{`"Action":"SQS:sendmessage"`, "sqs:SendMessage", Allow},
		{`"Action":"sqs:SendMessage"`, "SQS:SENDMESSAGE", Allow},
		{`"Action":"sqs:SendMessage"`, "sqs:SendMessageBatch", NoMatch},
		{`"Action":"SQS:*"`, "sqs:PurgeQueue", Allow},
		{`"Action":"sqs:*"`, "sns:Publish", NoMatch},
		{`"Action":"*"`, "sns:Publish", Allow},
		{`"Action":"sqs:*Message*"`, "sqs:ReceiveMessage", Allow},
		{`"Action":"sqs:?endMessage"`, "sqs:SendMessage", Allow},
		{`"Action":"sqs:?endMessage"`, "sqs:ResendMessage", NoMatch},
		{`"Action":["sns:Publish","sqs:GetQueueUrl"]`, "sqs:GetQueueUrl", Allow},
		{`"Action":[]`, "sqs:GetQueueUrl", NoMatch},
		{`"NotAction":"sqs:Delete*"`, "sqs:SendMessage", Allow},
		{`"NotAction":"sqs:Delete*"`, "sqs:DeleteQueue", NoMatch},
		{`"NotAction":["sqs:Delete*","sns:*"]`, "SNS:Publish", NoMatch},
		{`"NotAction":"*"`, "sqs:SendMessage", NoMatch},
	} {
		d := must(t, Identity, `{"Statement":{"Effect":"Allow","Resource":"*",`+tt.element+`}}`)
		if got := d.Evaluate(Request{Action: tt.action, Resource: queue, Principal: ada}); got != tt.want {
			t.Errorf("%s, asked for %s: %v, want %v", tt.element, tt.action, got, tt.want)
		}
	}
}

// elements_resource, elements_notresource: wildcards, which stay within a field of the ARN.
func TestResource(t *testing.T) {
	for _, tt := range []struct {
		element, resource string
		want              Effect
	}{
		{`"Resource":"*"`, queue, Allow},
		{`"Resource":"*"`, "*", Allow},
		{`"Resource":"` + queue + `"`, queue, Allow},
		{`"Resource":"` + queue + `"`, queue + "2", NoMatch},
		{`"Resource":"` + queue + `"`, "*", NoMatch},
		{`"Resource":"arn:aws:sqs:*:210987654321:ord?rs"`, queue, Allow},
		{`"Resource":"arn:aws:sqs:*:*:Orders"`, queue, NoMatch},
		{`"Resource":"arn:*:sqs:*:*:*"`, queue, Allow},
		{`"Resource":"arn:aws:sns:*:*:*"`, queue, NoMatch},
		{`"Resource":"arn:aws:sns:r:1:t"`, "arn:aws:sns:r:1:t:4711", NoMatch},
		{`"Resource":"arn:aws:sns:r:1:t*"`, "arn:aws:sns:r:1:t:4711", Allow}, // the last field has the rest
		{`"Resource":"arn:aws:sns:*:t"`, "", NoMatch},
		{`"Resource":["arn:aws:sqs:*:*:a","arn:aws:sqs:*:*:orders"]`, queue, Allow},
		{`"NotResource":["arn:aws:sqs:*:*:a","arn:aws:sqs:*:*:orders"]`, queue, NoMatch},
		{`"NotResource":"arn:aws:sqs:*:*:a"`, queue, Allow},
		{`"NotResource":"*"`, queue, NoMatch},
		{`"Resource":[]`, queue, NoMatch},
	} {
		document := `{"Statement":{"Effect":"Allow","Action":"*",` + tt.element + `}}`
		if tt.resource == "" {
			refused(t, Identity, document, "Statement[0].Resource", "no ARN")
			continue
		}
		if got := must(t, Identity, document).Evaluate(Request{Action: "sqs:X", Resource: tt.resource}); got != tt.want {
			t.Errorf("%s, asked about %s: %v, want %v", tt.element, tt.resource, got, tt.want)
		}
	}
}

// access_policies.html: a resource policy without Resource is about what it is attached to.
func TestNoResource(t *testing.T) {
	d := must(t, Queue, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage"}}`)
	if got := d.Evaluate(send(ada)); got != Allow {
		t.Errorf("got %v, want Allow", got)
	}
}

// sns-access-policy-language-api-permissions-reference.html: the value must match the ARN of the policy's topic.
func TestCheckResource(t *testing.T) {
	const document = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":%q},
{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":%q}]}`
	for _, resource := range []string{topic, "*", "arn:aws:sns:*:210987654321:order-*"} {
		if err := must(t, Topic, fmt.Sprintf(document, topic, resource)).CheckResource(topic); err != nil {
			t.Errorf("%s is refused: %v", resource, err)
		}
	}
	err := must(t, Topic, fmt.Sprintf(document, topic, topic+"-2")).CheckResource(topic)
	want := `policy: line 2, column 68: Statement[1].Resource: "` + topic + `-2" is not ` + topic
	if err == nil || err.Error() != want {
		t.Errorf("of another topic:\n got %v\nwant %s", err, want)
	}
	for _, d := range []*Document{nil, must(t, Queue, toAll)} {
		if err := d.CheckResource(topic); err != nil {
			t.Errorf("without a Resource: %v", err)
		}
	}
}

// evaluation-logic: an explicit deny overrides, whatever the order; nothing that applies is an implicit one.
func TestDenyOverrides(t *testing.T) {
	const allow = `{"Effect":"Allow","Action":"sqs:*","Resource":"*"}`
	const deny = `{"Effect":"Deny","Action":"sqs:Delete*","Resource":"*"}`
	for _, list := range []string{allow + "," + deny, deny + "," + allow} {
		d := must(t, Identity, `{"Statement":[`+list+`]}`)
		for action, want := range map[string]Effect{
			"sqs:DeleteQueue": Deny, "sqs:SendMessage": Allow, "sns:Publish": NoMatch,
		} {
			if got := d.Evaluate(Request{Action: action, Resource: queue}); got != want {
				t.Errorf("[%s], asked for %s: %v, want %v", list, action, got, want)
			}
		}
	}
	var none *Document
	if got := none.Evaluate(send(ada)); got != NoMatch {
		t.Errorf("no document: %v, want NoMatch", got)
	}
	if got, want := fmt.Sprint(NoMatch, Allow, Deny, Effect(7)), "NoMatch Allow Deny Effect(?)"; got != want {
		t.Errorf("effects print as %s, want %s", got, want)
	}
}
