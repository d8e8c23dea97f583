package transporttest

import (
	"strings"
	"testing"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// TestRun runs the whole suite as a driver's test does, and looks at what it returns.
func TestRun(t *testing.T) {
	results := Run(t, Harness{
		New: func(testing.TB) func() transport.Transport {
			broker := memory.New()
			return func() transport.Transport { return broker.Connect() }
		},
		Bubble: true, Parallel: true, Short: true,
	})
	want := rules()
	if len(results) == 0 {
		t.Fatal("Run returned nothing")
	}
	for i, r := range results {
		if r.Outcome != Passed || r.Missing != "" || r.Rule == "" {
			t.Errorf("result %+v", r)
		}
		if i < len(want) && r.Name != want[i].name && len(results) == len(want)+2 {
			t.Errorf("result %d is %s, the rule %s", i, r.Name, want[i].name)
		}
	}
}

// TestRunReportsUnsupported looks at the result of what a transport does not claim.
func TestRunReportsUnsupported(t *testing.T) {
	for _, r := range Run(t, Harness{New: newHumble(transport.Features{}, true), Bubble: true, Short: true}) {
		switch {
		case r.Name == "watermill/ordered" && (r.Outcome != Unsupported || r.Missing != "Ordered"),
			strings.HasPrefix(r.Name, "order/") && (r.Outcome != Unsupported || !strings.Contains(r.Missing, "Ordered")),
			strings.HasPrefix(r.Name, "publish/") && r.Outcome != Passed:
			t.Errorf("result %+v", r)
		}
	}
}

// TestRulesAreStated holds what a reader of a failure needs: each rule has a name of its own and words.
func TestRulesAreStated(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if subject, name, ok := strings.Cut(r.name, "/"); !ok || subject == "" || name == "" || seen[r.name] {
			t.Errorf("the name %q is no subject/name, or not the only one", r.name)
		}
		seen[r.name] = true
		if !strings.HasSuffix(r.text, ".") || len(r.text) < 30 {
			t.Errorf("the rule %s is stated as %q", r.name, r.text)
		}
	}
}
