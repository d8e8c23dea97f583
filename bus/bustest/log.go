package bustest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
)

// Attempt is one run at an event by a listener, as far as it has ended.
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
	lines     []string
	numbers   map[string]int // of events, by ID, as the lines name them
	published []*publication
	handled   map[string][]*transport.Message
	attempts  map[string][]Attempt
	crashes   map[*transport.Delivery]struct{}
	open      int
}

type publication struct {
	message *transport.Message
	failed  bool
}

func newLog(start time.Time) *log {
	return &log{
		start: start, numbers: make(map[string]int), handled: make(map[string][]*transport.Message),
		attempts: make(map[string][]Attempt), crashes: make(map[*transport.Delivery]struct{}),
	}
}

// publishing notes a publish that is about to be made.
func (l *log) publishing(m *transport.Message) *publication {
	p := &publication{message: m.Clone()}
	l.mu.Lock()
	defer l.mu.Unlock()
	p.message.Time = time.Now()
	l.published = append(l.published, p)
	l.addf("%s: published by %s", l.name(m), m.Source)
	return p
}

func (l *log) failed(p *publication, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.failed = true
	l.addf("%s: publish failed: %v", l.name(p.message), err)
}

func (l *log) duplicated(m *transport.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.addf("%s: taken twice by the broker", l.name(m))
}

// crash notes that nothing of the delivery will reach the broker.
func (l *log) crash(d *transport.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.crashes[d] = struct{}{}
}

// middleware counts the deliveries that are being handled; result ends each.
func (l *log) middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		l.mu.Lock()
		l.open++
		l.mu.Unlock()
		return next(msg)
	}
}

// result notes what became of a delivery.
func (l *log) result(ctx context.Context, r bus.Result) {
	d, _ := transport.FromContext(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	listener := r.Listener.Name
	_, crashed := l.crashes[d]
	succeeded := r.Outcome == bus.Acked && r.Err == nil
	l.attempt(listener, d, r)
	text := fmt.Sprintf("%s: %s, attempt %d: ", l.name(r.Message), listener, max(r.Attempt, 1))
	switch {
	case succeeded:
		text += "handled"
	case errors.Is(r.Err, bus.ErrSkip):
		text += "skipped"
	default:
		text += r.Outcome.String()
		if r.Outcome == bus.Retried {
			text += " after " + r.Delay.String()
		}
	}
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	if crashed {
		text += " (crash: the broker does not know)"
	} else if succeeded {
		l.handled[listener] = append(l.handled[listener], r.Message.Clone())
	}
	l.addf("%s", text)
}

// attempt notes the runs of a delivery: those that failed are with the delivery, a success is the result's.
// l.mu is held.
func (l *log) attempt(listener string, d *transport.Delivery, r bus.Result) {
	failed, failures := r.Attempts, d.Failures()
	if r.Outcome == bus.Acked {
		failed--
	}
	runs := l.attempts[listener]
	for _, f := range failures[len(failures)-min(max(failed, 0), len(failures)):] {
		runs = append(runs, Attempt{EventID: r.Message.ID, Number: f.Attempt, Time: f.Time, Err: errors.New(f.Error)})
	}
	switch {
	case r.Outcome == bus.Acked:
		runs = append(runs, Attempt{EventID: r.Message.ID, Number: r.Attempt, Time: r.Started.Add(r.Duration)})
	case failed > 0 && len(runs) > 0 && r.Err != nil:
		runs[len(runs)-1].Err = r.Err
	}
	l.attempts[listener] = runs
}

// state returns how much has happened, and how many deliveries are being handled.
func (l *log) state() (happened, open int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines), l.open
}

// timeline is what happened, a line each.
func (l *log) timeline() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == 0 {
		return "timeline: nothing happened"
	}
	return "timeline:\n  " + strings.Join(l.lines, "\n  ")
}

// addf adds a line. l.mu is held.
func (l *log) addf(format string, args ...any) {
	at := time.Since(l.start).Round(time.Millisecond)
	l.lines = append(l.lines, fmt.Sprintf("%-12s %s", "+"+at.String(), fmt.Sprintf(format, args...)))
}

// name is an event's name in the lines: "Order.created #1". l.mu is held.
func (l *log) name(m *transport.Message) string {
	n, ok := l.numbers[m.ID]
	if !ok {
		n = len(l.numbers) + 1
		l.numbers[m.ID] = n
	}
	name := m.Channel
	if m.Action != "" {
		name += "." + string(m.Action)
	}
	return fmt.Sprintf("%s #%d", name, n)
}
