package bustest

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
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
	const patience = 200 * time.Millisecond
	for name, c := range map[string]struct {
		tr       func(*memory.Transport) transport.Transport
		test     func(*Harness)
		want     string
		patience time.Duration // 0 for what fails by it
	}{
		"advance": {plain, func(h *Harness) { h.Advance(time.Hour) }, "real time does not advance by 1h: the harness's Patience is 200ms", 0},
		"settle": {plain, func(h *Harness) {
			h.Fail("mail", 1, errors.New("x"))
			h.Publish("Order", bus.Created, 1)
			h.Settle()
		}, "not settled after 200ms: ", 0},
		"slow": {plain, func(h *Harness) {
			h.Slow("mail", 400*time.Millisecond)
			publish(h)
		}, "not idle after 200ms: ", 0},
		"lossy":              {isLossy, publish, "not idle after 200ms: mail has not got Order.created #1 yet\n", 0},
		"broken":             {isBroken, publish, "not idle after 200ms: ", 0},
		"broken letters":     {isBroken, func(h *Harness) { h.DeadLetters("mail") }, "the dead letters of mail: no letters\n", 0},
		"patience":           {isSilent, publish, "not idle after 200ms: ", 0},
		"silent settle":      {isSilent, func(h *Harness) { h.Settle() }, "memory cannot say what is pending", 0},
		"silent pending":     {isSilent, func(h *Harness) { h.WantNothingPending() }, "what is pending of mail: not supported", 0},
		"silent dead letter": {isSilent, func(h *Harness) { h.DeadLetters("mail") }, "the dead letters of mail: not supported", 0},
		"publish": {plain, func(h *Harness) {
			_ = h.broker.Transport.Close()
			_ = h.TryPublish("Order", bus.Created, 1)
			h.WantPublished("Order")
			h.WantHandled("mail", 7)
		}, "publish failed", 0},
		"silent and dead":   {isSilent, dead, "dead letters that nobody expected:\n  mail: no such mailbox\n", time.Minute},
		"broken at the end": {isBroken, func(*Harness) {}, "not idle after 200ms: no depth", 0},
	} {
		if said := saidInRealTime(t, c.tr, c.test, cmp.Or(c.patience, patience)); !strings.Contains(said, c.want) {
			t.Errorf("%s: does not say %q but: %s", name, c.want, said)
		}
	}
}

func plain(tr *memory.Transport) transport.Transport    { return tr }
func isSilent(tr *memory.Transport) transport.Transport { return silent{tr} }
func isLossy(tr *memory.Transport) transport.Transport  { return lossy{tr} }
func isBroken(tr *memory.Transport) transport.Transport { return broken{tr} }

// saidInRealTime returns what a test that OnTransport would run fails with. Its time is that of a bubble, in which
// no machine is slow: what keeps the test waiting is what the test says.
func saidInRealTime(
	t *testing.T, of func(*memory.Transport) transport.Transport, test func(*Harness), patience time.Duration,
) (said string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := &verdict{T: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			tr := of(memory.New())
			execute(v, tr, &realTime{tr: tr}, mail, test, []Option{Patience(patience)})
		}()
		<-done
		said = v.said
	})
	return said
}
