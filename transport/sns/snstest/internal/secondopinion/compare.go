package secondopinion

import (
	"fmt"
	"slices"
	"strings"
)

// compare returns what is untrue of an emulator's rows, by what its cases came to.
func compare(rows, results []row) []string {
	expected := map[string]row{}
	for _, r := range rows {
		expected[r.name] = r
	}
	var untrue []string
	say := func(format string, args ...any) { untrue = append(untrue, fmt.Sprintf(format, args...)) }
	for _, got := range results {
		want, listed := expected[got.name]
		delete(expected, got.name)
		switch {
		case !listed && got.outcome != passes:
			say("%s: %s newly %s: %s\nAWS (%s)\nread that page: if it agrees with the emulator, mend snstest; else add a line to %s",
				got.name, got.emulator, got.outcome, got.does, got.says, "disagreements.tsv")
		case listed && want.outcome == sometimes && got.outcome != notRun && (got.outcome == passes || oneOf(want.does, got.does)):
			// As expected, either way.
		case listed && got.outcome == passes:
			say("%s: %s newly passes: delete its line, and see that no other case was weakened", got.name, got.emulator)
		case listed && (got.outcome != want.outcome || !oneOf(want.does, got.does)):
			say("%s: %s now %s: %q, and its line has %s: %q: read the page again, and correct the line",
				got.name, got.emulator, got.outcome, got.does, want.outcome, want.does)
		case listed && got.says != want.says:
			say("%s: the case says %q, and its line has %q: correct the line", got.name, got.says, want.says)
		}
	}
	for _, r := range rows {
		if _, left := expected[r.name]; left {
			say("%s: no such case is run with %s: delete its line", r.name, r.emulator)
		}
	}
	return untrue
}

// renewed are all rows with those of an emulator replaced by its results. A line stays as long as the case does the
// same; where a verdict is wanted it is "?", which no test accepts.
func renewed(rows []row, emulator string, results []row) []row {
	old := map[string]row{}
	var out []row
	for _, r := range rows {
		if r.emulator != emulator {
			out = append(out, r)
			continue
		}
		old[r.name] = r
	}
	for _, r := range results {
		r.verdict = unsettled
		switch was, listed := old[r.name]; {
		case listed && was.outcome == sometimes:
			if r.outcome != passes && !oneOf(was.does, r.does) {
				was.does += or + r.does
			}
			was.says = r.says
			r = was
		case r.outcome == passes:
			continue
		case listed && r.outcome == was.outcome && oneOf(was.does, r.does):
			r.does, r.verdict = was.does, was.verdict
		}
		out = append(out, r)
	}
	return out
}

// unsettled is the verdict of a line that nobody has looked at.
const unsettled = "?"

// or is between the things that an emulator does now and then, where it does not always the same.
const or = " -- or: "

func oneOf(does, this string) bool { return slices.Contains(strings.Split(does, or), this) }
