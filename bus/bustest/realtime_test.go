package bustest

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// silent is a transport that tells nothing.
type silent struct{ transport.Transport }

// lossy is one that loses what it is given.
type lossy struct{ *memory.Transport }

func (lossy) Publish(context.Context, *transport.Message) error { return nil }

// broken is one that cannot be asked.
type broken struct{ *memory.Transport }

func (broken) Depth(context.Context, transport.ID) (transport.Depth, error) {
	return transport.Depth{}, errors.New("no depth")
}

func (broken) DeadLetters(context.Context, transport.ID) (transport.DeadLetters, error) {
	return nil, errors.New("no letters")
}

func TestRealTimeHasItsLimits(t *testing.T) {
	t.Parallel()
	// What it was that kept a test waiting when its patience ended is up to how fast the machine is.
	const patience = 200 * time.Millisecond
	var cases sync.WaitGroup
	for name, c := range map[string]struct {
		tr       transport.Transport
		test     func(*Harness)
		want     string
		patience time.Duration // 0 for what fails by it
	}{
		"advance": {memory.New(), func(h *Harness) { h.Advance(time.Hour) }, "real time does not advance by 1h: the harness's Patience is 200ms", 0},
		"settle": {memory.New(), func(h *Harness) {
			h.Fail("mail", 1, errors.New("x"))
			h.Publish("Order", bus.Created, 1)
			h.Settle()
		}, "not settled after 200ms: ", 0},
		"slow": {memory.New(), func(h *Harness) {
			h.Slow("mail", 400*time.Millisecond)
			publish(h)
		}, "not idle after 200ms: ", 0},
		"lossy":              {lossy{memory.New()}, publish, "not idle after 200ms: mail has not got Order.created #1 yet\n", 0},
		"broken":             {broken{memory.New()}, publish, "not idle after 200ms: ", 0},
		"broken letters":     {broken{memory.New()}, func(h *Harness) { h.DeadLetters("mail") }, "the dead letters of mail: no letters\n", 0},
		"patience":           {silent{memory.New()}, publish, "not idle after 200ms: ", 0},
		"silent settle":      {silent{memory.New()}, func(h *Harness) { h.Settle() }, "memory cannot say what is pending", 0},
		"silent pending":     {silent{memory.New()}, func(h *Harness) { h.WantNothingPending() }, "what is pending of mail: not supported", 0},
		"silent dead letter": {silent{memory.New()}, func(h *Harness) { h.DeadLetters("mail") }, "the dead letters of mail: not supported", 0},
		"publish": {memory.New(), func(h *Harness) {
			_ = h.broker.Transport.Close()
			_ = h.TryPublish("Order", bus.Created, 1)
			h.WantPublished("Order")
			h.WantHandled("mail", 7)
		}, "publish failed", 0},
		"silent and dead":   {silent{memory.New()}, dead, "dead letters that nobody expected:\n  mail: no such mailbox\n", time.Minute},
		"broken at the end": {broken{memory.New()}, func(*Harness) {}, "not idle after 200ms: no depth", 0},
	} {
		cases.Go(func() {
			if said := saidInRealTime(t, c.tr, c.test, cmp.Or(c.patience, patience)); !strings.Contains(said, c.want) {
				t.Errorf("%s: does not say %q but: %s", name, c.want, said)
			}
		})
	}
	cases.Wait()
}

// saidInRealTime returns what a test that OnTransport would run fails with.
func saidInRealTime(t *testing.T, tr transport.Transport, test func(*Harness), patience time.Duration) string {
	t.Helper()
	v := &verdict{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		execute(v, tr, &realTime{tr: tr}, mail, test, []Option{Patience(patience)})
	}()
	<-done
	return v.said
}
