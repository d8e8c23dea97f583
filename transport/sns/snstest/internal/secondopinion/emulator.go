package secondopinion

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// emulator is a process that serves as many servers as it is asked for, each empty at first.
type emulator struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	mu  sync.Mutex // a start is answered before the next is asked for
	out *bufio.Reader
	err strings.Builder // read after the process has ended
}

// run starts an emulator: its name, and the file that Node is to import. The process ends with close.
func run(node, script, name, entry string) (*emulator, error) {
	e := &emulator{cmd: exec.Command(node, "--no-warnings", script, name, entry)} //nolint:gosec,noctx // of this checkout; close ends it
	e.cmd.Stderr = &e.err
	in, err := e.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e.in, e.out = in, bufio.NewReader(out)
	if err := e.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}

// start starts a server and returns its URL.
func (e *emulator) start(ctx context.Context) (url string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// A process that does not answer is ended, and the read with it.
	defer context.AfterFunc(ctx, func() { _ = e.cmd.Process.Kill() })()
	if _, err := io.WriteString(e.in, "start\n"); err != nil {
		return "", fmt.Errorf("ask for a server: %w", err)
	}
	port, err := e.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("wait for a server: %w", errors.Join(err, ctx.Err()))
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port), nil
}

// stop stops a server.
func (e *emulator) stop(url string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err := io.WriteString(e.in, "stop "+url[strings.LastIndex(url, ":")+1:]+"\n")
	return err
}

// close ends the process, and returns what it complained of.
func (e *emulator) close() error {
	err := errors.Join(e.in.Close(), e.cmd.Wait())
	if text := strings.TrimSpace(e.err.String()); text != "" || err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}
