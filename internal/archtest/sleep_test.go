package archtest

import (
	"strings"
	"testing"
)

func TestSleep(t *testing.T) {
	const (
		found  = "core/a_test.go:10: time.Sleep outside"
		header = `package core

import (
	"testing"
	"testing/synctest"
	"time"
)

`
	)
	for _, c := range []struct{ name, code, want string }{
		{"in a test", `
func TestA(t *testing.T) {
	time.Sleep(1)
}`, found},
		{"in a test that speaks of bubbles", `
// TestA has a bubble elsewhere.
func TestA(t *testing.T) { time.Sleep(1) }`, found},
		{"in a subtest", `
func TestA(t *testing.T) {
	t.Run("b", func(t *testing.T) { time.Sleep(1) })
}`, found},
		{"in a helper", `
// wait waits.
func wait() { time.Sleep(1) }`, found},
		{"as a value", `
func TestA(t *testing.T) {
	wait := time.Sleep
	wait(1)
}`, found},
		{"in disguise", `
func TestA(t *testing.T) {
	<-time.After(1)
}`, "core/a_test.go:10: a sleep outside"},
		{"after a bubble", `
func TestA(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {})
	time.Sleep(1)
}`, "core/a_test.go:11: time.Sleep outside"},
		{"as a guard", `
func TestA(t *testing.T) {
	select {
	case <-time.After(1):
	}
}`, ""},
		{"after a guard", `
func TestA(t *testing.T) {
	select {
	case <-time.After(1):
		time.Sleep(1)
	}
}`, "core/a_test.go:12: time.Sleep outside"},
		{"in a bubble", `
func TestA(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		go func() { time.Sleep(1) }()
	})
}`, ""},
		{"in a function given to a bubble", `
func TestA(t *testing.T) { synctest.Test(t, inside) }

func inside(t *testing.T) { time.Sleep(1) }`, ""},
		{"in a helper for bubbles", `
// wait waits in a bubble.
func wait() { time.Sleep(1) }`, ""},
		{"in a method for bubbles", `
// TestA is called in a bubble.
func (s *suite) TestA(t *testing.T) { time.Sleep(1) }`, ""},
		{"in a bubble that a helper makes", `
// bubble runs f in a bubble of its own.
func bubble(t *testing.T, f func(*testing.T)) { synctest.Test(t, f) }

func TestA(t *testing.T) { bubble(t, func(t *testing.T) { time.Sleep(1) }) }`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			if c.want != "" {
				want = append(want, c.want)
			}
			finds(t, checkSleep, files{"core/a_test.go": header + strings.TrimPrefix(c.code, "\n") + "\n"}, want...)
		})
	}
}

func TestSleepKnowsTestsByTheirImports(t *testing.T) {
	finds(t, checkSleep, files{
		"core/a.go":  "package core\n\nimport \"time\"\n\nfunc a() { time.Sleep(1) }\n",
		"later/a.go": "package later\n\nimport (\n\t_ \"testing\"\n\tclock \"time\"\n)\n\nfunc a() { clock.Sleep(1) }\n",
	}, "later/a.go:8: time.Sleep outside")
}
