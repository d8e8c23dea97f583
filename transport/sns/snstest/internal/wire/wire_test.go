package wire

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// The forms that SQS does not have: lists in members and maps in entries, as SNS writes them.

type nestedInput struct {
	Name       string            `json:"Name"       wire:"required"`
	Tags       []nestedTag       `json:"Tags"       query:"Tags.member"`
	Attributes map[string]string `json:"Attributes" query:"Attributes.entry,key,value"`
	Names      []string          `json:"Names"      query:"Names.member"`
	Limit      *int              `json:"Limit"`
}

type nestedTag struct {
	Key   string `json:"Key"   wire:"required"`
	Value string `json:"Value"`
}

type nestedOutput struct {
	Topics     []nestedTag       `json:"Topics"               query:"Topics.member"`
	Attributes map[string]string `json:"Attributes"           query:"Attributes.entry,key,value"`
	None       string            `json:"None,omitempty"`
	Count      int64             `json:"Count"`
	Ready      bool              `json:"Ready"`
}

func nested(do func(*Call, *nestedInput) (*nestedOutput, error)) *Handler {
	return &Handler{
		Region: "us-east-1",
		Identify: func(key string) (Caller, bool) {
			return Caller{AccessKey: key, Account: "000000000000"}, true
		},
		Services: []*Service{
			{Name: "first", Version: "2000-01-01", Operations: Table()},
			{Name: "sns", Version: "2010-03-31", Namespace: "http://sns.amazonaws.com/doc/2010-03-31/", Operations: Table(
				Op("Do", func(_ context.Context, c *Call, in *nestedInput) (*nestedOutput, error) { return do(c, in) }),
			)},
		},
	}
}

