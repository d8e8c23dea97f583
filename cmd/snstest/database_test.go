package main

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest"
)

func open(t *testing.T, path string) *database {
	t.Helper()
	d, err := openDatabase(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What is saved is there when the file is opened again: the last value of each key, and none that was deleted.
func TestDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ä ?%41#.db")
	d := open(t, path)
	if got, err := d.Load(); err != nil || len(got) > 0 {
		t.Errorf("a new file has %v, %v", got, err)
	}
	want := map[string]string{}
	for round := range 3 {
		var batch []snstest.Record
		for i := range 100 {
			key := fmt.Sprint("key/", i*(round+1))
			if i%7 == 0 {
				batch = append(batch, snstest.Record{Key: key})
				delete(want, key)
				continue
			}
			want[key] = fmt.Sprint(round, strings.Repeat("\x00", i))
			batch = append(batch, snstest.Record{Key: key, Value: []byte(want[key])})
		}
		if err := d.Save(batch); err != nil {
			t.Fatal(err)
		}
		if err := d.AddSent(t.Context(), fmt.Sprint(round)); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d = open(t, path)
		records, err := d.Load()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, r := range records {
			got[r.Key] = string(r.Value)
		}
		if !maps.Equal(got, want) {
			t.Errorf("round %d: got %q, want %q", round, got, want)
		}
	}
	for key, want := range map[string]bool{"0": true, "2": true, "3": false} {
		if got, err := d.Sent(t.Context(), key); err != nil || got != want {
			t.Errorf("sent %s: %t, %v, want %t", key, got, err, want)
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(found) != 1 {
		t.Errorf("beside the file there is %v (%v)", found, err)
	}
}

// A file that cannot be gone on with is an error that says why, and stays as it is to the byte.
func TestFilesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	ours := filepath.Join(dir, "ours.db")
	d := open(t, ours)
	var batch []snstest.Record
	for i := range 1000 {
		batch = append(batch, snstest.Record{Key: fmt.Sprintf("key/%04d", i), Value: []byte(strings.Repeat("v", 100))})
	}
	if err := d.Save(batch); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(offset int, bytes string) []byte {
		out := append([]byte(nil), good...)
		copy(out[offset:], bytes)
		return out
	}
	foreign := filepath.Join(dir, "foreign.db")
	other, err := sql.Open("sqlite", foreign)
	if err == nil {
		_, err = other.ExecContext(t.Context(), "CREATE TABLE record (key TEXT PRIMARY KEY, value BLOB)")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	foreignText, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"text":          {[]byte(strings.Repeat("no database ", 100)), "it is no SQLite database"},
		"short":         {[]byte("SQLite format 3\x00"), "it has 16 bytes, which is no SQLite database"},
		"foreign":       {foreignText, "a database of another program"},
		"later":         {changed(60, "\x00\x00\x00\x02"), "its schema has version 2, and this snstest reads version 1"},
		"cut":           {good[:len(good)/2], "malformed"},
		"damaged":       {changed(8*4096, strings.Repeat("\xff", 4096)), "it is damaged"},
		"damaged index": {changed(len(good)-4096, strings.Repeat("\x00", 4096)), "it is damaged"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openDatabase(t.Context(), path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(c.content) {
			t.Errorf("%s: the file was changed (%v)", name, err)
		}
	}
}

// A file that a server has open is not for a second one.
func TestDatabaseInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	d := open(t, path)
	if _, err := openDatabase(t.Context(), path); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("a second server: %v", err)
	}
	if err := d.Save([]snstest.Record{{Key: "k", Value: []byte("v")}}); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Error(err)
	}
}

// A server whose file fails says so to its clients, and to the program.
func TestDatabaseFails(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "x.db"))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Save([]snstest.Record{{Key: "k"}}); err == nil {
			t.Error("it saved to a closed file")
		}
	}
	if err := <-d.failed(); !strings.Contains(err.Error(), "x.db") {
		t.Errorf("the program is told %v", err)
	}
	if (*database)(nil).failed() != nil {
		t.Error("no database fails")
	}
}
