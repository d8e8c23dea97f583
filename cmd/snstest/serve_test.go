package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// serving is a program in the test's process.
func serving(ctx context.Context, t *testing.T, change func(*program), args ...string) (p *program, ended chan error) {
	t.Helper()
	o, err := readOptions(append([]string{"-addr", "127.0.0.1:0"}, args...), io.Discard)
	if err == nil {
		p, err = begin(t.Context(), o, slog.New(slog.DiscardHandler))
	}
	if err != nil {
		t.Fatal(err)
	}
	change(p)
	ended = make(chan error, 1)
	go func() { ended <- p.serve(ctx) }()
	return p, ended
}

// Requests that do not end are cut when patience does, and that is an orderly end.
func TestPatience(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, ended := serving(ctx, t, func(p *program) { p.patience = time.Millisecond })
	answer := unfinished(t, p.url())
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if text, _ := io.ReadAll(answer); strings.Contains(string(text), "200 OK") { // how it is cut does not matter
		t.Errorf("the request that never ended was answered: %s", text)
	}
}

// A server that cannot save any more tells its clients, and ends with the error.
func TestServeWithoutADisk(t *testing.T) {
	p, ended := serving(t.Context(), t, func(*program) {}, "-db", filepath.Join(t.TempDir(), "x.db"))
	if err := p.store.db.Close(); err != nil {
		t.Fatal(err)
	}
	err := call(t.Context(), p.url(), "CreateQueue", map[string]any{"QueueName": "q"}, nil)
	if err == nil || !strings.Contains(err.Error(), "the store does not save") {
		t.Errorf("the client is told %v", err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "x.db") {
		t.Errorf("it ended with %v", err)
	}
}

// What the flags say is so: latency for requests, and not for the setup.
func TestFlagsAreSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, ended := serving(ctx, t, func(*program) {}, "-latency", "30m", "-account", "123456789012", "-region", "eu-north-1",
		"-setup", "testdata/kill.json", "-delete-interval", "-1s")
	if q, ok := p.server.Queue("q"); !ok || q.ARN != "arn:aws:sqs:eu-north-1:123456789012:q" {
		t.Errorf("the queue is %+v", q)
	}
	if got := p.server.Requests(); len(got) > 0 {
		t.Errorf("the requests of the setup are shown: %v", got)
	}
	impatient, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	if err := call(impatient, p.url(), "ListQueues", map[string]any{}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a request of half an hour: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The line for the shell has what an SDK needs to find the server, and to be let in.
func TestExports(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // to this machine
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }() // nobody called
	p := &program{options: &options{config: snstest.Config{Region: "eu-west-1"}}, listener: listener}
	at := " AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID="
	if got, want := p.exports(), "export AWS_ENDPOINT_URL=http://"+listener.Addr().String()+at+"any AWS_SECRET_ACCESS_KEY=any"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p.callers = []string{"ALICE", "BOB"}
	if got := p.exports(); !strings.Contains(got, at+"ALICE ") {
		t.Errorf("with callers: %s", got)
	}
}

// elsewhere is a listener that says it has an address.
type elsewhere struct {
	net.Listener

	ip string
}

func (e elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(e.ip), Port: 4100} }

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		ip, url string
		exposed bool
	}{
		{"127.0.0.1", "http://127.0.0.1:4100", false},
		{"127.8.0.1", "http://127.8.0.1:4100", false},
		{"::1", "http://[::1]:4100", false},
		{"0.0.0.0", "http://127.0.0.1:4100", true},
		{"::", "http://127.0.0.1:4100", true},
		{"192.0.2.1", "http://192.0.2.1:4100", true},
	} {
		p := &program{listener: elsewhere{ip: c.ip}}
		if got := p.url(); got != c.url || p.isExposed() != c.exposed {
			t.Errorf("%s: URL %s, exposed %t; want %s, %t", c.ip, got, p.isExposed(), c.url, c.exposed)
		}
	}
}
