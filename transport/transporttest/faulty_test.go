package transporttest

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// fault is one fault of a driver and the rules that it breaks. A hook that is nil leaves the sound
// driver's behaviour.
type fault struct {
	name   string
	breaks []string

	features  func(tr *faulty, f *transport.Features)
	publish   func(ctx context.Context, tr *faulty, m *transport.Message) error
	batch     func(ctx context.Context, tr *faulty, ms []*transport.Message) error
	subscribe func(ctx context.Context, tr *faulty, s transport.Subscription) (transport.Consumer, error)
	// declare changes what is declared and leaves the rest to the sound driver.
	declare func(tr *faulty, s *transport.Subscription)
	receive func(ctx context.Context, c *faultyConsumer, limit int) ([]*transport.Delivery, error)
	// keep says whether a delivery is handed out; one that is not is acked unseen.
	keep func(c *faultyConsumer, d *transport.Delivery) bool
	// deliver changes a delivery before it is handed out.
	deliver   func(c *faultyConsumer, d *transport.Delivery) *transport.Delivery
	receipt   func(c *faultyConsumer, d *transport.Delivery, r *receipt)
	close     func(ctx context.Context, c *faultyConsumer) error
	closeAll  func(tr *faulty) error
	letters   func(tr *faulty, sub transport.ID, dl transport.DeadLetters, err error) (transport.DeadLetters, error)
	depth     func(d *transport.Depth)
	provision func(ctx context.Context, tr *faulty, s transport.Subscription) error
}

// memo is what the faulty processes of one broker share.
type memo struct {
	mu        sync.Mutex
	count     map[string]int
	messages  map[string]*transport.Message
	published []*transport.Message
	declared  map[transport.ID]transport.Subscription
	receipts  map[string]transport.Receipt
	owner     *faulty
	processes []*faulty
	consumers []*faultyConsumer
}

// add counts and returns the count.
func (m *memo) add(what string, n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count[what] += n
	return m.count[what]
}

// faulty is the memory transport with a fault.
type faulty struct {
	*memory.Transport
	fault  *fault
	memo   *memo
	closed atomic.Bool
}

// newFaulty is a harness's New.
func newFaulty(f *fault) func(testing.TB) func() transport.Transport {
	return func(testing.TB) func() transport.Transport {
		broker := memory.New()
		shared := &memo{
			count: map[string]int{}, messages: map[string]*transport.Message{},
			declared: map[transport.ID]transport.Subscription{}, receipts: map[string]transport.Receipt{},
		}
		return func() transport.Transport {
			tr := &faulty{Transport: broker.Connect(), fault: f, memo: shared}
			shared.mu.Lock()
			defer shared.mu.Unlock()
			shared.processes = append(shared.processes, tr)
			return tr
		}
	}
}

func (tr *faulty) Features() transport.Features {
	f := tr.Transport.Features()
	if tr.fault.features != nil {
		tr.fault.features(tr, &f)
	}
	return f
}

func (tr *faulty) Publish(ctx context.Context, m *transport.Message) error {
	if tr.fault.publish != nil {
		return tr.fault.publish(ctx, tr, m)
	}
	return tr.Transport.Publish(ctx, m)
}

func (tr *faulty) PublishBatch(ctx context.Context, ms []*transport.Message) error {
	if tr.fault.batch != nil {
		return tr.fault.batch(ctx, tr, ms)
	}
	return tr.Transport.PublishBatch(ctx, ms)
}

func (tr *faulty) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	if tr.fault.subscribe != nil {
		return tr.fault.subscribe(ctx, tr, s)
	}
	return tr.consume(ctx, s)
}

// consume is Subscribe without its hook.
func (tr *faulty) consume(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	inner := s
	if tr.fault.declare != nil {
		tr.fault.declare(tr, &inner)
	}
	c, err := tr.Transport.Subscribe(ctx, inner)
	if err != nil {
		return nil, err
	}
	return &faultyConsumer{Consumer: c, tr: tr, sub: s, ended: ctx.Err}, nil
}

func (tr *faulty) Provision(ctx context.Context, s transport.Subscription) error {
	if tr.fault.provision != nil {
		return tr.fault.provision(ctx, tr, s)
	}
	return tr.Transport.Provision(ctx, s)
}

func (tr *faulty) DeadLetters(ctx context.Context, sub transport.ID) (transport.DeadLetters, error) {
	dl, err := tr.Transport.DeadLetters(ctx, sub)
	if tr.fault.letters != nil {
		return tr.fault.letters(tr, sub, dl, err)
	}
	return dl, err
}

func (tr *faulty) Depth(ctx context.Context, sub transport.ID) (transport.Depth, error) {
	d, err := tr.Transport.Depth(ctx, sub)
	if tr.fault.depth != nil {
		tr.fault.depth(&d)
	}
	return d, err
}

