package conformance

import (
	"crypto/md5" //nolint:gosec // it is what the protocol has
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
)

func pathOf(t *T, queue string) string {
	t.Helper()
	u, err := url.Parse(queue)
	t.must(err)
	return u.Path
}

// queryCases are SQS in the Query protocol, as SDKs spoke it before 2023.
func queryCases() []Case {
	page := "sqs-making-api-requests-xml"
	return []Case{
		{Name: "Query/CreateQueue", Page: page,
			Rule: "attributes and tags are numbered",
			Do: func(t *T) {
				name := t.name()
				a := t.query("/", "CreateQueue", "QueueName", name, "Attribute.1.Name", "DelaySeconds", "Attribute.1.Value", "5",
					"Attribute.2.Name", "VisibilityTimeout", "Attribute.2.Value", "60", "Tag.1.Key", "team", "Tag.1.Value", "x")
				t.equal("status", a.status, 200)
				queue := a.text(t, "CreateQueueResponse", "CreateQueueResult", "QueueUrl")
				t.equal("DelaySeconds", t.attribute(queue, "DelaySeconds"), "5")
				tags := t.query("/", "ListQueueTags", "QueueUrl", queue)
				t.equal("tag", tags.text(t, "ListQueueTagsResponse", "ListQueueTagsResult", "Tag", "Key"), "team")
				if a.text(t, "CreateQueueResponse", "ResponseMetadata", "RequestId") == "" {
					t.Errorf("no RequestId in %s", a.body)
				}
			}},
		{Name: "Query/SendMessage and ReceiveMessage", Page: page,
			Rule: "a message with attributes goes there and back",
			Do: func(t *T) {
				queue := t.queue()
				sent := t.query("/", "SendMessage", "QueueUrl", queue, "MessageBody", "<a>&\r\n",
					"MessageAttribute.1.Name", "n", "MessageAttribute.1.Value.DataType", "Number",
					"MessageAttribute.1.Value.StringValue", "42",
					"MessageAttribute.2.Name", "b", "MessageAttribute.2.Value.DataType", "Binary",
					"MessageAttribute.2.Value.BinaryValue", "AP8=")
				sum := md5.Sum([]byte("<a>&\r\n")) //nolint:gosec // it is what the protocol has
				t.equal("MD5", sent.text(t, "SendMessageResponse", "SendMessageResult", "MD5OfMessageBody"), hex.EncodeToString(sum[:]))
				got := t.query("/", "ReceiveMessage", "QueueUrl", queue, "AttributeName.1", "All", "MessageAttributeName.1", "All")
				at := []string{"ReceiveMessageResponse", "ReceiveMessageResult", "Message"}
				t.equal("body", got.text(t, append(at, "Body")...), "<a>&\r\n")
				t.equal("attributes", strings.Join(got.all(t, append(at, "MessageAttribute", "Name")...), " "), "b n")
				t.equal("number", got.text(t, append(at, "MessageAttribute", "Value", "StringValue")...), "42")
				t.equal("binary", got.text(t, append(at, "MessageAttribute", "Value", "BinaryValue")...), "AP8=")
				t.equal("system attributes", len(got.all(t, append(at, "Attribute", "Name")...)), 4)
				gone := t.query("/", "DeleteMessage", "QueueUrl", queue, "ReceiptHandle", got.text(t, append(at, "ReceiptHandle")...))
				t.equal("status", gone.status, 200)
				t.equal("counts", t.counts(queue), "0 0 0")
			}},
		{Name: "Query/batch", Page: "sqs-batch-api-actions",
			Rule: "the entries of a batch are numbered, and each is answered",
			Do: func(t *T) {
				a := t.query("/", "SendMessageBatch", "QueueUrl", t.queue(),
					"SendMessageBatchRequestEntry.1.Id", "good", "SendMessageBatchRequestEntry.1.MessageBody", "a",
					"SendMessageBatchRequestEntry.2.Id", "bad", "SendMessageBatchRequestEntry.2.MessageBody", "\x01")
				at := []string{"SendMessageBatchResponse", "SendMessageBatchResult"}
				t.equal("success", a.text(t, append(at, "SendMessageBatchResultEntry", "Id")...), "good")
				t.equal("failure", a.text(t, append(at, "BatchResultErrorEntry", "Id")...), "bad")
				t.equal("code", a.text(t, append(at, "BatchResultErrorEntry", "Code")...), "InvalidMessageContents")
				t.equal("fault", a.text(t, append(at, "BatchResultErrorEntry", "SenderFault")...), "true")
			}},
		{Name: "Query/queue in the path", Page: "recorded: test_get_send_and_receive_messages",
			Rule: "the request may be made to the queue's URL, with GET as well",
			Do: func(t *T) {
				queue := t.queue()
				t.equal("status", t.get(queue+"?Action=SendMessage&MessageBody=foobar").status, 200)
				got := t.query(pathOf(t, queue), "ReceiveMessage")
				t.equal("body", got.text(t, "ReceiveMessageResponse", "ReceiveMessageResult", "Message", "Body"), "foobar")
			}},
		{Name: "Query/queue in the path and in QueueUrl", Page: "recorded: test_overwrite_queue_url_in_params",
			Rule: "QueueUrl comes before the path",
			Do: func(t *T) {
				a, b := t.queue(), t.queue()
				got := t.query(pathOf(t, a), "GetQueueAttributes", "QueueUrl", b, "AttributeName.1", "QueueArn")
				t.equal("ARN", got.text(t, "GetQueueAttributesResponse", "GetQueueAttributesResult", "Attribute", "Value"), t.arn(b))
			}},
		{Name: "Query/nothing received", Page: "recorded: test_get_send_and_receive_messages",
			Rule: "an empty queue gives an empty result",
			Do: func(t *T) {
				got := t.query("/", "ReceiveMessage", "QueueUrl", t.queue())
				t.equal("result", got.text(t, "ReceiveMessageResponse", "ReceiveMessageResult"), "")
			}},
		{Name: "Query/error", Page: "sqs-xml-api-responses",
			Rule: "an error is an ErrorResponse with Type, Code, Message and RequestId",
			Do: func(t *T) {
				a := t.query("/", "GetQueueUrl", "QueueName", t.name())
				a.refused(t, noQueue)
				t.equal("message", a.text(t, "ErrorResponse", "Error", "Message"),
					"The specified queue does not exist for this wsdl version.")
			}},
		{Name: "Query/PurgeQueueInProgress", Page: "API_PurgeQueue",
			Rule: "an error has the status that is documented, here 403",
			Do: func(t *T) {
				queue := t.queue()
				t.equal("status", t.query("/", "PurgeQueue", "QueueUrl", queue).status, 200)
				t.query("/", "PurgeQueue", "QueueUrl", queue).refused(t, purgeInProgress)
			}},
		{Name: "Query/MissingParameter", Page: "recorded: test_valid_action_with_missing_parameter_raises_exception",
			Rule: "a parameter that is missing is MissingParameter",
			Do:   func(t *T) { t.query("/", "SendMessage", "QueueUrl", t.queue()).refused(t, missingParameter) }},
		{Name: "Query/no queue", Page: "recorded: test_valid_action_with_missing_parameter_raises_exception",
			Rule: "a parameter that is missing is MissingParameter",
			Do:   func(t *T) { t.query("/", "PurgeQueue").refused(t, missingParameter) }},
		{Name: "Query/no number", Page: "CommonErrors",
			Rule: "a number is a number",
			Do: func(t *T) {
				t.query("/", "ReceiveMessage", "QueueUrl", t.queue(), "MaxNumberOfMessages", "many").refused(t, invalidParameterValue)
			}},
		{Name: "Query/unknown action", Page: "recorded: test_invalid_action_raises_exception",
			Rule: "an unknown action is InvalidAction",
			Do:   func(t *T) { t.query("/", "FooBar").refused(t, "InvalidAction") }},
		{Name: "Query/CreateQueue at a queue", Page: "recorded: test_get_create_queue_fails",
			Rule: "CreateQueue is no action of a queue",
			Do: func(t *T) {
				t.query(pathOf(t, t.queue()), "CreateQueue", "QueueName", t.name()).refused(t, "InvalidAction")
			}},
		{Name: "Query/no action", Page: "recorded: test_get_without_query_returns_unknown_operation",
			Rule: "a request without an action is answered with 404",
			Do: func(t *T) {
				a := t.get(t.queue())
				t.equal("status", a.status, http.StatusNotFound)
				a.all(t, "UnknownOperationException")
			}},
		{Name: "Query/wrong version", Page: "CommonErrors",
			Rule: "the version of SQS is 2012-11-05",
			Do: func(t *T) {
				t.query("/", "ListQueues", "Version", "2008-01-01").refused(t, "NoSuchVersion")
			}},
		{Name: "Query/other address", Page: "CommonErrors",
			Rule: "an address that is no queue's is InvalidAddress",
			Do:   func(t *T) { t.query("/a/b/c", "ReceiveMessage").refused(t, invalidAddress) }},
	}
}

