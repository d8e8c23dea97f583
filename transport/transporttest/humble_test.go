package transporttest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// humble is the memory transport without all that a transport need not do. claims is what it says of
// itself; it refuses the rest if honest.
type humble struct {
	transport.Transport
	claims transport.Features
	honest bool
}

func newHumble(claims transport.Features, honest bool) func(testing.TB) func() transport.Transport {
	claims.Name, claims.MaxBody = "humble", 1000
	return func(testing.TB) func() transport.Transport {
		broker := memory.New()
		return func() transport.Transport { return &humble{broker.Connect(), claims, honest} }
	}
}

func (tr *humble) Features() transport.Features { return tr.claims }

func (tr *humble) Publish(ctx context.Context, m *transport.Message) error {
	if err := m.Check(tr.claims); err != nil {
		return err
	}
	return tr.Transport.Publish(ctx, m)
}

func (tr *humble) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	if err := s.Check(tr.claims); err != nil && tr.honest {
		return nil, err
	}
	inner := s
	inner.Actions = nil
	c, err := tr.Transport.Subscribe(ctx, inner)
	return &humbleConsumer{c, tr, s}, err
}

type humbleConsumer struct {
	transport.Consumer
	tr  *humble
	sub transport.Subscription
}

func (c *humbleConsumer) Receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	ds, err := c.Consumer.Receive(ctx, limit)
	for i, d := range ds {
		r := &receipt{sound: soundReceipt(d)}
		failures := d.Failures()
		if c.tr.honest {
			failures = nil
			r.retry = func(ctx context.Context, _ time.Duration, _ []transport.Failure) error {
				return r.sound.Retry(ctx, 0, nil)
			}
			r.bury = func(context.Context, transport.Record) error {
				return fmt.Errorf("humble: dead letters: %w", transport.ErrUnsupported)
			}
		}
		ds[i] = transport.NewDelivery(d.Message, &c.sub, d.Receives, failures, r)
	}
	return ds, err
}

// TestUnclaimed has the suite pass a transport that does little and says so.
func TestUnclaimed(t *testing.T) {
	unsupported := map[string]int{}
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			failures, missing := try(t, r, Harness{New: newHumble(transport.Features{}, true)})
			if len(failures) > 0 {
				t.Errorf("failed: %s", strings.Join(failures, "\n"))
			}
			if want := len(r.needs) > 0; want != (missing != "") {
				t.Errorf("needs features: %v, missing: %q", want, missing)
			}
			for name := range strings.SplitSeq(missing, ", ") {
				unsupported[name]++
			}
		})
	}
	want := []string{"", "DeadLetters", "Depther", "Filters", "Globs", "History", "MaxDelay", "Ordered", "Provisioner"}
	if got := slices.Sorted(maps.Keys(unsupported)); !slices.Equal(got, want) {
		t.Errorf("unsupported are %q, want %q", got, want)
	}
}

// TestUnclaimedButTaken has the suite find transports that do what they do not claim.
func TestUnclaimedButTaken(t *testing.T) {
	for name, rule := range map[string]string{
		"Globs": "glob/star", "Ordered": "order/keyless", "DeadLetters": "dead/list", "History": "retry/history",
		"MaxDelay": "retry/each-delay",
	} {
		t.Run(name, func(t *testing.T) {
			failures, _ := try(t, named(t, rule), Harness{New: newHumble(transport.Features{}, false)})
			if len(failures) == 0 {
				t.Errorf("%s is not claimed, and not refused; %s did not notice", name, rule)
			}
		})
	}
}

// TestUnclaimedFilterLosesNothing has the suite find a transport that claims no filter and drops what a
// listener with one wants.
func TestUnclaimedFilterLosesNothing(t *testing.T) {
	dropping := &fault{
		features: func(_ *faulty, f *transport.Features) { f.Filters = false },
		keep:     func(c *faultyConsumer, _ *transport.Delivery) bool { return len(c.sub.Actions) == 0 },
	}
	if failures, _ := try(t, named(t, "filter/actions"), Harness{New: newFaulty(dropping)}); len(failures) == 0 {
		t.Error("filter/actions did not notice")
	}
}
