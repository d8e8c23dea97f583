package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/internal/lazyctx"
)

// Outcome is how a delivery was settled.
type Outcome int

// The outcomes. A delivery starts Open.
const (
	Open Outcome = iota
	Acked
	Retried
	Released
	DeadLettered
)

// String returns the outcome in a word.
func (o Outcome) String() string {
	return [...]string{"open", "acked", "retried", "released", "dead-lettered"}[o]
}

// Delivery is one message on loan to one consumer. It is settled once, by Ack, Retry, Release or
// DeadLetter; settling again returns an error that wraps [ErrSettled]. Methods are safe for concurrent use;
// the Message belongs to the handler.
type Delivery struct {
	// Message is what was published.
	Message *Message
	// Subscription that it was received from.
	Subscription ID
	// Receives counts how often the broker handed the message out, this time included; 1 at first. It is
	// approximate on SQS.
	Receives int

	receipt  Receipt
	received time.Time
	lease    time.Duration
	earlier  int // len(failures) when received

	mu       sync.Mutex
	failed   bool // the last run, and it is in failures
	delaySet bool
	settling bool
	lost     bool
	running  bool // ctx has been handed out
	decoded  bool // envelope or decodeEr is set
	outcome  Outcome
	until    time.Duration // the end of the lease, since received
	delay    time.Duration
	failures []Failure
	ctx      deliveryContext // the handler's
	envelope *event.Envelope
	decodeEr error
}

// NewDelivery returns an open delivery whose lease starts now. Drivers call it in Receive. failures are
// those of earlier deliveries, if the broker keeps them.
func NewDelivery(m *Message, sub *Subscription, receives int, failures []Failure, r Receipt) *Delivery {
	d := new(Delivery)
	d.Init(m, sub, receives, failures, r, time.Now())
	return d
}

// Init makes a zero Delivery what NewDelivery returns, received at a time: for a driver that makes it part of
// a struct of its own, or many at once.
func (d *Delivery) Init(m *Message, sub *Subscription, receives int, failures []Failure, r Receipt, received time.Time) {
	d.Message, d.Subscription, d.Receives, d.receipt = m, sub.ID, receives, r
	d.received, d.lease = received, sub.LeaseOrDefault()
	d.until = d.lease
	d.earlier, d.failures = len(failures), slices.Clip(failures)
}

type deliveryKey struct{}

// deliveryContext is a context that carries the delivery that it is part of.
type deliveryContext struct {
	lazyctx.Context

	delivery *Delivery
}

// Value implements context.Context.
func (c *deliveryContext) Value(key any) any {
	if key == (deliveryKey{}) {
		return c.delivery
	}
	return c.Context.Value(key)
}

// Context returns a context that carries the delivery and ends when parent does, or when the delivery is
// cancelled: with [ErrLeaseLost] or [ErrDrained] as its cause. It is called once, by whoever runs the
// handler, who calls Cancel when the handler is done.
func (d *Delivery) Context(parent context.Context) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ctx.Init(parent)
	d.ctx.delivery = d
	d.running = true
	if d.lost {
		d.ctx.Cancel(ErrLeaseLost)
	}
	return &d.ctx
}

// FromContext returns the delivery that a handler works on; ok is false outside of one.
func FromContext(ctx context.Context) (d *Delivery, ok bool) {
	d, ok = ctx.Value(deliveryKey{}).(*Delivery)
	return d, ok
}

// Cancel ends the context that Context returned. A nil cause says that the handler is done.
func (d *Delivery) Cancel(cause error) {
	d.mu.Lock()
	running := d.running
	d.mu.Unlock()
	switch {
	case !running:
	case cause == nil:
		d.ctx.End()
	default:
		d.ctx.Cancel(cause)
	}
}

// Event returns the message's envelope, decoded on the first call. The error is an [*event.DecodeError], and the
// envelope then nil.
func (d *Delivery) Event() (*event.Envelope, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.decoded {
		d.decoded = true
		env, err := event.Decode(d.Message.Body, d.Message.Received())
		if d.decodeEr = err; err == nil {
			kept := env // declared here, a body that is no event allocates none
			d.envelope = &kept
		}
	}
	return d.envelope, d.decodeEr
}

// IsEvent says whether Event may succeed. It costs nothing, where decoding a body that is no event makes an error.
func (d *Delivery) IsEvent() bool { return event.Recognizes(d.Message.Body, d.Message.Received()) }

// Attempt returns the number of the handler's run, 1 at first: one more than the failures that are known,
// but no less than the receive count, since a run that ended with its process left no failure behind.
func (d *Delivery) Attempt() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempt()
}

func (d *Delivery) attempt() int {
	next := 1
	if d.earlier > 0 { // not earlier+1: a broker may keep only some of many failures
		next = d.failures[d.earlier-1].Attempt + 1
	}
	return max(d.Receives, next) + len(d.failures) - d.earlier
}

// Redeliveries returns how many earlier deliveries of the message ended in a failure, as far as the broker
// tells: what a retry policy counts. Without a history it is the receives before this one.
func (d *Delivery) Redeliveries() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.earlier == 0 {
		return d.Receives - 1
	}
	return d.failures[d.earlier-1].Delivery
}

// Begin says that a run of the handler begins.
func (d *Delivery) Begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = false
}

