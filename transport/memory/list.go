package memory

// An entry stands in up to two lists at a time: one of its queue's places (ready, leased, held back), and
// the list of all by age. The links are part of the entry, so that a list costs no memory of its own, gives
// all back after a burst, and is left from anywhere in one step.
const (
	byPlace = iota
	byAge
)

type links struct{ prev, next *entry }

// list is a doubly linked list of entries. The zero list stands for byPlace and is empty.
type list struct {
	head, tail *entry
	n          int
	by         int
}

func (l *list) pushBack(e *entry) { l.insertAfter(l.tail, e) }

// insertAfter puts e behind at, which nil makes the front.
func (l *list) insertAfter(at, e *entry) {
	next := l.head
	if at != nil {
		next = at.links[l.by].next
		at.links[l.by].next = e
	} else {
		l.head = e
	}
	if next != nil {
		next.links[l.by].prev = e
	} else {
		l.tail = e
	}
	e.links[l.by] = links{prev: at, next: next}
	l.n++
}

// remove takes e out and clears its links: one who keeps an entry must not keep its neighbours.
func (l *list) remove(e *entry) {
	at := &e.links[l.by]
	if at.prev != nil {
		at.prev.links[l.by].next = at.next
	} else {
		l.head = at.next
	}
	if at.next != nil {
		at.next.links[l.by].prev = at.prev
	} else {
		l.tail = at.prev
	}
	*at = links{}
	l.n--
}

// popFront returns the first entry, nil if there is none.
func (l *list) popFront() *entry {
	e := l.head
	if e != nil {
		l.remove(e)
	}
	return e
}

// insertByDue and insertByAge look for e's place from the back, where it mostly is.
func (l *list) insertByDue(e *entry) {
	at := l.tail
	for at != nil && at.due > e.due {
		at = at.links[l.by].prev
	}
	l.insertAfter(at, e)
}

func (l *list) insertByAge(e *entry) {
	at := l.tail
	for at != nil && at.age > e.age {
		at = at.links[l.by].prev
	}
	l.insertAfter(at, e)
}
