package bustest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

// broker is the transport under test: it writes the log, and is where the broker's and the crash's faults
// come in.
type broker struct {
	transport.Transport

	log    *log
	faults *faults

	mu   sync.Mutex
	subs []subscribed
	out  map[*transport.Delivery]time.Time // handed out when, and not known to be settled
	gone []lease
}

// subscribed is an open subscription, and the IDs of the events that it has been given.
type subscribed struct {
	transport.Subscription
	received map[string]struct{}
}

// lease is one that a crash has left behind at the broker.
type lease struct {
	of    transport.ID
	until time.Time
}

func newBroker(tr transport.Transport, l *log, f *faults) *broker {
	return &broker{Transport: tr, log: l, faults: f, out: make(map[*transport.Delivery]time.Time)}
}

// Publish implements [transport.Transport].
func (b *broker) Publish(ctx context.Context, m *transport.Message) error {
	at := b.log.publishing(ctx, m) // before, or a fast listener would come first
	err := b.Transport.Publish(ctx, m)
	if err != nil {
		b.log.failed(at, err)
		return err
	}
	if b.faults.take(duplicate, m.Channel) {
		b.log.duplicated(m)
		return b.Transport.Publish(ctx, m)
	}
	return nil
}

// Subscribe implements [transport.Transport].
func (b *broker) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	c, err := b.Transport.Subscribe(ctx, s)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subs = append(b.subs, subscribed{s, make(map[string]struct{})})
	return &consumer{Consumer: c, broker: b, sub: s}, nil
}

// listeners returns the subscriptions that are open, by name.
func (b *broker) listeners() []transport.Subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	subs := make([]transport.Subscription, len(b.subs))
	for i, s := range b.subs {
		subs[i] = s.Subscription
	}
	slices.SortFunc(subs, func(a, b transport.Subscription) int { return strings.Compare(a.Name, b.Name) })
	return subs
}

// arrived takes note of what has come for a listener.
func (b *broker) arrived(at transport.ID, ds []*transport.Delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.subs, func(s subscribed) bool { return s.ID == at })
	for _, d := range ds {
		b.subs[i].received[d.Message.ID] = struct{}{}
	}
}

// handOut takes note of what a listener is about to get.
func (b *broker) handOut(ds []*transport.Delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range ds {
		if _, known := b.out[d]; !known {
			b.out[d] = time.Now()
		}
	}
}

// crash takes note that the broker will hear no more of a delivery, in whose place another is handed out.
func (b *broker) crash(d, instead *transport.Delivery) {
	b.log.crash(instead)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.out, d)
	b.gone = append(b.gone, lease{d.Subscription, d.Deadline()})
}

// crashed returns how many leases of a listener a crash has left behind that last.
func (b *broker) crashed(id transport.ID) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.gone {
		if l.of == id && time.Now().Before(l.until) {
			n++
		}
	}
	return n
}

// held is a delivery that a listener holds, since when.
type held struct {
	*transport.Delivery
	since time.Time
}

// open returns the deliveries that listeners hold, oldest first. One whose lease has ended is the broker's
// again.
func (b *broker) open() (all []held) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for d, since := range b.out {
		if d.Outcome() != transport.Open || !time.Now().Before(d.Deadline()) {
			delete(b.out, d)
			continue
		}
		all = append(all, held{d, since})
	}
	slices.SortFunc(all, func(a, b held) int {
		return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.Message.ID, b.Message.ID))
	})
	return all
}

// awaited returns the first event that a listener has yet to get, and which: a broker may take its time
// between a publish and a delivery. A listener that is Ordered may have to wait for an event's turn.
func (b *broker) awaited() (listener string, m *transport.Message) {
	published := b.log.messages(nil)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range published {
		for _, s := range b.subs {
			if _, ok := s.received[m.ID]; !ok && !s.Ordered && s.Wants(m.Channel, m.Action) {
				return s.Name, m
			}
		}
	}
	return "", nil
}

// depth asks the broker what it has for a listener; [transport.ErrUnsupported] if it does not tell.
func (b *broker) depth(ctx context.Context, id transport.ID) (transport.Depth, error) {
	if depther, ok := b.Transport.(transport.Depther); ok {
		return depther.Depth(ctx, id)
	}
	return transport.Depth{}, transport.ErrUnsupported
}
