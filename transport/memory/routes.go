package memory

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// maxRemembered bounds the channels that are remembered for matching a pattern with *. Their names come
// from publishers, who may invent ever new ones; those beyond the bound are matched each time.
const maxRemembered = 1024

// routes says which queues get what, for one state of all declarations. It is replaced, not changed.
type routes struct {
	plain map[string]*targets // by the channels that are subscribed by name
	globs []route             // the queues with * in their pattern

	remembered atomic.Pointer[map[string]*targets] // other channels, seen in use
	mu         sync.Mutex                          // serialises replacing remembered
}

// route is one queue's declaration, as far as routing goes.
type route struct {
	queue   *queue
	pattern string
	actions []event.Action
}

// targets are the queues whose pattern matches one channel.
type targets struct {
	queues  []*queue
	actions [][]event.Action // that each wants; nil if every queue wants all
}

func newRoutes(queues []*queue) *routes {
	r := &routes{plain: make(map[string]*targets)}
	r.remembered.Store(&map[string]*targets{})
	all := make([]route, len(queues))
	plain := make(map[string][]route)
	for i, q := range queues {
		s := q.declaration()
		all[i] = route{queue: q, pattern: s.Pattern, actions: s.Actions}
		if strings.Contains(s.Pattern, "*") {
			r.globs = append(r.globs, all[i])
		} else {
			plain[s.Pattern] = append(plain[s.Pattern], all[i])
		}
	}
	for channel, named := range plain {
		r.plain[channel] = newTargets(slices.Concat(named, r.matching(channel)))
	}
	return r
}

func newTargets(routes []route) *targets {
	a := &targets{}
	for i, r := range routes {
		a.queues = append(a.queues, r.queue)
		if len(r.actions) > 0 && a.actions == nil {
			a.actions = make([][]event.Action, len(routes))
		}
		if a.actions != nil {
			a.actions[i] = r.actions
		}
	}
	return a
}

// matching returns those of the globs that match the channel.
func (r *routes) matching(channel string) []route {
	var matching []route
	for _, g := range r.globs {
		if transport.Match(g.pattern, channel) {
			matching = append(matching, g)
		}
	}
	return matching
}

// targets returns who gets what is published on the channel, nil if nobody does.
func (r *routes) targets(channel string) *targets {
	if a := r.plain[channel]; a != nil {
		return a
	}
	if len(r.globs) == 0 {
		return nil
	}
	if a := (*r.remembered.Load())[channel]; a != nil {
		return a
	}
	matching := r.matching(channel)
	if len(matching) == 0 {
		return nil
	}
	a := newTargets(matching)
	r.remember(channel, a)
	return a
}

func (r *routes) remember(channel string, a *targets) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := *r.remembered.Load()
	if len(old) >= maxRemembered {
		return
	}
	remembered := maps.Clone(old)
	remembered[channel] = a
	r.remembered.Store(&remembered)
}

// wanting returns the queues that want the action, in buf if it must pick them.
func (a *targets) wanting(action event.Action, buf []*queue) []*queue {
	if a == nil || a.actions == nil {
		return a.all()
	}
	for i, q := range a.queues {
		if len(a.actions[i]) == 0 || slices.Contains(a.actions[i], action) {
			buf = append(buf, q)
		}
	}
	return buf
}

func (a *targets) all() []*queue {
	if a == nil {
		return nil
	}
	return a.queues
}
