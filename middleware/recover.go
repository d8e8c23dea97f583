package middleware

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/ThreeDotsLabs/watermill/message"
)

// maxPanic bounds the text of a panic's value, in bytes: a handler may panic with anything.
const maxPanic = 512

// PanicError is what a handler's panic becomes: a failure, and retried as any other.
type PanicError struct {
	// Value is what panic was called with. It is nil if the handler ended its goroutine instead, by
	// runtime.Goexit.
	Value any
	// Stack is the goroutine's stack at the panic, as debug.Stack formats it. It is for the log, where
	// [Log] puts it; the error's text, and so a dead letter's record, leaves it out.
	Stack []byte
}

// Error returns "panic: " and the value, at most 512 bytes of it.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return "panic: the handler ended its goroutine"
	}
	text := fmt.Sprint(e.Value)
	if len(text) > maxPanic {
		text = strings.ToValidUTF8(text[:maxPanic], "") + "..."
	}
	return "panic: " + text
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Recover turns a panic of the handler into a [*PanicError]. It belongs inside of [Retry], or a panic is
// not retried.
//
// Go has no way to stop runtime.Goexit, which is also what testing's FailNow calls: nothing is returned
// then, here or further out. [Poison] sees to it that the event is not lost.
func Recover() message.HandlerMiddleware {
	return func(h message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			return ending(h, msg, func(err error) error { return err })
		}
	}
}

// ending calls h and then end with h's error, whichever way h ends, and returns end's. A panic arrives as
// a [*PanicError], and runtime.Goexit as one without a value; after the latter nothing returns, so end must
// do all that there is to do.
func ending(
	h message.HandlerFunc, msg *message.Message, end func(error) error,
) (produced []*message.Message, err error) {
	returned := false
	defer func() {
		if !returned {
			err = &PanicError{Value: recover(), Stack: debug.Stack()}
		}
		err = end(err)
	}()
	produced, err = h(msg)
	returned = true
	return produced, err
}
