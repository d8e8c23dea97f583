package memory

import "time"

// group is the order of one key: only its head is where it can be received, the rest is in the backlog. A
// group exists as long as it has a message.
type group struct {
	// active counts the messages that are not in the backlog. It is more than 1 only for those that were
	// received before the subscription became ordered.
	active  int
	backlog list // by age
}

type groupKey struct{ channel, key string }

// groups are those of one queue.
type groups struct {
	byKey map[groupKey]*group
	most  int // groups that byKey has held at once
}

// minGroups is below how many groups their map is not given back when it is empty.
const minGroups = 1024

func keyOf(e *entry) groupKey {
	return groupKey{e.message.channel, e.message.key}
}

// of returns the group of an entry, a new one if need be.
func (gs *groups) of(e *entry) *group {
	k := keyOf(e)
	g := gs.byKey[k]
	if g == nil {
		g = &group{}
		if gs.byKey == nil {
			gs.byKey = make(map[groupKey]*group)
		}
		gs.byKey[k] = g
		gs.most = max(gs.most, len(gs.byKey))
	}
	return g
}

// remove drops the group of the entry, its last.
func (gs *groups) remove(e *entry) {
	delete(gs.byKey, keyOf(e))
	if len(gs.byKey) == 0 && gs.most > minGroups {
		*gs = groups{} // a map never shrinks
	}
}

// place puts an entry where it belongs by its age: into its group's backlog, or where it is received.
func (q *queue) place(e *entry, now time.Duration) {
	if !q.sub.Ordered || e.message.key == "" {
		q.activate(e, now)
		return
	}
	g := q.groups.of(e)
	e.group = g
	if g.active > 0 {
		g.backlog.pushBack(e)
		return
	}
	g.active = 1
	q.activate(e, now)
}

// yield moves an entry that comes back into its group's backlog, if others of the group are still out or
// an older one waits there, and says whether it did. Both happen only after the subscription became ordered.
func (q *queue) yield(e *entry, now time.Duration) bool {
	g := e.group
	if g == nil || g.active == 1 && (g.backlog.head == nil || e.age < g.backlog.head.age) {
		return false
	}
	g.backlog.insertByAge(e)
	q.pass(e, now)
	return true
}

// pass ends the turn of an entry. If no other of its group is active, the next in the backlog is.
func (q *queue) pass(e *entry, now time.Duration) {
	g := e.group
	if g.active--; g.active > 0 {
		return
	}
	if next := g.backlog.popFront(); next != nil {
		g.active = 1
		q.activate(next, now)
		return
	}
	q.groups.remove(e)
}

// reorder places every entry anew after the subscription became ordered, or unordered. Those on loan stay
// so; the rest goes back to the order of publishing.
func (q *queue) reorder(now time.Duration) {
	q.ready, q.returned, q.delayed, q.groups = list{}, nil, nil, groups{}
	for e := q.all.head; e != nil; e = e.links[byAge].next {
		e.group = nil
		switch {
		case !e.leased:
			e.links[byPlace] = links{}
		case q.sub.Ordered && e.message.key != "":
			e.group = q.groups.of(e)
			e.group.active++
		}
	}
	for e := q.all.head; e != nil; e = e.links[byAge].next {
		if !e.leased {
			q.place(e, now)
		}
	}
}
