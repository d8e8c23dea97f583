package bustest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// Fail makes the next n deliveries to the listener fail with err, without its handler being run: a failure
// that the immediate retries did not help. The policy has the say then, or err, if it is [bus.Permanent] or
// [bus.RetryAfter]. The middleware of [bus.With] does not see it; that of [bus.Bus.Use] does.
//
// As with all faults that are counted, another call takes the place of the one before, and 0 ends it.
func (h *Harness) Fail(listener string, n int, err error) {
	h.t.Helper()
	if err == nil {
		h.fatalf("Fail(%q, %d, nil): the error is nil", listener, n)
	}
	if _, ok := h.listener(listener); ok {
		h.faults.fail(listener, n, err)
	}
}

// CrashBeforeAck makes the process die, as far as the broker can tell, in the next n deliveries to the
// listener: the handler runs, and nothing of what becomes of it reaches the broker. The event comes again
// when its lease ends, which takes an [Harness.Advance] or a [Harness.Settle].
func (h *Harness) CrashBeforeAck(listener string, n int) {
	h.t.Helper()
	if _, ok := h.listener(listener); ok {
		h.faults.set(crash, listener, n)
	}
}

// Duplicate makes the broker take the next n events that are published on the channel twice, with the same
// ID, as after a publish whose answer was lost: each of the channel's listeners gets them twice.
func (h *Harness) Duplicate(channel string, n int) { h.faults.set(duplicate, channel, n) }

// Reorder makes the next n events that the broker has for the listener reach it in reverse. Where the broker
// has fewer, because it keeps the order of an [bus.Ordered] listener or because fewer were published, Idle
// lets go of those that there are.
func (h *Harness) Reorder(listener string, n int) {
	h.t.Helper()
	if _, ok := h.listener(listener); ok {
		h.faults.set(reorder, listener, n)
		h.faults.interrupt(listener)
	}
}

// Slow makes every delivery to the listener take d longer from now on, before its handler runs; 0 ends it. The
// time is outside of [bus.Timeout], which bounds the handler, and ends early with the delivery's context.
func (h *Harness) Slow(listener string, d time.Duration) {
	h.t.Helper()
	if _, ok := h.listener(listener); ok {
		h.faults.slow(listener, d)
	}
}

// kind is a fault that is set for a number of times.
type kind int

const (
	fail kind = iota
	crash
	duplicate
	reorder
)

// target is what a fault is set for: a listener's name, or a channel.
type target struct {
	kind kind
	name string
}

// faults are those that are set. Safe for concurrent use.
type faults struct {
	mu    sync.Mutex
	left  map[target]int
	errs  map[string]error
	slows map[string]time.Duration
	waits map[*wait]struct{}
}

// wait is a call of a consumer's Receive that is under way.
type wait struct {
	listener  string
	cancel    context.CancelFunc
	gathering bool
	holding   int
	done      chan struct{}
}

func newFaults() *faults {
	return &faults{
		left: make(map[target]int), errs: make(map[string]error),
		slows: make(map[string]time.Duration), waits: make(map[*wait]struct{}),
	}
}

func (f *faults) set(k kind, name string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left[target{k, name}] = max(n, 0)
}

func (f *faults) fail(listener string, n int, err error) {
	f.set(fail, listener, n)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs[listener] = err
}

func (f *faults) slow(listener string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slows[listener] = d
}

// take uses a fault once; false if none is left.
func (f *faults) take(k kind, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := target{k, name}
	if f.left[t] == 0 {
		return false
	}
	f.left[t]--
	return true
}

// takeAll uses a fault up and returns how often it was set.
func (f *faults) takeAll(k kind, name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.left[target{k, name}]
	delete(f.left, target{k, name})
	return n
}

// unused returns the faults that are set and have not come about, as they were written.
func (f *faults) unused() (calls []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := [...]string{fail: "Fail", crash: "CrashBeforeAck", duplicate: "Duplicate", reorder: "Reorder"}
	for t, n := range f.left {
		if n > 0 {
			calls = append(calls, fmt.Sprintf("%s(%q, %d)", names[t.kind], t.name, n))
		}
	}
	slices.Sort(calls)
	return calls
}

func (f *faults) enter(listener string, cancel context.CancelFunc, gathering bool) *wait {
	w := &wait{listener: listener, cancel: cancel, gathering: gathering, done: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waits[w] = struct{}{}
	if !gathering && f.left[target{reorder, listener}] > 0 {
		cancel() // it was set a moment ago, and found nobody to interrupt
	}
	return w
}

func (f *faults) exit(w *wait) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waits, w)
	close(w.done)
}

func (f *faults) hold(w *wait, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.holding = n
}

// holding returns how many of the listener's events are held until more come.
func (f *faults) holding(listener string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.waits {
		if w.listener == listener {
			n += w.holding
		}
	}
	return n
}

// interrupt makes the listener's Receive look at the faults again. It returns when no Receive is under way
// that has not: an event that is published from then on meets the fault.
func (f *faults) interrupt(listener string) {
	var old []*wait
	f.mu.Lock()
	for w := range f.waits {
		if w.listener == listener && !w.gathering {
			w.cancel()
			old = append(old, w)
		}
	}
	f.mu.Unlock()
	for _, w := range old {
		<-w.done
	}
}

// flush lets go of what is held to be reordered; false if nothing is.
func (f *faults) flush() (held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.waits {
		if w.holding > 0 {
			w.cancel()
			held = true
		}
	}
	return held
}

// middleware puts the faults of handlers around them: inside of what was added with [bus.Bus.Use], outside of
// the listener's own, which the bus lets nobody else get inside of.
func (f *faults) middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		ctx := msg.Context()
		d, ok := transport.FromContext(ctx)
		if !ok {
			return next(msg)
		}
		listener := d.Subscription.Name
		f.mu.Lock()
		slow, err := f.slows[listener], f.errs[listener]
		f.mu.Unlock()
		if slow > 0 {
			select {
			case <-time.After(slow):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if f.take(fail, listener) {
			return nil, err
		}
		return next(msg)
	}
}
