package conformance

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// redriveTo is a RedrivePolicy.
func redriveTo(arn string) string { return fmt.Sprintf(`{"deadLetterTargetArn":%q}`, arn) }

func subscriptionAttributeCases() []Case {
	cases := []Case{
		{Name: "GetSubscriptionAttributes", Page: "recorded: test_subscribe_attributes",
			Rule: "a new subscription has these attributes",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				a := t.subscriptionAttributes(sub)
				t.equal("names", keysOf(a), "ConfirmationWasAuthenticated Endpoint Owner PendingConfirmation Protocol "+
					"RawMessageDelivery SubscriptionArn SubscriptionPrincipal TopicArn")
				t.equal("values", []string{a["ConfirmationWasAuthenticated"], a["Endpoint"], a["Owner"], a["PendingConfirmation"],
					a["Protocol"], a["RawMessageDelivery"], a["SubscriptionArn"], a["TopicArn"]},
					[]string{"true", t.arn(url), t.target.Accounts[0], "false", "sqs", "false", sub, topic})
			}},
		{Name: "GetSubscriptionAttributes/none", Page: "recorded: test_get_subscription_attributes_error_not_exists",
			Rule: "a subscription that is not there is NotFound",
			Do: func(t *T) {
				arn := t.topic() + ":0f7d5971-aa8b-4bd5-b585-0826e9f93a66"
				_, err := t.sns.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
				t.fails(err, noTopic)
			}},
		{Name: "RawMessageDelivery/case", Page: "recorded: test_create_subscriptions_with_attributes",
			Rule: "true and false are taken in any case, and shown in lower case",
			Do: func(t *T) {
				_, _, sub := t.wired("RawMessageDelivery", "TrUe", "FilterPolicyScope", "MessageBody", "FilterPolicy", "")
				t.equal("shown", t.subscriptionAttributes(sub)["RawMessageDelivery"], "true")
				t.fails(t.setSubscription(sub, "RawMessageDelivery", ""), invalidParameter)
			}},
		{Name: "RawMessageDelivery/protocol", Page: "API_Subscribe",
			Rule: "raw delivery is for queues, HTTP and Firehose",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.topic(), "email", "a@example.com", "RawMessageDelivery", "true")
				t.fails(err, invalidParameter)
			}},
		{Name: "FilterPolicyScope", Page: "recorded: test_set_subscription_filter_policy_scope",
			Rule: "the scope is kept without a filter, and shown with one",
			Do: func(t *T) {
				_, _, sub := t.wired()
				t.must(t.setSubscription(sub, "FilterPolicyScope", "MessageBody"))
				t.equal("shown", t.subscriptionAttributes(sub)["FilterPolicyScope"], "")
				t.must(t.setSubscription(sub, "FilterPolicy", `{"attr":["match-this"]}`))
				t.equal("shown", t.subscriptionAttributes(sub)["FilterPolicyScope"], "MessageBody")
				t.fails(t.setSubscription(sub, "FilterPolicyScope", "RandomValue"), invalidParameter)
			}},
		{Name: "FilterPolicyScope/nested", Page: "recorded: test_sub_filter_policy_nested_property",
			Rule: "a nested policy is for bodies, also when the scope changes later",
			Do: func(t *T) {
				_, _, sub := t.wired()
				nested := `{"object":{"key":[{"prefix":"auto-"}]}}`
				t.fails(t.setSubscription(sub, "FilterPolicy", nested), invalidParameter)
				t.must(t.setSubscription(sub, "FilterPolicyScope", "MessageBody"))
				t.must(t.setSubscription(sub, "FilterPolicy", nested))
				t.fails(t.setSubscription(sub, "FilterPolicyScope", "MessageAttributes"), invalidParameter)
			}},
		{Name: "FilterPolicy/removed", Page: "message-filtering-policy-remove",
			Rule: "{} removes the filter",
			Do: func(t *T) {
				topic, url, sub := t.wired("FilterPolicy", `{"a":["b"]}`)
				t.publish(topic, "no")
				t.must(t.setSubscription(sub, "FilterPolicy", "{}"))
				t.publish(topic, "yes")
				t.equal("messages", t.messages(url), "yes")
				t.equal("shown", t.subscriptionAttributes(sub)["FilterPolicy"], "")
			}},
		{Name: "RedrivePolicy", Page: "recorded: test_subscription_after_failure_to_deliver",
			Rule: "it is kept as it was written, and an empty one removes it",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				dlq := t.queue()
				t.open(dlq, topic)
				t.must(t.setSubscription(sub, "RedrivePolicy", redriveTo(t.arn(dlq))))
				t.equal("shown", t.subscriptionAttributes(sub)["RedrivePolicy"], redriveTo(t.arn(dlq)))
				t.must(t.setSubscription(sub, "RedrivePolicy", ""))
				t.equal("shown", t.subscriptionAttributes(sub)["RedrivePolicy"], "")
				t.must(t.set(url, "Policy", ""))
				t.publish(topic, "a")
				t.equal("dead letters", t.counts(dlq), "0 0 0")
			}},
		{Name: "DeliveryPolicy/protocol", Page: "sns-message-delivery-retries",
			Rule: "delivery policies are for HTTP",
			Do: func(t *T) {
				policy := `{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":2,"numRetries":3}}`
				_, err := t.trySubscribe(t.topic(), "https", "https://example.com/", "DeliveryPolicy", policy)
				t.must(err)
				_, err = t.trySubscribe(t.topic(), "sqs", t.arn(t.queue()), "DeliveryPolicy", policy)
				t.fails(err, invalidParameter)
			}},
	}
	for name, bad := range map[string]func(*T) string{
		"no JSON":           func(*T) string { return "{invalidjson}" },
		"no ARN":            func(*T) string { return redriveTo("fake-arn") },
		"no target":         func(*T) string { return "{}" },
		"maxReceiveCount":   func(t *T) string { return `{"deadLetterTargetArn":"x","maxReceiveCount":3}` },
		"other region":      func(t *T) string { return redriveTo("arn:aws:sqs:eu-west-1:" + t.target.Accounts[0] + ":q") },
		"other account":     func(t *T) string { return redriveTo("arn:aws:sqs:" + t.target.Region + ":999999999999:q") },
		"FIFO for standard": func(t *T) string { return redriveTo(t.arn(t.fifo())) },
	} {
		cases = append(cases, Case{
			Name: "RedrivePolicy/" + name, Page: "sns-dead-letter-queues; recorded: test_validate_set_sub_attributes",
			Rule: "a dead-letter queue is one of the subscription's account, region and type, and nothing else is in the policy",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				t.fails(t.setSubscription(sub, "RedrivePolicy", bad(t)), invalidParameter)
				t.must(t.unsubscribe(sub))
				_, err := t.trySubscribe(topic, "sqs", t.arn(url), "RedrivePolicy", bad(t))
				t.fails(err, invalidParameter)
			},
		})
	}
	sortCases(cases)
	return cases
}

