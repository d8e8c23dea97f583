package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// The defects of FRAME that framebus exists to be without, each as a test.

// In FRAME a wildcard listener is registered again with each channel: it delivers 2, 3, 4 ... times.
func TestFRAMEWildcardDeliversOnceForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		var seen tally
		bus.On(b, "*", func(_ context.Context, e bus.Raw) error { seen.add(e.ID); return nil })
		stop := run(t, b)
		for channel := range 50 {
			for range 4 {
				if err := b.Publish(t.Context(), fmt.Sprint("Channel", channel), bus.Created, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if len(seen.n) != 200 || seen.sum() != 200 {
			t.Errorf("%d events were delivered %d times, want 200 once each", len(seen.n), seen.sum())
		}
	})
}

// In FRAME listening to "*" creates a topic of that name, and publishing can too.
func TestFRAMEStarIsNoTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		spy := &spy{Transport: tr}
		b := newBus(t, spy)
		bus.On(b, "*", func(context.Context, bus.Raw) error { return nil })
		stop := run(t, b)
		for _, channel := range []string{"*", "Sales.*", ""} {
			if err := b.Publish(t.Context(), channel, bus.Created, nil); err == nil {
				t.Errorf("publishing on %q succeeded", channel)
			}
		}
		if err := b.Publish(t.Context(), "Order", bus.Created, nil); err != nil {
			t.Error(err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got := strings.Join(spy.published, " "); got != "Order" {
			t.Errorf("the transport was asked to publish on %q, want Order alone", got)
		}
	})
}

// spy is a transport that notes the channels published on.
type spy struct {
	transport.Transport
	published []string
}

func (s *spy) Publish(ctx context.Context, m *transport.Message) error {
	s.published = append(s.published, m.Channel)
	return s.Transport.Publish(ctx, m)
}

// FRAME's worker deletes the message of a listener that failed.
func TestFRAMEFailureIsRetriedAndNeverDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		fail := true
		var attempts []time.Time
		bus.On(b, "Order", func(_ context.Context, e bus.Event[string]) error {
			attempts = append(attempts, time.Now())
			if e.Attempt != len(attempts) {
				t.Errorf("attempt %d says that it is number %d", len(attempts), e.Attempt)
			}
			if fail {
				return errors.New("boom")
			}
			return nil
		})
		stop := run(t, b)
		from := time.Now()
		if err := b.Publish(t.Context(), "Order", bus.Created, "original"); err != nil {
			t.Fatal(err)
		}
		if err := tr.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(attempts) != 12 {
			t.Errorf("%d attempts, want 4 deliveries of 3", len(attempts))
		}
		for delivery, delay := range []time.Duration{0, 10 * time.Second, time.Minute, 10 * time.Minute} {
			// 20 % of jitter, and the immediate retries of the delivery before.
			if got := attempts[3*delivery].Sub(from); got < delay*8/10 || got > delay*12/10+time.Second {
				t.Errorf("delivery %d came after %s, want about %s", delivery+1, got, delay)
			}
			from = attempts[3*delivery+2]
		}
		dead, err := tr.DeadLetters(t.Context(), transport.ID{Service: "svc", Name: "Order"})
		if err != nil {
			t.Fatal(err)
		}
		letters, err := dead.List(t.Context(), "", 10)
		if err != nil || len(letters) != 1 {
			t.Fatalf("%d dead letters, %v; want the event", len(letters), err)
		}
		why := letters[0].Why
		if len(why.Attempts) != 12 || why.Reason != "boom" || !strings.Contains(string(letters[0].Message.Body), `"data":"original"`) {
			t.Errorf("the record has %d attempts, reason %q, body %s", len(why.Attempts), why.Reason, letters[0].Message.Body)
		}
		fail = false
		attempts = nil
		if n, err := dead.Redrive(t.Context()); n != 1 || err != nil {
			t.Errorf("Redrive: %d, %v", n, err)
		}
		if err := tr.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(attempts) != 1 {
			t.Errorf("the redriven event ran %d times, want once", len(attempts))
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// FRAME's delete() emits updated, and then deleted.
func TestFRAMEOneDeleteIsOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		b := newBus(t, tr)
		var seen tally
		bus.On(b, "Order", func(_ context.Context, e bus.Raw) error { seen.add(string(e.Action)); return nil })
		stop := run(t, b)
		if err := b.Publish(t.Context(), "Order", bus.Deleted, nil, bus.Key(1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if seen.sum() != 1 || seen.get("deleted") != 1 {
			t.Errorf("one delete was heard as %v", seen.n)
		}
	})
}

// FRAME has one queue per channel: replicas get each other's events, and so do other services.
func TestFRAMEReplicasCompeteServicesFanOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		var byService, byReplica tally
		var stops []func() error
		for _, service := range []string{"finance", "mail"} {
			for replica := range 3 {
				b := newBus(t, tr, func(c *bus.Config) { c.Service = service })
				bus.On(b, "Order", func(_ context.Context, e bus.Raw) error {
					time.Sleep(time.Second)
					byService.add(service + " " + e.ID)
					byReplica.add(fmt.Sprint(service, replica))
					return nil
				})
				stops = append(stops, run(t, b))
			}
		}
		publisher := newBus(t, tr, func(c *bus.Config) { c.Service = "shop" })
		for range 300 {
			if err := publisher.Publish(t.Context(), "Order", bus.Created, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, stop := range stops {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		if len(byService.n) != 600 || byService.sum() != 600 {
			t.Errorf("300 events reached two services %d times, %d of them distinct; want 600 and 600",
				byService.sum(), len(byService.n))
		}
		if len(byReplica.n) != 6 {
			t.Errorf("only these replicas had work: %v", byReplica.n)
		}
	})
}
