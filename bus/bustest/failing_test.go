package bustest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
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
			run(v, tr, bubble{tr}, register, test, opts)
		}()
		<-done
		said = v.said
		pause(2 * time.Hour) // a stubborn handler ends by then, and so can the bubble
	})
	return said
}

func mail(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { return nil }, bus.Name("mail"))
}

func TestWhatFailsATest(t *testing.T) {
	dead := func(h *Harness) {
		h.Fail("mail", 1, bus.Permanent(errors.New("no such mailbox")))
		h.Publish("Order", bus.Created, 1)
		h.Idle()
	}
	for name, c := range map[string]struct {
		register func(*bus.Bus)
		test     func(*Harness)
		opts     []Option
		want     []string // all of these; none means that it passes
	}{
		"nothing":             {mail, func(h *Harness) { h.Publish("Order", bus.Created, 1) }, nil, nil},
		"a dead letter":       {mail, dead, nil, []string{"nobody expected", "no such mailbox", "+0s", "Order.created #1: mail, attempt 1: dead-lettered"}},
		"another dead letter": {mail, func(h *Harness) { dead(h); h.WantDeadLetter("mail", "full") }, nil, []string{`no dead letter with "full"`, "nobody expected"}},
		"an allowed one":      {mail, func(h *Harness) { h.AllowDeadLetters(); dead(h) }, nil, nil},
		"an expected one":     {mail, func(h *Harness) { dead(h); h.WantDeadLetter("mail", "mailbox") }, nil, nil},
		"dead in the drain": {mail, func(h *Harness) {
			h.Fail("mail", 1, bus.Permanent(errors.New("late")))
			h.Publish("Order", bus.Created, 1)
		}, nil, []string{"late"}},
		"an unknown listener":     {mail, func(h *Harness) { h.WantHandled("male", 0) }, nil, []string{`no listener "male"; there are: mail`}},
		"a failure without error": {mail, func(h *Harness) { h.Fail("mail", 1, nil) }, nil, []string{"the error is nil"}},
		"too few handled":         {mail, func(h *Harness) { h.WantHandled("mail", 1) }, nil, []string{"mail has handled 0 events, want 1", "nothing happened"}},
		"others published":        {mail, func(h *Harness) { h.WantPublished("Order", bus.Deleted) }, nil, []string{"published on Order: [], want [deleted]"}},
		"a bad publish":           {mail, func(h *Harness) { h.Publish("*", bus.Created, 1) }, nil, []string{"bus: publish *.created"}},
		"other data":              {mail, func(h *Harness) { h.Publish("Order", bus.Created, 1); range0(Published[string](h, "Order")) }, nil, []string{"not what the test takes it for"}},
		"never pending no more":   {forever, func(h *Harness) { h.Publish("Order", bus.Created, 1); h.Settle() }, nil, []string{"still pending after", "retried after 24h"}},
		"a crash": {mail, func(h *Harness) {
			h.CrashBeforeAck("mail", 1)
			h.Publish("Order", bus.Created, 1)
			h.Idle()
			h.WantHandled("mail", 1)
		}, nil, []string{"(crash: the broker does not know)"}},
		"a duplicate": {mail, func(h *Harness) {
			h.Duplicate("Order", 1)
			h.Publish("Order", bus.Created, 1)
			h.WantHandled("mail", 3)
		}, nil, []string{"taken twice"}},
		"a skipped event":     {skips, func(h *Harness) { h.Publish("Order", bus.Created, 1); h.Idle(); h.WantHandled("Order", 1) }, nil, []string{"skipped"}},
		"a bad registration":  {func(b *bus.Bus) { bus.On[int](b, "*?", nil) }, func(*Harness) {}, nil, []string{"the bus does not run", "*?"}},
		"a bad configuration": {mail, func(*Harness) {}, []Option{Config(func(c *bus.Config) { c.Service = "" })}, []string{"Config.Service"}},
		"a hung handler": {stubborn, func(h *Harness) { h.Publish("Order", bus.Created, 1) }, nil,
			[]string{"did not end well", "test/Order: 1 handlers have not returned"}},
	} {
		said := saidInBubble(t, c.register, c.test, c.opts...)
		if len(c.want) == 0 && said != "" {
			t.Errorf("%s: failed: %s", name, said)
		}
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: does not say %q but: %s", name, want, said)
			}
		}
	}
}

func range0[T any](seq func(func(T) bool)) { seq(func(T) bool { return true }) }

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

// stubborn is a listener that does not honour its context, and returns an hour later all the same.
func stubborn(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[int]) error { pause(time.Hour); return nil })
}

func TestRealTimeHasItsLimits(t *testing.T) {
	for name, c := range map[string]struct {
		tr   transport.Transport
		test func(*Harness)
		want string
	}{
		"advance": {memory.New(), func(h *Harness) { h.Advance(time.Hour) }, "real time does not advance by 1h"},
		"settle": {memory.New(), func(h *Harness) {
			h.Fail("mail", 1, errors.New("x"))
			h.Publish("Order", bus.Created, 1)
			h.Settle()
		}, "not settled after 200ms"},
		"silent": {struct{ transport.Transport }{memory.New()}, func(h *Harness) { h.Settle() }, "cannot say what is pending"},
		"publish": {memory.New(), func(h *Harness) {
			_ = h.broker.Transport.Close()
			_ = h.TryPublish("Order", bus.Created, 1)
			h.WantPublished("Order")
			h.WantHandled("mail", 7)
		}, "publish failed"},
	} {
		v := &verdict{T: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			run(v, c.tr, &realTime{tr: c.tr}, mail, c.test, []Option{Patience(200 * time.Millisecond)})
		}()
		<-done
		if !strings.Contains(v.said, c.want) {
			t.Errorf("%s: does not say %q but: %s", name, c.want, v.said)
		}
	}
}

// A goroutine that outlives the bus stops the program of the test, so that it takes another one to see it.
func TestLeakedGoroutine(t *testing.T) {
	if os.Getenv("BUSTEST_LEAK") != "" {
		Run(t, func(b *bus.Bus) {
			mail(b)
			go func() { select {} }()
		}, func(*testing.T, *Harness) {})
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeakedGoroutine$")
	cmd.Env = append(os.Environ(), "BUSTEST_LEAK=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "blocked goroutines remain") {
		t.Errorf("a leaked goroutine ends the test with %v: %s", err, out)
	}
}