func post(h http.Handler, service string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if service != "" {
		r.Header.Set("X-Amz-Date", "20261125T000000Z")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=key/20261125/eu-west-1/"+service+
			"/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("a", 64))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestNestedForms(t *testing.T) {
	var got *nestedInput
	var call Call
	h := nested(func(c *Call, in *nestedInput) (*nestedOutput, error) {
		got, call = in, *c
		return &nestedOutput{
			Topics: []nestedTag{{"a", "1"}, {"b", "<&>"}}, Attributes: map[string]string{"y": "2", "x": "1"}, Count: 0, Ready: true,
		}, nil
	})
	w := post(h, "sns", url.Values{
		"Action": {"Do"}, "Version": {"2010-03-31"}, "Name": {"n"}, "Limit": {"5"},
		"Tags.member.2.Key": {"second"}, "Tags.member.1.Key": {"first"}, "Tags.member.1.Value": {"v"},
		"Attributes.entry.1.key": {"k"}, "Attributes.entry.1.value": {"v"},
		"Names.member.10": {"ten"}, "Names.member.9": {"nine"},
	})
	five := 5
	want := &nestedInput{
		Name: "n", Tags: []nestedTag{{"first", "v"}, {"second", ""}}, Attributes: map[string]string{"k": "v"},
		Names: []string{"nine", "ten"}, Limit: &five,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if call.Service != "sns" || call.Region != "eu-west-1" || call.Caller.AccessKey != "key" || call.Base != "http://localhost" {
		t.Errorf("the call is %+v", call)
	}
	const text = `<?xml version="1.0"?><DoResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><DoResult>` +
		`<Topics><member><Key>a</Key><Value>1</Value></member><member><Key>b</Key><Value>&lt;&amp;&gt;</Value></member></Topics>` +
		`<Attributes><entry><key>x</key><value>1</value></entry><entry><key>y</key><value>2</value></entry></Attributes>` +
		`<Count>0</Count><Ready>true</Ready></DoResult><ResponseMetadata><RequestId>`
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.HasPrefix(body, text) {
		t.Errorf("wrote %d %s", w.Code, body)
	}
}

// Without a signature the version says which service is meant, and without a version the action.
func TestServiceOfARequest(t *testing.T) {
	h := nested(func(*Call, *nestedInput) (*nestedOutput, error) { return &nestedOutput{}, nil })
	for name, form := range map[string]url.Values{
		"version": {"Action": {"Do"}, "Version": {"2010-03-31"}, "Name": {"n"}},
		"action":  {"Action": {"Do"}, "Name": {"n"}},
	} {
		if w := post(h, "", form); w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
	for _, service := range []string{"first", "other"} {
		if w := post(h, service, url.Values{"Action": {"Do"}, "Name": {"n"}}); !strings.Contains(w.Body.String(), "<Code>InvalidAction</Code>") {
			t.Errorf("%s: got %d %s", service, w.Code, w.Body)
		}
	}
}

func TestFormFaults(t *testing.T) {
	h := nested(func(*Call, *nestedInput) (*nestedOutput, error) { return &nestedOutput{}, nil })
	for name, c := range map[string]struct {
		form url.Values
		code string
	}{
		"missing":        {url.Values{}, "MissingParameter"},
		"missing nested": {url.Values{"Name": {"n"}, "Tags.member.1.Value": {"v"}}, "MissingParameter"},
		"missing key":    {url.Values{"Name": {"n"}, "Attributes.entry.1.value": {"v"}}, "MissingParameter"},
		"no number":      {url.Values{"Name": {"n"}, "Limit": {"x"}}, "InvalidParameterValue"},
		"no value":       {url.Values{"Name.1": {"n"}}, "MalformedInput"},
		"twice":          {url.Values{"Name": {"n", "m"}}, "MalformedInput"},
		"too deep":       {url.Values{"Name": {"n"}, "a.a.a.a.a.a.a.a.a.a": {"x"}}, "MalformedInput"},
		"no UTF-8":       {url.Values{"Name": {"\xff"}}, "MalformedInput"},
	} {
		c.form.Set("Action", "Do")
		if w := post(h, "sns", c.form); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "<Code>"+c.code+"</Code>") {
			t.Errorf("%s: got %d %s, want %s", name, w.Code, w.Body, c.code)
		}
	}
}

// A form of many names is read, each once; of more than net/url takes, it is refused.
func TestLargeForm(t *testing.T) {
	h := nested(func(_ *Call, in *nestedInput) (*nestedOutput, error) {
		return &nestedOutput{Count: int64(len(in.Tags))}, nil
	})
	for n, want := range map[int]string{9000: "<Count>9000</Count>", 100_000: "<Code>MalformedQueryString</Code>"} {
		form := url.Values{"Action": {"Do"}, "Name": {"n"}}
		for i := range n {
			form.Set("Tags.member."+strconv.Itoa(i+1)+".Key", "k")
		}
		if w := post(h, "", form); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d: got %d %s", n, w.Code, w.Body)
		}
	}
}

func TestTooLarge(t *testing.T) {
	h := nested(func(*Call, *nestedInput) (*nestedOutput, error) { return &nestedOutput{}, nil })
	w := post(h, "", url.Values{"Action": {"Do"}, "Name": {strings.Repeat("a", MaxBody)}})
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "<Code>RequestEntityTooLarge</Code>") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestPresigned(t *testing.T) {
	var call Call
	h := nested(func(c *Call, _ *nestedInput) (*nestedOutput, error) {
		call = *c
		return &nestedOutput{}, nil
	})
	query := url.Values{
		"Action": {"Do"}, "Name": {"n"}, "X-Amz-Algorithm": {"AWS4-HMAC-SHA256"}, "X-Amz-Date": {"20261125T000000Z"},
		"X-Amz-Credential": {"key/20261125/us-west-2/sns/aws4_request"}, "X-Amz-SignedHeaders": {"host"},
		"X-Amz-Signature": {strings.Repeat("b", 64)},
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/?"+query.Encode(), nil))
	if w.Code != http.StatusOK || call.Region != "us-west-2" || call.Caller.AccessKey != "key" {
		t.Errorf("got %d %s for %+v", w.Code, w.Body, call)
	}
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID()
		if len(id) != 36 || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) || seen[id] {
			t.Fatalf("got %s", id)
		}
		seen[id] = true
	}
}
