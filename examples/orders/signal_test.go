//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test's own binary run as the program: "1" as it is, "stuck" with a mail server that
// never answers.
const asProgram = "ORDERS_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "1":
		main()
	case "stuck":
		os.Exit(stuckMain())
	}
	os.Exit(m.Run())
}

func stuckMain() int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	tr, err := newTransport(ctx, "memory", false)
	if err != nil {
		return exitUsage
	}
	in, err := openInput("-", os.Stdin)
	if err != nil {
		return exitUsage
	}
	return run(ctx, &program{
		transport: tr, input: in, sender: stuck{make(chan struct{})}, screen: newScreen(os.Stdout, os.Stderr),
	})
}

// process is the program as a process.
type process struct {
	*exec.Cmd
	stdin       io.WriteCloser
	out, errors *bufio.Reader
}

func start(t *testing.T, as string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p := &process{Cmd: exec.CommandContext(ctx, self, args...)}
	p.Env = append(os.Environ(), asProgram+"="+as)
	out, err1 := p.StdoutPipe()
	errs, err2 := p.StderrPipe()
	p.stdin, err = p.StdinPipe()
	if err := errors.Join(err, err1, err2); err != nil {
		t.Fatal(err)
	}
	p.out, p.errors = bufio.NewReader(out), bufio.NewReader(errs)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// until reads lines up to and with the first that holds the text, and returns them.
func until(t *testing.T, r *bufio.Reader, text string) string {
	t.Helper()
	var read strings.Builder
	for {
		line, err := r.ReadString('\n')
		read.WriteString(line)
		if strings.Contains(line, text) {
			return read.String()
		}
		if err != nil {
			t.Fatalf("%q did not come: %v\n%s", text, err, read.String())
		}
	}
}

// end reads what is left of the output and returns it with the way that the process ended.
func (p *process) end(t *testing.T) (out string, status syscall.WaitStatus) {
	t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, p.errors); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // its error is the status
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	if !ok {
		t.Fatal("no wait status")
	}
	return string(rest), status
}

// Ctrl-C while the input is silent.
func TestInterrupt(t *testing.T) {
	p := start(t, "1", "-input", "-")
	input, want := story(7, 30)
	if _, err := io.WriteString(p.stdin, input+good+"\n"); err != nil {
		t.Fatal(err)
	}
	until(t, p.out, "line-31") // it has come to the last line, and waits for more
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	until(t, p.errors, "orders: interrupt: finishing what was read; once more ends at once")
	out, status := p.end(t)
	if code := status.ExitStatus(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	want.Events++
	want.Orders++
	want.Invoices++
	want.Audited += 2
	if got := parseSummary(t, out); got != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// SIGTERM in the middle of an input that comes as fast as it is read: what was taken is told whole.
func TestTerminateUnderLoad(t *testing.T) {
	p := start(t, "1", "-quiet", "-input", "-")
	flowing := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			if n == 5000 { // pipe and queues hold fewer: it is at work
				close(flowing)
			}
			if _, err := io.WriteString(p.stdin, orderLine("created", n)+"\n"); err != nil {
				return // it is gone
			}
		}
	}()
	select {
	case <-flowing:
	case <-t.Context().Done():
		t.Fatal("the program does not read")
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	out, status := p.end(t)
	if code := status.ExitStatus(); code != 143 {
		t.Errorf("exit code %d, want 143", code)
	}
	got := parseSummary(t, out)
	if n := got.Events; n == 0 || got.Orders != n || got.Invoices != n || got.Audited != 2*n || got.Rejected != 0 {
		t.Errorf("%v", got)
	}
}

// A second Ctrl-C ends the program at once, whatever it waits for.
func TestInterruptTwice(t *testing.T) {
	p := start(t, "stuck")
	if _, err := io.WriteString(p.stdin, good+"\n"); err != nil {
		t.Fatal(err)
	}
	until(t, p.out, "audit    recorded event=Invoice.created")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	until(t, p.errors, "once more ends at once")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if out, status := p.end(t); !status.Signaled() || status.Signal() != syscall.SIGINT || strings.Contains(out, "summary") {
		t.Errorf("it ended with %v (%v), and said %q", status.ExitStatus(), status.Signal(), out)
	}
}
