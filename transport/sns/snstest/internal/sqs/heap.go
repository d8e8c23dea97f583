package sqs

// heap holds messages by a key that each has. It knows where each stands, so that one can be taken out of the
// middle.
type heap struct {
	by    order
	items []*message
}

// order is what a heap sorts by, and which of a message's places is its own.
type order int

const (
	byDue order = iota
	byAge
	orders // how many there are
)

func (h *heap) before(a, b *message) bool {
	x, y := a.due, b.due
	if h.by == byAge {
		x, y = a.enqueued, b.enqueued
	}
	return x < y || x == y && a.serial < b.serial
}

// first returns the message with the least key, nil if there is none.
func (h *heap) first() *message {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0]
}

func (h *heap) push(m *message) {
	h.items = append(h.items, m)
	h.rise(m, len(h.items)-1)
}

func (h *heap) remove(m *message) {
	i, last := int(m.place[h.by]), len(h.items)-1
	moved := h.items[last]
	h.items[last] = nil
	h.items = h.items[:last]
	if i < last {
		h.settle(moved, i)
	}
	if cap(h.items) > 64 && last < cap(h.items)/4 {
		h.items = append(make([]*message, 0, cap(h.items)/2), h.items...)
	}
}

// fix puts a message to its place after its key has changed.
func (h *heap) fix(m *message) { h.settle(m, int(m.place[h.by])) }

func (h *heap) settle(m *message, i int) {
	if i > 0 && h.before(m, h.items[(i-1)/2]) {
		h.rise(m, i)
		return
	}
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			break
		}
		if right := child + 1; right < len(h.items) && h.before(h.items[right], h.items[child]) {
			child = right
		}
		if !h.before(h.items[child], m) {
			break
		}
		h.put(h.items[child], i)
		i = child
	}
	h.put(m, i)
}

func (h *heap) rise(m *message, i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.before(m, h.items[parent]) {
			break
		}
		h.put(h.items[parent], i)
		i = parent
	}
	h.put(m, i)
}

func (h *heap) put(m *message, i int) {
	h.items[i] = m
	m.place[h.by] = int32(i)
}
