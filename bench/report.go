package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// report is what a run says of itself.
type report struct {
	options  options
	date     time.Time
	machine  machine
	versions []version
	figures  []figure
}

// write writes RESULTS.md and the chart to a directory.
func (r report) write(dir string) error {
	for name, content := range map[string]string{"RESULTS.md": r.markdown(), "results.svg": chart(r.groups())} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	return nil
}

// markdown is RESULTS.md.
func (r report) markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Results")
	line("")
	line("Written by `make bench`. What is measured, and how: [README.md](README.md).")
	line("")
	line("![Throughput of framebus and of each peer](results.svg)")
	line("")
	line("| | |")
	line("|---|---|")
	line("| Date | %s |", r.date.UTC().Format("2006-01-02 15:04 UTC"))
	line("| Processor | %s, %d cores, GOMAXPROCS %d |", r.machine.cpu, r.machine.cores, r.machine.procs)
	line("| System | %s |", r.machine.system)
	line("| Go | %s |", r.machine.goVersion)
	for _, v := range r.versions {
		line("| %s | %s |", v.name, v.version)
	}
	line("")
	line("A value is the median of %d runs, with the least and the most in brackets; of %d runs for `memory_queued`,",
		r.options.runs, r.options.gigabytes())
	line("`memory_drain` and `memory_depth`. A ratio above 1 always means that ours is better. Where there is no bar,")
	line("the project asks nothing.")
	line("")
	line("| Figure | Unit | Ours | Peer | The peer's | Ratio | Bar | |")
	line("|---|---|--:|---|--:|--:|---|---|")
	for _, f := range r.figures {
		line("| `%s` | %s | %s | %s | %s | %s | %s | %s |", f.name, f.unit, f.ours.text(), f.peer, f.theirs.text(),
			number(f.ratio()), f.bar, verdict(f))
	}
	line("")
	line("To repeat it, with nothing else running on the machine:")
	line("")
	line("```sh")
	line("make bench")
	line("```")
	return b.String()
}

func verdict(f figure) string {
	switch {
	case f.bar == bar{}:
		return ""
	case f.bar.met(f):
		return "met"
	}
	return "**missed**"
}

// text is the median, and between what it lies if there is something between.
func (s series) text() string {
	median := number(s.median())
	least, most := number(s.min()), number(s.max())
	if least == most {
		return median
	}
	return fmt.Sprintf("%s (%s to %s)", median, least, most)
}

// number has at least three digits that count, and commas between thousands.
func number(v float64) string {
	switch {
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
