package memory

import (
	"time"

	"github.com/framebus/framebus/transport"
)

// message is what was published, shared by the queues that got it. Nothing changes it.
type message struct {
	content    transport.Message // without Attributes
	attributes []string          // name, value, name, value: a third of a map's size
	published  time.Duration     // by the broker's clock

	first entry // for the first of the queues: one allocation instead of two
}

// newMessage copies what a publisher handed over and may change afterwards.
func newMessage(m *transport.Message, now time.Duration) *message {
	stored := &message{content: *m, published: now}
	stored.content.Body = copyBody(m.Body)
	stored.content.Attributes = nil
	if len(m.Attributes) > 0 {
		stored.attributes = make([]string, 0, 2*len(m.Attributes))
		for name, value := range m.Attributes {
			stored.attributes = append(stored.attributes, name, value)
		}
	}
	stored.first.message = stored
	return stored
}

// copyTo sets m to a copy that its receiver may change.
func (stored *message) copyTo(m *transport.Message) {
	*m = stored.content
	m.Body = copyBody(stored.content.Body)
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

// entry is a message's place in one queue. Guarded by the queue's lock, but for message.
type entry struct {
	message *message
	links   [2]links // where it stands, and its age: see list
	age     uint64   // its number in the queue, in order of publishing
	due     time.Duration
	group   *group   // of an ordered queue; nil for a message without a key
	history *history // nil before the first failure

	receives int32
	loan     uint32 // the number of its last receive, by which a receipt knows that it is stale
	leased   bool
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
