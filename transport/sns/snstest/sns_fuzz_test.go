package snstest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest"
)

func postSNS(srv *snstest.Server, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://snstest/", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", strings.Replace(authorization(), "/sqs/", "/sns/", 1))
	r.Header.Set("X-Amz-Date", "20261125T000000Z")
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	return w
}

// FuzzSNS posts forms, as "Publish?TopicArn=...": there is always an answer in the form of AWS.
func FuzzSNS(f *testing.F) {
	const topic = "TopicArn=arn:aws:sns:us-east-1:000000000000:t"
	for _, seed := range []string{
		"CreateTopic?Name=x&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=d&Tags.member.1.Key=k",
		"CreateTopic?Name=x&Attributes.entry.1.key=DeliveryPolicy&Attributes.entry.1.value={\"http\":{}}",
		"SetTopicAttributes?" + topic + "&AttributeName=Policy&AttributeValue={}",
		"SetTopicAttributes?" + topic + "&AttributeName=DeliveryPolicy&AttributeValue={\"http\":null}",
		"AddPermission?" + topic + "&Label=l&AWSAccountId.member.1=111122223333&ActionName.member.1=Publish",
		"Subscribe?" + topic + "&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:q&Attributes.entry.1.key=RedrivePolicy&Attributes.entry.1.value={}",
		"Subscribe?" + topic + "&Protocol=sms&Endpoint=%2B",
		"Subscribe?" + topic + "&Protocol=http&Endpoint=http://x&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value={\"a\":[{\"exists\":true}]}",
		"ConfirmSubscription?" + topic + "&Token=" + strings.Repeat("0", 256),
		"Unsubscribe?SubscriptionArn=arn:aws:sns:us-east-1:000000000000:t:x",
		"Publish?" + topic + "&Message=a&Subject=%01&MessageStructure=json&MessageAttributes.entry.1.Name=n&MessageAttributes.entry.1.Value.DataType=String.Array",
		"Publish?PhoneNumber=%2B1&Message=a", "Publish?TargetArn=a:b:c:d:e:endpoint/&Message={\"default\":null}",
		"PublishBatch?" + topic + "&PublishBatchRequestEntries.member.1.Id=a&PublishBatchRequestEntries.member.2.Message=b",
		"ListSubscriptions?NextToken=YWZ0ZXIg", "GetTopicAttributes?TopicArn=:::::", "Nonsense?", "?",
	} {
		f.Add(seed)
	}
	srv := fuzzed(f)
	for _, form := range []string{
		"Action=CreateTopic&Name=t", "Action=Subscribe&" + topic + "&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:q",
	} {
		if w := postSNS(srv, form); w.Code != http.StatusOK {
			f.Fatalf("%s: %s", form, w.Body)
		}
	}
	f.Fuzz(func(t *testing.T, request string) {
		action, form, _ := strings.Cut(request, "?")
		answered(t, postSNS(srv, "Action="+url.QueryEscape(action)+"&"+form))
		_ = srv.Graph().String()
	})
}
