package archtest

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// files are names and contents. An empty content takes the file out.
type files map[string]string

// fixture returns a small house that passes every check, with the changes made to it, and its rules.
func fixture(t *testing.T, changes files) (*tree, *rules) {
	t.Helper()
	all := files{
		"go.mod": `module example.com/house

go 1.26.0

require example.com/dep v1.0.0 // why not

require (
	example.com/dep/sub v1.0.0
	example.com/far v1.0.0 // indirect
)
`,
		"README.md":           "See https://example.com/home/page and /homework.\n",
		"leaf/doc.go":         "// Package leaf is below all.\npackage leaf\n",
		"leaf/leaf_test.go":   "package leaf_test\n\nimport (\n\t_ \"example.com/dep/sub/x\"\n\n\t_ \"example.com/house/leaf\"\n)\n",
		"core/core.go":        "// Package core has arrows.\npackage core\n\nimport (\n\t_ \"time\"\n\n\t_ \"example.com/dep/y\"\n\n\t_ \"example.com/house/leaf\"\n)\n",
		"core/broker/b.go":    "// Package broker is what core's tests need.\npackage broker\n",
		"core/core_test.go":   "package core\n\nimport (\n\t_ \"example.com/dep/y\"\n\n\t_ \"example.com/house/core/broker\"\n)\n",
		"core/static/a.css":   "a {}\n",
		"cmd/tool/main.go":    "// Tool does anything.\npackage main\n\nimport _ \"example.com/house/core\"\n",
		"docs/a.md":           "Prose.\n",
		".ci/run":             "#!/bin/sh\n",
		".git/config":         "/ho" + "me/dev/house\n",
		"core/testdata/x.go":  "package helpers\n\nfunc init() {}\n",
		"peers/go.mod":        "module example.com/peers\n",
		"peers/main.go":       "// Peers may import what it likes.\npackage main\n\nimport _ \"example.com/peer\"\n",
		"peers/inner/deep.go": "// Package inner is none of the root module's.\npackage inner\n",
	}
	maps.Copy(all, changes)
	disk := fstest.MapFS{}
	for name, body := range all {
		if body != "" {
			disk[name] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	house, err := load(disk)
	if err != nil {
		t.Fatal(err)
	}
	table := func(separator, text string) table {
		rows, err := parseTable(text, separator, false)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	return house, &rules{
		arrows:           table("->", ". ->\nleaf ->\ncore -> leaf\ncore/broker ->\ncmd/... -> ...\nlater ->"),
		testArrows:       table("->", "core -> core/broker"),
		dependencies:     table("<-", "example.com/dep/y <- core, later"),
		testDependencies: table("<-", "example.com/dep/sub/... <- leaf"),
		modules:          table("", "peers"),
		folders:          table("", ".ci\ndocs"),
	}
}

// finds breaks a rule by the changes and fails unless the check finds exactly what is wanted, each by a
// part of its text, in order.
func finds(t *testing.T, find func(*tree, *rules) []string, changes files, want ...string) {
	t.Helper()
	house, r := fixture(t, changes)
	got := find(house, r)
	if len(got) != len(want) {
		t.Fatalf("got %d findings, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("got %q, want it to say %q", got[i], want[i])
		}
	}
}

func TestFixturePasses(t *testing.T) {
	house, r := fixture(t, nil)
	for _, c := range checks() {
		for _, f := range c.find(house, r) {
			t.Errorf("%s: %s", c.name, f)
		}
	}
}
