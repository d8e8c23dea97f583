package sns

import (
	"bytes"
	"encoding/json"
)

// The delivery policies of topics and subscriptions for HTTP: sns-message-delivery-retries, "Creating an HTTP/S
// delivery policy". They are checked, kept and shown; nothing is delivered by HTTP here.

type retryPolicy struct {
	MinDelay   *int    `json:"minDelayTarget,omitempty"`
	MaxDelay   *int    `json:"maxDelayTarget,omitempty"`
	Retries    *int    `json:"numRetries,omitempty"`
	MaxRetries *int    `json:"numMaxDelayRetries,omitempty"`
	NoDelay    *int    `json:"numNoDelayRetries,omitempty"`
	MinRetries *int    `json:"numMinDelayRetries,omitempty"`
	Backoff    *string `json:"backoffFunction,omitempty"`
}

type throttlePolicy struct {
	PerSecond *int `json:"maxReceivesPerSecond,omitempty"`
}

type requestPolicy struct {
	ContentType *string `json:"headerContentType,omitempty"`
}

type httpPolicy struct {
	Retry     *retryPolicy    `json:"defaultHealthyRetryPolicy,omitempty"`
	NoOverlay bool            `json:"disableSubscriptionOverrides"`
	Throttle  *throttlePolicy `json:"defaultThrottlePolicy,omitempty"`
	Request   *requestPolicy  `json:"defaultRequestPolicy,omitempty"`
}

type topicPolicy struct {
	HTTP *httpPolicy `json:"http,omitempty"`
}

type subscriptionPolicy struct {
	Retry    *retryPolicy    `json:"healthyRetryPolicy,omitempty"`
	Throttle *throttlePolicy `json:"throttlePolicy,omitempty"`
	Request  *requestPolicy  `json:"requestPolicy,omitempty"`
}

const defaultContentType = "text/plain; charset=UTF-8"

// filled is the policy with the defaults of AWS where it has nothing (sns-message-delivery-retries; recorded:
// test_topic_delivery_policy_crud).
func (p *retryPolicy) filled() *retryPolicy {
	out := retryPolicy{}
	if p != nil {
		out = *p
	}
	for _, f := range []struct {
		at    **int
		value int
	}{{&out.MinDelay, 20}, {&out.MaxDelay, 20}, {&out.Retries, 3}, {&out.MaxRetries, 0}, {&out.NoDelay, 0}, {&out.MinRetries, 0}} {
		if *f.at == nil {
			*f.at = &f.value
		}
	}
	if out.Backoff == nil {
		linear := "linear"
		out.Backoff = &linear
	}
	return &out
}

// fault: the constraints of sns-message-delivery-retries.
func (p *retryPolicy) fault() string {
	if p == nil {
		return ""
	}
	f := p.filled()
	switch {
	case *f.MinDelay < 1 || *f.MinDelay > *f.MaxDelay:
		return "minDelayTarget must be at least 1 and not above maxDelayTarget"
	case *f.MaxDelay > 3600:
		return "maxDelayTarget must be at most 3600"
	case *f.Retries < 0 || *f.Retries > 100:
		return "numRetries must be from 0 to 100"
	case *f.NoDelay < 0 || *f.MinRetries < 0 || *f.MaxRetries < 0 || *f.NoDelay+*f.MinRetries+*f.MaxRetries > *f.Retries:
		return "the retries of all phases must not be negative, and together not above numRetries"
	}
	switch *f.Backoff {
	case "linear", "arithmetic", "geometric", "exponential":
		return ""
	}
	return "backoffFunction must be one of arithmetic, exponential, geometric, linear"
}

func (p *throttlePolicy) fault() string {
	if p != nil && p.PerSecond != nil && *p.PerSecond < 1 {
		return "maxReceivesPerSecond must be at least 1"
	}
	return ""
}

// topicDelivery checks a topic's delivery policy and writes it as SNS keeps it. An empty one removes it.
func topicDelivery(text string) (kept, fault string) {
	if text == "" {
		return "", ""
	}
	var p topicPolicy
	if fault := strict(text, &p); fault != "" {
		return "", fault
	}
	if p.HTTP == nil {
		return "", "http is missing"
	}
	if fault := p.HTTP.Retry.fault() + p.HTTP.Throttle.fault(); fault != "" {
		return "", fault
	}
	return encode(p), ""
}

// effectiveDelivery is the topic's policy with the defaults.
func effectiveDelivery(text string) string {
	p := topicPolicy{HTTP: &httpPolicy{}}
	_ = json.Unmarshal([]byte(text), &p) // it was checked, or is empty
	p.HTTP.Retry = p.HTTP.Retry.filled()
	if p.HTTP.Request == nil {
		kind := defaultContentType
		p.HTTP.Request = &requestPolicy{ContentType: &kind}
	}
	return encode(p)
}

// subscriptionDelivery is topicDelivery for a subscription.
func subscriptionDelivery(text string) (kept, fault string) {
	if text == "" {
		return "", ""
	}
	var p subscriptionPolicy
	if fault := strict(text, &p); fault != "" {
		return "", fault
	}
	if fault := p.Retry.fault() + p.Throttle.fault(); fault != "" {
		return "", fault
	}
	return encode(p), ""
}

// strict reads JSON that has nothing else than the struct.
func strict(text string, into any) (fault string) {
	d := json.NewDecoder(bytes.NewBufferString(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return "failed to parse JSON. " + err.Error()
	}
	if d.More() {
		return "failed to parse JSON. There is something behind it"
	}
	return ""
}

func encode(v any) string {
	text, _ := json.Marshal(v) //nolint:errchkjson // structs of numbers and strings
	return string(text)
}
