package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/examples/orders/audit"
	"github.com/framebus/framebus/examples/orders/audit/trail"
	"github.com/framebus/framebus/examples/orders/finance"
	"github.com/framebus/framebus/examples/orders/finance/invoice"
	"github.com/framebus/framebus/examples/orders/mail"
	"github.com/framebus/framebus/examples/orders/mail/subscribers"
	"github.com/framebus/framebus/examples/orders/shop"
)

// drainTimeout is how long the listeners get for what was published, once the program is told to stop.
const drainTimeout = 5 * time.Second

// program is one run of the story.
type program struct {
	transport broker
	input     *input
	sender    subscribers.Sender
	screen    *screen
	quiet     bool

	taken    atomic.Int64 // lines read, for the progress bar
	events   int
	rejected int
	results  results
}

// run reads the input to its end, or until ctx ends, waits until every event is handled, and prints the
// summary. It returns the exit code.
func run(ctx context.Context, p *program) int {
	b, err := bus.New(p.transport, bus.Config{
		Service: "orders", Logger: p.busLogger(), DrainTimeout: drainTimeout, Observe: p.observe,
	})
	if err != nil {
		p.screen.report("orders: %v", err)
		return exitUsage
	}
	store := shop.New(b, p.logger("shop"))
	invoices := invoice.NewBook(b)
	recorded := new(trail.Trail)
	finance.Listen(b, invoices, p.logger("finance"))
	audit.Listen(b, recorded, p.logger("audit"))
	mail.Listen(b, p.sender, p.logger("mail"))

	err = p.serve(ctx, b, store)

	all, cancelled := invoices.Count()
	p.screen.print(summary{
		Events: p.events, Rejected: p.rejected,
		Orders: store.Count("Order"), Invoices: all, Cancelled: cancelled, Audited: recorded.Count(),
		Retries: int(p.results.retries.Load()), DeadLetters: int(p.results.deadLetters.Load()),
	}.String())
	if err = errors.Join(err, p.screen.broken()); err != nil {
		p.screen.report("orders: %v", err)
	}
	if code, ok := exitCode(ctx); ok {
		return code
	}
	if err != nil || p.rejected > 0 {
		return exitWrong
	}
	return exitOK
}

// serve runs the bus, publishes the input, and stops the bus when all is handled.
func (p *program) serve(ctx context.Context, b *bus.Bus, store *shop.Shop) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	// What is published is published whole: a signal ends the reading, and only what overstays the drain
	// timeout is cut short.
	publishing, abort := context.WithCancelCause(running)
	told := make(chan struct{})
	hush := context.AfterFunc(ctx, func() {
		defer close(told)
		p.screen.report("orders: %v: finishing what was read; once more ends at once", context.Cause(ctx))
		time.AfterFunc(drainTimeout, func() { abort(errLate) })
	})
	defer func() {
		if !hush() { // a run that ends in a moment says so all the same
			<-told
		}
	}()
	ended := make(chan error, 1)
	go func() {
		ended <- b.Run(running)
		abort(errStopped)
	}()
	select {
	case <-b.Ready():
	case <-publishing.Done():
		return <-ended
	}
	err := p.read(ctx, publishing, store)
	if idle := p.transport.Idle(publishing); idle != nil {
		err = errors.Join(err, fmt.Errorf("not every event was handled: %w", context.Cause(publishing)))
	}
	stop()
	return errors.Join(err, <-ended)
}

var (
	errLate    = fmt.Errorf("some handlers took more than %s to finish", drainTimeout)
	errStopped = errors.New("the bus has stopped")
)

// read publishes the input line by line, until it or ctx ends. Its error is what else has ended it.
func (p *program) read(ctx, publishing context.Context, store *shop.Shop) error {
	reading, stop := context.WithCancel(publishing)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	defer p.progress()()
	lines, failed := p.input.lines(reading)
	for {
		select {
		case <-reading.Done():
			if ctx.Err() != nil {
				return nil
			}
			return context.Cause(publishing)
		case l, ok := <-lines:
			if !ok {
				return failed()
			}
			if err := p.take(publishing, store, l); err != nil {
				return err
			}
			if !p.quiet { // the show goes line by line, or nobody could follow it
				_ = p.transport.Idle(reading) // if reading has ended, we see that next
			}
		}
	}
}

// take publishes one line. One that is bad is reported and counted; the error is any other trouble.
func (p *program) take(ctx context.Context, store *shop.Shop, l line) error {
	p.taken.Add(1)
	m, err := l.parse()
	if err == nil {
		// All that descends from the line is told by its number.
		ctx = event.WithCause(ctx, event.Cause{CorrelationID: fmt.Sprintf("line-%d", l.number)})
		err = store.Apply(ctx, m)
		if unfit, ok := errors.AsType[*event.EncodeError](err); ok {
			err = unfit // an event that would be too large, say
		} else if err != nil {
			return fmt.Errorf("line %d: %w", l.number, err)
		}
	}
	if err != nil {
		p.screen.report("line %d: %v", l.number, err)
		p.rejected++
		return nil
	}
	p.events++
	return nil
}

// parse returns the message that the line holds.
func (l line) parse() (shop.Message, error) {
	if l.err != nil {
		return shop.Message{}, l.err
	}
	return shop.Parse(l.text)
}