func (tr *faulty) Close() error {
	tr.closed.Store(true)
	if tr.fault.closeAll != nil {
		return tr.fault.closeAll(tr)
	}
	return tr.Transport.Close()
}

// faultyConsumer is a consumer of the memory transport with a fault.
type faultyConsumer struct {
	transport.Consumer
	tr     *faulty
	sub    transport.Subscription
	ended  func() error // whether the ctx of its Subscribe has, for a fault
	closed atomic.Bool

	mu   sync.Mutex
	held []*transport.Delivery // for faults
}

func (c *faultyConsumer) Receive(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	if hook := c.tr.fault.receive; hook != nil {
		return hook(ctx, c, limit)
	}
	return c.get(ctx, limit)
}

// get is Receive without its hook.
func (c *faultyConsumer) get(ctx context.Context, limit int) ([]*transport.Delivery, error) {
	f := c.tr.fault
	for {
		ds, err := c.Consumer.Receive(ctx, limit)
		if err != nil {
			return nil, err
		}
		var kept []*transport.Delivery
		for _, d := range ds {
			if f.keep != nil && !f.keep(c, d) {
				_ = d.Ack(ctx)
				continue
			}
			kept = append(kept, c.wrap(d))
		}
		if len(kept) > 0 {
			return kept, nil
		}
	}
}

// wrap makes a delivery that settles by way of the fault.
func (c *faultyConsumer) wrap(d *transport.Delivery) *transport.Delivery {
	f := c.tr.fault
	r := &receipt{sound: soundReceipt(d)}
	if f.receipt != nil {
		f.receipt(c, d, r)
	}
	out := transport.NewDelivery(d.Message, &c.sub, d.Receives, d.Failures(), r)
	if f.deliver != nil {
		out = f.deliver(c, out)
	}
	return out
}

func (c *faultyConsumer) Close(ctx context.Context) error {
	c.closed.Store(true)
	if hook := c.tr.fault.close; hook != nil {
		return hook(ctx, c)
	}
	return c.Consumer.Close(ctx)
}

// soundReceipt returns the sound driver's receipt of a delivery, which nobody but a test needs to reach.
func soundReceipt(d *transport.Delivery) transport.Receipt {
	f := reflect.ValueOf(d).Elem().FieldByName("receipt")
	return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().Interface().(transport.Receipt)
}

// receipt is a sound receipt behind hooks.
type receipt struct {
	sound   transport.Receipt
	ack     func(ctx context.Context) error
	retry   func(ctx context.Context, delay time.Duration, failures []transport.Failure) error
	release func(ctx context.Context) error
	bury    func(ctx context.Context, why transport.Record) error
	extend  func(ctx context.Context, lease time.Duration) error
}

func (r *receipt) Ack(ctx context.Context) error {
	if r.ack != nil {
		return r.ack(ctx)
	}
	return r.sound.Ack(ctx)
}

func (r *receipt) Retry(ctx context.Context, delay time.Duration, failures []transport.Failure) error {
	if r.retry != nil {
		return r.retry(ctx, delay, failures)
	}
	return r.sound.Retry(ctx, delay, failures)
}

func (r *receipt) Release(ctx context.Context) error {
	if r.release != nil {
		return r.release(ctx)
	}
	return r.sound.Release(ctx)
}

func (r *receipt) DeadLetter(ctx context.Context, why transport.Record) error {
	if r.bury != nil {
		return r.bury(ctx, why)
	}
	return r.sound.DeadLetter(ctx, why)
}

func (r *receipt) Extend(ctx context.Context, lease time.Duration) error {
	if r.extend != nil {
		return r.extend(ctx, lease)
	}
	return r.sound.Extend(ctx, lease)
}

// letters is sound dead letters behind hooks.
type letters struct {
	transport.DeadLetters
	list    func(ctx context.Context, after string, limit int) ([]transport.DeadLetter, error)
	redrive func(ctx context.Context, ids ...string) (int, error)
	purge   func(ctx context.Context, ids ...string) (int, error)
}

func (l *letters) List(ctx context.Context, after string, limit int) ([]transport.DeadLetter, error) {
	if l.list != nil {
		return l.list(ctx, after, limit)
	}
	return l.DeadLetters.List(ctx, after, limit)
}

func (l *letters) Redrive(ctx context.Context, ids ...string) (int, error) {
	if l.redrive != nil {
		return l.redrive(ctx, ids...)
	}
	return l.DeadLetters.Redrive(ctx, ids...)
}

func (l *letters) Purge(ctx context.Context, ids ...string) (int, error) {
	if l.purge != nil {
		return l.purge(ctx, ids...)
	}
	return l.DeadLetters.Purge(ctx, ids...)
}
