package main

import (
	"fmt"
	"strings"
	"time"
)

const (
	barAfter = time.Second            // an input that is read by then is not long
	barEvery = 100 * time.Millisecond // often enough to look alive
	barWidth = 30
)

// progress draws a bar until the returned function is called.
func (p *program) progress() (stop func()) {
	if !p.screen.terminal {
		return func() {}
	}
	done, gone := make(chan struct{}), make(chan struct{})
	started := time.Now()
	go func() {
		defer close(gone)
		timer := time.NewTimer(barAfter)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				p.screen.draw(bar(p.input.read.Load(), p.input.size, p.taken.Load(), time.Since(started)))
				timer.Reset(barEvery)
			case <-done: // the bar stays until the next line is printed, the summary at the latest
				return
			}
		}
	}()
	return func() {
		close(done)
		<-gone
	}
}

// bar returns the progress bar for having read so many of size bytes, 0 if that is not known, and so many
// lines, in a time.
func bar(read, size, lines int64, took time.Duration) string {
	text := fmt.Sprintf("%d lines, %.0f a second", lines, float64(lines)/took.Seconds())
	if size == 0 {
		return text
	}
	full := int(min(read, size) * barWidth / size)
	return fmt.Sprintf("[%s%s] %3d%%  %s",
		strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), min(read, size)*100/size, text)
}
