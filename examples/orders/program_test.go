package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/framebus/framebus/examples/orders/mail/server"
)

// buffer is a bytes.Buffer for a program's goroutines and a test's.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// outcome is what a run of the program left behind.
type outcome struct {
	code        int
	out, errors string
}

// summary returns the last line of standard output, decoded.
func (o outcome) summary(t *testing.T) summary {
	t.Helper()
	return parseSummary(t, o.out)
}

func parseSummary(t *testing.T, out string) (s summary) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	text, ok := strings.CutPrefix(lines[len(lines)-1], "summary: ")
	if !ok {
		t.Fatalf("the last line of the output is no summary: %q", lines[len(lines)-1])
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// execute runs the command line.
func execute(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, errors buffer
	code := command(t.Context(), args, os.Stdin, &out, &errors)
	return outcome{code, out.String(), errors.String()}
}

// feed runs the program quietly on an input.
func feed(ctx context.Context, t *testing.T, in io.Reader, changes ...func(*program)) outcome {
	t.Helper()
	tr, err := newTransport(ctx, "memory", false)
	if err != nil {
		t.Fatal(err)
	}
	var out, errors buffer
	p := &program{
		transport: tr, input: &input{ReadCloser: io.NopCloser(in), name: "the test"},
		sender: server.Server{}, screen: newScreen(&out, &errors), quiet: true,
	}
	for _, change := range changes {
		change(p)
	}
	code := run(ctx, p)
	return outcome{code, out.String(), errors.String()}
}
