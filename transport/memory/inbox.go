package memory

import "sync"

// inbox is where publishers leave messages for a queue, so that they need not wait for its lock, which is
// held for longer: whoever has that next takes the messages in. A publisher takes that lock only if a
// receiver waits that nobody else will wake, or if much has gathered.
type inbox struct {
	mu       sync.Mutex
	messages []*message // in order of their publishing
	spare    []*message // the memory of those that were taken
	bell     bool       // a receiver waits for a publisher to ring
}

// maxInbox is how many messages are much. It bounds the memory that an inbox keeps, and for how long the
// queue's lock is held to take them in.
const maxInbox = 256

// put leaves a message. If ring is true, a receiver waits and this publisher is the one to see to him, by
// attend; if much is, it must take in what there is.
func (in *inbox) put(m *message) (ring, much bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.messages = append(in.messages, m)
	ring, in.bell = in.bell, false
	return ring, len(in.messages) >= maxInbox
}

// take returns what publishers have left, in a slice that serves again from the next take on: who takes it leaves
// it cleared. The queue's lock is held.
func (in *inbox) take() []*message {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.messages) == 0 {
		return nil
	}
	taken := in.messages
	in.messages, in.spare = in.spare[:0], taken
	return taken
}

// wait makes the next publisher ring. It returns false, and does nothing, if there are messages to take in first.
// The queue's lock is held.
func (in *inbox) wait() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.bell = len(in.messages) == 0
	return in.bell
}
