package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// screen is standard output and standard error, which may be one terminal. It is safe for concurrent use.
type screen struct {
	out, err io.Writer
	terminal bool // err is one, and gets a progress bar

	mu     sync.Mutex
	drawn  bool
	failed error
}

func newScreen(out, err io.Writer) *screen {
	return &screen{out: out, err: err, terminal: isTerminal(err)}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// print writes a line of the show, or the summary, to standard output.
func (s *screen) print(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	if _, err := fmt.Fprintln(s.out, line); err != nil && s.failed == nil {
		s.failed = err
	}
}

// report writes a diagnostic to standard error.
func (s *screen) report(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	fmt.Fprintf(s.err, format+"\n", args...)
}

// draw replaces the progress bar.
func (s *screen) draw(bar string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	fmt.Fprint(s.err, bar)
	s.drawn = true
}

// erase clears the line that the progress bar is on. s.mu is held.
func (s *screen) erase() {
	if s.drawn {
		fmt.Fprint(s.err, "\r\x1b[K") // back to the line's start, and clear it (ECMA-48, EL)
		s.drawn = false
	}
}

// broken returns the first error of writing to standard output.
func (s *screen) broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}
