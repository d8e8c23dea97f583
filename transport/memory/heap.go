package memory

// heap holds entries by when they are due, and by age where that is the same.
type heap []*entry

// minHeap is the capacity below which a heap gives no memory back.
const minHeap = 64

func before(a, b *entry) bool {
	return a.due < b.due || a.due == b.due && a.age < b.age
}

func (h *heap) push(e *entry) {
	*h = append(*h, e)
	s := *h
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !before(e, s[parent]) {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = e
}

// pop returns the first entry. There must be one.
func (h *heap) pop() *entry {
	s := *h
	first, n := s[0], len(s)-1
	e := s[n]
	s[n] = nil
	s = s[:n]
	if n > 0 {
		s.sink(e)
	}
	if cap(s) > minHeap && n < cap(s)/4 {
		s = append(make(heap, 0, cap(s)/2), s...)
	}
	*h = s
	return first
}

// sink puts e, for the first entry, where it belongs.
func (h heap) sink(e *entry) {
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if right := child + 1; right < len(h) && before(h[right], h[child]) {
			child = right
		}
		if !before(h[child], e) {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = e
}