func protocolCases() []Case {
	return []Case{
		{Name: "JSON/error", Page: "sqs-json-api-responses",
			Rule: "an error has __type, message and the header x-amzn-query-error",
			Do: func(t *T) {
				a := t.json("GetQueueUrl", map[string]any{"QueueName": t.name()})
				a.refused(t, noQueue)
				t.equal("body", a.body, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`)
			}},
		{Name: "JSON/headers", Page: "sqs-json-api-responses",
			Rule: "an answer is application/x-amz-json-1.0 and has x-amzn-RequestId",
			Do: func(t *T) {
				a := t.json("ListQueues", map[string]any{})
				t.equal("Content-Type", a.header.Get("Content-Type"), "application/x-amz-json-1.0")
				t.equal("RequestId", len(a.header.Get("X-Amzn-RequestId")), 36)
			}},
		{Name: "JSON/MissingParameter", Page: "API_SendMessage",
			Rule: "a member that is required and missing is MissingParameter",
			Do:   func(t *T) { t.json("SendMessage", map[string]any{"QueueUrl": t.queue()}).refused(t, missingParameter) }},
		{Name: "JSON/member names", Page: "sqs-making-api-requests-json",
			Rule: "the names of members are case-sensitive, and unknown ones are ignored",
			Do: func(t *T) {
				url := t.queue()
				t.json("SendMessage", map[string]any{"QueueUrl": url, "messagebody": "a"}).refused(t, missingParameter)
				t.equal("status", t.json("SendMessage", map[string]any{"QueueUrl": url, "MessageBody": "a", "Colour": "red"}).status, 200)
			}},
		{Name: "JSON/wrong type", Page: "sqs-making-api-requests-json",
			Rule: "a member of the wrong type is a SerializationException",
			Do: func(t *T) {
				a := t.json("SendMessage", map[string]any{"QueueUrl": t.queue(), "MessageBody": 1})
				t.equal("status", a.status, 400)
				if !strings.Contains(a.body, "#SerializationException") {
					t.Errorf("got %s", a.body)
				}
			}},
		{Name: "JSON/malformed", Page: "sqs-making-api-requests-json",
			Rule: "a body that is no JSON object is a SerializationException",
			Do: func(t *T) {
				for _, body := range []string{"{", "[]", "{} {}", "\xff", `"text"`} {
					a := t.jsonText("ListQueues", body)
					if a.status != 400 || !strings.Contains(a.body, "#SerializationException") {
						t.Errorf("%q: got %d %s", body, a.status, a.body)
					}
				}
			}},
		{Name: "JSON/unknown action", Page: "CommonErrors",
			Rule: "an unknown action is an UnknownOperationException",
			Do: func(t *T) {
				a := t.json("FooBar", map[string]any{})
				if a.status != 400 || !strings.Contains(a.body, "UnknownOperationException") {
					t.Errorf("got %d %s", a.status, a.body)
				}
			}},
		{Name: "signature/malformed", Page: "CommonErrors",
			Rule: "a signature that does not conform to AWS standards is IncompleteSignature",
			Do: func(t *T) {
				for _, header := range []string{
					"Bearer token", "AWS4-HMAC-SHA256 Credential=key", strings.Replace(t.authorization(), "/sqs/", "/", 1),
					strings.Replace(t.authorization(), strings.Repeat("0", 64), "short", 1),
				} {
					r, err := http.NewRequest(http.MethodPost, t.target.Endpoint+"/", strings.NewReader("{}")) //nolint:noctx // do gives it one
					t.must(err)
					r.Header.Set("X-Amz-Target", "AmazonSQS.ListQueues")
					r.Header.Set("Authorization", header)
					if a := t.do(r); a.status != 400 || a.header.Get("X-Amzn-Query-Error") != "IncompleteSignature;Sender" {
						t.Errorf("%q: got %d %s", header, a.status, a.body)
					}
				}
			}},
		{Name: "signature/other service", Page: "CommonErrors",
			Rule: "a signature is scoped to the service",
			Do: func(t *T) {
				r, err := http.NewRequest(http.MethodPost, t.target.Endpoint+"/", strings.NewReader("{}")) //nolint:noctx // do gives it one
				t.must(err)
				r.Header.Set("X-Amz-Target", "AmazonSQS.ListQueues")
				r.Header.Set("Authorization", strings.Replace(t.authorization(), "/sqs/", "/s3/", 1))
				if a := t.do(r); a.status != 403 {
					t.Errorf("got %d %s", a.status, a.body)
				}
			}},
	}
}