func endpointCases() []Case {
	lambda := "arn:aws:lambda:us-east-1:000000000000:function:f"
	cases := []Case{
		{Name: "Subscribe/queue that is not there", Page: "recorded: test_subscribe_unknown_sqs_queue",
			Rule: "that a queue exists is not checked",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.topic(), "sqs", "arn:aws:sqs:"+t.target.Region+":"+t.target.Accounts[0]+":nowhere")
				t.must(err)
			}},
		{Name: "Subscribe/email", Page: "API_Subscribe",
			Rule: "an address has to confirm, and the ARN is not told but on request",
			Do: func(t *T) {
				topic := t.topic()
				out, err := t.trySubscribe(topic, "email", "a@example.com")
				t.must(err)
				t.equal("ARN", *out.SubscriptionArn, "pending confirmation")
				out, err = t.sns.Subscribe(t.Context(), &sns.SubscribeInput{
					TopicArn: &topic, Protocol: aws.String("email"), Endpoint: aws.String("a@example.com"), ReturnSubscriptionArn: true,
				})
				t.must(err)
				a := t.subscriptionAttributes(*out.SubscriptionArn)
				t.equal("pending", a["PendingConfirmation"], "true")
				arns, _ := t.subscriptions(topic)
				t.equal("listed", strings.Join(arns, " "), "PendingConfirmation")
				t.fails(t.unsubscribe(*out.SubscriptionArn), invalidParameter)
			}},
		{Name: "Subscribe/unconfirmed", Page: "sns-delete-subscription-topic", Waits: 48 * time.Hour,
			Rule: "subscriptions that nobody confirms are deleted after 48 hours",
			Do: func(t *T) {
				topic := t.topic()
				_, err := t.trySubscribe(topic, "email", "a@example.com")
				t.must(err)
				t.sleep(48*time.Hour - time.Second)
				t.equal("pending", t.topicAttributes(topic)["SubscriptionsPending"], "1")
				t.sleep(time.Second)
				t.equal("pending", t.topicAttributes(topic)["SubscriptionsPending"], "0")
			}},
		{Name: "Subscribe/sms", Page: "recorded: test_subscribe_sms",
			Rule: "a phone number is subscribed at once",
			Do: func(t *T) {
				out, err := t.trySubscribe(t.topic(), "sms", "+15551234567")
				t.must(err)
				t.equal("pending", t.subscriptionAttributes(*out.SubscriptionArn)["PendingConfirmation"], "false")
			}},
		{Name: "Unsubscribe/ARN", Page: "recorded: test_unsubscribe_wrong_arn_format",
			Rule: "the ARN of a subscription is that of its topic and an ID",
			Do: func(t *T) {
				for _, arn := range []string{"randomstring", "arn:aws:sns:us-east-1:random", t.topic(), "pending confirmation"} {
					t.fails(t.unsubscribe(arn), invalidParameter)
				}
			}},
		{Name: "Unsubscribe/Subscribe", Page: "API_Subscribe",
			Rule: "a queue that was unsubscribed can be subscribed again, as another subscription",
			Do: func(t *T) {
				topic, url, sub := t.wired()
				t.must(t.unsubscribe(sub))
				t.equal("same", t.subscribe(topic, url, "RawMessageDelivery", "true") == sub, false)
				t.publish(topic, "a")
				t.has(url, "a")
			}},
		{Name: "ListSubscriptions", Page: "API_ListSubscriptions",
			Rule: "it lists the requester's subscriptions of all topics, 100 a page",
			Do: func(t *T) {
				a, b, url := t.topic(), t.topic(), t.queue()
				for i := range 100 {
					_, err := t.trySubscribe(a, "sms", fmt.Sprintf("+1555000%04d", i))
					t.must(err)
				}
				t.subscribe(b, url)
				seen, pages := 0, 0
				p := sns.NewListSubscriptionsPaginator(t.sns, &sns.ListSubscriptionsInput{})
				for p.HasMorePages() {
					out, err := p.NextPage(t.Context())
					t.must(err)
					seen, pages = seen+len(out.Subscriptions), pages+1
				}
				t.equal("subscriptions", seen, 101)
				t.equal("pages", pages, 2)
			}},
	}
	for name, c := range map[string][2]string{
		"http":         {"http", "https://example.com"},
		"https":        {"https", "example.com"},
		"email":        {"email", "example.com"},
		"sms":          {"sms", "NAA+15551234567"},
		"sms, doubled": {"sms", "+15--551234567"},
		"sms, period":  {"sms", "+15551234567."},
		"lambda":       {"lambda", "f"},
		"firehose":     {"firehose", "arn:aws:firehose:us-east-1:000000000000:deliverystream/d"}, // without a role
		"application":  {"application", "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b"},
	} {
		cases = append(cases, Case{
			Name: "Subscribe/endpoint/" + name, Page: "API_Subscribe; recorded: test_subscribe_invalid_sms",
			Rule: "the endpoint is one of its protocol",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.topic(), c[0], c[1])
				t.fails(err, invalidParameter)
			},
		})
	}
	for protocol, endpoint := range map[string]string{
		"email": "a@example.com", "https": "https://example.com", "lambda": lambda, "sms": "+15551234567",
	} {
		cases = append(cases, Case{
			Name: "Subscribe/FIFO topic/" + protocol, Page: "fifo-message-delivery; github.com/hashicorp/terraform-provider-aws/issues/38441",
			Rule: "FIFO topics have queues for subscribers and nothing else",
			Do: func(t *T) {
				_, err := t.trySubscribe(t.fifoTopic(), protocol, endpoint)
				t.fails(err, invalidParameter)
			},
		})
	}
	sortCases(cases)
	return cases
}
