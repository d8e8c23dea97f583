package archtest

import (
	"reflect"
	"testing"
)

func TestParseTable(t *testing.T) {
	got, err := parseTable("\na -> b, c/...  # why\n\nd ->  # why\n", "->", true)
	want := table{{"a", []string{"b", "c/..."}}, {"d", nil}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, text := range []string{"a -> b", "a b # why", "-> b # why", "a -> b # why\na -> c # why"} {
		if got, err := parseTable(text, "->", true); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"a", "a", true},
		{"a", "a/b", false},
		{"a/...", "a", true},
		{"a/...", "a/b/c", true},
		{"a/...", "ab", false},
		{"...", "a/b", true},
		{".", ".", true},
		{".", "a", false},
	} {
		if got := match(c.pattern, c.path); got != c.want {
			t.Errorf("match(%q, %q) is %v", c.pattern, c.path, got)
		}
	}
}
