package snstest

import (
	"context"
	"fmt"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Call is a request, as a Hook sees it.
type Call struct {
	// Service is "sns" or "sqs".
	Service string
	// Action is the operation: "SendMessage".
	Action string
	// AccessKey is who called; empty if the request is not signed.
	AccessKey string
	// Account is that of the caller; empty if the request is not signed.
	Account string
	// Region is where.
	Region string
	// RequestID is what the answer carries, and errors of the SDK show.
	RequestID string
}

// Fault is what goes wrong with a request. The zero Fault is nothing.
type Fault struct {
	// Delay is how long the request waits before it has an effect.
	Delay time.Duration
	// Error is answered instead, and the request has no effect. See [Throttle], [Unavailable], [Internal] and
	// [ErrorOf]. Another error is answered as InternalFailure.
	Error error
	// CutBefore ends the connection before the request has an effect.
	CutBefore bool
	// CutAfter ends the connection after it had: the client cannot know.
	CutAfter bool
}

// Throttle is the error for too many requests, with status 400. SDKs retry it.
func Throttle() error { return wire.Throttled() }

// Unavailable is the error with status 503. SDKs retry it.
func Unavailable() error { return wire.Unavailable() }

// Internal is the error with status 500. SDKs retry it.
func Internal() error { return wire.Internal() }

// ErrorOf is any error of AWS: its type in JSON, its code in the Query protocol, its HTTP status and its text.
func ErrorOf(shape, code string, status int, message string) error {
	return &wire.Error{Type: shape, Code: code, Status: status, Message: message, Receiver: status >= 500}
}

// intercept is what the server asks before a request has an effect.
func (s *Server) intercept(ctx context.Context, c *wire.Call) wire.Fault {
	out := wire.Fault{Delay: s.config.Latency}
	hook := s.hook.Load()
	if hook == nil {
		return out
	}
	f := (*hook)(ctx, Call{
		Service: c.Service, Action: c.Action, AccessKey: c.Caller.AccessKey, Account: c.Caller.Account,
		Region: c.Region, RequestID: c.RequestID,
	})
	out.Delay += f.Delay
	out.CutBefore, out.CutAfter = f.CutBefore, f.CutAfter
	switch err := f.Error.(type) { //nolint:errorlint // what is wrapped is not AWS's answer
	case nil:
	case *wire.Error:
		out.Err = err
	default:
		out.Err = wire.Internal()
		out.Err.Message = fmt.Sprintf("snstest: the hook says: %v", err)
	}
	return out
}

// SetHook replaces Config.Hook, for the requests that come from now on. Nil: nothing goes wrong any more.
func (s *Server) SetHook(hook func(context.Context, Call) Fault) {
	if hook == nil {
		s.hook.Store(nil)
		return
	}
	s.hook.Store(&hook)
}
