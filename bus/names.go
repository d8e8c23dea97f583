package bus

import (
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/middleware"
	"github.com/framebus/framebus/transport"
)

// The names of other packages that users need, so that most programs import bus and a transport alone.

// Event is one event as a listener receives it: see [event.Event].
type Event[T any] = event.Event[T]

// Raw is an event whose data is left as JSON.
type Raw = event.Raw

// Action says what happened: see [event.Action].
type Action = event.Action

// The actions of a model's life.
const (
	Created = event.Created
	Updated = event.Updated
	Deleted = event.Deleted
)

// DecodeError says what is wrong with an event that a listener could not decode, and where. It is in the
// dead letter's record, since such an event goes there at once.
type DecodeError = event.DecodeError

// Policy says how often and when a failed event is tried again.
type Policy = middleware.Policy

// DefaultPolicy returns the policy of listeners that do not set one.
func DefaultPolicy() Policy { return middleware.DefaultPolicy() }

// Result is what became of one delivery: see [Config.Observe].
type Result = middleware.Result

// Outcome is how a delivery was settled: see [Result].
type Outcome = transport.Outcome

// The outcomes of a delivery.
const (
	Acked        = transport.Acked
	Retried      = transport.Retried
	Released     = transport.Released
	DeadLettered = transport.DeadLettered
)

var (
	// ErrSkip, returned by a handler or wrapped in its error, acks the event: it is not wanted, and that is
	// no failure.
	ErrSkip = middleware.ErrSkip
	// ErrClosed is wrapped by the error of publishing on a closed transport, and of running a bus twice.
	ErrClosed = transport.ErrClosed
	// ErrFull is wrapped by the error of publishing on a transport whose queues are full, if it is set to
	// refuse rather than to wait.
	ErrFull = transport.ErrFull
	// ErrLeaseLost is the cause of a handler's ended context when its event may be handled by somebody else.
	ErrLeaseLost = transport.ErrLeaseLost
	// ErrDrained is the cause of a handler's ended context when it still ran at the drain timeout.
	ErrDrained = transport.ErrDrained
)

// Permanent says that no retry will help: the event goes to the dead letters at once. Permanent(nil) is nil.
func Permanent(err error) error { return middleware.Permanent(err) }

// RetryAfter says that the event failed and is to come again after the delay.
func RetryAfter(d time.Duration, err error) error { return middleware.RetryAfter(d, err) }
