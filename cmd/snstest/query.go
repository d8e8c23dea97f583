package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Versions of the APIs, which the Query protocol tells the services apart by.
const (
	sqsVersion = "2012-11-05"
	snsVersion = "2010-03-31"
)

// form is a request in AWS's Query protocol.
type form struct{ url.Values }

func newForm(version, action string) form {
	return form{url.Values{"Version": {version}, "Action": {action}}}
}

// with adds a parameter, unless it is empty.
func (f form) with(name, value string) form {
	if value != "" {
		f.Set(name, value)
	}
	return f
}

// pairs adds the entries of a map, as name.1.key and name.1.value.
func (f form) pairs(name, key, value string, m map[string]string) form {
	for i, k := range sortedKeys(m) {
		at := name + "." + strconv.Itoa(i+1) + "."
		f.Set(at+key, k)
		f.Set(at+value, m[k])
	}
	return f
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// awsError is an error as the Query protocol answers it.
type awsError struct{ Code, Message string }

func (e *awsError) Error() string { return e.Code + ": " + e.Message }

// reply is what is read of answers.
type reply struct {
	Subscription string    `xml:"SubscribeResult>SubscriptionArn"`
	Error        *awsError `xml:"Error"`
}

// call asks the server, as an access key in a region. Signatures are not verified; who signs is read from them.
func (a *applier) call(ctx context.Context, e *entry, f form) (*reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.endpoint+"/", strings.NewReader(f.Encode()))
	if err != nil {
		return nil, err
	}
	service := "sqs"
	if f.Get("Version") == snsVersion {
		service = "sns"
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Amz-Date", "20000101T000000Z")
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/20000101/%s/%s/aws4_request, SignedHeaders=host, Signature=%s",
		e.key, e.region, service, strings.Repeat("0", 64)))
	answer, err := a.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var out reply
	if err := xml.Unmarshal(text, &out); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("an answer that is no XML: %w", err)
	}
	switch {
	case out.Error != nil:
		return nil, out.Error
	case answer.StatusCode != http.StatusOK:
		return nil, errors.New(answer.Status)
	}
	return &out, nil
}
