package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each experiment, on little work, gives the figures that it announces, and every bar is some figure's.
func TestExperiments(t *testing.T) {
	bars := bars()
	if _, err := os.Stat(fauxqs); err != nil { // it is not measured then
		maps.DeleteFunc(bars, func(key [2]string, _ bar) bool { return key[1] == "fauxqs" })
	}
	for _, e := range experiments() {
		t.Run(e.figures[0], func(t *testing.T) {
			figures, err := e.run(t.Context(), options{runs: 1, duration: 5 * time.Millisecond, queued: 5000})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range figures {
				names = append(names, f.name)
				if f.ratio() < 0 || f.unit == "" {
					t.Errorf("%s is no figure", f)
				}
				key := [2]string{f.name, f.peer}
				if f.bar != bars[key] {
					t.Errorf("%s: the bar is %q, want %q", f, f.bar, bars[key])
				}
				delete(bars, key)
			}
			if got := slices.Compact(names); !slices.Equal(got, e.figures) {
				t.Errorf("the figures are %q, want %q", got, e.figures)
			}
		})
	}
	if len(bars) > 0 {
		t.Errorf("nothing has to reach the bars %v", slices.Collect(maps.Keys(bars)))
	}
}

func TestEntrantsTakeTurns(t *testing.T) {
	var order []string
	run := func(name string) entrant[int] {
		return entrant[int]{name, func(context.Context) (int, error) {
			order = append(order, name)
			return len(order), nil
		}}
	}
	outcomes, err := turns(t.Context(), 2, []entrant[int]{run("a"), run("b")})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "a b a b" {
		t.Errorf("the order is %s", got)
	}
	if b := outcomes[1]; b.name != "b" || !slices.Equal(b.runs, []int{2, 4}) {
		t.Errorf("b gave %+v, want its name and 2 and 4", b)
	}

	broken := errors.New("broken")
	fails := entrant[int]{"c", func(context.Context) (int, error) { return 0, broken }}
	if _, err := turns(t.Context(), 2, []entrant[int]{fails}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "c") {
		t.Errorf("got %v, want what went wrong with c", err)
	}
}

func TestCommand(t *testing.T) {
	t.Chdir(t.TempDir()) // where it would write by default
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-only", "latency_p50", "-runs", "1", "-duration", "1ms"}, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "BENCH memory_latency_p50 "); n != 2 || strings.Count(out.String(), "\n") != n {
		t.Errorf("got %q, want two figures of memory_latency_p50 and nothing else", out.String())
	}
	for _, args := range [][]string{{"-only", "("}, {"-runs", "0"}, {"-duration", "0s"}} {
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("%q is no error", args)
		}
	}
}
