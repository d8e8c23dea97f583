package transport

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/framebus/framebus/event"
)

// DefaultLease is the lease of a subscription that does not set one. It is SQS's default visibility timeout
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html).
const DefaultLease = 30 * time.Second

// ID is the identity of a subscription: all consumers with the same ID compete for its messages.
type ID struct {
	Service, Name string
}

// String returns "service/name".
func (id ID) String() string { return id.Service + "/" + id.Name }

// Subscription describes a durable subscription. Declaring one again with other contents changes it;
// messages that it holds already stay.
type Subscription struct {
	ID
	// Pattern is a channel, or one with *: see [event.CheckPattern] and [Match].
	Pattern string
	// Actions the subscription wants; nil for all.
	Actions []event.Action
	// Ordered asks that messages of one Channel and Key are received in publish order, each only after the
	// one before is acked or dead-lettered. A message without a key is in no order.
	Ordered bool
	// Lease is how long a delivery is reserved for its receiver. Defaults to DefaultLease.
	Lease time.Duration
	// MaxReceives is how often a message may be received: instead of one more time, the broker itself moves
	// it to the dead letters. It catches messages that kill their process. 0 means no limit.
	MaxReceives int
	// Concurrency is how many deliveries this consumer means to hold at once: a hint for fetching ahead.
	Concurrency int
}

// Check says what keeps s from being subscribed on a transport with these features, or returns nil. The
// error wraps [ErrUnsupported] if the transport is what is at fault. Drivers call it first.
func (s *Subscription) Check(f Features) error {
	if s.Service == "" || s.Name == "" {
		return errors.New("a subscription needs a service and a name")
	}
	if err := event.CheckPattern(s.Pattern); err != nil {
		return err
	}
	for _, a := range s.Actions {
		if err := event.CheckAction(a); err != nil {
			return err
		}
	}
	if s.Lease < 0 || s.MaxReceives < 0 || s.Concurrency < 0 {
		return errors.New("lease, max receives and concurrency cannot be negative")
	}
	if strings.Contains(s.Pattern, "*") && !f.Globs {
		return fmt.Errorf("the pattern %q: %w (%s)", s.Pattern, ErrUnsupported, f.Name)
	}
	if s.Ordered && !f.Ordered {
		return fmt.Errorf("ordered delivery: %w (%s)", ErrUnsupported, f.Name)
	}
	return nil
}

// Wants says whether a message on the channel with the action belongs to the subscription.
func (s *Subscription) Wants(channel string, action event.Action) bool {
	return Match(s.Pattern, channel) && (len(s.Actions) == 0 || slices.Contains(s.Actions, action))
}

// LeaseOrDefault returns Lease, or DefaultLease if it is not set.
func (s *Subscription) LeaseOrDefault() time.Duration {
	if s.Lease > 0 {
		return s.Lease
	}
	return DefaultLease
}

// Match says whether a channel matches a pattern: every * in it stands for any characters, none and dots
// included; all else stands for itself.
func Match(pattern, channel string) bool {
	prefix, rest, glob := strings.Cut(pattern, "*")
	if !glob {
		return pattern == channel
	}
	if !strings.HasPrefix(channel, prefix) {
		return false
	}
	channel = channel[len(prefix):]
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(channel, part)
		}
		i := strings.Index(channel, part)
		if i < 0 {
			return false
		}
		channel, rest = channel[i+len(part):], next
	}
}
