package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
)

// Attempt is one run at an event by a listener, as far as it has ended. A failure by [Harness.Fail] counts as
// one.
type Attempt struct {
	// EventID of the event.
	EventID string
	// Number of the run over all deliveries of the event, from 1.
	Number int
	// Time when it ended.
	Time time.Time
	// Err is what it failed with; nil if it did not, or if it was not to be run ([bus.ErrSkip]). Of a run
	// that an immediate retry followed, the text is left.
	Err error
}

// log is what happened. Safe for concurrent use.
type log struct {
	start time.Time

	mu        sync.Mutex
	lines     []line
	printed   int            // of lines, when they last were
	numbers   map[string]int // of events, by ID, as the lines name them
	published []*publication
	runs      map[string][]ran    // by listener
	dead      map[string][]string // reasons, by listener
	crashes   map[*transport.Delivery]struct{}
}

// publication is an event that was published.
type publication struct {
	message *transport.Message
	failed  bool
}

// ran is an attempt, and at what.
type ran struct {
	Attempt
	message *transport.Message
	handled bool // it ended without an error, and the broker was told so
}

func newLog(start time.Time) *log {
	return &log{
		start: start, numbers: make(map[string]int), runs: make(map[string][]ran), dead: make(map[string][]string),
		crashes: make(map[*transport.Delivery]struct{}),
	}
}

// testKey is set in the context that the test itself publishes with.
type testKey struct{}

// publishing notes a publish that is about to be made.
func (l *log) publishing(ctx context.Context, m *transport.Message) *publication {
	p := &publication{message: m.Clone()}
	l.mu.Lock()
	defer l.mu.Unlock()
	p.message.Time = time.Now()
	l.published = append(l.published, p)
	by := "from elsewhere"
	if d, ok := transport.FromContext(ctx); ok {
		by = fmt.Sprintf("by %s, handling %s", d.Subscription.Name, l.name(d.Message))
	} else if ctx.Value(testKey{}) != nil {
		by = "by the test"
	}
	l.add(time.Now(), m, "published "+by)
	return p
}

func (l *log) failed(p *publication, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.failed = true
	l.add(time.Now(), p.message, "publish failed: "+err.Error())
}

func (l *log) duplicated(m *transport.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(time.Now(), m, "taken twice by the broker")
}

// crash notes that nothing of the delivery will reach the broker.
func (l *log) crash(d *transport.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.crashes[d] = struct{}{}
}

// result notes what became of a delivery: its runs that failed, which are the last of those that the delivery
// knows of, and the one that did not.
func (l *log) result(ctx context.Context, r bus.Result) {
	d, _ := transport.FromContext(ctx)
	m := r.Message.Clone()
	l.mu.Lock()
	defer l.mu.Unlock()
	note := ""
	_, crashed := l.crashes[d]
	if crashed {
		note = " (crash: the broker does not know)"
	}
	done := r.Outcome == bus.Acked && (r.Err == nil || errors.Is(r.Err, bus.ErrSkip))
	failed := r.Attempts
	if done {
		failed--
	}
	failures := d.Failures()
	failures = failures[len(failures)-min(max(failed, 0), len(failures)):]
	for i, f := range failures {
		a := Attempt{EventID: m.ID, Number: f.Attempt, Time: f.Time, Err: errors.New(f.Error)}
		what := "failed"
		if i == len(failures)-1 && r.Outcome != bus.Released && !done {
			a.Err = r.Err
			what += outcome(r) + note
		}
		l.ran(r.Listener.Name, ran{Attempt: a, message: m}, what+": "+a.Err.Error())
	}
	last := Attempt{EventID: m.ID, Number: r.Attempt, Time: r.Started.Add(r.Duration)}
	switch {
	case done && r.Err == nil:
		l.ran(r.Listener.Name, ran{last, m, !crashed}, "handled"+note)
	case done:
		l.ran(r.Listener.Name, ran{Attempt: last, message: m}, "skipped"+note+": "+r.Err.Error())
	case r.Outcome == bus.Released:
		l.add(last.Time, m, r.Listener.Name+": handed back"+note+": "+r.Err.Error())
	}
	if r.Outcome == bus.DeadLettered && !crashed {
		l.dead[r.Listener.Name] = append(l.dead[r.Listener.Name], r.Err.Error())
	}
}

// outcome is what follows a failure.
func outcome(r bus.Result) string {
	switch r.Outcome {
	case bus.Retried:
		return ", again in " + short(r.Delay)
	case bus.DeadLettered:
		return ", dead-lettered"
	}
	return ", " + r.Outcome.String() + " all the same"
}

// ran adds a run and its line. l.mu is held.
func (l *log) ran(listener string, r ran, what string) {
	l.runs[listener] = append(l.runs[listener], r)
	l.add(r.Time, r.message, fmt.Sprintf("%s, attempt %d: %s", listener, r.Number, what))
}

// messages returns what was published and is wanted, without what failed. A nil wanted wants all.
func (l *log) messages(wanted func(*transport.Message) bool) (ms []*transport.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.published {
		if !p.failed && (wanted == nil || wanted(p.message)) {
			ms = append(ms, p.message)
		}
	}
	return ms
}

// runsOf returns the runs of a listener.
func (l *log) runsOf(listener string) []ran {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.runs[listener])
}

// deadOf returns why the bus has dead-lettered events of a listener.
func (l *log) deadOf(listener string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.dead[listener])
}

// happened returns how much has happened.
func (l *log) happened() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}
