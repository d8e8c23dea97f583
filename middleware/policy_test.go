package middleware

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestPolicyValidate(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name   string
		policy Policy
		want   []string // what the error says; none if it is nil
	}{
		{"zero", Policy{}, nil},
		{"default", DefaultPolicy(), nil},
		{"all at the bounds", Policy{
			Immediate: 100, Backoff: 14 * day, MaxBackoff: 14 * day, Delays: make([]time.Duration, 100), Jitter: 1,
		}, nil},
		{"no max backoff", Policy{Immediate: 1, Backoff: time.Second}, nil},
		{"negative immediate", Policy{Immediate: -1}, []string{"immediate retries are -1, want 0 to 100"}},
		{"immediate without end", Policy{Immediate: 101}, []string{"immediate retries are 101"}},
		{"negative backoff", Policy{Backoff: -1}, []string{"backoff is -1ns, want 0 to 336h0m0s"}},
		{"negative max backoff", Policy{MaxBackoff: -time.Second}, []string{"max backoff is -1s"}},
		{"backoff above its maximum", Policy{Backoff: time.Minute, MaxBackoff: time.Second},
			[]string{"backoff 1m0s is above max backoff 1s"}},
		{"negative delay", Policy{Delays: []time.Duration{1, -1}}, []string{"delay 2 is -1ns"}},
		{"delay above what a broker keeps", Policy{Delays: []time.Duration{14*day + 1}}, []string{"delay 1 is 336h"}},
		{"too many delays", Policy{Delays: make([]time.Duration, 101)}, []string{"there are 101 delays"}},
		{"negative jitter", Policy{Jitter: -0.1}, []string{"jitter is -0.1, want 0 to 1"}},
		{"jitter above 1", Policy{Jitter: 1.1}, []string{"jitter is 1.1"}},
		{"jitter is no number", Policy{Jitter: math.NaN()}, []string{"jitter is NaN"}},
		{"all at once", Policy{Immediate: -1, Backoff: -1, MaxBackoff: -1, Delays: []time.Duration{-1}, Jitter: 2},
			[]string{"immediate", "backoff", "max backoff", "delay 1", "jitter"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.policy.Validate()
			if (err != nil) != (len(tt.want) > 0) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), "middleware: policy: "+want) {
					t.Errorf("got %q, want it to say %q", err, want)
				}
			}
		})
	}
}

func TestPolicyBackoff(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name   string
		policy Policy
		want   []time.Duration
	}{
		{"doubles to the maximum", Policy{Backoff: 50 * ms, MaxBackoff: 300 * ms}, []time.Duration{50 * ms, 100 * ms, 200 * ms, 300 * ms, 300 * ms}},
		{"hits the maximum", Policy{Backoff: 50 * ms, MaxBackoff: 100 * ms}, []time.Duration{50 * ms, 100 * ms, 100 * ms}},
		{"begins at the maximum", Policy{Backoff: 2 * time.Second, MaxBackoff: time.Second}, []time.Duration{time.Second, time.Second}},
		{"has no maximum", Policy{Backoff: time.Second}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		{"has no waits", Policy{MaxBackoff: time.Second}, []time.Duration{0, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for n, want := range tt.want {
				equal(t, "backoff", tt.policy.backoff(n), want)
			}
		})
	}
	equal(t, "backoff far out", Policy{Backoff: time.Hour}.backoff(100), maxWait)
}

func TestPolicyJitter(t *testing.T) {
	for _, jitter := range []float64{0, 0.2, 1} {
		p := Policy{Jitter: jitter, Delays: []time.Duration{time.Second}}
		low, high := time.Duration(math.MaxInt64), time.Duration(0)
		for range 10_000 {
			wait, _ := p.redelivery(0)
			low, high = min(low, wait), max(high, wait)
		}
		spread := time.Duration(float64(time.Second) * jitter)
		if low < time.Second-spread || high > time.Second+spread {
			t.Errorf("jitter %v: %s to %s, want within %s of 1s", jitter, low, high, spread)
		}
		if reach := spread * 9 / 10; low > time.Second-reach || high < time.Second+reach {
			t.Errorf("jitter %v: %s to %s, want about all of %s around 1s", jitter, low, high, spread)
		}
	}
}

func TestPolicyRedelivery(t *testing.T) {
	p := Policy{Delays: []time.Duration{time.Second, time.Minute}}
	for n, want := range map[int]time.Duration{-1: time.Second, 0: time.Second, 1: time.Minute} {
		wait, ok := p.redelivery(n)
		if !ok || wait != want {
			t.Errorf("redelivery %d: got %s, %v, want %s", n, wait, ok, want)
		}
	}
	for _, n := range []int{2, 3} {
		if _, ok := p.redelivery(n); ok {
			t.Errorf("redelivery %d: there should be none", n)
		}
	}
	if _, ok := (Policy{}).redelivery(0); ok {
		t.Error("the zero policy redelivers")
	}
}