// Failed says whether the last run of the handler has been recorded as failed, by Fail.
func (d *Delivery) Failed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// Fail records that a run of the handler ended with err. It does not settle the delivery.
func (d *Delivery) Fail(err error) {
	delivery := d.Redeliveries() + 1
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = true
	d.failures = append(d.failures, Failure{
		Attempt: d.attempt(), Delivery: delivery, Time: time.Now().UTC(), Error: bounded(err.Error(), maxError),
	})
}

// Failures returns what the handler's runs on this message ended with, oldest first, those of earlier
// deliveries included where the broker keeps them. The caller must not change it.
func (d *Delivery) Failures() []Failure {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clip(d.failures)
}

// Deadline returns when the lease ends unless it is extended.
func (d *Delivery) Deadline() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.deadline()
}

func (d *Delivery) deadline() time.Time { return d.received.Add(d.until) }

// Received returns when the delivery was received: when its lease began.
func (d *Delivery) Received() time.Time { return d.received }

// Lease returns the length of the lease that the delivery began with.
func (d *Delivery) Lease() time.Duration { return d.lease }

// SetRetryDelay sets after what delay Retry makes the message receivable again.
func (d *Delivery) SetRetryDelay(delay time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.delay, d.delaySet = max(delay, 0), true
}

// RetryDelay returns what SetRetryDelay set; ok is false if nothing did.
func (d *Delivery) RetryDelay() (delay time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.delay, d.delaySet
}

// Outcome returns how the delivery was settled, [Open] if it is not.
func (d *Delivery) Outcome() Outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outcome
}

// Extend makes the lease end a full lease from now. If the lease is lost, it cancels the handler's context
// and returns an error that wraps [ErrLeaseLost]. A settled delivery needs no lease: nil.
func (d *Delivery) Extend(ctx context.Context) error {
	start := time.Now()
	if d.taken() {
		return nil
	}
	err := d.receipt.Extend(ctx, d.lease)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err == nil:
		d.until = start.Add(d.lease).Sub(d.received)
		return nil
	case d.outcome != Open || d.settling:
		return nil // settled meanwhile: that is why the broker knows the lease no more
	case errors.Is(err, ErrLeaseLost):
	case time.Now().Before(d.deadline()):
		return d.wrap("extend", err)
	default: // the broker cannot be reached, and by now it may have handed the message on
		err = fmt.Errorf("%w: %w", ErrLeaseLost, err)
	}
	d.lost = true
	if d.running {
		d.ctx.Cancel(ErrLeaseLost)
	}
	return d.wrap("extend", err)
}

// taken says whether the delivery is settled, or is being settled.
func (d *Delivery) taken() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outcome != Open || d.settling
}

// Ack settles the delivery as done.
func (d *Delivery) Ack(ctx context.Context) error {
	return d.settle(Acked, func() error { return d.receipt.Ack(ctx) })
}

// Retry settles the delivery as failed: it is received again after the delay that SetRetryDelay set, at
// once if nothing did.
func (d *Delivery) Retry(ctx context.Context) error {
	delay, _ := d.RetryDelay()
	failures := d.Failures()
	return d.settle(Retried, func() error { return d.receipt.Retry(ctx, delay, failures[d.earlier:]) })
}

// Release hands the message back at once, as not tried.
func (d *Delivery) Release(ctx context.Context) error {
	return d.settle(Released, func() error { return d.receipt.Release(ctx) })
}

// DeadLetter settles the delivery as hopeless, with a record of why: reason and the failures so far.
func (d *Delivery) DeadLetter(ctx context.Context, reason error) error {
	why := NewRecord(d.Subscription, d.Receives, d.Failures(), reason)
	return d.settle(DeadLettered, func() error { return d.receipt.DeadLetter(ctx, why) })
}

// settle runs do once over the delivery's life: one that failed may be tried again.
func (d *Delivery) settle(as Outcome, do func() error) error {
	d.mu.Lock()
	if d.outcome != Open || d.settling {
		defer d.mu.Unlock()
		if d.settling {
			return d.wrap(as.String(), fmt.Errorf("%w: another call is at it", ErrSettled))
		}
		return d.wrap(as.String(), fmt.Errorf("%w as %s", ErrSettled, d.outcome))
	}
	d.settling = true
	d.mu.Unlock()
	err := do()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settling = false
	if err != nil {
		return d.wrap(as.String(), err)
	}
	d.outcome = as
	return nil
}

func (d *Delivery) wrap(what string, err error) error {
	return fmt.Errorf("transport: %s: message %s on %s: %w", d.Subscription, d.Message.ID, what, err)
}

type drainingKey struct{}

// WithDraining returns a context that tells handlers of a coming shutdown: see [Draining].
func WithDraining(ctx context.Context, draining <-chan struct{}) context.Context {
	return context.WithValue(ctx, drainingKey{}, draining)
}

// Draining returns a channel that is closed when the bus begins to drain. The handler's context stays alive
// until the drain timeout; one that waits for long, before it did anything, can give up early and return an
// error that wraps middleware.ErrRelease. The channel is nil outside of a handler.
func Draining(ctx context.Context) <-chan struct{} {
	draining, _ := ctx.Value(drainingKey{}).(<-chan struct{})
	return draining
}
