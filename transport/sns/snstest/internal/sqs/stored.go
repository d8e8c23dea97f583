package sqs

import (
	"encoding/hex"

	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
)

// What is stored, as JSON. Times are nanoseconds since 1970. To change the meaning of a field is a new version of the
// whole, which package snstest counts.

type storedService struct {
	Instances uint64 // how many queues there have been
	Secret    uint64 // of receipt handles
}

type storedQueue struct {
	Account, Region, Name string
	Instance              uint64
	Created, Modified     int64
	Since, Purged         int64
	Settings              storedSettings
	Pending               []storedChange `json:",omitempty"`
	Tags                  map[string]string
	Ceiling               uint64
}

type storedChange struct {
	At       int64
	Settings storedSettings
}

type storedSettings struct {
	Delay, MaxSize, Retention, Wait, Visibility int
	Policy, Redrive, Allow                      string `json:",omitempty"`
	ManagedSSE                                  bool
	KMSKey                                      string `json:",omitempty"`
	KMSReuse                                    int
	FIFO, ContentDedup, GroupScope, PerGroup    bool `json:",omitempty"`
}

type storedState struct {
	Instance, Serial uint64
	State            state
	Due              int64  `json:",omitempty"`
	First, LentAt    int64  `json:",omitempty"`
	Lent             uint64 `json:",omitempty"`
	Receives, Tries  int32  `json:",omitempty"`
}

type storedMessage struct {
	storedState

	ID           string
	Body         string
	MD5          string
	Attributes   map[string]Attribute `json:",omitempty"`
	Trace        string               `json:",omitempty"`
	Sender       string               `json:",omitempty"`
	Source       string               `json:",omitempty"`
	Group, Dedup string               `json:",omitempty"`
	Number       uint64               `json:",omitempty"`
	Sent         int64
	Enqueued     int64
}

type storedDedup struct {
	Instance  uint64
	ID        string
	MessageID string
	Number    uint64
	Until     int64
}

type storedDeleted struct {
	ARN       string
	Instance  uint64
	At, Until int64
}

type storedTask struct {
	ID            string
	Source        uint64 // the instance
	To            string `json:",omitempty"` // the ARN; empty: back to where each came from
	Rate          int    `json:",omitempty"`
	Status        string
	Moved, ToMove int64
	Reason        string `json:",omitempty"`
	Started       int64
}

func (q *queue) stored() storedQueue {
	out := storedQueue{
		Account: q.key.account, Region: q.key.region, Name: q.key.name, Instance: q.instance, Created: q.created,
		Modified: q.modified, Since: q.since, Purged: q.purged, Settings: q.settings.stored(), Tags: q.tags,
		Ceiling: q.unsaved.ceiling,
	}
	for _, c := range q.pending {
		out.Pending = append(out.Pending, storedChange{c.at, c.settings.stored()})
	}
	return out
}

func (s *settings) stored() storedSettings {
	out := storedSettings{
		Delay: s.delay, MaxSize: s.maxSize, Retention: s.retention, Wait: s.wait, Visibility: s.visibility,
		Policy: s.policyText, ManagedSSE: s.managedSSE, KMSKey: s.kmsKey, KMSReuse: s.kmsReuse,
		FIFO: s.fifo, ContentDedup: s.contentDedup, GroupScope: s.groupScope, PerGroup: s.perGroup,
	}
	if s.redrive != nil {
		out.Redrive = s.redrive.text()
	}
	if s.allow != nil {
		out.Allow = s.allow.text()
	}
	return out
}

// settings reads settings back. The error is that of the attribute that cannot be.
func (s storedSettings) settings() (*settings, error) {
	out := &settings{
		delay: s.Delay, maxSize: s.MaxSize, retention: s.Retention, wait: s.Wait, visibility: s.Visibility,
		policyText: s.Policy, managedSSE: s.ManagedSSE, kmsKey: s.KMSKey, kmsReuse: s.KMSReuse,
		fifo: s.FIFO, contentDedup: s.ContentDedup, groupScope: s.GroupScope, perGroup: s.PerGroup,
	}
	if s.Policy != "" {
		document, err := policy.Parse(policy.Queue, s.Policy)
		if err != nil {
			return nil, err
		}
		out.policy = document
	}
	if s.Redrive != "" {
		p, err := readRedrivePolicy(s.Redrive)
		if err != nil {
			return nil, err
		}
		out.redrive = p
	}
	if s.Allow != "" {
		p, err := readRedriveAllowPolicy(s.Allow)
		if err != nil {
			return nil, err
		}
		out.allow = p
	}
	return out, nil
}

func (q *queue) storedState(m *message) storedState {
	return storedState{
		Instance: q.instance, Serial: m.serial, State: m.state, Due: m.due, First: m.first, LentAt: m.lentAt, Lent: m.lent,
		Receives: m.receives, Tries: m.tries,
	}
}

func (q *queue) storedMessage(m *message) storedMessage {
	return storedMessage{
		storedState: q.storedState(m),
		ID:          m.id, Body: m.body, MD5: hex.EncodeToString(m.md5[:]), Attributes: m.attrs, Trace: m.trace, Sender: m.sender,
		Source: m.source, Group: m.group, Dedup: m.dedup, Number: m.number, Sent: m.sent, Enqueued: m.enqueued,
	}
}
