package conformance

import (
	"net/http"
	"net/url"
	"strings"
)

// snsQuery makes a request to SNS, whose only protocol is Query.
func (t *T) snsQuery(action string, parameters ...string) answer {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2010-03-31"}}
	for i := 0; i+1 < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, t.target.Endpoint+"/", strings.NewReader(form.Encode())) //nolint:noctx // do gives it one
	t.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("Authorization", strings.Replace(t.authorization(), "/sqs/", "/sns/", 1))
	return t.do(r)
}

// snsQueryCases are the forms that SDKs of other languages send, and what they look for in the answers.
func snsQueryCases() []Case {
	return []Case{
		{Name: "Query/CreateTopic", Page: "API_CreateTopic",
			Rule: "attributes are numbered entries and tags numbered members",
			Do: func(t *T) {
				a := t.snsQuery("CreateTopic", "Name", t.name(), "Attributes.entry.1.key", "DisplayName", "Attributes.entry.1.value", "d",
					"Tags.member.1.Key", "team", "Tags.member.1.Value", "x")
				topic := a.text(t, "CreateTopicResponse", "CreateTopicResult", "TopicArn")
				t.equal("DisplayName", t.topicAttributes(topic)["DisplayName"], "d")
				tags := t.snsQuery("ListTagsForResource", "ResourceArn", topic)
				t.equal("tag", tags.text(t, "ListTagsForResourceResponse", "ListTagsForResourceResult", "Tags", "member", "Key"), "team")
				if a.text(t, "CreateTopicResponse", "ResponseMetadata", "RequestId") == "" {
					t.Errorf("no RequestId in %s", a.body)
				}
				t.equal("namespace", strings.Contains(a.body, `xmlns="http://sns.amazonaws.com/doc/2010-03-31/"`), true)
			}},
		{Name: "Query/Publish", Page: "API_Publish",
			Rule: "message attributes are entries of Name and Value",
			Do: func(t *T) {
				topic, url, _ := t.wired("RawMessageDelivery", "true")
				a := t.snsQuery("Publish", "TopicArn", topic, "Message", "<a>&\r\n", "MessageAttributes.entry.1.Name", "n",
					"MessageAttributes.entry.1.Value.DataType", "Binary", "MessageAttributes.entry.1.Value.BinaryValue", "AP8=")
				if len(a.text(t, "PublishResponse", "PublishResult", "MessageId")) != 36 {
					t.Errorf("no MessageId in %s", a.body)
				}
				m := t.one(url)
				t.equal("body", *m.Body, "<a>&\r\n")
				t.equal("attribute", string(m.MessageAttributes["n"].BinaryValue), "\x00\xff")
			}},
		{Name: "Query/PublishBatch", Page: "API_PublishBatch",
			Rule: "entries and results are members",
			Do: func(t *T) {
				topic, url, _ := t.wired()
				a := t.snsQuery("PublishBatch", "TopicArn", topic,
					"PublishBatchRequestEntries.member.1.Id", "x", "PublishBatchRequestEntries.member.1.Message", "a",
					"PublishBatchRequestEntries.member.2.Id", "y", "PublishBatchRequestEntries.member.2.Message", "")
				at := []string{"PublishBatchResponse", "PublishBatchResult"}
				t.equal("successful", a.text(t, append(at, "Successful", "member", "Id")...), "x")
				t.equal("failed", a.text(t, append(at, "Failed", "member", "Code")...), "InvalidParameter")
				t.equal("fault", a.text(t, append(at, "Failed", "member", "SenderFault")...), "true")
				t.equal("messages", t.messages(url), "a")
			}},
		{Name: "Query/type of an attribute", Page: "recorded: test_empty_or_wrong_message_attributes",
			Rule: "an attribute without a type is a ValidationError",
			Do: func(t *T) {
				t.snsQuery("Publish", "TopicArn", t.topic(), "Message", "a", "MessageAttributes.entry.1.Name", "n",
					"MessageAttributes.entry.1.Value.StringValue", "v").refused(t, validation)
			}},
		{Name: "Query/no message", Page: "API_Publish",
			Rule: "a message is required",
			Do:   func(t *T) { t.snsQuery("Publish", "TopicArn", t.topic()).refused(t, validation) }},
		{Name: "Query/no subscription", Page: "recorded: test_unsubscribe_wrong_arn_format",
			Rule: "a required parameter that is missing is an invalid one",
			Do: func(t *T) {
				a := t.snsQuery("Unsubscribe")
				a.refused(t, invalidParameter)
				t.equal("message", a.text(t, "ErrorResponse", "Error", "Message"),
					"Invalid parameter: SubscriptionArn Reason: no value for required parameter")
			}},
		{Name: "Query/ARN", Page: "recorded: test_publish_wrong_arn_format",
			Rule: "what is no ARN is told how many elements it has",
			Do: func(t *T) {
				a := t.snsQuery("Publish", "TopicArn", "randomstring:1", "Message", "a")
				a.refused(t, invalidParameter)
				t.equal("message", a.text(t, "ErrorResponse", "Error", "Message"),
					"Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 2")
			}},
		{Name: "Query/no topic", Page: "recorded: test_unknown_topic_publish",
			Rule: "an error is an ErrorResponse with Type, Code, Message and RequestId",
			Do: func(t *T) {
				a := t.snsQuery("Publish", "TopicArn", t.topic()+"x", "Message", "a")
				a.refused(t, noTopic)
				t.equal("message", a.text(t, "ErrorResponse", "Error", "Message"), "Topic does not exist")
			}},
		{Name: "Query/same label", Page: "recorded: test_add_permission_errors",
			Rule: "a label that is used is told so",
			Do: func(t *T) {
				topic := t.topic()
				add := func() answer {
					return t.snsQuery("AddPermission", "TopicArn", topic, "Label", "l", "AWSAccountId.member.1", "111122223333",
						"ActionName.member.1", "Publish")
				}
				t.equal("status", add().status, http.StatusOK)
				a := add()
				a.refused(t, invalidParameter)
				t.equal("message", a.text(t, "ErrorResponse", "Error", "Message"), "Invalid parameter: Statement already exists")
			}},
		{Name: "Query/unknown action", Page: "CommonErrors",
			Rule: "an unknown action is InvalidAction, and so is one of SQS",
			Do: func(t *T) {
				t.snsQuery("FooBar").refused(t, "InvalidAction")
				t.snsQuery("SendMessage").refused(t, "InvalidAction")
			}},
	}
}
