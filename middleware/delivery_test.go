package middleware

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// receipt is a broker's half of a delivery that notes what it is told.
type receipt struct {
	mu       sync.Mutex
	calls    []string
	delay    time.Duration
	failures []transport.Failure
	why      transport.Record
	ctxErr   error // of the context that DeadLetter got
	deadline bool  // whether it had one
	fail     error // what DeadLetter and Retry return
}

func (r *receipt) note(call string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
	if call == "dead-letter" || call == "retry" {
		return r.fail
	}
	return nil
}

func (r *receipt) Ack(context.Context) error     { return r.note("ack") }
func (r *receipt) Release(context.Context) error { return r.note("release") }

func (r *receipt) Retry(_ context.Context, delay time.Duration, failures []transport.Failure) error {
	r.delay, r.failures = delay, failures
	return r.note("retry")
}

func (r *receipt) DeadLetter(ctx context.Context, why transport.Record) error {
	r.why, r.ctxErr = why, ctx.Err()
	_, r.deadline = ctx.Deadline()
	return r.note("dead-letter")
}

func (r *receipt) Extend(context.Context, time.Duration) error { return r.note("extend") }

func (r *receipt) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// given is what a test delivers.
type given struct {
	receives int                 // 1 if not set
	history  []transport.Failure // of earlier deliveries
	body     []byte              // an event if not set
	lease    time.Duration
	draining <-chan struct{}
	fail     error // of dead-lettering
}

func testEvent() event.Envelope {
	return event.Envelope{
		ID: "e1", Source: "shop", Channel: "Order", Action: event.Created, Key: "42", Data: []byte(`{"total":7}`),
	}
}

func encode(t testing.TB, env event.Envelope) []byte {
	t.Helper()
	body, err := env.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// deliver returns a delivery, its message and its receipt.
func deliver(t testing.TB, g given) (*transport.Delivery, *message.Message, *receipt) {
	t.Helper()
	if g.body == nil {
		g.body = encode(t, testEvent())
	}
	r := &receipt{fail: g.fail}
	d := transport.NewDelivery(
		&transport.Message{ID: "e1", Channel: "Order", Action: event.Created, Key: "42", Body: g.body},
		&transport.Subscription{ID: transport.ID{Service: "finance", Name: "Order"}, Lease: g.lease},
		max(g.receives, 1), g.history, r)
	ctx := t.Context()
	if g.draining != nil {
		ctx = transport.WithDraining(ctx, g.draining)
	}
	msg := d.ToWatermill(d.Context(ctx))
	t.Cleanup(func() { d.Cancel(nil) })
	return d, msg, r
}

// plain returns a message as Watermill's own router hands it out, without a delivery.
func plain(t testing.TB) *message.Message {
	return message.NewMessageWithContext(t.Context(), "m1", []byte("payload"))
}

// chain wraps h, outermost first.
func chain(h message.HandlerFunc, mws ...message.HandlerMiddleware) message.HandlerFunc {
	for _, mw := range slices.Backward(mws) {
		h = mw(h)
	}
	return h
}

var errBroken = errors.New("broken")

// script is a handler whose runs end with one error after the other, and then with the last for ever.
type script struct {
	mu   sync.Mutex
	errs []error
	runs []time.Time
}

func returns(errs ...error) *script { return &script{errs: errs} }

func (s *script) handle(*message.Message) ([]*message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, time.Now())
	return nil, s.errs[min(len(s.runs), len(s.errs))-1]
}

func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.runs)
}

// logs is a slog.Handler that keeps what it gets at or above a level.
type logs struct {
	level slog.Level
	mu    sync.Mutex
	lines []line
}

type line struct {
	level slog.Level
	text  string
	attrs map[string]any
}

func (l *logs) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }
func (l *logs) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l *logs) WithGroup(string) slog.Handler                    { return l }

func (l *logs) Handle(_ context.Context, r slog.Record) error {
	attrs := make(map[string]any)
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.Any()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line{r.Level, r.Message, attrs})
	return nil
}

// quiet discards what is logged.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// captureDefault makes slog.Default() write to a buffer for the test.
func captureDefault(t *testing.T) *bytes.Buffer {
	t.Helper()
	var buf bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &buf
}

// texts returns the errors of a delivery's failures.
func texts(d *transport.Delivery) []string {
	var s []string
	for _, f := range d.Failures() {
		s = append(s, f.Error)
	}
	return s
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
