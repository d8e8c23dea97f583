//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// asProgram makes the test's own binary run as the program.
const asProgram = "SNSTEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is the program as a process.
type process struct {
	*exec.Cmd
	t        *testing.T
	url      string
	logged   *bytes.Buffer
	finished bool
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	p := &process{Cmd: exec.CommandContext(ctx, self, append([]string{"-addr", "127.0.0.1:0"}, args...)...), t: t, logged: &bytes.Buffer{}}
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stderr = p.logged
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, rest, ok := strings.Cut(line, "AWS_ENDPOINT_URL=")
	if err != nil || !ok {
		_ = p.Wait()
		t.Fatalf("it printed %q (%v), and logged:\n%s", line, err, p.logged)
	}
	p.url = strings.Fields(rest)[0]
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// end sends a signal and waits. It returns the way in which the process ended.
func (p *process) end(s syscall.Signal) syscall.WaitStatus {
	if !p.finished {
		p.finished = true
		_ = p.Process.Signal(s) // it may have ended
		_ = p.Wait()            // its error is the status
	}
	status, _ := p.ProcessState.Sys().(syscall.WaitStatus)
	return status
}

type received struct {
	Messages []struct{ Body, ReceiptHandle string }
}

// SIGTERM ends long polls, and the program with 0.
func TestTerminated(t *testing.T) {
	p := start(t)
	if err := call(t.Context(), p.url, "CreateQueue", map[string]any{"QueueName": "q"}, nil); err != nil {
		t.Fatal(err)
	}
	url := p.url + "/000000000000/q"
	polled := make(chan error, 1)
	go func() {
		var out received
		polled <- call(t.Context(), url, "ReceiveMessage", map[string]any{"QueueUrl": url, "WaitTimeSeconds": 20}, &out)
	}()
	for waiting := false; !waiting; {
		r, err := http.Get(p.url + "/_snstest/dump") //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		var d snstest.Dump
		err = json.NewDecoder(r.Body).Decode(&d)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		waiting = d.Queues[0].Waiting == 1
	}
	if status := p.end(syscall.SIGTERM); status.ExitStatus() != 0 {
		t.Errorf("it ended with %v, and logged:\n%s", status, p.logged)
	}
	if err := <-polled; err != nil {
		t.Errorf("the long poll was not answered: %v", err)
	}
}

// What the setup of the documentation makes is made once, however often the server is started with it.
func TestSetupIsAppliedOnce(t *testing.T) {
	db := filepath.Join(t.TempDir(), "snstest.db")
	for range 2 {
		p := start(t, "-db", db, "-setup", "testdata/shop.json")
		got := dumped(t, p.url, "orders")
		if want := []string{`{"channel":"Order","action":"created","data":{"id":1}}`, "by hand"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if status := p.end(syscall.SIGINT); status.ExitStatus() != 0 {
			t.Errorf("it ended with %v, and logged:\n%s", status, p.logged)
		}
	}
}

// The file of a server that runs is for no other one, which leaves it alone.
func TestTwoServersOfOneFile(t *testing.T) {
	db := filepath.Join(t.TempDir(), "snstest.db")
	p := start(t, "-db", db)
	var out, errs strings.Builder
	if code := command(t.Context(), []string{"-addr", "127.0.0.1:0", "-db", db}, &out, &errs); code != exitUsage ||
		!strings.Contains(errs.String(), "another process has it open") {
		t.Errorf("the second: status %d, %s", code, out.String()+errs.String())
	}
	if err := call(t.Context(), p.url, "CreateQueue", map[string]any{"QueueName": "q"}, nil); err != nil {
		t.Errorf("the first: %v", err)
	}
	if status := p.end(syscall.SIGTERM); status.ExitStatus() != 0 {
		t.Errorf("it ended with %v, and logged:\n%s", status, p.logged)
	}
}

// What cannot be is said, with status 2, and a file of somebody else is left as it is.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	unknown := filepath.Join(dir, "unknown.json")
	missing := filepath.Join(dir, "missing.json")
	caller := filepath.Join(dir, "caller.json")
	for name, content := range map[string]string{
		text:    strings.Repeat("no database ", 100),
		unknown: "{\n \"queues\": [\n  {\"name\": \"q\", \"colour\": \"red\"}\n ]\n}",
		caller:  `{"callers": {"KEY": {"account": "1"}}}`,
		missing: "{\n \"subscriptions\": [\n  {\"topic\": \"t\", \"queue\": \"q\"}\n ]\n}",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"-port 1", "flag provided but not defined: -port"},
		{"-addr 4100", "-addr: address 4100: missing port"},
		{"-addr :4100", "every address of this machine"},
		{"-account 1", `-account: "1" is not twelve digits`},
		{"-duplicates 2", "-duplicates: 2 is not from 0 to 1"},
		{"-latency -1s", "-latency: -1s is negative"},
		{"queues", `unexpected argument "queues"`},
		{"-hosts a:1", `-hosts: "a:1" is no name of a host`},
		{"-region a;b", `-region: "a;b" is no name of a region`},
		{"-empty-polls NaN", "-empty-polls: NaN is not from 0 to 1"},
		{"-addr 127.0.0.1:http2", "http2"},
		{"-db " + text, "it is no SQLite database"},
		{"-setup " + unknown, `unknown.json: line 3: there is no field "colour" here`},
		{"-setup " + caller, `caller.json: snstest: Config.Callers["KEY"].Account: "1" is not twelve digits`},
		{"-setup " + dir, "is a directory"},
		{"-db " + dir, "is a directory"},
		{"-db " + filepath.Join(dir, "no", "x.db"), "unable to open database file"},
		{"-setup " + missing, `missing.json: line 3: subscription of "t" to "q": NotFound`},
	} {
		var out, errs strings.Builder
		if code := command(t.Context(), strings.Fields("-addr 127.0.0.1:0 "+c.args), &out, &errs); code != exitUsage {
			t.Errorf("%s: status %d, want %d", c.args, code, exitUsage)
		}
		if !strings.Contains(errs.String(), c.want) || out.Len() > 0 {
			t.Errorf("%s: it said %q, want %q", c.args, out.String()+errs.String(), c.want)
		}
	}
	if got, err := os.ReadFile(text); err != nil || string(got) != strings.Repeat("no database ", 100) {
		t.Errorf("the file that is no database was changed (%v)", err)
	}
}

// A second signal ends the program although a request has not ended.
func TestSecondSignal(t *testing.T) {
	p := start(t)
	unfinished(t, p.url)
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for { // it stops to listen once it has heard
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://")) //nolint:noctx // to this machine
		if err != nil {
			break
		}
		_ = conn.Close() // it is for nothing
	}
	if status := p.end(syscall.SIGINT); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v, and logged:\n%s", status, p.logged)
	}
}
