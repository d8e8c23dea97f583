package conformance

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Result is what became of a case. The zero Result is that of a case that holds.
type Result struct {
	// Failures are what the case found wrong, in its order.
	Failures []string
	// Skipped is why the case did not run, if it did not.
	Skipped string
	// Hung says that the case was not over in its time.
	Hung bool
}

// Try runs one case against a server in real time, and reports what it finds instead of failing t. A case that is not
// over when ctx ends is cut.
func Try(ctx context.Context, t testing.TB, c Case, target Target) Result {
	p := &probe{TB: t, ctx: ctx}
	target.Sleep = p.sleep
	done := make(chan struct{})
	go func() { // of its own, because FailNow ends it
		defer close(done)
		defer p.recovered()
		target.run(p, c)
	}()
	<-done
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result.Hung = ctx.Err() != nil
	return p.result
}

// probe is a test that keeps what it is told. Cases use no other methods than these.
type probe struct {
	testing.TB
	ctx    context.Context //nolint:containedctx // it is that of a test, which has one
	mu     sync.Mutex
	result Result
}

func (p *probe) recovered() {
	if r := recover(); r != nil {
		p.add(fmt.Sprint("panic: ", r))
	}
}

func (p *probe) add(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result.Failures = append(p.result.Failures, line)
}

func (p *probe) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.ctx.Done():
		p.Fatal(p.ctx.Err())
	}
}

// Context implements testing.TB.
func (p *probe) Context() context.Context { return p.ctx }

// Helper implements testing.TB.
func (p *probe) Helper() {}

// Error implements testing.TB.
func (p *probe) Error(args ...any) { p.add(strings.TrimSpace(fmt.Sprintln(args...))) }

// Errorf implements testing.TB.
func (p *probe) Errorf(format string, args ...any) { p.add(fmt.Sprintf(format, args...)) }

// Fatal implements testing.TB.
func (p *probe) Fatal(args ...any) {
	p.Error(args...)
	runtime.Goexit()
}

// Fatalf implements testing.TB.
func (p *probe) Fatalf(format string, args ...any) {
	p.Errorf(format, args...)
	runtime.Goexit()
}

// Skip implements testing.TB.
func (p *probe) Skip(args ...any) {
	p.mu.Lock()
	p.result.Skipped = strings.TrimSpace(fmt.Sprintln(args...))
	p.mu.Unlock()
	runtime.Goexit()
}
