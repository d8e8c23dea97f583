package transport

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// BatchPublisher is a Transport that publishes many messages for less than their sum.
type BatchPublisher interface {
	// PublishBatch publishes messages as Publish would, in order. If some fail, the error is a [*BatchError]
	// that says which; the others are with the broker.
	PublishBatch(ctx context.Context, ms []*Message) error
}

// BatchError says which messages of a batch failed. It wraps the errors of all.
type BatchError struct {
	// Errs has an entry for every message of the batch, nil where it succeeded.
	Errs []error
}

// Error implements error: "2 of 10 messages failed, the first is number 3: ...".
func (e *BatchError) Error() string {
	var first error
	failed, at := 0, 0
	for i, err := range e.Errs {
		if err == nil {
			continue
		}
		if failed++; first == nil {
			first, at = err, i
		}
	}
	return fmt.Sprintf("%d of %d messages failed, the first is number %d: %v", failed, len(e.Errs), at+1, first)
}

// Unwrap returns the errors of the messages that failed.
func (e *BatchError) Unwrap() []error {
	var errs []error
	for _, err := range e.Errs {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// PublishBatch publishes messages in order, in one call if the transport is a [BatchPublisher]. The error
// is a [*BatchError], or one that concerns all messages alike.
func PublishBatch(ctx context.Context, tr Transport, ms []*Message) error {
	if b, ok := tr.(BatchPublisher); ok {
		return b.PublishBatch(ctx, ms)
	}
	errs := make([]error, len(ms))
	for i, m := range ms {
		errs[i] = tr.Publish(ctx, m)
	}
	if errors.Join(errs...) != nil {
		return &BatchError{Errs: errs}
	}
	return nil
}

// Depth is what a subscription holds.
type Depth struct {
	// Ready can be received now; InFlight are leased; Delayed wait for their retry or, in an ordered
	// subscription, for the one before them; DeadLetters are given up.
	Ready, InFlight, Delayed, DeadLetters int
	// Oldest is how long ago the oldest message that is not a dead letter was published; 0 if there is none
	// or the broker does not tell.
	Oldest time.Duration
}

// Pending returns how many messages are yet to be settled.
func (d Depth) Pending() int { return d.Ready + d.InFlight + d.Delayed }

// Depther is a Transport that can count what a subscription holds. Counts may be approximate.
type Depther interface {
	// Depth counts the messages of a subscription, which need not be open here.
	Depth(ctx context.Context, sub ID) (Depth, error)
}

// Provisioner is a Transport that can create what a subscription needs without consuming it.
type Provisioner interface {
	// Provision declares the subscription, as Subscribe does, and opens nothing.
	Provision(ctx context.Context, s Subscription) error
}
