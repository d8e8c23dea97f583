package conformance

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func (t *T) allow(url, label string, accounts []string, actions ...string) error {
	_, err := t.sqs.AddPermission(t.Context(), &sqs.AddPermissionInput{
		QueueUrl: &url, Label: &label, AWSAccountIds: accounts, Actions: actions,
	})
	return err
}

func (t *T) disallow(url, label string) error {
	_, err := t.sqs.RemovePermission(t.Context(), &sqs.RemovePermissionInput{QueueUrl: &url, Label: &label})
	return err
}

// policyFor is a queue policy that allows everybody one action under a condition.
func policyFor(arn, action, condition string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":%q,"Resource":%q%s}]}`,
		action, arn, condition)
}

func permissionCases() []Case {
	accounts := []string{"111122223333", "444455556666"}
	return []Case{
		{Name: "AddPermission/policy", Page: "recorded: test_sqs_permission_lifecycle",
			Rule: "it writes a statement with the label as Sid into the queue's policy",
			Do: func(t *T) {
				url := t.queue()
				t.must(t.allow(url, "label", accounts[:1], "ReceiveMessage"))
				arn := t.arn(url)
				var got, want any
				t.must(json.Unmarshal([]byte(t.attribute(url, "Policy")), &got))
				t.must(json.Unmarshal(fmt.Appendf(nil, `{"Version":"2008-10-17","Id":"%[1]s/SQSDefaultPolicy","Statement":[{
					"Sid":"label","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},
					"Action":"SQS:ReceiveMessage","Resource":%[1]q}]}`, arn), &want))
				t.equal("policy", got, want)
			}},
		{Name: "AddPermission/same label", Page: "recorded: test_sqs_permission_lifecycle",
			Rule: "a label is used once",
			Do: func(t *T) {
				url := t.queue()
				t.must(t.allow(url, "label", accounts, "ReceiveMessage", "SendMessage"))
				t.fails(t.allow(url, "label", accounts, "ReceiveMessage"), invalidParameterValue)
			}},
		{Name: "AddPermission/label", Page: "API_AddPermission",
			Rule: "a label is letters, digits, hyphens and underscores",
			Do:   func(t *T) { t.fails(t.allow(t.queue(), "a label", accounts, "SendMessage"), invalidParameterValue) }},
		{Name: "AddPermission/action", Page: "API_AddPermission",
			Rule: "an action is one of SQS",
			Do:   func(t *T) { t.fails(t.allow(t.queue(), "label", accounts, "Sing"), invalidParameterValue) }},
		{Name: "AddPermission/account", Page: "API_AddPermission",
			Rule: "a principal is an account",
			Do: func(t *T) {
				t.fails(t.allow(t.queue(), "label", []string{"alice"}, "SendMessage"), invalidParameterValue)
			}},
		{Name: "AddPermission/eight actions", Page: "API_AddPermission",
			Rule: "a policy can have seven actions per statement",
			Do: func(t *T) {
				t.fails(t.allow(t.queue(), "label", accounts, "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes",
					"GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage"), overLimit)
			}},
		{Name: "AddPermission/21 statements", Page: "quotas-policies",
			Rule: "a policy can have 20 statements",
			Do: func(t *T) {
				url := t.queue()
				for i := range 20 {
					t.must(t.allow(url, fmt.Sprint("label", i), accounts[:1], "SendMessage"))
				}
				t.fails(t.allow(url, "another", accounts[:1], "SendMessage"), overLimit)
			}},
		{Name: "RemovePermission", Page: "recorded: test_sqs_permission_lifecycle",
			Rule: "it removes the statement, and the policy with the last one",
			Do: func(t *T) {
				url := t.queue()
				t.must(t.allow(url, "a", accounts[:1], "SendMessage"))
				t.must(t.allow(url, "b", accounts[:1], "SendMessage"))
				t.must(t.disallow(url, "a"))
				if t.attribute(url, "Policy") == "" {
					t.Error("the policy is gone with its first statement")
				}
				t.must(t.disallow(url, "b"))
				t.equal("policy", t.attribute(url, "Policy"), "")
			}},
		{Name: "RemovePermission/unknown label", Page: "recorded: test_sqs_permission_lifecycle",
			Rule: "a label that the policy does not have is an error",
			Do:   func(t *T) { t.fails(t.disallow(t.queue(), "label"), invalidParameterValue) }},
		{Name: "Policy/set and removed", Page: "recorded: test_set_queue_policy, test_set_empty_queue_policy",
			Rule: "a policy is kept as it was written, and an empty one removes it",
			Do: func(t *T) {
				url := t.queue()
				policy := policyFor(t.arn(url), "sqs:SendMessage", "")
				t.must(t.set(url, "Policy", policy))
				t.equal("policy", t.attribute(url, "Policy"), policy)
				t.must(t.set(url, "Policy", ""))
				t.equal("policy", t.attribute(url, "Policy"), "")
			}},
		{Name: "Policy/invalid", Page: "API_SetQueueAttributes",
			Rule: "a policy is a valid policy",
			Do: func(t *T) {
				url := t.queue()
				for _, policy := range []string{"{", `{"Statement":[]}`, policyFor(t.arn(url), "s3:GetObject", "")} {
					t.fails(t.set(url, "Policy", policy), invalidAttributeValue)
				}
			}},
	}
}

