package bustest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport/memory"
)

// verdict is a test that may fail without failing the one that looks.
type verdict struct {
	*testing.T

	said string
}

func (v *verdict) Errorf(format string, args ...any) { v.said += fmt.Sprintf(format, args...) + "\n" }
func (v *verdict) Fatalf(format string, args ...any) {
	v.Errorf(format, args...)
	runtime.Goexit()
}

// saidInBubble returns what a test that Run would run fails with.
func saidInBubble(t *testing.T, register func(*bus.Bus), test func(*Harness), opts ...Option) (said string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := &verdict{T: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			tr := memory.New()
			execute(v, tr, bubble{tr}, register, test, opts)
		}()
		<-done
		said = v.said
		pause(2 * time.Hour) // a stubborn handler ends by then, and so can the bubble
	})
	return said
}

// Listeners of the tests that fail.

func mail(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { return nil }, bus.Name("mail"))
}

// forever is a listener that fails for longer than Settle waits.
func forever(b *bus.Bus) {
	many := bus.Policy{}
	for range 100 {
		many.Delays = append(many.Delays, 24*time.Hour)
	}
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { return errors.New("again") }, bus.Retry(many))
}

func skips(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { return bus.ErrSkip })
}

// hasty is a listener that acks first, as Watermill's InstantAck does.
func hasty(b *bus.Bus) {
	early := func(next message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			msg.Ack()
			return next(msg)
		}
	}
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { return errors.New("too late") },
		bus.With(early), bus.Retry(bus.Policy{Delays: []time.Duration{time.Second}}))
}

// stubborn is a listener that does not honour its context, and returns an hour later all the same.
func stubborn(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { pause(time.Hour); return nil })
}

// single is a listener that takes one event at a time.
func single(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { return nil }, bus.Name("mail"), bus.Concurrency(1))
}

// publish publishes an order, and has it handled.
func publish(h *Harness) {
	h.Publish("Order", bus.Created, 1)
	h.Idle()
}

// dead makes a dead letter.
func dead(h *Harness) {
	h.Fail("mail", 1, bus.Permanent(errors.New("no such mailbox")))
	publish(h)
}

