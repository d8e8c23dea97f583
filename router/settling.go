package router

import "context"

// settling are deliveries of one listener whose outcome is on its way to a broker elsewhere. No worker waits for it: with
// ten workers and requests of 15 ms it would be the limit of them all.
type settling struct {
	places chan struct{}
}

// maxSettling bounds the outcomes that are under way. When so many are, a worker waits for its own.
const maxSettling = 512

func newSettling() *settling { return &settling{make(chan struct{}, maxSettling)} }

// begin has tell run beside the caller, and returns false if there is no place for it.
func (s *settling) begin(tell func()) bool {
	select {
	case s.places <- struct{}{}:
	default:
		return false
	}
	go func() {
		defer func() { <-s.places }()
		tell()
	}()
	return true
}

// left returns how many outcomes are under way.
func (s *settling) left() int { return len(s.places) }

// wait waits until all are told, and returns false if ctx ends first. None must begin meanwhile.
func (s *settling) wait(ctx context.Context) bool {
	taken := 0
	defer func() {
		for range taken {
			<-s.places
		}
	}()
	for taken < maxSettling {
		select {
		case s.places <- struct{}{}:
			taken++
		case <-ctx.Done():
			return false
		}
	}
	return true
}
