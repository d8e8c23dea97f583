package router

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
)

// listener is one Listener at work: its intake receives, its crew handles.
type listener struct {
	Listener
	chain    message.HandlerFunc
	filter   bool // the broker does not filter actions, so we do
	settling *settling
	remote   bool // the broker is elsewhere: no worker waits until it knows
	logger   *slog.Logger
	draining <-chan struct{}

	intake *intake
	crew   *crew
	out    chan *message.Message // to Watermill's router: a carrier for each worker
}

func newListener(r *Router, spec Listener) *listener {
	if spec.Concurrency == 0 {
		spec.Concurrency = DefaultConcurrency
	}
	l := &listener{
		Listener: spec,
		filter:   len(spec.Actions) > 0 && !r.tr.Features().Filters,
		logger:   r.cfg.Logger.With("listener", spec.ID.String()),
		draining: r.draining,
		settling: newSettling(),
		remote:   r.tr.Features().Remote,
		crew:     newCrew(spec.Concurrency, newLeases(spec.LeaseOrDefault(), r.cfg.Logger)),
		out:      make(chan *message.Message, spec.Concurrency), // room for all: to spawn must not block
	}
	l.intake = &intake{id: spec.ID, logger: l.logger}
	l.chain = func(msg *message.Message) ([]*message.Message, error) { return nil, spec.Handler(msg) }
	// Composed here and not by Watermill, which keeps middleware by the handler's name and never lets go.
	for _, mw := range slices.Backward(spec.Middleware) {
		l.chain = mw(l.chain)
	}
	l.chain = middleware.Recover()(l.chain) // a panic that gets through all of it is an error of the message
	return l
}

// start has the first worker come, to receive. base is what workers run under.
func (l *listener) start(base context.Context) {
	c := l.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leases.beat = func() { c.leases.extend(base, c) }
	c.spawn = func() { l.out <- message.NewMessageWithContext(base, "worker", nil) }
	c.summon()
}

// work is a worker's life, inside of Watermill's router: to it all that a worker ever does is the handling
// of one message, the carrier, whose context says which listener it is. receiving ends when nothing more is to
// be received; one whose consumer ended before that calls stop.
func (l *listener) work(receiving context.Context, stop context.CancelCauseFunc, carrier *message.Message) error {
	base := carrier.Context()
	w := l.crew.arrive()
	defer l.crew.leave(w)
	for {
		d, room := l.crew.next(w)
		switch {
		case d != nil:
			l.handle(base, d)
		case room > 0:
			ds, last, err := l.intake.receive(receiving, room)
			l.crew.received(w, ds, room, last)
			if err != nil {
				stop(err)
			}
		default:
			return nil
		}
	}
}

// handle runs the chain on one delivery's message and settles it. base has no end, or what became of the
// handler might not reach the broker.
func (l *listener) handle(base context.Context, d *transport.Delivery) {
	tell := l.outcome(base, d)
	do := func() {
		if tell != nil {
			l.report(d, tell(base))
		}
		d.Cancel(nil)
	}
	if tell == nil || !l.remote || !l.settling.begin(do) {
		do()
	}
}

// outcome runs the chain on one delivery's message, unless it is not to be run, and returns what tells the broker what
// became of it; nil if it knows.
func (l *listener) outcome(base context.Context, d *transport.Delivery) (tell func(context.Context) error) {
	select {
	case <-l.draining: // it has not started: somebody else may have it at once
		return d.Release
	default:
	}
	if l.filter && !l.wants(d) {
		return d.Ack
	}
	ctx := d.Context(base)
	msg := newMessage(ctx, d)
	err := l.run(msg)
	return l.judge(ctx, d, msg, err)
}

// newMessage returns what the chain is given for a delivery. Unlike one of message.NewMessage, it has no channels
// that tell of an ack or nack before there is one: nobody in a chain waits for it, as the chain's error is
// what counts.
func newMessage(ctx context.Context, d *transport.Delivery) *message.Message {
	msg := &message.Message{UUID: d.Message.ID, Payload: d.Message.Body, Metadata: d.Message.Metadata()}
	msg.SetContext(ctx)
	return msg
}

// wants says whether the listener wants the delivery's action: the message's, or the event's if the message
// has none. What cannot be decoded it must see.
func (l *listener) wants(d *transport.Delivery) bool {
	action := d.Message.Action
	if action == "" {
		env, err := d.Event()
		if err != nil {
			return true
		}
		action = env.Action
	}
	return slices.Contains(l.Actions, action)
}

// run calls the chain. It has no publisher for messages that the chain returns: they are an error.
func (l *listener) run(msg *message.Message) error {
	produced, err := l.chain(msg)
	if err == nil && len(produced) > 0 {
		err = middleware.Permanent(fmt.Errorf("middleware returned %d messages to publish: %w",
			len(produced), message.ErrOutputInNoPublisherHandler))
	}
	return err
}

// judge returns what tells the broker what became of the delivery, as the chain left it and its message.
func (l *listener) judge(
	ctx context.Context, d *transport.Delivery, msg *message.Message, err error,
) (tell func(context.Context) error) {
	if d.Outcome() != transport.Open { // the chain has settled it: Poison gave it up
		return nil
	}
	select {
	case <-msg.Acked(): // middleware has acked it early, and so does not want it again
		return d.Ack
	default:
	}
	switch middleware.Decide(ctx, err) {
	case middleware.Done, middleware.Skip:
		return d.Ack
	case middleware.Release:
		if pause, ok := middleware.PauseFor(err); ok {
			l.intake.pause(pause) // before the release, or we would be the ones to take it
		}
		return d.Release
	case middleware.Fail, middleware.Dead:
	}
	if _, ok := d.RetryDelay(); !ok { // no policy was asked: it failed outside of the chain's reach
		d.Fail(err)
		d.SetRetryDelay(unruled)
	}
	return d.Retry
}

// unruled is the delay before a message comes back that failed without any policy deciding on it, as when
// middleware of the user's panics outside of Recover. The subscription's MaxReceives ends it.
const unruled = 10 * time.Second

// report logs that the broker could not be told. The event comes back when its lease ends.
func (l *listener) report(d *transport.Delivery, err error) {
	if err != nil {
		l.logger.Warn("framebus: settling failed, the event may come again", "id", d.Message.ID, "error", err)
	}
}
