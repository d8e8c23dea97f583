package filter

// This file decides whether a body passes a branch when there are arrays in it, of which one element has to
// be chosen each. To try all choices takes a time that is exponential in the arrays; but a branch has at most
// five clauses, so a place is known by which sets of them can be had from it together.

// set is a set of clauses of a branch: bit i is clause i.
type set uint8

// sets is a set of sets: bit s is set s.
type sets uint32

// only is the sets of nothing but s.
func only(s set) sets { return 1 << s }

// Five clauses are 32 sets, and those are the bits of sets. It does not compile if maxKeys says more.
const _ = uint(32 - 1<<maxKeys)

// passes says whether p can be chosen so that all clauses of b hold. p is nil if the body has nothing of the
// policy in it.
func (p *place) passes(b branch, present *[maxKeys]bool) bool {
	var missing set
	for i, c := range b {
		if c.rules.absent && !present[c.path] {
			missing |= 1 << i
		}
	}
	had := only(missing)
	if p != nil {
		had = both(had, p.sets(b))
	}
	return had&only(1<<len(b)-1) != 0
}

// sets returns which clauses can be had from p together.
func (p *place) sets(b branch) sets {
	switch p.kind {
	case '{': // all members
		had := only(0)
		for _, q := range p.in {
			had = both(had, q.sets(b))
		}
		return had
	case '[': // one element
		var had sets
		for _, q := range p.in {
			had |= q.sets(b)
		}
		return had
	}
	for i, c := range b {
		if c.path == p.path && c.rules.match(p.value) {
			return only(1 << i)
		}
	}
	return only(0)
}

// both returns what can be had with a choice in one place and another in the other.
func both(a, b sets) sets {
	var had sets
	for i := range set(1 << maxKeys) {
		if a&only(i) == 0 {
			continue
		}
		for j := range set(1 << maxKeys) {
			if b&only(j) != 0 {
				had |= only(i | j)
			}
		}
	}
	return had
}
