package secondopinion

import (
	"fmt"
	"slices"
	"strings"
)

// The generated part of docs/aws.md stands between these lines.
const (
	begin = "<!-- disagreements: begin. Generated from testdata/disagreements.tsv; see docs/aws.md's text above. -->"
	end   = "<!-- disagreements: end -->"
)

// document renders the table for people: a table for each verdict, the one with the fewest lines first, because the
// long ones say the same of everything in them.
func document(rows []row, waiting []string) string {
	by := map[string][]row{}
	for _, r := range rows {
		by[r.verdict] = append(by[r.verdict], r)
	}
	var verdicts []string
	for v := range by {
		verdicts = append(verdicts, v)
	}
	slices.SortFunc(verdicts, func(a, b string) int {
		if d := len(by[a]) - len(by[b]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", begin, summary(rows))
	for _, v := range verdicts {
		fmt.Fprintf(&b, "\n#### %s\n\n| Case | Emulator | What it does | What AWS says |\n| --- | --- | --- | --- |\n", v)
		for _, r := range by[v] {
			does := r.does
			if r.outcome != fails {
				does = string(r.outcome) + ": " + does
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(r.name), r.emulator, cell(does), cell(r.says))
		}
	}
	fmt.Fprintf(&b, "\n#### Not run over a network\n\n%d cases wait for more than %v, and run in bubbles for snstest only: %s.\n\n%s\n",
		len(waiting), longestWait, strings.Join(waiting, ", "), end)
	return b.String()
}

// summary counts.
func summary(rows []row) string {
	var b strings.Builder
	b.WriteString("| Emulator |")
	outcomes := []outcome{fails, sometimes, hangs, unsupported, notRun}
	for _, o := range outcomes {
		fmt.Fprintf(&b, " %s |", o)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(outcomes)) + "\n")
	for _, e := range emulators() {
		counts := map[outcome]int{}
		for _, r := range of(rows, e.name) {
			counts[r.outcome]++
		}
		fmt.Fprintf(&b, "| %s %s |", e.name, e.version)
		for _, o := range outcomes {
			fmt.Fprintf(&b, " %d |", counts[o])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// cell keeps a text within a cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "'").Replace(s)
}
