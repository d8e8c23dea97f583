package secondopinion

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest/internal/conformance"
)

// The table is whole: its cases exist, say what it says, and every line is settled. That needs no emulator.
func TestTable(t *testing.T) {
	rows, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range emulators() {
		says := map[string]string{}
		for _, c := range overNetwork(e.cases()) {
			says[c.Name] = found(e.name, c, conformance.Result{}).says
		}
		for _, r := range of(rows, e.name) {
			if got, ok := says[r.name]; !ok {
				t.Errorf("%s: no such case is run with %s: delete its line", r.name, e.name)
			} else if got != r.says {
				t.Errorf("%s: the case says %q, and the line %q", r.name, got, r.says)
			}
		}
	}
	for _, r := range rows {
		if r.verdict == unsettled {
			t.Errorf("%s: nobody has settled who is right, %s or snstest", r.name, r.emulator)
		}
		if !slices.ContainsFunc(emulators(), func(e emulatorKind) bool { return e.name == r.emulator }) {
			t.Errorf("%s: there is no emulator %s", r.name, r.emulator)
		}
	}
	if text, err := os.ReadFile(tableFile); err != nil || format(rows) != string(text) {
		t.Errorf("%s is not as it would be written: %v", tableFile, err)
	}
}

// The document shows the table, and the versions that are installed.
func TestDocument(t *testing.T) {
	rows, err := load()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end+"\n")
	if !found || !ended {
		t.Fatalf("%s has no part for the disagreements", documentFile)
	}
	want := before + document(rows, waiting(allCases())) + after
	if os.Getenv(update) != "" {
		if err := os.WriteFile(documentFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Errorf("%s does not show %s: run this test with %s=1", documentFile, tableFile, update)
	}
	var installed struct{ Dependencies map[string]string }
	if text, err = os.ReadFile("testdata/emulators/package.json"); err == nil {
		err = json.Unmarshal(text, &installed)
	}
	for _, e := range emulators() {
		if installed.Dependencies[e.name] != e.version {
			t.Errorf("%s: %s is installed, %s is shown: %v", e.name, installed.Dependencies[e.name], e.version, err)
		}
	}
}

func TestParse(t *testing.T) {
	good := head + "\ne\ta\tfails\tdoes\tsays\tright\ne\tb\thangs\tdoes\tsays\tright\nf\tb\tfails\tdoes\tsays\tright\n"
	rows, err := parse(good)
	if err != nil || len(rows) != 3 || format(rows) != good {
		t.Errorf("got %v, %v", rows, err)
	}
	for _, c := range []struct{ name, text string }{
		{"no head", "e\ta\tfails\tdoes\tsays\tright\n"},
		{"empty column", head + "\ne\ta\tfails\t\tsays\tright\n"},
		{"five columns", head + "\ne\ta\tfails\tdoes\tsays\n"},
		{"unknown outcome", head + "\ne\ta\tpasses\tdoes\tsays\tright\n"},
		{"twice", head + "\ne\ta\tfails\tdoes\tsays\tright\ne\ta\tfails\tdoes\tsays\tright\n"},
		{"out of order", head + "\ne\tb\tfails\tdoes\tsays\tright\ne\ta\tfails\tdoes\tsays\tright\n"},
	} {
		if rows, err := parse(c.text); err == nil {
			t.Errorf("%s: got %v, want an error", c.name, rows)
		}
	}
}
