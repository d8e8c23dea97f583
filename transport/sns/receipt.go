package sns

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/topology"
)

// receipt is one receive of a message.
type receipt struct {
	transport *Transport
	settler   *settler
	queue     topology.Queue
	sub       transport.ID
	in        *sqstypes.Message // as SQS handed it out
	received  time.Time         // no later than SQS counts from

	mu     sync.Mutex
	until  time.Time // when the lease ends
	copied bool      // it is among the dead letters
}

// Ack implements [transport.Receipt].
func (r *receipt) Ack(ctx context.Context) error {
	return r.settle(ctx, "ack", func(ctx context.Context) error { return r.settler.deletes.Do(ctx, aws.ToString(r.in.ReceiptHandle)) })
}

// Retry implements [transport.Receipt]. SQS keeps nothing of the failures.
func (r *receipt) Retry(ctx context.Context, delay time.Duration, _ []transport.Failure) error {
	return r.settle(ctx, "retry", func(ctx context.Context) error { return r.hide(ctx, delay) })
}

// Release implements [transport.Receipt]. SQS counts the receive nevertheless.
func (r *receipt) Release(ctx context.Context) error {
	return r.settle(ctx, "release", func(ctx context.Context) error { return r.hide(ctx, 0) })
}

// Extend implements [transport.Receipt]. SQS leases a message for 12 hours from its receive at most.
func (r *receipt) Extend(ctx context.Context, lease time.Duration) error {
	began := time.Now()
	return r.settle(ctx, "extend", func(ctx context.Context) error {
		err := r.hide(ctx, lease)
		if err == nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.until = began.Add(lease)
		}
		return err
	})
}

// hide makes the message visible after the duration, or when SQS would do so anyway.
func (r *receipt) hide(ctx context.Context, d time.Duration) error {
	left := maxVisibility - time.Since(r.received) - time.Second
	return r.settler.changes.Do(ctx, change{aws.ToString(r.in.ReceiptHandle), inSeconds(max(min(d, left), 0))})
}

// DeadLetter implements [transport.Receipt]: the message is copied to the dead-letter queue, and then deleted. Called again
// after an error it does only what is left to do.
func (r *receipt) DeadLetter(ctx context.Context, why transport.Record) error {
	return r.settle(ctx, "dead-letter", func(ctx context.Context) error {
		r.mu.Lock()
		copied := r.copied
		r.mu.Unlock()
		if !copied {
			if err := r.transport.bury(ctx, r.queue, r.in, why); err != nil {
				return err
			}
			r.mu.Lock()
			r.copied = true
			r.mu.Unlock()
		}
		return r.settler.deletes.Do(ctx, aws.ToString(r.in.ReceiptHandle))
	})
}

// settle does something with a message while its lease lasts. After it SQS might do it nevertheless, do it to what somebody else
// has by now, or say that it had done it.
func (r *receipt) settle(ctx context.Context, what string, do func(context.Context) error) error {
	r.mu.Lock()
	until := r.until
	r.mu.Unlock()
	leased, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	err := do(leased)
	if err != nil && ctx.Err() == nil && !time.Now().Before(until) {
		err = fmt.Errorf("%w: %w", transport.ErrLeaseLost, err)
	}
	if err != nil {
		return fmt.Errorf("sns: %s from %s: %w", what, r.sub, err)
	}
	return nil
}
