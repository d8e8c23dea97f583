package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		tr   transport.Transport
		cfg  bus.Config
		want string
	}{
		{"no transport", nil, bus.Config{Service: "svc"}, "transport is nil"},
		{"no service", memory.New(), bus.Config{}, "Config.Service"},
		{"a service with a space", memory.New(), bus.Config{Service: "my service"}, "white space"},
		{"negative concurrency", memory.New(), bus.Config{Service: "svc", Concurrency: -1}, "Config.Concurrency is negative"},
		{"negative lease", memory.New(), bus.Config{Service: "svc", Lease: -1}, "Config.Lease is negative"},
		{"negative receives", memory.New(), bus.Config{Service: "svc", MaxReceives: -1}, "Config.MaxReceives is negative"},
		{"bad policy", memory.New(), bus.Config{Service: "svc", Retry: &bus.Policy{Immediate: -1}}, "Config.Retry"},
	} {
		_, err := bus.New(c.tr, c.cfg)
		if err == nil || !strings.HasPrefix(err.Error(), "bus: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: New returned %v, want %q", c.name, err, c.want)
		}
	}
}

// Every mistake is reported, by name, and together; nothing panics, and nothing is consumed.
func TestMistakesAreReportedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		h := func(context.Context, bus.Raw) error { t.Error("an event was handled"); return nil }
		bus.On(b, "Fine", h)
		bus.On(b, "A", h, bus.Name(""))
		bus.On(b, "B", h, bus.Actions())
		bus.On(b, "C", h, bus.Actions("no spaces"))
		bus.On(b, "D", h, bus.Lease(0))
		bus.On(b, "E", h, bus.MaxReceives(0))
		bus.On(b, "F", h, bus.MaxReceives(4))
		bus.On(b, "G", h, bus.Retry(bus.Policy{Jitter: 7}))
		bus.On(b, "H", h, bus.With(nil))
		bus.On(b, "I", h, nil)
		bus.On[int](b, "J", nil)
		b.Use(nil)
		err := b.Run(t.Context())
		if err == nil {
			t.Fatal("Run accepted the mistakes")
		}
		for _, want := range []string{
			`svc/ on "A": Name("")`, `svc/B on "B": Actions()`, `svc/C on "C": action "no spaces"`, `svc/D on "D": Lease(0s)`,
			`svc/E on "E": MaxReceives(0)`, `svc/F on "F": MaxReceives is 4, and the retry policy alone needs 4`,
			`svc/G on "G": Retry`, `svc/H on "H": With`, `svc/I on "I": an option is nil`, `svc/J on "J": the handler is nil`,
			`Use: middleware number 1 is nil`,
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error lacks %q:\n%v", want, err)
			}
		}
		if n := strings.Count(err.Error(), "\n") + 1; n != 11 {
			t.Errorf("%d lines for 11 mistakes:\n%v", n, err)
		}
	})
}

func TestRegistrationAfterRunIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		b := newBus(t, memory.New(), func(c *bus.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		stop := run(t, b)
		bus.On(b, "Late", func(context.Context, bus.Raw) error { return nil })
		b.Use(func(h message.HandlerFunc) message.HandlerFunc { return h })
		if err := b.Run(t.Context()); !errors.Is(err, bus.ErrClosed) {
			t.Errorf("a second Run returned %v, want ErrClosed", err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		for _, want := range []string{"registered after Run", "Use was called after Run"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, log.String())
			}
		}
	})
}

