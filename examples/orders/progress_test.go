package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBar(t *testing.T) {
	for _, c := range []struct {
		read, size, lines int64
		want              string
	}{
		{0, 300, 0, "[                              ]   0%  0 lines, 0 a second"},
		{150, 300, 40, "[===============               ]  50%  40 lines, 20 a second"},
		{300, 300, 81, "[==============================] 100%  81 lines, 40 a second"},
		{400, 300, 81, "[==============================] 100%  81 lines, 40 a second"}, // it has grown meanwhile
		{1 << 40, 0, 1_000_000, "1000000 lines, 500000 a second"},
	} {
		if got := bar(c.read, c.size, c.lines, 2*time.Second); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

// A long input gets a bar on a terminal, which makes way for other lines and is gone at the end. A short one
// gets none, and neither does what is no terminal.
func TestProgress(t *testing.T) {
	for _, c := range []struct {
		name     string
		lines    int
		terminal bool
		want     bool
	}{
		{"long", 350, true, true},
		{"short", 50, true, false},
		{"no terminal", 300, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slow := &generator{
					lines: c.lines,
					line: func(n int) string {
						if n%100 == 99 {
							return "bad"
						}
						return fmt.Sprintf(`{"channel":"Part","action":"created","data":{"id":%d}}`, n)
					},
					between: func(int) { time.Sleep(10 * time.Millisecond) },
				}
				o := feed(t.Context(), t, slow, func(p *program) {
					p.screen.terminal = c.terminal
					p.input.size = int64(c.lines * 55)
				})
				if got := o.summary(t); got.Events+got.Rejected != c.lines {
					t.Errorf("%v", got)
				}
				if drawn := strings.Contains(o.errors, "[=="); drawn != c.want {
					t.Fatalf("drawn is %v: %q", drawn, o.errors)
				}
				const eraseLine = "\r\x1b[K"
				if c.want && !strings.HasSuffix(o.errors, eraseLine) {
					t.Errorf("the bar is left behind: %q", o.errors)
				}
				for line := range strings.SplitSeq(strings.ReplaceAll(o.errors, eraseLine, "\n"), "\n") {
					if bars := strings.Count(line, " a second"); bars > 1 || bars == 1 && strings.Contains(line, "line ") {
						t.Errorf("a bar shares its line: %q", line)
					}
				}
			})
		})
	}
}

// The bus's troubles are reported; what becomes of single events, the show tells.
func TestBusLogger(t *testing.T) {
	var out, errors buffer
	p := &program{screen: newScreen(&out, &errors)}
	log := p.busLogger()
	log.Info("framebus: running")
	log.Warn("framebus: event failed, it comes again", "id", 1)
	log.Error("framebus: event dead-lettered", "id", 1)
	log.Warn("framebus: settling failed, the event may come again", "id", 2)
	if got := errors.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "settling failed") || !strings.Contains(got, "id=2") {
		t.Errorf("reported %q", got)
	}
}
