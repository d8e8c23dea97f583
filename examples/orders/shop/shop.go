// Package shop is the app that owns the customers, parts and orders: what happens to them, it publishes.
package shop

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"github.com/framebus/framebus/bus"
)

// Shop stores models and publishes every change of one. It is safe for concurrent use.
type Shop struct {
	bus *bus.Bus
	log *slog.Logger

	mu     sync.Mutex
	models map[string]map[ID]json.RawMessage // by channel
}

// New returns an empty shop.
func New(b *bus.Bus, log *slog.Logger) *Shop {
	return &Shop{bus: b, log: log, models: make(map[string]map[ID]json.RawMessage)}
}

// Apply publishes what happened to a model, and stores it: FRAME's save and delete. An update of a model
// that is not there stores it, and a delete of one is no error, since the input may start in the middle of
// the story.
//
// It publishes first: what the bus refuses leaves no trace. A process that dies in between leaves an event
// without its model, which a program with a database avoids by a transactional outbox.
func (s *Shop) Apply(ctx context.Context, m Message) error {
	s.log.InfoContext(ctx, "publishes", "event", m.Channel+"."+string(m.Action), "key", m.ID)
	if err := s.bus.Publish(ctx, m.Channel, m.Action, m.Data, bus.Key(m.ID)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Action == bus.Deleted {
		delete(s.models[m.Channel], m.ID)
		return nil
	}
	if s.models[m.Channel] == nil {
		s.models[m.Channel] = make(map[ID]json.RawMessage)
	}
	s.models[m.Channel][m.ID] = m.Data
	return nil
}

// Get returns a stored model as it came.
func (s *Shop) Get(channel string, id ID) (data json.RawMessage, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok = s.models[channel][id]
	return data, ok
}

// Count returns how many models of a channel are stored.
func (s *Shop) Count(channel string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.models[channel])
}