// The publisher's side of an event, and all that a listener sees of it.
func TestEventArrivesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type order struct {
			ID    int64
			Total json.Number
		}
		tr := memory.New()
		b := newBus(t, tr)
		var got []bus.Event[order]
		var delivery *transport.Delivery
		bus.On(b, "Order", func(ctx context.Context, e bus.Event[order]) error {
			got = append(got, e)
			delivery, _ = transport.FromContext(ctx)
			return nil
		})
		stop := run(t, b)
		data := order{1<<53 + 1, "440.0000000000000000001"}
		id := uuid.New()
		at := time.Date(2026, 11, 23, 8, 0, 0, 123456000, time.FixedZone("", 3600))
		time.Sleep(time.Hour + 1234567) // the clock of a bubble begins at a whole second
		before := time.Now()
		for _, opts := range [][]bus.PublishOption{
			nil,
			{bus.Key(id), bus.ID("event-1"), bus.Time(at), bus.CorrelationID("c"), bus.Extension("region", "eu"), bus.Extension("n", "1")},
		} {
			if err := b.Publish(t.Context(), "Order", "shipped", data, opts...); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		first := got[0]
		if u, err := uuid.Parse(first.ID); err != nil || u.Version() != 7 {
			t.Errorf("the ID %q is no UUIDv7: %v", first.ID, err)
		}
		if first.CorrelationID != first.ID || first.CausationID != "" || first.Key != "" || !first.Time.Equal(before.Truncate(time.Microsecond)) {
			t.Errorf("defaults: %+v", first)
		}
		want := bus.Event[order]{
			ID: "event-1", Source: "svc", Channel: "Order", Action: "shipped", Key: id.String(), Time: at.UTC(),
			CorrelationID: "c", Attempt: 1, Extensions: map[string]string{"region": "eu", "n": "1"}, Data: data,
		}
		if !reflect.DeepEqual(got[1], want) {
			t.Errorf("got  %+v\nwant %+v", got[1], want)
		}
		if delivery == nil || delivery.Subscription.String() != "svc/Order" || delivery.Receives != 1 {
			t.Errorf("the handler's ctx carries the delivery %+v", delivery)
		}
	})
}

type textKey struct{ fail bool }

func (k textKey) MarshalText() ([]byte, error) {
	if k.fail {
		return nil, errors.New("no text")
	}
	return []byte("text"), nil
}

func TestKey(t *testing.T) {
	type name string
	type number uint8
	for _, c := range []struct {
		opt  bus.PublishOption
		want string
		err  string
	}{
		{bus.Key("A"), "A", ""},
		{bus.Key(-7), "-7", ""},
		{bus.Key(int64(1) << 60), "1152921504606846976", ""},
		{bus.Key(name("n")), "n", ""},
		{bus.Key(number(255)), "255", ""},
		{bus.Key(uuid.Nil), uuid.Nil.String(), ""},
		{bus.Key(time.Second), "1s", ""},
		{bus.Key(textKey{}), "text", ""},
		{bus.Key(textKey{fail: true}), "", "no text"},
		{bus.Key(1.5), "", "a float64 does not identify anything"},
		{bus.Key(struct{}{}), "", "a struct {} does not identify anything"},
		{bus.Key[any](nil), "", "a <nil> does not identify anything"},
		{bus.Key(strings.Repeat("k", event.MaxKey+1)), "", "subject: is 1025 bytes long"},
		{bus.ID(""), "", "ID: is empty"},
		{nil, "", "an option is nil"},
		{bus.Extension("Data!", "x"), "", "lower-case letters and digits"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBus(t, memory.New())
			got := "nothing"
			bus.On(b, "Order", func(_ context.Context, e bus.Raw) error { got = e.Key; return nil })
			stop := run(t, b)
			err := b.Publish(t.Context(), "Order", bus.Created, nil, c.opt)
			synctest.Wait()
			switch {
			case c.err == "" && (err != nil || got != c.want):
				t.Errorf("key %q, %v; want %q", got, err, c.want)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || got != "nothing"):
				t.Errorf("key %q, %v; want an error with %q", got, err, c.err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPublishKeepsTheDeadlineAndTheTransportsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New(memory.MaxDepth(1))
		b := newBus(t, tr)
		if err := tr.Provision(t.Context(), transport.Subscription{ID: transport.ID{Service: "s", Name: "n"}, Pattern: "Order"}); err != nil {
			t.Fatal(err)
		}
		publish(t, b, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		from := time.Now()
		err := b.Publish(ctx, "Order", bus.Created, nil)
		if took := time.Since(from); took != 20*time.Millisecond || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %s: %v; want the deadline's error after 20ms", took, err)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.Publish(t.Context(), "Order", bus.Created, nil); !errors.Is(err, bus.ErrClosed) {
			t.Errorf("publishing on a closed transport: %v", err)
		}
	})
}

// Causation is kept through chains of handlers, through retries and through middleware.
func TestCausation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		events := make(map[string]bus.Raw)
		step := func(from, to string) {
			bus.On(b, from, func(ctx context.Context, e bus.Raw) error {
				events[from] = e
				if e.Attempt == 1 {
					return errors.New("once more")
				}
				if to == "" {
					return nil
				}
				return b.Publish(ctx, to, bus.Created, nil)
			})
		}
		step("A", "B")
		step("B", "C")
		step("C", "")
		stop := run(t, b)
		if err := b.Publish(t.Context(), "A", bus.Created, nil); err != nil {
			t.Fatal(err)
		}
		finish(t, tr, stop)
		a, bb, c := events["A"], events["B"], events["C"]
		if a.CorrelationID != a.ID || bb.CorrelationID != a.ID || c.CorrelationID != a.ID {
			t.Errorf("correlations %q %q %q, want %q", a.CorrelationID, bb.CorrelationID, c.CorrelationID, a.ID)
		}
		if a.CausationID != "" || bb.CausationID != a.ID || c.CausationID != bb.ID {
			t.Errorf("causes %q %q %q", a.CausationID, bb.CausationID, c.CausationID)
		}
	})
}

