package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

const sampleSummary = `summary: {"events":32,"orders":5,"invoices":6,"cancelled":1,"audited":39,` +
	`"retries":6,"dead_letters":1,"rejected":0}`

// The sample's show is as it is in testdata, but for the order in which the listeners of one line speak; and
// it is the same whether the sample is built in, a file, or not shown at all.
func TestSample(t *testing.T) {
	golden, err := os.ReadFile("testdata/orders.golden")
	if err != nil {
		t.Fatal(err)
	}
	want := byLine(string(golden))
	for _, args := range [][]string{nil, {"-input", "testdata/orders.jsonl"}} {
		o := execute(t, args...)
		if o.code != exitOK || o.errors != "" {
			t.Errorf("exit code %d, errors %q", o.code, o.errors)
		}
		if got := byLine(o.out); !slices.Equal(got, want) {
			t.Errorf("the show has changed; if that is right, write it to testdata/orders.golden:\n%s", o.out)
		}
	}
	if o := execute(t, "-quiet"); o.code != exitOK || o.out != sampleSummary+"\n" {
		t.Errorf("quiet: exit code %d, output %q", o.code, o.out)
	}
}

// On SNS and SQS the same comes of it: every listener, the one to all channels included, order, retries and dead letters.
func TestSampleOnAWS(t *testing.T) {
	o := execute(t, "-transport", "sns", "-local", "-quiet")
	if o.code != exitOK || o.out != sampleSummary+"\n" || o.errors != "" {
		t.Errorf("exit code %d, output %q, errors %q", o.code, o.out, o.errors)
	}
}

// byLine returns the lines of a show, sorted within each line of input. What became of a dead letter may be
// told a little later than the rest.
func byLine(show string) []string {
	lines := strings.Split(strings.TrimSuffix(show, "\n"), "\n")
	slices.SortFunc(lines, func(a, b string) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b))
	})
	return lines
}

// number returns the number of the line of input that a line of the show is about.
func number(line string) int {
	var n int
	if _, err := fmt.Sscanf(line, "line-%d", &n); err != nil {
		return math.MaxInt // the summary
	}
	return n
}

// What the README shows is what the program says.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Split(execute(t).out, "\n")
	shown := 0
	for line := range strings.Lines(string(readme)) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "line-") && !strings.HasPrefix(line, "summary: ") {
			continue
		}
		shown++
		if !slices.Contains(said, line) {
			t.Errorf("the README shows a line that the program does not say: %s", line)
		}
	}
	if shown < 10 {
		t.Errorf("the README shows %d lines: has it another form?", shown)
	}
}

// Northwind, an input of real size, lies beside the checkout and not in it.
func TestNorthwind(t *testing.T) {
	const file = "../../../shared/data/northwind.jsonl"
	if _, err := os.Stat(file); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("northwind.jsonl is not beside this checkout")
	}
	want := summary{Events: 3962, Orders: 830, Invoices: 830, Audited: 4792, Retries: 25, DeadLetters: 3}
	for _, args := range [][]string{{"-quiet", "-input", file}, {"-input", file}} {
		o := execute(t, args...)
		if o.code != exitOK || o.errors != "" {
			t.Errorf("%q: exit code %d, errors %q", args, o.code, o.errors)
		}
		if got := o.summary(t); got != want {
			t.Errorf("%q: got %v\nwant %v", args, got, want)
		}
	}
}
