package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/framebus/framebus/event"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		errors string
	}{
		{"no such file", []string{"-input", filepath.Join(t.TempDir(), "none.jsonl")}, exitUsage, "orders: open "},
		{"a directory", []string{"-input", t.TempDir()}, exitUsage, "is a directory"},
		{"no such flag", []string{"-loud"}, exitUsage, "flag provided but not defined: -loud"},
		{"an argument", []string{"orders.jsonl"}, exitUsage, `orders: unexpected argument "orders.jsonl"`},
		{"no such transport", []string{"-transport", "pigeon"}, exitUsage, `there is no transport "pigeon"`},
		{"local memory", []string{"-local"}, exitUsage, "-local is for -transport sns"},
		{"help", []string{"-h"}, exitOK, "-input file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := execute(t, c.args...)
			if o.code != c.code || !strings.Contains(o.errors, c.errors) {
				t.Errorf("exit code %d, errors %q; want %d and %q", o.code, o.errors, c.code, c.errors)
			}
			if o.out != "" {
				t.Errorf("it began: %q", o.out)
			}
		})
	}
}

const good = `{"channel":"Order","action":"created","data":{"id":"1"}}`

// A bad line is reported with its number and why, and counted; all others are taken.
func TestBadLines(t *testing.T) {
	fill := func(size int) string { // a line of the size
		head, tail := `{"channel":"Part","action":"created","data":{"id":"1","x":"`, `"}}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	for _, c := range []struct {
		name, input string
		events      int
		errors      []string // each begins a line of standard error
	}{
		{"nothing", "", 0, nil},
		{"good", good + "\n", 1, nil},
		{"no newline at the end", good + "\n" + good, 2, nil},
		{"blank lines", "\n\n" + good + "\n  \t\n" + good + "\n\n", 2, nil},
		{"blanks count as lines", "\n \nbad\n", 0, []string{"line 3: not JSON"}},
		{"CRLF", good + "\r\n\r\n" + good + "\r\n", 2, nil},
		{"byte order mark", "\ufeff" + good + "\n", 1, nil},
		{"a byte order mark in the middle", good + "\n\ufeff" + good + "\n", 1, []string{"line 2: not JSON"}},
		{"not JSON", good + "\n{\"channel\":\n" + good, 2, []string{"line 2: not JSON"}},
		{"a field", `{"channel":"Order","action":"created","data":{"id":1.5}}`, 0, []string{"line 1: data.id: is 1.5, "}},
		{"not UTF-8", "{\"channel\":\"\xff\"}\n", 0, []string{"line 1: not JSON: invalid UTF-8"}},
		{"NUL", "\x00\n" + good, 1, []string{"line 1: not JSON"}},
		{"many", "a\nb\n" + good + "\nc", 1, []string{"line 1: ", "line 2: ", "line 4: "}},
		{"what no event may hold", `{"channel":"Order","action":"created","data":{"id":"\ufffe"}}`, 0, []string{"line 1: event: encode Order.created: subject: "}},
		{
			"larger than an event", fill(event.MaxSize) + "\n" + fill(event.MaxSize-1000) + "\n", 1,
			[]string{"line 1: event: encode Part.created: the document is "},
		},
		{
			"too long to be read", strings.Repeat("x", 3*event.MaxSize) + "\r\n" + good + "\n" + fill(event.MaxSize+1), 1,
			[]string{"line 1: is longer than 262144 bytes", "line 3: is longer than 262144 bytes"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := feed(t.Context(), t, strings.NewReader(c.input))
			lines := strings.Split(strings.TrimSuffix(o.errors, "\n"), "\n")
			if o.errors == "" {
				lines = nil
			}
			if len(lines) != len(c.errors) {
				t.Fatalf("reported %q, want %q", lines, c.errors)
			}
			for i, want := range c.errors {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("reported %q, want %q", lines[i], want)
				}
			}
			if got := o.summary(t); got.Events != c.events || got.Rejected != len(c.errors) {
				t.Errorf("%v, want %d events and %d rejected", got, c.events, len(c.errors))
			}
			want := exitOK
			if len(c.errors) > 0 {
				want = exitWrong
			}
			if o.code != want {
				t.Errorf("exit code %d, want %d", o.code, want)
			}
		})
	}
}

// A line that is too long is not kept in memory.
func TestEndlessLine(t *testing.T) {
	const size = 64 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := feed(t.Context(), t, io.LimitReader(endless('x'), size))
	runtime.ReadMemStats(&after)
	if got := o.summary(t); got.Rejected != 1 || o.code != exitWrong {
		t.Errorf("%v, exit code %d", got, o.code)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size/4 {
		t.Errorf("a line of %d bytes took %d bytes of memory", size, allocated)
	}
}

// endless reads as one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// When the input breaks, what was read is handled, and the error says where it broke. The line that was cut
// is not taken for one.
func TestInputBreaks(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(good+"\n\n"+good[:20]), iotest.ErrReader(errors.New("the disk is gone")))
	o := feed(t.Context(), t, broken)
	if want := "orders: reading the test: line 3: the disk is gone\n"; o.errors != want {
		t.Errorf("reported %q, want %q", o.errors, want)
	}
	if got := o.summary(t); o.code != exitWrong || got.Events != 1 || got.Invoices != 1 || got.Rejected != 0 {
		t.Errorf("exit code %d, %v", o.code, got)
	}
}

// An output that cannot be written is no success.
func TestOutputBreaks(t *testing.T) {
	var errors buffer
	code := command(t.Context(), nil, os.Stdin, brokenWriter{}, &errors)
	if want := "orders: the pipe is gone\n"; code != exitWrong || errors.String() != want {
		t.Errorf("exit code %d, errors %q; want %d and %q", code, errors.String(), exitWrong, want)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the pipe is gone") }

// Standard input is read where it is asked for.
func TestStandardInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "in.jsonl")
	if err := os.WriteFile(file, []byte(good+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdin, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	var out, errors buffer
	code := command(t.Context(), []string{"-quiet", "-input", "-"}, stdin, &out, &errors)
	if got := parseSummary(t, out.String()); code != exitOK || got.Events != 1 {
		t.Errorf("exit code %d, %v, errors %q", code, got, errors.String())
	}
}
