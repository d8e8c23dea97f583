package transporttest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// recorder is a testing.TB that keeps failures to itself.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failures []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.failures) > 0
}

func (r *recorder) Helper()             {}
func (r *recorder) Logf(string, ...any) {}

// try runs one rule in a bubble and returns what failed, and what was missing.
func try(t *testing.T, r rule, h Harness) (failures []string, missing string) {
	t.Helper()
	h.Bubble = true
	var rec *recorder
	synctest.Test(t, func(t *testing.T) {
		rec = &recorder{TB: t}
		done := make(chan struct{})
		go func() { // of its own, for Fatalf to end
			defer close(done)
			missing = r.run(rec, h.withDefaults())
		}()
		<-done
	})
	return rec.failures, missing
}

// named returns the rule of a name.
func named(t *testing.T, name string) rule {
	t.Helper()
	for _, r := range rules() {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("there is no rule %s", name)
	return rule{}
}

func TestSoundDriverPasses(t *testing.T) {
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			if failures, missing := try(t, r, Harness{New: newFaulty(&fault{})}); len(failures) > 0 || missing != "" {
				t.Errorf("missing %q, failed: %s", missing, strings.Join(failures, "\n"))
			}
		})
	}
}

func TestFaultsAreFound(t *testing.T) {
	broken := map[string]bool{}
	for _, f := range faults() {
		for _, name := range f.breaks {
			broken[name] = true
			t.Run(strings.ReplaceAll(f.name, " ", "-")+"/"+name, func(t *testing.T) {
				r := named(t, name)
				failures, _ := try(t, r, Harness{New: newFaulty(&f)})
				if len(failures) == 0 {
					t.Fatalf("the rule %s does not notice a driver that %s", name, f.name)
				}
				for _, failure := range failures {
					if !strings.HasPrefix(failure, name+" is broken.") || !strings.Contains(failure, r.text) {
						t.Errorf("a failure does not quote its rule: %s", failure)
					}
				}
				t.Log(failures[0])
			})
		}
	}
	for _, r := range rules() {
		if !broken[r.name] {
			t.Errorf("no fault proves that the rule %s can fail", r.name)
		}
	}
}