// Middleware may replace the payload, and what it cannot read is a dead letter at once.
func TestForeignAndReplacedPayloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		b.Use(func(h message.HandlerFunc) message.HandlerFunc {
			return func(msg *message.Message) ([]*message.Message, error) {
				if plain, ok := strings.CutPrefix(string(msg.Payload), "sealed:"); ok {
					msg.Payload = []byte(plain)
				}
				return h(msg)
			}
		})
		var got tally
		bus.On(b, "Order", func(_ context.Context, e bus.Event[int]) error {
			if e.ID == "" {
				t.Errorf("an event without an ID: %+v", e)
			}
			got.add(strings.Repeat("x", e.Data))
			return nil
		})
		stop := run(t, b)
		for i, body := range []string{
			`{"channel":"Order","action":"created","data":1}`,
			`sealed:{"channel":"Order","action":"created","data":2}`,
			`{"Type":"Notification","MessageId":"m","Message":"{\"channel\":\"Order\",\"action\":\"created\",\"data\":3}"}`,
			`garbage`,
			`sealed:garbage`,
			`{"channel":"Order","action":"created","data":"four"}`,
		} {
			m := &transport.Message{ID: string(rune('a' + i)), Channel: "Order", Body: []byte(body)}
			if err := tr.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		finish(t, tr, stop)
		if got.sum() != 3 || got.get("x") != 1 || got.get("xx") != 1 || got.get("xxx") != 1 {
			t.Errorf("handled %v, want each of the 3 that can be read once", got.n)
		}
		letters := dead(t, tr, "Order")
		if len(letters) != 3 {
			t.Fatalf("%d dead letters, want the 3 that cannot be read", len(letters))
		}
		for _, l := range letters {
			if len(l.Why.Attempts) != 1 || !strings.Contains(l.Why.Reason, "event: decode") {
				t.Errorf("%s: %d attempts, reason %q", l.Message.Body, len(l.Why.Attempts), l.Why.Reason)
			}
		}
	})
}

// A panic is a failure like any other: retried by the policy, at once and later, then dead-lettered with a
// record that is short.
func TestPanicIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		var runs tally
		bus.On(b, "Order", func(context.Context, bus.Raw) error { runs.add("n"); panic("no such thing") })
		stop := run(t, b)
		publish(t, b, nil)
		finish(t, tr, stop)
		if n := runs.get("n"); n != 12 {
			t.Errorf("%d runs, want 4 deliveries of 3", n)
		}
		letters := dead(t, tr, "Order")
		if len(letters) != 1 {
			t.Fatalf("%d dead letters, want 1", len(letters))
		}
		why := letters[0].Why
		if !strings.Contains(why.Reason, "no such thing") || len(why.Reason) > 100 || len(why.Attempts) != 12 {
			t.Errorf("the record has %d attempts and the reason %q", len(why.Attempts), why.Reason)
		}
	})
}

// A policy that is longer than the broker's default patience gets its deliveries all the same.
func TestALongPolicyIsPlayedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		var runs tally
		bus.On(b, "Order", func(context.Context, bus.Raw) error { runs.add("n"); return errors.New("boom") },
			bus.Retry(bus.Policy{Delays: slices.Repeat([]time.Duration{time.Minute}, 30)}))
		stop := run(t, b)
		publish(t, b, nil)
		finish(t, tr, stop)
		if n := runs.get("n"); n != 31 {
			t.Errorf("%d runs, want 31", n)
		}
	})
}

// dead returns the dead letters of the service's listener.
func dead(t *testing.T, tr transport.DeadLetterer, name string) []transport.DeadLetter {
	t.Helper()
	store, err := tr.DeadLetters(t.Context(), transport.ID{Service: "svc", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	letters, err := store.List(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}
