package archtest

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestLoadFails(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"README.md", "no go.mod"},
		{"core/a.go", "expected"},
	} {
		_, err := load(fstest.MapFS{c.name: &fstest.MapFile{Data: []byte("words\n")}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
}
