package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

const (
	// deadLetterTimeout bounds the call to the broker.
	deadLetterTimeout = 10 * time.Second
	// deadLetterDelay is the wait before the next try at dead-lettering, if the policy has no delays.
	deadLetterDelay = time.Minute
)

// Poison decides what becomes of an event whose immediate retries are used up. It is dead-lettered, if its
// error is [Permanent] or if all redeliveries of the policy are. Else Poison sets the delay before the
// next: the one of [RetryAfter], or the one that the handler set on the delivery, or the policy's. A panic
// that nothing inside caught is a failure as well.
//
// It touches neither the message nor its metadata. What is no failure, by [Decide], it passes through: a
// shutdown or a lost lease never dead-letters.
//
// An event that it has dead-lettered is settled, and middleware further out gets the error as a [Permanent]
// one: what delivery.Outcome says tells it from one that is yet to die. Should dead-lettering fail, then the
// event is not lost: both errors come back together, it is logged, and the event comes again after the
// policy's last delay, or 1 min if it has none, to be dead-lettered then.
//
// A handler that ends its goroutine (runtime.Goexit) keeps every caller from returning, so Poison settles
// that delivery itself.
//
// Without a delivery it does nothing. A nil logger means slog.Default().
func Poison(policy Policy, logger *slog.Logger) message.HandlerMiddleware {
	if logger == nil {
		logger = slog.Default()
	}
	p := &poison{policy, logger}
	return func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			ctx := msg.Context()
			d, ok := transport.FromContext(ctx)
			if !ok {
				return h(msg)
			}
			return ending(h, msg, func(err error) error {
				msg.SetContext(ctx)
				if decision := Decide(ctx, err); decision == Fail || decision == Dead {
					return p.judge(ctx, d, decision, err)
				}
				return err
			})
		}
	}
}

type poison struct {
	policy Policy
	logger *slog.Logger
}

// judge decides on a failure and returns what the layers outside are to see.
func (p *poison) judge(
	ctx context.Context, d *transport.Delivery, decision Decision, err error,
) error {
	if d.Outcome() != transport.Open { // the handler has settled it
		return err
	}
	if !d.Failed() { // by no Retry, or by middleware outside of it
		d.Fail(err)
	}
	if decision == Dead || !p.delay(d, err) {
		err = p.deadLetter(ctx, d, err)
	}
	if gone, ok := errors.AsType[*PanicError](err); ok && gone.Value == nil {
		p.settle(ctx, d)
	}
	return err
}

// delay sets the delay before the next redelivery. It returns false if there is none left.
func (p *poison) delay(d *transport.Delivery, err error) bool {
	delay, left := p.policy.redelivery(d.Redeliveries())
	if !left {
		return false
	}
	if asked, ok := RetryDelay(err); ok {
		d.SetRetryDelay(asked)
	} else if _, ok := d.RetryDelay(); !ok {
		d.SetRetryDelay(delay)
	}
	return true
}

func (p *poison) deadLetter(ctx context.Context, d *transport.Delivery, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deadLetterTimeout)
	defer cancel()
	failed := d.DeadLetter(ctx, err)
	if failed == nil {
		return Permanent(err)
	}
	delay := deadLetterDelay
	if n := len(p.policy.Delays); n > 0 {
		delay = p.policy.jitter(p.policy.Delays[n-1])
	}
	d.SetRetryDelay(delay)
	p.logger.ErrorContext(ctx, "framebus: dead-lettering failed, the event stays",
		"listener", d.Subscription.String(), "id", d.Message.ID, "delay", delay, "error", failed, "reason", err)
	return RetryAfter(delay, fmt.Errorf("%w; %w", err, failed))
}

// settle settles a delivery that nobody further out will.
func (p *poison) settle(ctx context.Context, d *transport.Delivery) {
	if d.Outcome() != transport.Open {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deadLetterTimeout)
	defer cancel()
	if err := d.Retry(ctx); err != nil {
		p.logger.WarnContext(ctx, "framebus: settling failed, the event may come again",
			"listener", d.Subscription.String(), "id", d.Message.ID, "error", err)
	}
}
