package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func (t *T) unsubscribe(subscription string) error {
	_, err := t.sns.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &subscription})
	return err
}

// subscriptions are the ARNs of a topic's subscriptions, on all pages.
func (t *T) subscriptions(topic string) (arns []string, pages int) {
	t.Helper()
	p := sns.NewListSubscriptionsByTopicPaginator(t.sns, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		t.must(err)
		pages++
		for _, s := range out.Subscriptions {
			arns = append(arns, *s.SubscriptionArn)
		}
	}
	return arns, pages
}

func subscribeCases() []Case {
	return []Case{
		{Name: "Subscribe", Page: "API_Subscribe",
			Rule: "a queue of the topic's owner is subscribed at once, and the ARN is the topic's and an id",
			Do: func(t *T) {
				topic, _, sub := t.wired()
				t.equal("prefix", strings.HasPrefix(sub, topic+":"), true)
				a := t.topicAttributes(topic)
				t.equal("confirmed", a["SubscriptionsConfirmed"], "1")
				t.equal("pending", t.subscriptionAttributes(sub)["PendingConfirmation"], "false")
			}},
		{Name: "Subscribe/again", Page: "recorded: test_subscribe_idempotency",
			Rule: "the same endpoint gets the subscription that it has",
			Do: func(t *T) {
				topic, url, sub := t.wired("RawMessageDelivery", "true")
				t.equal("again", t.subscribe(topic, url), sub)
				t.equal("again", t.subscribe(topic, url, "RawMessageDelivery", "true"), sub)
			}},
		{Name: "Subscribe/again/other attributes", Page: "recorded: test_subscribe_idempotency",
			Rule: "other attributes than the subscription has are an error",
			Do: func(t *T) {
				topic, url, _ := t.wired("RawMessageDelivery", "true")
				_, err := t.trySubscribe(topic, "sqs", t.arn(url), "RawMessageDelivery", "false")
				t.fails(err, invalidParameter)
			}},
		{Name: "Subscribe/no topic", Page: "API_Subscribe",
			Rule: "a topic that does not exist is not found",
			Do: func(t *T) {
				topic, url := t.topic(), t.queue()
				_, err := t.trySubscribe(topic+"x", "sqs", t.arn(url))
				t.fails(err, noTopic)
			}},
		{Name: "Subscribe/unknown protocol", Page: "API_Subscribe",
			Rule: "protocols are those of the page",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.topic(), "pigeon", "x")
				t.fails(err, invalidParameter)
			}},
		{Name: "Subscribe/not an ARN", Page: "API_Subscribe",
			Rule: "the endpoint of the protocol sqs is the ARN of a queue",
			Do: func(t *T) {
				url := t.queue()
				_, err := t.trySubscribe(t.topic(), "sqs", url)
				t.fails(err, invalidParameter)
			}},
		{Name: "Subscribe/unknown attribute", Page: "API_Subscribe",
			Rule: "attributes are those of the page",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.topic(), "sqs", t.arn(t.queue()), "Colour", "red")
				t.fails(err, invalidParameter)
			}},
		{Name: "Subscribe/filter policy that is none", Page: "sns-subscription-filter-policies",
			Rule: "a filter policy is checked when it is given",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.topic(), "sqs", t.arn(t.queue()), "FilterPolicy", `{"a":"b"}`)
				t.fails(err, invalidParameter)
			}},
		{Name: "Subscribe/FIFO queue to a standard topic", Page: "API_Subscribe",
			Rule: "a FIFO queue cannot be subscribed to a standard topic",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.topic(), "sqs", t.arn(t.fifo()))
				t.fails(err, invalidParameter)
			}},
		{Name: "Subscribe/another account's queue", Page: "sns-send-message-to-sqs-cross-account",
			Rule: "a queue of another account has to confirm, with the token that is sent to it",
			Do: func(t *T) {
				topic := t.topic()
				other, url, arn := t.foreign(topic)
				out, err := t.trySubscribe(topic, "sqs", arn)
				t.must(err)
				t.equal("ARN", *out.SubscriptionArn, "pending confirmation")
				t.publish(topic, "too early")
				got := t.take(other, url)
				t.equal("messages", len(got), 1)
				asked := t.members(got[0])
				t.equal("Type", asked["Type"], "SubscriptionConfirmation")
				_, err = t.sns.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{
					TopicArn: &topic, Token: aws.String(asked["Token"]),
				})
				t.must(err)
				t.publish(topic, "a")
				got = t.take(other, url)
				t.equal("messages", len(got), 1)
				t.equal("Message", t.members(got[0])["Message"], "a")
			}},
		{Name: "ConfirmSubscription/wrong token", Page: "recorded: test_sns_confirm_subscription_wrong_token",
			Rule: "a token that nobody was given is an error",
			Do: func(t *T) {
				topic := t.topic()
				_, err := t.sns.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: aws.String("wrong")})
				t.fails(err, invalidParameter)
			}},
		{Name: "Unsubscribe", Page: "API_Unsubscribe",
			Rule: "a queue that was unsubscribed gets nothing more, and unsubscribing again is no error",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				t.must(t.unsubscribe(sub))
				t.publish(topic, "a")
				t.equal("messages", t.messages(url), "")
				t.must(t.unsubscribe(sub))
			}},
		{Name: "ListSubscriptionsByTopic/pages", Page: "API_ListSubscriptionsByTopic",
			Rule: "a page has up to 100 subscriptions",
			Do: func(t *T) {
				topic := t.topic()
				for range 101 {
					t.subscribe(topic, t.queue())
				}
				first, err := t.sns.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
				t.must(err)
				t.equal("first page", len(first.Subscriptions), 100)
				arns, pages := t.subscriptions(topic)
				t.equal("subscriptions", len(arns), 101)
				t.equal("pages", pages, 2)
			}},
		{Name: "SetSubscriptionAttributes", Page: "API_SetSubscriptionAttributes",
			Rule: "attributes can be set, and taken away by an empty value",
			Do: func(t *T) {
				_, _, sub := t.wired()
				t.must(t.setSubscription(sub, "FilterPolicy", `{"a":["b"]}`))
				t.equal("FilterPolicy", t.subscriptionAttributes(sub)["FilterPolicy"], `{"a":["b"]}`)
				t.must(t.setSubscription(sub, "FilterPolicy", ""))
				_, kept := t.subscriptionAttributes(sub)["FilterPolicy"]
				t.equal("kept", kept, false)
			}},
		{Name: "SetSubscriptionAttributes/faults", Page: "API_SetSubscriptionAttributes",
			Rule: "names and values are checked",
			Do: func(t *T) {
				_, _, sub := t.wired()
				t.fails(t.setSubscription(sub, "Colour", "red"), invalidParameter)
				t.fails(t.setSubscription(sub, "RawMessageDelivery", "perhaps"), invalidParameter)
				t.fails(t.setSubscription(sub, "FilterPolicy", `{"a":[{"no-such":1}]}`), invalidParameter)
				t.fails(t.setSubscription(sub, "RedrivePolicy", `{"deadLetterTargetArn":"x"}`), invalidParameter)
				t.fails(t.setSubscription(sub+"0", "RawMessageDelivery", "true"), noTopic)
			}},
	}
}
