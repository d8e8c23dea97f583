package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Web pages of others cannot use the server through a browser, and everybody else can.
func TestGuard(t *testing.T) {
	const get, post = http.MethodGet, http.MethodPost
	reached := false
	h := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }), []string{"snstest", "Box.Local"})
	for _, c := range []struct {
		what, method, url, headers string
		want                       int
	}{
		{"an SDK", post, "http://127.0.0.1:4100/", "", 200},
		{"by IPv6", post, "http://[::1]:4100/", "", 200},
		{"by localhost", post, "http://localhost:4100/", "", 200},
		{"below localhost", post, "http://Sqs.Localhost:4100/", "", 200},
		{"by a name that was given", post, "http://snstest:4100/", "", 200},
		{"in any case, with a final dot", post, "http://box.local.:4100/", "", 200},
		{"DNS rebinding", post, "http://evil.example:4100/", "", 403},
		{"DNS rebinding, to look", get, "http://evil.example:4100/_snstest/dump", "", 403},
		{"a name that ends alike", post, "http://notlocalhost:4100/", "", 403},
		{"a name that begins alike", post, "http://127.0.0.1.evil.example:4100/", "", 403},

		{"a form of another page", post, "http://127.0.0.1:4100/", "Sec-Fetch-Site: cross-site", 403},
		{"a form of another port", post, "http://127.0.0.1:4100/", "Sec-Fetch-Site: same-site", 403},
		{"a form, in an old browser", post, "http://127.0.0.1:4100/", "Origin: http://evil.example", 403},
		{"a form of a sandbox", post, "http://127.0.0.1:4100/", "Origin: null", 403},
		{"a page of its own", post, "http://127.0.0.1:4100/", "Origin: http://127.0.0.1:4100", 200},
		{"typed into a browser", get, "http://127.0.0.1:4100/", "Sec-Fetch-Site: none", 200},
		{"an image of another page", get, "http://127.0.0.1:4100/?Action=ListQueues", "Sec-Fetch-Site: cross-site", 403},
		{"a link to the page", get, "http://127.0.0.1:4100/_snstest/", "Sec-Fetch-Site: cross-site; Sec-Fetch-Mode: navigate", 200},
		{"a link to an action", get, "http://127.0.0.1:4100/?Action=Unsubscribe", "Sec-Fetch-Site: cross-site; Sec-Fetch-Mode: navigate", 403},
		{"reading the dump from another page", get, "http://127.0.0.1:4100/_snstest/dump", "Sec-Fetch-Site: cross-site; Sec-Fetch-Mode: cors", 403},

		{"a look", get, "http://127.0.0.1:4100/?Action=GetQueueUrl&QueueName=q", "", 200},
		{"the head", http.MethodHead, "http://127.0.0.1:4100/", "", 200},
		{"a link in a confirmation", get, "http://127.0.0.1:4100/?Action=ConfirmSubscription&Token=1", "", 200},
		{"a change by GET", get, "http://127.0.0.1:4100/?Action=DeleteQueue", "", 405},
		{"a receive by GET", get, "http://127.0.0.1:4100/1/q?Action=ReceiveMessage", "", 405},
		{"a second action", get, "http://127.0.0.1:4100/?Action=ListQueues&Action=DeleteQueue", "", 405},
		{"JSON by GET", get, "http://127.0.0.1:4100/", "X-Amz-Target: AmazonSQS.DeleteQueue", 405},
		{"JSON by a type alone", get, "http://127.0.0.1:4100/", "Content-Type: application/x-amz-json-1.0", 200},
		{"another method", http.MethodPut, "http://127.0.0.1:4100/?Action=DeleteQueue", "", 405},
		{"before another method", http.MethodOptions, "http://127.0.0.1:4100/", "", 405},
	} {
		reached = false
		r := httptest.NewRequest(c.method, c.url, http.NoBody)
		for header := range strings.SplitSeq(c.headers, "; ") {
			if name, value, ok := strings.Cut(header, ": "); ok {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want || reached != (c.want == http.StatusOK) {
			t.Errorf("%s: status %d, want %d; %s", c.what, w.Code, c.want, w.Body)
		}
	}
}

// A GET with a body could hide its action there.
func TestGetWithABody(t *testing.T) {
	h := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it came through") }), nil)
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:4100/", strings.NewReader("Action=DeleteQueue"))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("status %d", w.Code)
	}
}
