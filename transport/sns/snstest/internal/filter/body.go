package filter

import "encoding/json"

// MatchBody says whether a message with this body passes: a JSON object that has what the policy names.
// [scope, policies] Another body does not pass. [recorded]
//
// A key within a key is found in an object, and in the objects of an array. What stands in an array is an
// alternative: keys within one array have to be found in one of its elements, not some here and some there.
// The guide does not speak of that; this is what [ruler] does and what is [recorded].
func (p *Policy) MatchBody(body []byte) bool {
	if p == nil || len(p.branches) == 0 {
		return true
	}
	if !json.Valid(body) {
		return false
	}
	f := finder{reader: reader{doc: body}}
	if f.peek() != '{' {
		return false
	}
	var all frontier
	for i, path := range p.paths {
		all[i] = rest{path: path, live: true}
	}
	found := f.members(&all)
	if f.empty {
		// As with attributes: without any, nothing matches. [keys]
		return false
	}
	for _, b := range p.branches {
		if found.passes(b, &f.present) {
			return true
		}
	}
	return false
}

// place is a value of the body that the policy names, or an object or array with such values in it.
type place struct {
	kind  byte // '{' or '['; 0 for a value
	path  int
	value value
	in    []*place
}

// frontier has, for each key of the policy, what is left of its path in an object of the body.
type frontier [maxKeys]rest

type rest struct {
	path string
	live bool // the key may be in this object
}

// step goes to the member with a name: to the key that it is, -1 if it is none, and to the keys within it. A
// name with dots in it goes as far as several without. [recorded]
func (f *frontier) step(name []byte) (key int, within *frontier) {
	key = -1
	for i, r := range f {
		if !r.live || len(r.path) < len(name) || r.path[:len(name)] != string(name) {
			continue
		}
		switch tail := r.path[len(name):]; {
		case tail == "":
			key = i
		case tail[0] == '.':
			if within == nil {
				within = new(frontier)
			}
			within[i] = rest{path: tail[1:], live: true}
		}
	}
	return key, within
}

// finder finds the places of a policy in a body, in one pass.
type finder struct {
	reader

	present [maxKeys]bool // the key has a value, be it null or an empty array
	empty   bool          // the last object that was passed has no member
}

// members passes an object. It returns nil if nothing of the policy is in it.
func (f *finder) members(within *frontier) *place {
	p := &place{kind: '{'}
	empty := true
	f.object(func(name []byte) {
		empty = false
		key, within := within.step(name)
		if q := f.find(key, within); q != nil {
			p.in = append(p.in, q)
		}
	})
	f.empty = empty
	return p.orNil()
}

// find passes the value of key, with other keys within.
func (f *finder) find(key int, within *frontier) *place {
	if key < 0 && within == nil {
		f.skip()
		return nil
	}
	switch f.peek() {
	case '{':
		// An object is not the value of a key: only what is in it is. [keys]
		if within != nil {
			return f.members(within)
		}
		f.skip()
		return nil
	case '[':
		p, empty := &place{kind: '['}, true
		f.array(func() {
			empty = false
			if q := f.find(key, within); q != nil {
				p.in = append(p.in, q)
			}
		})
		if empty && key >= 0 {
			// Decided: it does not exist as true wants it, which is not empty, but it is not missing. [keys]
			f.present[key] = true
		}
		return p.orNil()
	}
	if key < 0 {
		f.skip()
		return nil
	}
	f.present[key] = true
	return &place{path: key, value: f.scalar()}
}

func (p *place) orNil() *place {
	if len(p.in) == 0 {
		return nil
	}
	return p
}
