package middleware

import (
	"bytes"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
)

// snapshot is a message as the first run got it.
type snapshot struct {
	uuid     string
	payload  message.Payload // what the message had,
	bytes    []byte          // and what was in it
	metadata []string        // names and values in turn
	none     bool            // metadata was nil
}

// restore makes msg what it was. It writes only what differs: a run may have left something behind that
// still reads.
func (s *snapshot) restore(msg *message.Message) {
	msg.UUID = s.uuid
	msg.Payload = s.payload
	if !bytes.Equal(s.payload, s.bytes) {
		copy(s.payload, s.bytes)
	}
	msg.Metadata = nil
	if s.none {
		return
	}
	msg.Metadata = make(message.Metadata, len(s.metadata)/2)
	for i := 0; i < len(s.metadata); i += 2 {
		msg.Metadata[s.metadata[i]] = s.metadata[i+1]
	}
}

// snapshots keeps the memory of snapshots for the next ones: nearly all of them are never restored, and so
// cost a copy of the payload but no allocation.
type snapshots struct {
	pool sync.Pool
}

func (p *snapshots) take(msg *message.Message) *snapshot {
	s, ok := p.pool.Get().(*snapshot)
	if !ok {
		s = new(snapshot)
	}
	s.uuid, s.payload = msg.UUID, msg.Payload
	s.bytes = append(s.bytes[:0], msg.Payload...)
	s.metadata, s.none = s.metadata[:0], msg.Metadata == nil
	for name, value := range msg.Metadata {
		s.metadata = append(s.metadata, name, value)
	}
	return s
}

func (p *snapshots) done(s *snapshot) {
	clear(s.metadata)
	*s = snapshot{bytes: s.bytes, metadata: s.metadata}
	p.pool.Put(s)
}
