package secondopinion

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// row is a disagreement: a case, and what an emulator does with it.
type row struct {
	emulator, name string
	outcome        outcome
	does           string // in the words of the case's failure
	says           string // what AWS says, and its page
	verdict        string // who is right, by which evidence
}

// outcome is what becomes of a case.
type outcome string

const (
	passes      outcome = "passes" // has no row
	fails       outcome = "fails"
	unsupported outcome = "unsupported" // the emulator has no such operation
	hangs       outcome = "hangs"       // no answer in the case's time
	sometimes   outcome = "sometimes"   // fails now and passes then: the emulator races with itself
	notRun      outcome = "not run"     // the emulator has not what the case needs
)

const head = "emulator\tcase\toutcome\twhat it does\twhat AWS says\tverdict"

// parse reads a table. Rows are in the order of sorted.
func parse(text string) ([]row, error) {
	first, rest, _ := strings.Cut(text, "\n")
	if first != head {
		return nil, fmt.Errorf("the first line is %q, want %q", first, head)
	}
	var rows []row
	var errs []error
	n := 1
	for line := range strings.Lines(rest) {
		n++
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 6 || slices.Contains(f, "") {
			errs = append(errs, fmt.Errorf("line %d: want 6 columns, none of them empty", n))
			continue
		}
		if !slices.Contains([]outcome{fails, unsupported, hangs, sometimes, notRun}, outcome(f[2])) {
			errs = append(errs, fmt.Errorf("line %d: %q is no outcome", n, f[2]))
		}
		rows = append(rows, row{f[0], f[1], outcome(f[2]), f[3], f[4], f[5]})
	}
	if !slices.IsSortedFunc(rows, order) {
		errs = append(errs, errors.New("the rows are not sorted, or one is there twice"))
	}
	return rows, errors.Join(errs...)
}

func order(a, b row) int {
	if c := cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.emulator, b.emulator)); c != 0 {
		return c
	}
	return -1 // a row that is there twice is out of order
}

// format writes a table.
func format(rows []row) string {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.emulator, b.emulator))
	})
	var b strings.Builder
	b.WriteString(head + "\n")
	for _, r := range rows {
		b.WriteString(strings.Join([]string{r.emulator, r.name, string(r.outcome), r.does, r.says, r.verdict}, "\t") + "\n")
	}
	return b.String()
}

// of are the rows of an emulator.
func of(rows []row, emulator string) []row {
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.emulator != emulator })
}

// named are the rows of a case.
func named(rows []row, name string) []row {
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.name != name })
}

// tableFile is what is expected of the emulators.
const tableFile = "testdata/disagreements.tsv"

func load() ([]row, error) {
	text, err := os.ReadFile(tableFile)
	if err != nil {
		return nil, err
	}
	rows, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tableFile, err)
	}
	return rows, nil
}
