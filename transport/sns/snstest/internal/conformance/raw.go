package conformance

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// authorization is a signature in the form of Signature Version 4 with nothing behind it: for requests that the
// SDK does not make.
func (t *T) authorization() string {
	return "AWS4-HMAC-SHA256 Credential=" + t.target.Keys[0] + "/20261125/" + t.target.Region + "/sqs/aws4_request, " +
		"SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0", 64)
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (t *T) do(r *http.Request) answer {
	t.Helper()
	if r.Header.Get("X-Amz-Date") == "" {
		r.Header.Set("X-Amz-Date", "20261125T000000Z")
	}
	out, err := t.target.HTTP.Do(r.WithContext(t.Context()))
	t.must(err)
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	t.must(err)
	return answer{out.StatusCode, out.Header, string(body)}
}

// json makes a request in AWS JSON 1.0.
func (t *T) json(action string, in any) answer {
	t.Helper()
	body, err := json.Marshal(in)
	t.must(err)
	return t.jsonText(action, string(body))
}

func (t *T) jsonText(action, body string) answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, t.target.Endpoint+"/", bytes.NewBufferString(body)) //nolint:noctx // do gives it one
	t.must(err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AmazonSQS."+action)
	r.Header.Set("Authorization", t.authorization())
	return t.do(r)
}

// query makes a request in the Query protocol, to a path.
func (t *T) query(path, action string, parameters ...string) answer {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2012-11-05"}}
	for i := 0; i+1 < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, t.target.Endpoint+path, strings.NewReader(form.Encode())) //nolint:noctx // do gives it one
	t.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", t.authorization())
	return t.do(r)
}

// get makes a request in the Query protocol with GET.
func (t *T) get(target string) answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, target, nil) //nolint:noctx // do gives it one
	t.must(err)
	r.Header.Set("Authorization", t.authorization())
	return t.do(r)
}

// node is XML of any kind.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

// all returns the texts of the elements at a path.
func (a answer) all(t *T, path ...string) []string {
	t.Helper()
	var root node
	if err := xml.Unmarshal([]byte(a.body), &root); err != nil {
		t.Fatalf("got no XML: %v in %s", err, a.body)
	}
	at := []node{{Nodes: []node{root}}}
	for _, name := range path {
		var next []node
		for _, n := range at {
			for _, child := range n.Nodes {
				if child.XMLName.Local == name {
					next = append(next, child)
				}
			}
		}
		at = next
	}
	out := []string{}
	for _, n := range at {
		out = append(out, n.Text)
	}
	return out
}

func (a answer) text(t *T, path ...string) string {
	t.Helper()
	if all := a.all(t, path...); len(all) == 1 {
		return all[0]
	}
	t.Fatalf("there is no one %s in %s", strings.Join(path, "/"), a.body)
	return ""
}

// refused wants an error in the protocol of the answer.
func (a answer) refused(t *T, want Failure) {
	t.Helper()
	t.equal("status", a.status, want.status())
	if strings.Contains(a.header.Get("Content-Type"), "json") {
		t.equal("x-amzn-query-error", a.header.Get("X-Amzn-Query-Error"), string(want)+";Sender")
		var body struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		t.must(json.Unmarshal([]byte(a.body), &body))
		if _, shape, _ := strings.Cut(body.Type, "#"); shape != want.shape() || body.Message == "" {
			t.Errorf("got %s, want %s", a.body, want.shape())
		}
		return
	}
	t.equal("Code", a.text(t, "ErrorResponse", "Error", "Code"), string(want))
	t.equal("Type", a.text(t, "ErrorResponse", "Error", "Type"), "Sender")
	if a.text(t, "ErrorResponse", "RequestId") == "" {
		t.Errorf("no RequestId in %s", a.body)
	}
}
