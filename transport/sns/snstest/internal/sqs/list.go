package sqs

// list is a doubly linked list of messages: those of a standard queue that are ready, or those of a group.
type list struct {
	head, tail *message
	n          int
}

func (l *list) pushBack(m *message) { l.insert(m, l.tail) }

func (l *list) pushFront(m *message) { l.insert(m, nil) }

// insert puts m behind another, or in front of all if that is nil.
func (l *list) insert(m, behind *message) {
	m.prev = behind
	if behind == nil {
		m.next = l.head
		l.head = m
	} else {
		m.next = behind.next
		behind.next = m
	}
	if m.next == nil {
		l.tail = m
	} else {
		m.next.prev = m
	}
	l.n++
}

func (l *list) remove(m *message) {
	if m.prev == nil {
		l.head = m.next
	} else {
		m.prev.next = m.next
	}
	if m.next == nil {
		l.tail = m.prev
	} else {
		m.next.prev = m.prev
	}
	m.prev, m.next = nil, nil
	l.n--
}
