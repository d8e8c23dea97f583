package memory

// Option changes what [New] makes.
type Option func(*settings)

type settings struct {
	maxDepth int
	reject   bool
}

// MaxDepth bounds what each subscription holds to n messages: ready, in flight and delayed ones, and not
// dead letters. A Publish that matches a full subscription waits until there is room or its ctx ends;
// waiting publishers go first come, first served. One that needs room in several subscriptions takes it in
// all at once and holds none before, so that a stuck subscription costs the others nothing; where several
// are overloaded all the time, it may find no moment when all have room. A redrive of dead letters never
// waits, and may exceed n. No limit by default, or if n is below 1.
//
// A handler that publishes to its own full subscription waits for itself: bound such a Publish by its ctx.
func MaxDepth(n int) Option {
	return func(s *settings) { s.maxDepth = n }
}

// RejectWhenFull makes a Publish that matches a full subscription fail at once, with an error that wraps
// [transport.ErrFull]. It means nothing without [MaxDepth].
func RejectWhenFull() Option {
	return func(s *settings) { s.reject = true }
}