func accountCases() []Case {
	send := func(t *T, c *sqs.Client, url string) error {
		body := "across"
		_, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
		return err
	}
	return []Case{
		{Name: "accounts/no permission", Page: "sqs-creating-custom-policies-access-policy-examples",
			Rule: "another account may do nothing without a policy",
			Do: func(t *T) {
				other, url := t.other(), t.queue()
				t.fails(send(t, other, url), accessDenied)
			}},
		{Name: "accounts/AddPermission", Page: "API_AddPermission",
			Rule: "another account may do what a permission names, also in batches, and nothing else",
			Do: func(t *T) {
				other, url := t.other(), t.queue()
				t.must(t.allow(url, "label", t.target.Accounts[1:], "SendMessage"))
				t.must(send(t, other, url))
				id, body := "1", "in a batch"
				_, err := other.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{
					QueueUrl: &url, Entries: batchOf(id, body),
				})
				t.must(err)
				_, err = other.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url})
				t.fails(err, accessDenied)
				t.has(url, "across in a batch")
			}},
		{Name: "accounts/policy", Page: "sqs-using-identity-based-policies",
			Rule: "a policy with the principal * lets everybody in",
			Do: func(t *T) {
				other, url := t.other(), t.queue()
				t.must(t.set(url, "Policy", policyFor(t.arn(url), "sqs:*", "")))
				t.must(send(t, other, url))
			}},
		{Name: "accounts/condition", Page: "sqs-creating-custom-policies-access-policy-examples",
			Rule: "a condition that does not hold lets nobody in",
			Do: func(t *T) {
				other, url := t.other(), t.queue()
				t.must(t.set(url, "Policy", policyFor(t.arn(url), "sqs:SendMessage",
					`,"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:topic"}}`)))
				t.fails(send(t, other, url), accessDenied)
			}},
		{Name: "accounts/owner's actions", Page: "API_TagQueue",
			Rule: "cross-account permissions don't apply to actions such as TagQueue",
			Do: func(t *T) {
				other, url := t.other(), t.queue()
				t.must(t.set(url, "Policy", policyFor(t.arn(url), "sqs:*", "")))
				_, err := other.TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{"a": "b"}})
				t.fails(err, accessDenied)
			}},
		{Name: "accounts/GetQueueUrl", Page: "API_GetQueueUrl",
			Rule: "the queue owner must grant the permission to access the queue",
			Do: func(t *T) {
				other, name := t.other(), t.name()
				out, err := t.create(name)
				t.must(err)
				in := &sqs.GetQueueUrlInput{QueueName: &name, QueueOwnerAWSAccountId: &t.target.Accounts[0]}
				_, err = other.GetQueueUrl(t.Context(), in)
				t.fails(err, noQueue)
				t.must(t.allow(*out.QueueUrl, "label", t.target.Accounts[1:], "GetQueueUrl"))
				got, err := other.GetQueueUrl(t.Context(), in)
				t.must(err)
				t.equal("URL", *got.QueueUrl, *out.QueueUrl)
			}},
		{Name: "accounts/same names", Page: "quotas-queues",
			Rule: "names are unique within an account",
			Do: func(t *T) {
				other, name := t.other(), t.name()
				a, err := t.create(name)
				t.must(err)
				b, err := other.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
				t.must(err)
				if *a.QueueUrl == *b.QueueUrl {
					t.Errorf("both are %s", *a.QueueUrl)
				}
			}},
	}
}
