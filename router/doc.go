// Package router runs listeners: it opens their subscriptions on a transport, runs what they receive through
// their middleware in the workers of a Watermill message.Router, settles each delivery by the outcome, keeps
// its lease while the handler runs, and drains on shutdown. Package bus is its face; a program that has handlers for Watermill
// messages rather than for typed events can use it alone.
//
// # Delivery
//
// Each listener has a crew of workers, at most its Concurrency. A worker receives deliveries and handles them one
// after the other; where handlers are quick it receives a few ahead, which the others take over if it is held up. A
// listener that is slow, stuck or failing holds its own workers and nobody else's. Watermill's router runs the
// workers, and each event runs in one of them: docs/performance.md says why.
//
// A delivery is settled by what the listener's chain of middleware returned, read by middleware.Decide:
// acked, released, or handed back for a retry. Its lease is extended whenever a third of it has passed. When
// the lease is lost all the same, the handler's context ends with transport.ErrLeaseLost as its cause.
//
// # Drain
//
// When the context of [Router.Run] ends, no more deliveries are received; those that have not started are
// released at once; running handlers keep a live context until DrainTimeout, and are settled as ever. Then
// the contexts of those that still run end with transport.ErrDrained as the cause, and they get CancelGrace
// to return. Run returns when all is settled, or with an error that names the listeners whose handlers did
// not return: Go cannot stop them, and their events come back when the lease ends.
//
// Watermill's own Router.Close would cancel running handlers at once, so it is closed last, when it is
// idle, and the contexts of messages are not derived from its own.
package router
