package snstest

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Requests is how often somebody asked for something.
type Requests struct {
	// Service is "sns" or "sqs".
	Service string
	// Action is the operation: "ReceiveMessage".
	Action string
	// AccessKey is who called; empty for requests that are not signed.
	AccessKey string
	// Count is how many requests there were. Long polls that still wait are not among them.
	Count int
	// Errors is how many of them were answered with an error.
	Errors int
}

type counts struct {
	mu sync.Mutex
	by map[asked]*Requests
}

type asked struct{ service, action, accessKey string }

func (c *counts) add(call *wire.Call, err *wire.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := asked{call.Service, call.Action, call.Caller.AccessKey}
	r := c.by[key]
	if r == nil {
		if c.by == nil {
			c.by = map[asked]*Requests{}
		}
		r = &Requests{Service: key.service, Action: key.action, AccessKey: key.accessKey}
		c.by[key] = r
	}
	r.Count++
	if err != nil {
		r.Errors++
	}
}

// Requests returns how many requests were answered, by service, action and caller, in this order.
func (s *Server) Requests() []Requests {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	out := make([]Requests, 0, len(s.counts.by))
	for r := range maps.Values(s.counts.by) {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Requests) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Action, b.Action), cmp.Compare(a.AccessKey, b.AccessKey))
	})
	return out
}

// Count returns how many requests for an action were answered, of all services and callers.
func (s *Server) Count(action string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Action == action {
			n += r.Count
		}
	}
	return n
}

// ResetRequests starts counting anew.
func (s *Server) ResetRequests() {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	s.counts.by = nil
}
