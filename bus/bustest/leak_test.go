package bustest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/bus"
)

// A goroutine that outlives the bus stops the program of the test, so that it takes another one to see it. One
// that waits for the clock is no better than one that waits for nothing.
func TestLeakedGoroutine(t *testing.T) {
	leaks := map[string]func(){
		"blocked": func() { select {} },
		"ticking": func() {
			for range time.Tick(time.Second) {
			}
		},
	}
	if leak, ok := leaks[os.Getenv("BUSTEST_LEAK")]; ok {
		Run(t, func(b *bus.Bus) { mail(b); go leak() }, func(_ *testing.T, h *Harness) { publish(h) })
		return
	}
	for name := range leaks {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeakedGoroutine$")
		cmd.Env = append(os.Environ(), "BUSTEST_LEAK="+name)
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("%s: a leaked goroutine passes: %s", name, out)
		}
		for _, want := range []string{ // docs/testing.md quotes them
			"--- FAIL: TestLeakedGoroutine", "blocked goroutines remain", "bustest.TestLeakedGoroutine.func", "/leak_test.go:",
		} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: the test does not say %q but: %s", name, want, out)
			}
		}
	}
}
