package router

import (
	"fmt"
	"strings"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// table is the match table: which listener wants which channel. It is filled before Run and read after.
type table struct {
	listeners []*listener
}

// add puts a listener into the table unless it clashes with one that is there.
func (t *table) add(l *listener) error {
	for _, other := range t.listeners {
		if other.ID == l.ID {
			return fmt.Errorf("router: listener %s on %q: there is one of that name already, on %q: "+
				"give one of them another name", l.ID, l.Pattern, other.Pattern)
		}
		// Brokers sanitise names, and some fold case: two names that differ in case alone could share a queue.
		if strings.EqualFold(other.ID.String(), l.ID.String()) {
			return fmt.Errorf("router: listener %s on %q: its name differs from %s in case alone: "+
				"give one of them another name", l.ID, l.Pattern, other.ID)
		}
	}
	t.listeners = append(t.listeners, l)
	return nil
}

// match returns the listeners that an event goes to, in the order in which they were added.
func (t *table) match(channel string, action event.Action) []transport.ID {
	var ids []transport.ID
	for _, l := range t.listeners {
		if l.Wants(channel, action) {
			ids = append(ids, l.ID)
		}
	}
	return ids
}
