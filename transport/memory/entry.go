package memory

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

// message is what was published, shared by the queues that got it. Nothing changes it while anybody holds it;
// when nobody does any more, its memory serves for another.
type message struct {
	// entry is its place in the queue, if one queue alone has it: one object less for the garbage collector to
	// look at, and for a processor to fetch.
	entry   entry
	alone   bool
	holders atomic.Int32 // entries, and receivers that copy it

	id, channel, key, source string
	action                   event.Action
	body                     []byte
	attributes               []string      // name, value, name, value: a third of a map's size
	at                       time.Duration // when it was published, by the broker's clock
	published                time.Duration // the same, or when it was redriven
}

// messages makes messages, from the memory of those that were released.
type messages struct {
	released sync.Pool
}

// take copies what a publisher handed over and may change afterwards, for so many queues.
func (ms *messages) take(m *transport.Message, now time.Duration, queues int) *message {
	stored, ok := ms.released.Get().(*message)
	if !ok {
		stored = new(message)
	}
	stored.id, stored.channel, stored.key, stored.source, stored.action = m.ID, m.Channel, m.Key, m.Source, m.Action
	stored.body = copyInto(stored.body, m.Body)
	stored.attributes = stored.attributes[:0]
	for name, value := range m.Attributes {
		stored.attributes = append(stored.attributes, name, value)
	}
	stored.at, stored.published = now, now
	stored.alone = queues == 1
	stored.holders.Store(int32(queues))
	return stored
}

// again returns a copy, published anew for one queue. It shares what nobody changes as long as the message is
// held, which it is for good.
func (stored *message) again(now time.Duration) *message {
	a := &message{
		id: stored.id, channel: stored.channel, key: stored.key, source: stored.source, action: stored.action,
		body: stored.body, attributes: stored.attributes, at: stored.at, published: now, alone: true,
	}
	a.holders.Store(2) // its queue; and for good, since its memory is another's as well
	return a
}

// release says that a holder is done with a message.
func (ms *messages) release(m *message) {
	if m.holders.Add(-1) == 0 {
		ms.released.Put(m)
	}
}

// copyInto copies a body into memory that is used again if it fits well: a small body must not keep what a
// large one left. It keeps nil nil and empty empty.
func copyInto(used, body []byte) []byte {
	if body == nil || used == nil || cap(used) < len(body) || cap(used) > len(body)+len(body)/4+maxSlack {
		return copyBody(body)
	}
	return append(used[:0], body...)
}

// maxSlack is how many bytes more than a quarter a body may leave unused.
const maxSlack = 64

// copyTo sets m to a copy that its receiver may change. start is the broker's.
func (stored *message) copyTo(m *transport.Message, start time.Time) {
	*m = transport.Message{
		ID: stored.id, Channel: stored.channel, Action: stored.action, Key: stored.key, Source: stored.source,
		Body: copyBody(stored.body), Time: start.Add(stored.at).UTC(),
	}
	if len(stored.attributes) > 0 {
		m.Attributes = make(map[string]string, len(stored.attributes)/2)
		for i := 0; i < len(stored.attributes); i += 2 {
			m.Attributes[stored.attributes[i]] = stored.attributes[i+1]
		}
	}
}

// copyBody keeps nil nil and empty empty.
func copyBody(body []byte) []byte {
	if body == nil {
		return nil
	}
	c := make([]byte, len(body))
	copy(c, body)
	return c
}

// entry is a message's place in one queue. Guarded by the queue's lock, but for loan.
type entry struct {
	message *message
	links   [2]links // where it stands, and its age: see list
	age     uint64   // its number in the queue, in order of publishing
	due     time.Duration
	group   *group   // of an ordered queue; nil for a message without a key
	history *history // nil before the first failure
	batch   *batch   // that it is on loan with, or was last

	receives int32
	leased   bool // it stands in the list of those on loan
	loan     loanState
}

// entries makes entries, from the memory of those that are finished. A receipt may know such a one still: it
// finds another loan there, if any.
type entries struct{ finished sync.Pool }

func (es *entries) get(m *message) *entry {
	e := &m.entry
	if !m.alone {
		var ok bool
		if e, ok = es.finished.Get().(*entry); !ok {
			e = new(entry)
		}
	}
	e.message = m
	return e
}

func (es *entries) put(e *entry) {
	alone := e.message.alone
	e.message, e.history, e.batch = nil, nil, nil
	e.due, e.receives = 0, 0
	if !alone {
		es.finished.Put(e)
	}
}

// maxHistory bounds the failures that are kept of a message: the first, and the last ones. It is what a
// [transport.Record] holds.
const maxHistory = 20

// history are the failures of earlier deliveries. It is replaced, not changed: deliveries refer to it.
type history struct {
	failures []transport.Failure
	omitted  int // after the first
}

// with returns the history with more failures. h may be nil.
func (h *history) with(failures []transport.Failure) *history {
	if len(failures) == 0 {
		return h
	}
	more := &history{}
	if h != nil {
		more.omitted = h.omitted
		more.failures = append(more.failures, h.failures...)
	}
	more.failures = append(more.failures, failures...)
	if extra := len(more.failures) - maxHistory; extra > 0 {
		more.omitted += extra
		more.failures = append(more.failures[:1], more.failures[1+extra:]...)
	}
	return more
}

func (h *history) kept() []transport.Failure {
	if h == nil {
		return nil
	}
	return h.failures
}

// complete adds to a record what it cannot know: the failures that were not kept.
func (h *history) complete(why transport.Record) transport.Record {
	if h != nil {
		why.Omitted += h.omitted
	}
	return why
}
