package router

import "context"

// slots bounds how many deliveries a listener holds. A token in the channel is a free slot.
type slots chan struct{}

func newSlots(n int) slots {
	s := make(slots, n)
	s.free(n)
	return s
}

// take waits for a free slot and takes all that are free. It returns 0 when ctx ends.
func (s slots) take(ctx context.Context) int {
	select {
	case <-s:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case <-s:
		default:
			return n
		}
	}
}

// free gives n slots back.
func (s slots) free(n int) {
	for range n {
		s <- struct{}{}
	}
}