func TestWhatFailsATest(t *testing.T) {
	many := func(h *Harness) {
		h.Fail("mail", 1000, bus.Permanent(errors.New("full")))
		for i := range 1000 {
			h.Publish("Order", bus.Created, i)
		}
	}
	for name, c := range map[string]struct {
		register func(*bus.Bus)
		test     func(*Harness)
		want     []string // all of these; none means that it passes
	}{
		"nothing":       {mail, publish, nil},
		"a dead letter": {mail, dead, []string{"dead letters that nobody expected:\n  mail: Order.created #1: no such mailbox\n"}},
		"another dead letter": {mail, func(h *Harness) { dead(h); h.WantDeadLetter("mail", "full") },
			[]string{`mail has no dead letter with "full"; those it has: "no such mailbox"`, "nobody expected"}},
		"no dead letter": {mail, func(h *Harness) { h.WantDeadLetter("mail", "full") },
			[]string{`mail has no dead letter, want one with "full"`}},
		"many dead letters": {mail, many, []string{": full\n  ... and 990 more\ntimeline:"}},
		"an allowed one":    {mail, func(h *Harness) { h.AllowDeadLetters(); dead(h) }, nil},
		"an expected one":   {mail, func(h *Harness) { dead(h); h.WantDeadLetter("mail", "mailbox") }, nil},
		"dead in the drain": {mail, func(h *Harness) {
			h.Fail("mail", 1, bus.Permanent(errors.New("late")))
			h.Publish("Order", bus.Created, 1)
		}, []string{"late"}},
		"an unknown listener":     {mail, func(h *Harness) { h.WantHandled("male", 0) }, []string{`no listener "male"; there are: mail`}},
		"no such dead letters":    {mail, func(h *Harness) { h.DeadLetters("male") }, []string{`no listener "male"`}},
		"a failure without error": {mail, func(h *Harness) { h.Fail("mail", 1, nil) }, []string{"the error is nil"}},
		"too few handled":         {mail, func(h *Harness) { h.WantHandled("mail", 1) }, []string{"mail has handled 0 events, want 1", "nothing happened"}},
		"others published":        {mail, func(h *Harness) { h.WantPublished("Order", bus.Deleted) }, []string{"published on Order: nothing; want deleted"}},
		"too many published": {mail, func(h *Harness) { publish(h); publish(h); h.WantPublished("Order") },
			[]string{"published on Order: created, created; want nothing"}},
		"a page of actions": {mail, func(h *Harness) {
			for range 12 {
				publish(h)
			}
			h.WantPublished("Order")
		}, []string{", created, created, and 2 more; want nothing"}},
		"acked all the same": {hasty, func(h *Harness) { publish(h); h.WantHandled("Order", 1) },
			[]string{"has handled 0 events, want 1", "attempt 1: failed, acked all the same: too late"}},
		"a bad publish": {mail, func(h *Harness) { h.Publish("*", bus.Created, 1) }, []string{"bus: publish *.created"}},
		"other data": {mail, func(h *Harness) {
			publish(h)
			for range Published[string](h, "Order") {
				t.Error("a number was taken for a string")
			}
		}, []string{"Order.created #1 is not what the test takes it for, an event with a string: event: decode data"}},
		"other data published": {mail, func(h *Harness) { publish(h); WantPublishedData(h, "Order", 2) }, []string{"published on Order: not 2 but 1\n"}},
		"data missing":         {mail, func(h *Harness) { publish(h); WantPublishedData(h, "Order", 1, 1) }, []string{"published on Order: not 1\n"}},
		"other data handled":   {mail, func(h *Harness) { publish(h); WantHandledData[int](h, "mail") }, []string{"handled by mail: 1, which was not wanted\n"}},
		"data that is none":    {mail, func(h *Harness) { WantHandledData(h, "mail", func() {}) }, []string{"the data cannot travel: json"}},
		"another order": {single, func(h *Harness) {
			h.Reorder("mail", 2)
			h.Publish("Order", bus.Created, 1, bus.Key("a"))
			h.Publish("Order", bus.Updated, 2, bus.Key("a"))
			h.WantOrder("mail")
			h.Idle()
			h.WantOrder("mail")
		}, []string{`mail has handled Order.created #1 after Order.updated #2, which was published later with the same key "a"`}},
		"events pending": {mail, func(h *Harness) {
			h.Fail("mail", 1, errors.New("down"))
			publish(h)
			h.WantNothingPending()
		}, []string{"events are pending: mail has 1 waiting for a retry\n"}},
		"never pending no more": {forever, func(h *Harness) { publish(h); h.Settle() }, []string{"events are still pending after 720h\n", "again in 24h: again"}},
		"a skipped event":       {skips, func(h *Harness) { publish(h); h.WantHandled("Order", 1) }, []string{"attempt 1: skipped"}},
		"a bad registration":    {func(b *bus.Bus) { bus.On[int](b, "*?", nil) }, func(*Harness) {}, []string{"the bus does not run", "*?"}},
		"a hung handler": {stubborn, func(h *Harness) { h.Publish("Order", bus.Created, 1) },
			[]string{"did not end well", "test/Order: 1 handlers have not returned"}},
	} {
		said := saidInBubble(t, c.register, c.test)
		if len(c.want) == 0 && said != "" {
			t.Errorf("%s: failed: %s", name, said)
		}
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: does not say %q but: %s", name, want, said)
			}
		}
	}
	said := saidInBubble(t, mail, func(*Harness) {}, Config(func(c *bus.Config) { c.Service = "" }))
	if !strings.Contains(said, "Config.Service") {
		t.Errorf("a bad configuration: said %q", said)
	}
}
