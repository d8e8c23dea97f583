package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/examples/orders/mail/server"
)

// generator reads as lines that line makes, number 0 first; so many of them, or no end if that is 0. Between
// two of them it calls between, if that is set.
type generator struct {
	lines   int
	line    func(n int) string
	between func(n int)

	n    int
	rest string
}

func (g *generator) Read(p []byte) (int, error) {
	if g.rest == "" {
		if g.n == g.lines && g.lines > 0 {
			return 0, io.EOF
		}
		if g.between != nil {
			g.between(g.n)
		}
		g.rest = g.line(g.n) + "\n"
		g.n++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func orderLine(action string, id int) string {
	return fmt.Sprintf(`{"channel":"Order","action":%q,"data":{"id":"%d","total":"1.00"}}`, action, id)
}

// A long input takes no more goroutines and memory than a short one, apart from what is stored: this one
// stores 100 orders.
func TestLongInput(t *testing.T) {
	const lines, every = 10_000, 500
	var heaps []uint64
	most := 0
	before := runtime.NumGoroutine()
	o := feed(t.Context(), t, &generator{
		lines: lines,
		line:  func(n int) string { return orderLine("updated", n%100) },
		between: func(n int) {
			most = max(most, runtime.NumGoroutine()-before)
			if n%every == every-1 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				heaps = append(heaps, m.HeapAlloc)
			}
		},
	})
	if got := o.summary(t); got.Events != lines || got.Orders != 100 || got.Audited != lines+100 {
		t.Errorf("%v", got)
	}
	// finance and audit run 10 handlers each, mail runs 8, and around them some 30 goroutines are for ever.
	if most > 100 {
		t.Errorf("%d goroutines", most)
	}
	// How full the queues are varies, so the lowest figures are compared. Audit's memory of the last 10,000
	// events grows all the time, by less than 2 MB.
	early, late := slices.Min(heaps[4:8]), slices.Min(heaps[16:])
	if late > early+4<<20 {
		t.Errorf("the heap has grown from %d to %d bytes: %d", early, late, heaps)
	}
}

// stuck is a mail server that answers when it is told to.
type stuck struct{ answer chan struct{} }

func (s stuck) Send(context.Context, server.Mail) error {
	<-s.answer
	return nil
}

// told returns a context that a signal ends when the function is called, as in main.
func told() (ctx context.Context, signal func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	return ctx, func() { cancel(signalled{syscall.SIGTERM}) }
}

// When a listener is stuck, reading waits for it and the queues do not grow. A signal gets the program out of
// that all the same, though not before the drain timeout.
func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, signal := told()
		server := stuck{make(chan struct{})}
		var p *program
		done := make(chan outcome)
		go func() {
			input := &generator{line: func(n int) string { return orderLine("created", n) }}
			done <- feed(ctx, t, input, func(own *program) { own.sender, p = server, own })
		}()
		synctest.Wait()
		if n := p.taken.Load(); n < maxDepth || n > maxDepth+1 {
			t.Errorf("%d lines are taken, want them to fill a queue of %d", n, maxDepth)
		}
		start := time.Now()
		signal()
		o := <-done
		close(server.answer)
		if took := time.Since(start); took < drainTimeout || took > 4*drainTimeout {
			t.Errorf("the program ended after %s, the drain timeout is %s", took, drainTimeout)
		}
		if want := exitSignal + int(syscall.SIGTERM); o.code != want {
			t.Errorf("exit code %d, want %d", o.code, want)
		}
		if got := o.summary(t); got.Events != maxDepth || got.Invoices != maxDepth || got.Audited != 2*maxDepth {
			t.Errorf("%v", got)
		}
		for _, want := range []string{
			"orders: terminated: finishing what was read; once more ends at once\n",
			"some handlers took more than", "orders/mail",
		} {
			if !strings.Contains(o.errors, want) {
				t.Errorf("%q is missing in %q", want, o.errors)
			}
		}
	})
}

// A signal ends the reading, even of an input that is silent for ever; what was read is handled to the end.
func TestSignalWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, signal := told()
		silent := make(chan struct{})
		input, want := story(1, 100)
		done := make(chan outcome)
		go func() {
			done <- feed(ctx, t, io.MultiReader(strings.NewReader(input), silence(silent)))
		}()
		synctest.Wait()
		signal()
		o := <-done
		close(silent)
		if got := o.summary(t); got != want {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		if want := exitSignal + int(syscall.SIGTERM); o.code != want {
			t.Errorf("exit code %d, want %d", o.code, want)
		}
	})
}

// silence is a terminal where nobody types, until it is closed.
type silence <-chan struct{}

func (s silence) Read([]byte) (int, error) {
	<-s
	return 0, io.EOF
}
