package sqs

// groups are the message groups of a FIFO queue (using-messagegroupid-property). The messages of a group stand
// in the order of their sequence numbers. What can be received is those at its head that are ready: one that is
// in flight or delayed holds up all behind it, and none before it (recorded:
// test_fifo_group_visibility_extends_with_change_message_visibility).
type groups struct {
	byID map[string]*group
	// head and tail are the groups that have something to give, in the order in which they came to have it.
	head, tail *group
}

type group struct {
	list
	id         string
	prev, next *group
	queued     bool // it is in the list of groups
}

func (g *group) open() bool { return g.list.head != nil && g.list.head.state == ready }

func (gs *groups) add(m *message) {
	g := gs.byID[m.group]
	if g == nil {
		g = &group{id: m.group}
		if gs.byID == nil {
			gs.byID = map[string]*group{}
		}
		gs.byID[m.group] = g
	}
	m.in = g
	g.pushBack(m)
}

func (gs *groups) remove(m *message) {
	g := m.in
	g.list.remove(m)
	if g.n == 0 {
		gs.unqueue(g)
		delete(gs.byID, g.id)
		return
	}
	gs.offer(g, false) // what was behind it may be free now
}

// offer puts a group into the list if it has something to give, and out of it if not.
func (gs *groups) offer(g *group, front bool) {
	switch {
	case !g.open():
		gs.unqueue(g)
	case g.queued:
	case front:
		gs.queue(g, nil)
	default:
		gs.queue(g, gs.tail)
	}
}

func (gs *groups) queue(g, behind *group) {
	g.queued, g.prev = true, behind
	if behind == nil {
		g.next = gs.head
		gs.head = g
	} else {
		g.next = behind.next
		behind.next = g
	}
	if g.next == nil {
		gs.tail = g
	} else {
		g.next.prev = g
	}
}

func (gs *groups) unqueue(g *group) {
	if !g.queued {
		return
	}
	if g.prev == nil {
		gs.head = g.next
	} else {
		g.prev.next = g.next
	}
	if g.next == nil {
		gs.tail = g.prev
	} else {
		g.next.prev = g.prev
	}
	g.prev, g.next, g.queued = nil, nil, false
}

// next returns the message to be received next; nil if there is none.
func (gs *groups) next() *message {
	if gs.head == nil {
		return nil
	}
	return gs.head.list.head
}
