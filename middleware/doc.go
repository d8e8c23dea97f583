// Package middleware holds what runs around a listener's handler: plain Watermill HandlerMiddleware, so
// that it mixes with Watermill's own and with a user's.
//
// The bus assembles its chain in one order, outermost first:
//
//	Observe     what became of each delivery, for metrics, tracing and tests
//	Log         one line about it
//	Poison      gives up: dead letters, and the delay before a redelivery
//	Correlation hands correlation and causation on to what the handler publishes
//	...         the user's, by bus.Use
//	Retry       immediate retries in process
//	Timeout     bounds one run of the handler
//	Recover     turns a panic into an error
//	            then the bus decodes the event and calls the handler
//
// [Dedupe], [Throttle] and [CircuitBreaker] are for the user's place.
//
// A middleware finds the delivery with transport.FromContext(msg.Context()). It does not settle it, but
// for Poison, which dead-letters: the router settles by [Decide] on what the whole chain returned. Outside
// of framebus's router there is no delivery, and then each middleware does what is left of its duty.
//
// Errors are outcomes: [Permanent], [RetryAfter], [Pause], [ErrSkip] and [ErrRelease] say what is to
// become of the event; any other error is a failure, and retried.
//
// Every middleware here leaves the message with the context that it came with. It judges an error by that
// context and not by the one that middleware further in may have left behind, dead.
package middleware
