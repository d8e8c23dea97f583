package archtest

import (
	"reflect"
	"testing"
)

func TestParseModFile(t *testing.T) {
	got := parseModFile(`// The house.
module example.com/house // ours

go 1.26.0

require example.com/a v1.0.0
require example.com/b v1.0.0 // indirect

require (
	example.com/c v1.0.0
	// A remark.
	example.com/d v1.0.0 // indirect
)

exclude (
	example.com/e v1.0.0
)
`)
	want := modFile{"example.com/house", []require{
		{"example.com/a", false}, {"example.com/b", true}, {"example.com/c", false}, {"example.com/d", true},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestModules(t *testing.T) {
	finds(t, checkModules, files{"core/a.go": "package core\n\nimport _ \"example.com/far/x\"\n"},
		"core/a.go:3: go.mod calls example.com/far indirect")
	finds(t, checkModules, files{"core/a.go": "package core\n\nimport _ \"example.com/other\"\n"},
		"go.mod requires no module that has example.com/other")
	// The longest module that is a prefix of the import provides it.
	finds(t, checkModules, files{"leaf/leaf_test.go": ""},
		"go.mod: nothing imports example.com/dep/sub, which is required directly")
}
