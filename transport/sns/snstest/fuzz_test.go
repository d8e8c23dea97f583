package snstest_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest"
)

func authorization() string {
	return "AWS4-HMAC-SHA256 Credential=any/20261125/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, " +
		"Signature=" + strings.Repeat("0", 64)
}

// answered wants an answer in the form of AWS: an error with a type or code, or what its status promises.
func answered(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.Bytes()
	if len(w.Header().Get("X-Amzn-Requestid")) != 36 {
		t.Errorf("no x-amzn-RequestId in %v", w.Header())
	}
	if w.Code >= 500 {
		t.Fatalf("got %d: %s", w.Code, body)
	}
	if w.Header().Get("Content-Type") == "text/xml" {
		var root struct {
			XMLName xml.Name
			Code    string `xml:"Error>Code"`
		}
		if err := xml.Unmarshal(body, &root); err != nil {
			t.Fatalf("got %d with what is no XML, %v: %s", w.Code, err, body)
		}
		if w.Code >= 400 && root.Code == "" && root.XMLName.Local != "UnknownOperationException" {
			t.Errorf("got %d without a code: %s", w.Code, body)
		}
		return
	}
	if w.Code == http.StatusOK && len(body) == 0 {
		return
	}
	var root map[string]any
	if err := json.Unmarshal(body, &root); err != nil {
		t.Fatalf("got %d with what is no JSON, %v: %s", w.Code, err, body)
	}
	if kind, _ := root["__type"].(string); w.Code >= 400 && (!strings.Contains(kind, "#") || w.Header().Get("X-Amzn-Query-Error") == "") {
		t.Errorf("got %d without a type: %s", w.Code, body)
	}
}

// fuzzed is a server with a queue of each type, and a message in each.
func fuzzed(t testing.TB) *snstest.Server {
	srv := snstest.Start(t, snstest.Config{Limits: snstest.Limits{DeleteInterval: -1}})
	for _, body := range []string{
		`CreateQueue {"QueueName":"q"}`, `CreateQueue {"QueueName":"q.fifo","Attributes":{"FifoQueue":"true"}}`,
		`SendMessage {"QueueUrl":"q","MessageBody":"a"}`,
		`SendMessage {"QueueUrl":"q.fifo","MessageBody":"a","MessageGroupId":"g","MessageDeduplicationId":"d"}`,
	} {
		action, in, _ := strings.Cut(body, " ")
		if w := postJSON(srv, action, in); w.Code != http.StatusOK {
			t.Fatalf("%s: %s", body, w.Body)
		}
	}
	return srv
}

func postJSON(srv *snstest.Server, action, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://snstest/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "AmazonSQS."+action)
	r.Header.Set("Authorization", authorization())
	r.Header.Set("X-Amz-Date", "20261125T000000Z")
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	return w
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`CreateQueue {"QueueName":"x","Attributes":{"DelaySeconds":"1","RedrivePolicy":"{}","Policy":"{}"},"tags":{"a":"b"}}`,
		`SendMessage {"QueueUrl":"q","MessageBody":"a","MessageAttributes":{"n":{"DataType":"Number","StringValue":"1e5"},"b":{"DataType":"Binary","BinaryValue":"AA=="}}}`,
		`SendMessage {"QueueUrl":"http://h/000000000000/q","MessageBody":"\u0000\ud800","MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}}}`,
		`SendMessageBatch {"QueueUrl":"q.fifo","Entries":[{"Id":"a","MessageBody":"b","MessageGroupId":"g"},{}]}`,
		`ReceiveMessage {"QueueUrl":"q","MaxNumberOfMessages":10,"VisibilityTimeout":0,"AttributeNames":["All"],"MessageAttributeNames":["a.*"]}`,
		`ReceiveMessage {"QueueUrl":"q.fifo","ReceiveRequestAttemptId":"x"}`,
		`ChangeMessageVisibility {"QueueUrl":"q","ReceiptHandle":"AQEB","VisibilityTimeout":1}`,
		`AddPermission {"QueueUrl":"q","Label":"l","AWSAccountIds":["111122223333"],"Actions":["*"]}`,
		`CancelMessageMoveTask {"TaskHandle":"eyJ0YXNrSWQiOiJhIiwic291cmNlQXJuIjoiYiJ9"}`,
		`ListQueues {"MaxResults":1,"NextToken":"YWZ0ZXIg"}`,
		`ListQueues [`, `Nonsense {}`, ` {}`,
	} {
		f.Add(seed)
	}
	srv := fuzzed(f)
	f.Fuzz(func(t *testing.T, request string) {
		action, body, _ := strings.Cut(request, " ")
		if strings.Contains(body, "Wait") || strings.ContainsAny(action, "\r\n") {
			t.Skip("it would wait")
		}
		answered(t, postJSON(srv, action, body))
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"/ Action=CreateQueue&QueueName=x&Attribute.1.Name=DelaySeconds&Attribute.1.Value=1&Tag.1.Key=a&Tag.1.Value=b",
		"/ Action=SendMessage&QueueUrl=q&MessageBody=a&MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=Number&MessageAttribute.1.Value.StringValue=1",
		"/000000000000/q Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=b",
		"/000000000000/q Action=ReceiveMessage&MaxNumberOfMessages=10&AttributeName.1=All",
		"/ Action=SendMessage&MessageAttribute.99999999999.Name=n&MessageAttribute=x&QueueUrl=%zz",
		"/ Action=ListQueues&Version=2010-03-31", "/x Version=1", "/ ", "// a.a.a.a.a.a.a.a.a.a=1",
	} {
		f.Add(seed)
	}
	srv := fuzzed(f)
	f.Fuzz(func(t *testing.T, request string) {
		path, form, _ := strings.Cut(request, " ")
		if strings.Contains(form, "Wait") || strings.Contains(form, "%") || !strings.HasPrefix(path, "/") {
			t.Skip("it would wait, or says so in disguise")
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://snstest"+path, strings.NewReader(form))
		if err != nil {
			t.Skip("no request")
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", authorization())
		r.Header.Set("X-Amz-Date", "20261125T000000Z")
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		answered(t, w)
	})
}

func FuzzSignature(f *testing.F) {
	f.Add(authorization())
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e,Signature=,SignedHeaders=")
	f.Add("Basic abc")
	srv := fuzzed(f)
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodPost, "http://snstest/", strings.NewReader("{}"))
		r.Header.Set("X-Amz-Target", "AmazonSQS.ListQueues")
		r.Header.Set("Authorization", header)
		r.Header.Set("X-Amz-Date", "20261125T000000Z")
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		answered(t, w)
	})
}
