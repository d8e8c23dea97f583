package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// shop is a server with a setup, and its site.
func shop(t *testing.T, text string) (*snstest.Server, http.Handler) {
	t.Helper()
	srv, err := apply(t, text, snstest.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return srv, newSite(srv, &options{addr: "127.0.0.1:4100"}, here)
}

// ask makes a request; headers are "Name: value".
func ask(h http.Handler, method, url string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, http.NoBody)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const here = "http://127.0.0.1:4100"

func TestPage(t *testing.T) {
	long := strings.Repeat("é", 300)
	srv, h := shop(t, `{
		"topics": [{"name": "t"}],
		"queues": [{"name": "q"}],
		"subscriptions": [{"topic": "t", "queue": "q", "attributes": {"FilterPolicy": {"<n>": [1]}}}, {"topic": "t", "queue": "gone"}],
		"messages": [{"queue": "q", "body": "<script>alert(1)</script>"}, {"queue": "q", "body": "`+long+`"}, {"topic": "t", "body": "b"}]
	}`)
	for _, path := range []string{"/", pagePath} {
		w := ask(h, http.MethodGet, here+path)
		page := w.Body.String()
		for _, want := range []string{
			"arn:aws:sns:us-east-1:000000000000:t", "arn:aws:sqs:us-east-1:000000000000:q", "{&#34;&lt;n&gt;&#34;:[1]}",
			"&lt;script&gt;alert(1)&lt;/script&gt;", "<pre>" + strings.Repeat("é", 200) + "…</pre>", "SendMessage",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not show %s:\n%s", path, want, page)
			}
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "http://www") || strings.Contains(page, long) {
			t.Errorf("%s has a script, something from elsewhere, or a body as long as it is:\n%s", path, page)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: the browser is told %q", path, policy)
		}
	}
	if n := srv.Count("SendMessage"); n != 2 {
		t.Errorf("looking at the page made requests: there are %d of SendMessage", n)
	}
}

// The dump has all that a test in the process would see.
func TestDumpAndGraph(t *testing.T) {
	srv, h := shop(t, circle)
	w := ask(h, http.MethodGet, here+pagePath+"dump")
	var got struct {
		snstest.Dump

		Requests []snstest.Requests
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Topics) != 1 || len(got.Queues) != 3 || bodies(got.Queues[0].Ready) != "published" || len(got.Requests) == 0 {
		t.Errorf("got %+v", got)
	}
	if graph := ask(h, http.MethodGet, here+pagePath+"graph"); graph.Body.String() != srv.Graph().DOT() {
		t.Errorf("got %s", graph.Body)
	}
	if w := ask(h, http.MethodGet, here+pagePath+"other"); w.Code != http.StatusNotFound {
		t.Errorf("a page that there is not: status %d", w.Code)
	}
}

// Pages take nothing from AWS's API: what is no page is answered as ever.
func TestPagesShadowNothing(t *testing.T) {
	_, h := shop(t, circle)
	signed := "Authorization: AWS4-HMAC-SHA256 Credential=any/20000101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=" +
		strings.Repeat("0", 64)
	for _, url := range []string{here + "/?Action=ListQueues&Version=2012-11-05", here + "/000000000000/a?Action=GetQueueAttributes"} {
		if w := ask(h, http.MethodGet, url, signed, "X-Amz-Date: 20000101T000000Z"); w.Code != http.StatusOK ||
			!strings.Contains(w.Body.String(), "RequestId") {
			t.Errorf("%s: status %d, %s", url, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/", pagePath, pagePath + "dump"} {
		if w := ask(h, http.MethodPost, here+path); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "InvalidAction") {
			t.Errorf("POST %s is AWS's: status %d, %s", path, w.Code, w.Body)
		}
	}
}
