package transport

import (
	"context"
	"errors"
	"time"
)

// Transport publishes messages to a broker and opens subscriptions on it. All methods are safe for
// concurrent use. Whoever made a transport closes it; a bus does not, since several may share it.
type Transport interface {
	// Publish hands m to the broker and returns nil only when the broker has it, for every subscription
	// that matches. On an error the broker may have it or not. Publish keeps ctx's deadline down to the
	// broker's call: it returns soon after ctx ends, with an error that wraps ctx.Err().
	//
	// m must pass [Message.Check] under the transport's Features, or nothing is sent and the error says
	// why. Publish does not retain or change m or its Body after it returned.
	Publish(ctx context.Context, m *Message) error

	// Subscribe declares the durable subscription s, if it does not exist or differs, and returns a new
	// consumer of it. Every message published after Subscribe returned reaches the subscription. Any number
	// of consumers, here and in other processes, may share a subscription.
	//
	// ctx bounds the call and not the consumer's life. The error wraps [ErrUnsupported] if s asks for what
	// Features does not offer.
	Subscribe(ctx context.Context, s Subscription) (Consumer, error)

	// Features says what the broker can do. It does not change over the transport's life.
	Features() Features

	// Close releases what the transport holds in this process. It does not touch what the broker holds:
	// subscriptions and their messages stay. Close first ends all consumers as their Close would; after
	// it, every method returns an error that wraps [ErrClosed]. Closing twice is no error.
	Close() error
}

// Consumer is one replica's hold on a subscription. All methods are safe for concurrent use.
type Consumer interface {
	// Receive waits until at least one message is there and returns between 1 and limit deliveries, each
	// with a lease of the subscription's length and its receive count raised by one. It does not wait for
	// limit to fill. limit is at least 1.
	//
	// When ctx ends, Receive returns an error that wraps ctx.Err() and no delivery; a message that was on
	// its way stays with the broker or is released at once. Any other error is a trouble with the broker
	// that may pass: the caller waits and calls again. After Close it wraps [ErrClosed].
	Receive(ctx context.Context, limit int) ([]*Delivery, error)

	// Close ends the consumer: Receive calls return, and messages that the driver fetched ahead go back to
	// the broker at once and are not counted as received. Deliveries that Receive returned before stay
	// valid and can still be settled. ctx bounds the call. Closing twice is no error.
	Close(ctx context.Context) error
}

// Receipt is the driver's half of one [Delivery]: it carries the outcome to the broker. The Delivery sees
// to it that a message is settled once. An error that wraps [ErrLeaseLost] says that somebody else has, or
// may get, the message; any other says that the broker may not know of the outcome.
//
// All methods keep ctx's deadline, return when the broker knows, and are safe for concurrent use.
type Receipt interface {
	// Ack removes the message from the subscription.
	Ack(ctx context.Context) error
	// Retry makes the message receivable again after the delay, which holds no worker. failures are what
	// the handler's runs in this delivery ended with; a driver whose Features say History keeps them for
	// the next delivery.
	Retry(ctx context.Context, delay time.Duration, failures []Failure) error
	// Release makes the message receivable again at once, as if it had not been received: nobody failed.
	// A driver that can takes the receive off the count.
	Release(ctx context.Context) error
	// DeadLetter moves the message, unchanged, with the record of why, to the subscription's dead letters.
	// The message is in one of the two places at any moment, or in both, never in none.
	DeadLetter(ctx context.Context, why Record) error
	// Extend makes the lease end lease after now.
	Extend(ctx context.Context, lease time.Duration) error
}

// Features is what a transport's broker can do. The conformance suite tests what is claimed here, and
// that what is not claimed is refused.
type Features struct {
	// Name of the transport, for messages: "memory", "sns".
	Name string
	// Durable is true if messages survive the death of the process that published them.
	Durable bool
	// Globs is true if a subscription's pattern may hold *. Without, only plain channels can be subscribed.
	Globs bool
	// Filters is true if the broker drops the actions that a subscription does not want. Without, the
	// router acks them unseen.
	Filters bool
	// Ordered is true if a subscription can keep the order of one key.
	Ordered bool
	// DeadLetters is true if Receipt.DeadLetter works and the transport is a [DeadLetterer].
	DeadLetters bool
	// History is true if Receipt.Retry's failures come back with the next delivery.
	History bool
	// Remote is true if settling a delivery is a request to somewhere else. The router then lets no worker wait for it:
	// handlers run at full Concurrency, and a drain waits until the broker knows.
	Remote bool
	// MaxDelay is the longest delay that Receipt.Retry takes; a longer one is cut to it. 0 if it takes none,
	// and then every retry is immediate. SQS: 12 hours.
	MaxDelay time.Duration
	// MaxBody is the largest Body in bytes.
	MaxBody int
}

// Errors that the methods of this package and of drivers wrap.
var (
	// ErrClosed is what a closed transport or consumer returns.
	ErrClosed = errors.New("closed")
	// ErrFull is what a transport with bounded queues returns if it is set to refuse rather than to wait.
	ErrFull = errors.New("queue is full")
	// ErrUnsupported is what a transport returns when asked for what its Features do not offer.
	ErrUnsupported = errors.New("not supported by this transport")
	// ErrLeaseLost is the cause of a handler's cancelled context when its message may be redelivered to
	// somebody else, and the error of settling such a delivery.
	ErrLeaseLost = errors.New("lease lost")
	// ErrSettled is the error of settling a delivery a second time.
	ErrSettled = errors.New("delivery is already settled")
	// ErrDrained is the cause of a handler's cancelled context when it still ran at the drain timeout.
	ErrDrained = errors.New("drain timeout")
)
