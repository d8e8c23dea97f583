package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/framebus/framebus/event"
)

// input is where the lines come from.
type input struct {
	io.ReadCloser
	name string
	size int64 // in bytes, 0 if it is not known
	read atomic.Int64
}

// openInput opens a file, standard input for "-", or the sample for "".
func openInput(name string, stdin *os.File) (*input, error) {
	switch name {
	case "":
		return &input{ReadCloser: io.NopCloser(bytes.NewReader(sample)), name: "the sample", size: int64(len(sample))}, nil
	case "-":
		return &input{ReadCloser: stdin, name: "standard input", size: sizeOf(stdin)}, nil
	}
	f, err := os.Open(name) //nolint:gosec // reading the file that the user names is the program's purpose
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s is a directory", name), f.Close())
	}
	return &input{ReadCloser: f, name: name, size: sizeOf(f)}, nil
}

func sizeOf(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// Read counts what it reads, for the progress bar.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.ReadCloser.Read(p)
	in.read.Add(int64(n))
	return n, err
}

// line is one line of input. It is nobody else's: the models keep parts of it.
type line struct {
	number int
	text   []byte
	err    error // why it is no line
}

var errTooLong = fmt.Errorf("is longer than %d bytes, the most that an event may have", event.MaxSize)

// lines sends the lines of the input that are not blank, until the input or ctx ends. It closes the channel
// then; what ended it is the last line's error, or nil at the end of the input.
//
// A Read cannot be interrupted, so whoever receives must not wait for the channel to close when ctx ends.
func (in *input) lines(ctx context.Context) (_ <-chan line, failed func() error) {
	var broken error
	out := make(chan line, 64)
	go func() {
		defer close(out)
		r := bufio.NewReaderSize(in, 64<<10)
		for number := 1; ; number++ {
			text, err := readLine(r)
			if err != nil && !errors.Is(err, errTooLong) {
				if !errors.Is(err, io.EOF) {
					broken = fmt.Errorf("reading %s: line %d: %w", in.name, number, err)
				}
				return
			}
			if number == 1 {
				text = bytes.TrimPrefix(text, []byte("\ufeff")) // the byte order mark of Windows' editors
			}
			if err == nil && len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			select {
			case out <- line{number, text, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, func() error { return broken }
}

// readLine reads up to and with the next newline, or the end of the input. Of a line above event.MaxSize it
// keeps nothing: the error is errTooLong. A line that a read error has cut is no line.
func readLine(r *bufio.Reader) ([]byte, error) {
	var text []byte
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if tooLong = tooLong || len(text)+len(part) > event.MaxSize+len("\r\n"); tooLong {
			text = nil
		} else {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (len(text) > 0 || tooLong): // the last line has no newline
		case err != nil:
			return nil, err
		}
		if text = bytes.TrimRight(text, "\r\n"); tooLong || len(text) > event.MaxSize {
			return nil, errTooLong
		}
		return text, nil
	}
}
