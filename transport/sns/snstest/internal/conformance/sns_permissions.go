package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func (t *T) allowTopic(topic, label string, accounts []string, actions ...string) error {
	_, err := t.sns.AddPermission(t.Context(), &sns.AddPermissionInput{
		TopicArn: &topic, Label: &label, AWSAccountId: accounts, ActionName: actions,
	})
	return err
}

// foreign makes a queue of the other account that lets a topic send, and returns its URL and ARN.
func (t *T) foreign(topic string) (other *sqs.Client, url, arn string) {
	t.Helper()
	other = t.other()
	name := t.name()
	q, err := other.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	t.must(err)
	arn = "arn:aws:sqs:" + t.target.Region + ":" + t.target.Accounts[1] + ":" + name
	_, err = other.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: q.QueueUrl, Attributes: map[string]string{"Policy": fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{
			"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":%q,
			"Condition":{"ArnEquals":{"aws:SourceArn":%q},"StringEquals":{"aws:SourceAccount":%q}}}]}`,
			arn, topic, t.target.Accounts[0])},
	})
	t.must(err)
	return other, *q.QueueUrl, arn
}

// take receives the bodies that a client's queue holds, and deletes them.
func (t *T) take(c *sqs.Client, url string) (bodies []string) {
	t.Helper()
	out, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
	t.must(err)
	for _, m := range out.Messages {
		bodies = append(bodies, *m.Body)
		_, err := c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
		t.must(err)
	}
	return bodies
}

func topicPermissionCases() []Case {
	accounts := []string{"111122223333", "444455556666"}
	return []Case{
		{Name: "AddPermission/policy", Page: "recorded: test_topic_add_permission, test_topic_add_multiple_permissions",
			Rule: "it adds a statement to the policy that there is, with the label as Sid",
			Do: func(t *T) {
				topic := t.topic()
				t.must(t.allowTopic(topic, "one", accounts[:1], "Publish"))
				t.must(t.allowTopic(topic, "two", accounts, "Publish", "Subscribe"))
				initial := strings.TrimSuffix(defaultPolicyOf(t, topic), "]}")
				t.sameJSON("Policy", t.topicAttributes(topic)["Policy"], initial+fmt.Sprintf(`,
					{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"SNS:Publish","Resource":%[1]q},
					{"Sid":"two","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:root"]},
					"Action":["SNS:Publish","SNS:Subscribe"],"Resource":%[1]q}]}`, topic))
			}},
		{Name: "AddPermission/same label", Page: "recorded: test_add_permission_errors",
			Rule: "a label is used once",
			Do: func(t *T) {
				topic := t.topic()
				t.must(t.allowTopic(topic, "test", accounts[:1], "Publish"))
				t.fails(t.allowTopic(topic, "test", accounts[:1], "AddPermission"), invalidParameter)
			}},
		{Name: "AddPermission/action", Page: "recorded: test_add_permission_errors",
			Rule: "an action is one of SNS",
			Do:   func(t *T) { t.fails(t.allowTopic(t.topic(), "l", accounts, "InvalidAction"), invalidParameter) }},
		{Name: "AddPermission/account", Page: "API_AddPermission",
			Rule: "a principal is an account",
			Do:   func(t *T) { t.fails(t.allowTopic(t.topic(), "l", []string{"alice"}, "Publish"), invalidParameter) }},
		{Name: "AddPermission/no topic", Page: "recorded: test_add_permission_errors",
			Rule: "a topic that is not there is NotFound",
			Do:   func(t *T) { t.fails(t.allowTopic(t.topic()+"x", "l", accounts, "Publish"), noTopic) }},
		{Name: "RemovePermission", Page: "recorded: test_topic_remove_permission",
			Rule: "it removes the statement and leaves the others",
			Do: func(t *T) {
				topic := t.topic()
				t.must(t.allowTopic(topic, "test", accounts[:1], "Publish"))
				in := &sns.RemovePermissionInput{TopicArn: &topic, Label: aws.String("test")}
				_, err := t.sns.RemovePermission(t.Context(), in)
				t.must(err)
				t.sameJSON("Policy", t.topicAttributes(topic)["Policy"], defaultPolicyOf(t, topic))
			}},
		{Name: "RemovePermission/no topic", Page: "recorded: test_remove_permission_errors",
			Rule: "a topic that is not there is NotFound",
			Do: func(t *T) {
				topic := t.topic() + "x"
				_, err := t.sns.RemovePermission(t.Context(), &sns.RemovePermissionInput{TopicArn: &topic, Label: aws.String("l")})
				t.fails(err, noTopic)
			}},
		{Name: "accounts/nothing", Page: "sns-access-policy-use-cases",
			Rule: "without a policy another account may do nothing, and is not told whether a topic exists",
			Do: func(t *T) {
				other, topic := t.otherTopics(), t.topic()
				for _, arn := range []string{topic, topic + "x"} {
					_, err := other.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &arn})
					t.fails(err, unauthorized)
					_, err = other.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &arn})
					t.fails(err, unauthorized)
				}
			}},
		{Name: "accounts/topics", Page: "API_ListTopics",
			Rule: "an account sees its own topics",
			Do: func(t *T) {
				other := t.otherTopics()
				t.topic()
				out, err := other.ListTopics(t.Context(), &sns.ListTopicsInput{})
				t.must(err)
				t.equal("topics", len(out.Topics), 0)
			}},
		{Name: "accounts/sns:Protocol", Page: "sns-access-policy-language-api-permissions-reference",
			Rule: "a policy can say by which protocol and to what endpoint somebody subscribes",
			Do: func(t *T) {
				other, topic := t.otherTopics(), t.topic()
				t.must(t.setTopic(topic, "Policy", policyFor(topic, "sns:Subscribe",
					`,"Condition":{"StringEquals":{"sns:Protocol":"https"},"StringLike":{"sns:Endpoint":"https://example.com/*"}}`)))
				for endpoint, ok := range map[string]bool{"https://example.com/a": true, "https://example.org/a": false} {
					_, err := other.Subscribe(t.Context(), &sns.SubscribeInput{
						TopicArn: &topic, Protocol: aws.String("https"), Endpoint: &endpoint,
					})
					if ok {
						t.must(err)
					} else {
						t.fails(err, unauthorized)
					}
				}
			}},
		{Name: "accounts/queue owner subscribes", Page: "sns-send-message-to-sqs-cross-account",
			Rule: "a queue whose owner subscribes it needs no confirmation, and the owner is the subscription's",
			Do: func(t *T) {
				topics, topic := t.otherTopics(), t.topic()
				other, url, arn := t.foreign(topic)
				t.must(t.allowTopic(topic, "l", t.target.Accounts[1:], "Subscribe"))
				out, err := topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn})
				t.must(err)
				t.publish(topic, "a")
				t.equal("messages", len(t.take(other, url)), 1)
				a := t.subscriptionAttributes(*out.SubscriptionArn) // the topic's owner may ask, too
				t.equal("Owner", a["Owner"], t.target.Accounts[1])
				mine, err := t.sns.ListSubscriptions(t.Context(), &sns.ListSubscriptionsInput{})
				t.must(err)
				t.equal("the topic owner's", len(mine.Subscriptions), 0)
			}},
		{Name: "accounts/Unsubscribe", Page: "repost.aws/knowledge-center/sns-cross-account-subscription",
			Rule: "a queue whose subscription somebody else deletes is told, with what restores it",
			Do: func(t *T) {
				topics, topic := t.otherTopics(), t.topic()
				other, url, arn := t.foreign(topic)
				t.must(t.allowTopic(topic, "l", t.target.Accounts[1:], "Subscribe"))
				out, err := topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn})
				t.must(err)
				t.must(t.unsubscribe(*out.SubscriptionArn))
				told := t.take(other, url)
				t.equal("messages", len(told), 1)
				t.equal("names", t.memberNames(told[0]), "Type MessageId Token TopicArn Message SubscribeURL Timestamp "+
					"SignatureVersion Signature SigningCertURL")
				note := t.members(told[0])
				t.equal("Type", note["Type"], "UnsubscribeConfirmation")
				t.publish(topic, "between")
				_, err = topics.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: aws.String(note["Token"])})
				t.must(err)
				t.publish(topic, "after")
				got := t.take(other, url)
				t.equal("messages", len(got), 1)
				t.equal("Message", t.members(got[0])["Message"], "after")
			}},
		{Name: "accounts/stranger's Unsubscribe", Page: "API_Unsubscribe",
			Rule: "only the owner of the subscription or of the topic can unsubscribe a queue",
			Do: func(t *T) {
				other := t.otherTopics()
				_, _, sub := t.wired()
				_, err := other.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &sub})
				t.fails(err, unauthorized)
				_, err = other.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &sub})
				t.fails(err, unauthorized)
			}},
		{Name: "ConfirmSubscription/AuthenticateOnUnsubscribe", Page: "API_ConfirmSubscription",
			Rule: "with the flag a signature is needed, and to confirm again is no error",
			Do: func(t *T) {
				topic := t.topic()
				other, url, arn := t.foreign(topic)
				_, err := t.trySubscribe(topic, "sqs", arn)
				t.must(err)
				asked := t.members(t.take(other, url)[0])
				t.visit(asked["SubscribeURL"]+"&AuthenticateOnUnsubscribe=true").refused(t, unauthorized)
				in := &sns.ConfirmSubscriptionInput{
					TopicArn: &topic, Token: aws.String(asked["Token"]), AuthenticateOnUnsubscribe: aws.String("true"),
				}
				first, err := t.otherTopics().ConfirmSubscription(t.Context(), in)
				t.must(err)
				again, err := t.otherTopics().ConfirmSubscription(t.Context(), in)
				t.must(err)
				t.equal("ARN", *again.SubscriptionArn, *first.SubscriptionArn)
				t.equal("authenticated", t.subscriptionAttributes(*first.SubscriptionArn)["ConfirmationWasAuthenticated"], "true")
			}},
		{Name: "ConfirmSubscription/other topic", Page: "recorded: test_subscribe_external_http_endpoint",
			Rule: "a token is for its topic",
			Do: func(t *T) {
				topic, another := t.topic(), t.topic()
				other, url, arn := t.foreign(topic)
				_, err := t.trySubscribe(topic, "sqs", arn)
				t.must(err)
				token := t.members(t.take(other, url)[0])["Token"]
				_, err = t.sns.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &another, Token: &token})
				t.fails(err, invalidParameter)
			}},
		{Name: "ConfirmSubscription/late", Page: "API_Subscribe", Waits: 48 * time.Hour,
			Rule: "confirmation tokens are valid for two days",
			Do: func(t *T) {
				topic := t.topic()
				other, url, arn := t.foreign(topic)
				_, err := t.trySubscribe(topic, "sqs", arn)
				t.must(err)
				token := t.members(t.take(other, url)[0])["Token"]
				t.sleep(48 * time.Hour)
				_, err = t.sns.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token})
				t.fails(err, invalidParameter)
			}},
		{Name: "Subscribe/again/pending", Page: "API_Subscribe",
			Rule: "to subscribe again sends another token, and is the same subscription",
			Do: func(t *T) {
				topic := t.topic()
				other, url, arn := t.foreign(topic)
				for range 2 {
					_, err := t.trySubscribe(topic, "sqs", arn)
					t.must(err)
				}
				asked := t.take(other, url)
				t.equal("messages", len(asked), 2)
				token := t.members(asked[1])["Token"]
				_, err := t.sns.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token})
				t.must(err)
				arns, _ := t.subscriptions(topic)
				t.equal("subscriptions", len(arns), 1)
			}},
		{Name: "accounts/SubscribeURL", Page: "http-subscription-confirmation-json",
			Rule: "visiting the SubscribeURL confirms, without a signature; the UnsubscribeURL of a queue needs one",
			Do: func(t *T) {
				topic := t.topic()
				other, url, arn := t.foreign(topic)
				_, err := t.trySubscribe(topic, "sqs", arn)
				t.must(err)
				asked := t.take(other, url)
				t.equal("names", t.memberNames(asked[0]), "Type MessageId Token TopicArn Message SubscribeURL Timestamp "+
					"SignatureVersion Signature SigningCertURL")
				a := t.visit(t.members(asked[0])["SubscribeURL"])
				t.equal("status", a.status, http.StatusOK)
				sub := a.text(t, "ConfirmSubscriptionResponse", "ConfirmSubscriptionResult", "SubscriptionArn")
				t.equal("authenticated", t.subscriptionAttributes(sub)["ConfirmationWasAuthenticated"], "false")
				t.publish(topic, "a")
				got := t.take(other, url)
				t.visit(t.members(got[0])["UnsubscribeURL"]).refused(t, unauthorized)
			}},
	}
}

// visit makes a GET request without a signature.
func (t *T) visit(url string) answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil) //nolint:noctx // do gives it one
	t.must(err)
	return t.do(r)
}
