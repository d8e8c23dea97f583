package transporttest

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport"
)

// Harness tells the suite how to reach a transport.
type Harness struct {
	// New makes a broker for one case, or reaches a shared one, and returns the function that connects one
	// more process to it. The suite closes every transport that it opened; what New started, New ends with
	// t.Cleanup.
	New func(t testing.TB) (open func() transport.Transport)
	// Bubble runs each case, New included, in a testing/synctest bubble, where waiting costs nothing. It is
	// for brokers that live in this process, without network or system calls. Watermill's suite has none.
	Bubble bool
	// Parallel runs cases at the same time, as many as go test -parallel says: for brokers that one mostly
	// waits for.
	Parallel bool
	// Lease is the lease of the subscriptions whose leases a case lets run out, and the delay of delayed
	// retries. Defaults to 2 s. A broker that counts in whole seconds needs whole seconds here.
	Lease time.Duration
	// Patience is how long the suite waits for what must come. Several leases may pass in it. Defaults to
	// 30 s.
	Patience time.Duration
	// Quiet is how long the suite watches that nothing comes. Defaults to half of Lease, in a bubble to four
	// times Lease.
	Quiet time.Duration
	// Short takes fewer messages for Watermill's suite, as go test -short does.
	Short bool
}

func (h Harness) withDefaults() Harness {
	if h.Lease <= 0 {
		h.Lease = 2 * time.Second
	}
	if h.Patience <= 0 {
		h.Patience = 30 * time.Second
	}
	if h.Quiet <= 0 {
		h.Quiet = h.Lease / 2
		if h.Bubble {
			h.Quiet = 4 * h.Lease
		}
	}
	return h
}

// Outcome is what came of a rule.
type Outcome string

// The outcomes.
const (
	Passed Outcome = "passed"
	Failed Outcome = "failed"
	// Unsupported: the transport does not claim a feature that the rule is about, and refuses it as it
	// should.
	Unsupported Outcome = "unsupported"
)

// Result is what came of one rule.
type Result struct {
	// Name of the rule, "subject/name".
	Name string
	// Rule in words.
	Rule    string
	Outcome Outcome
	// Missing is the feature that the transport does not claim, if the outcome is Unsupported.
	Missing string
}

// Run tests a transport and returns what came of each rule that was run, in the order of the suite.
func Run(t *testing.T, h Harness) []Result {
	h = h.withDefaults()
	list := rules()
	results := make([]Result, len(list))
	t.Run("contract", func(t *testing.T) {
		for i, r := range list {
			t.Run(r.name, func(t *testing.T) {
				if h.Parallel {
					t.Parallel()
				}
				result := &results[i]
				result.Rule = r.text
				t.Cleanup(func() { result.conclude(r.name, t.Failed()) })
				if !h.Bubble {
					result.Missing = r.run(t, h)
					return
				}
				synctest.Test(t, func(t *testing.T) { result.Missing = r.run(t, h) })
			})
		}
	})
	t.Run("watermill", func(t *testing.T) {
		results = append(results, watermillSuite(t, h)...)
	})
	return slices.DeleteFunc(results, func(r Result) bool { return r.Name == "" })
}

func (r *Result) conclude(name string, failed bool) {
	r.Name = name
	switch {
	case failed:
		r.Outcome = Failed
	case r.Missing != "":
		r.Outcome = Unsupported
	default:
		r.Outcome = Passed
	}
}

// rule is one rule of the contract and the test of it.
type rule struct {
	// name is "subject/name", and text the rule in the contract's words.
	name, text string
	// needs are the features that the rule is about.
	needs []feature
	test  func(t *trial)
}

// rules returns the suite.
func rules() []rule {
	return slices.Concat(
		featureRules(), publishRules(), batchRules(), receiveRules(), declareRules(), globRules(), filterRules(),
		leaseRules(), settleRules(), retryRules(), releaseRules(), deadLetterRules(), redriveRules(), orderRules(),
		closeRules(), drainRules(), bodyRules(), powerRules(), stressRules(),
	)
}

// run tests one rule. It returns the features that the transport does not claim, having tested that they
// are refused, or "" if the rule itself was tested.
func (r rule) run(tb testing.TB, h Harness) (missing string) {
	t := newTrial(tb, h, r)
	probe := t.connect()
	t.features = probe.Features()
	for _, f := range r.needs {
		if f.claimed(probe) {
			continue
		}
		if missing != "" {
			missing += ", "
		}
		missing += f.name
		if f.refused != nil {
			f.refused(t)
		}
	}
	if missing != "" {
		t.Logf("unsupported: %s does not claim %s", t.features.Name, missing)
		return missing
	}
	r.test(t)
	return ""
}

// broken says that a rule was broken, and how that was seen.
func (r rule) broken(format string, args ...any) string {
	return fmt.Sprintf("%s is broken.\n\trule: %s\n\tseen: %s", r.name, r.text, fmt.Sprintf(format, args...))
}
