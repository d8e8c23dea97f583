package sqs

import (
	"maps"
	"slices"
	"time"
)

// Dump is a queue with all that is in it.
type Dump struct {
	ARN      string
	Account  string
	Region   string
	Name     string
	FIFO     bool
	Settings map[string]string
	Tags     map[string]string
	Waiting  int // receivers
	Ready    []DumpedMessage
	InFlight []DumpedMessage
	Delayed  []DumpedMessage
}

// DumpedMessage is a message in a queue.
type DumpedMessage struct {
	ID         string
	Body       string
	Attributes map[string]Attribute
	Group      string
	Dedup      string
	Number     uint64
	Sent       time.Time
	Due        time.Time // when it becomes ready, if it is in flight or delayed
	Receives   int
	Source     string
}

// Dump returns all queues, by ARN, with their messages in the order of their coming.
func (s *Service) Dump() []Dump {
	var out []Dump
	for _, q := range s.list(func(*queue) bool { return true }) {
		out = append(out, q.dump())
	}
	return out
}

func (q *queue) dump() Dump {
	now := q.lock()
	defer q.unlock(now)
	d := Dump{
		ARN: q.arn, Account: q.key.account, Region: q.key.region, Name: q.key.name, FIFO: q.fifo,
		Settings: q.shown(), Tags: maps.Clone(q.tags),
	}
	for w := q.waiting.head; w != nil; w = w.next {
		d.Waiting++
	}
	all := slices.Clone(q.ages.items)
	slices.SortFunc(all, func(a, b *message) int { return int(a.serial) - int(b.serial) }) //nolint:gosec // small
	for _, m := range all {
		shown := DumpedMessage{
			ID: m.id, Body: m.body, Attributes: m.attrs, Group: m.group, Dedup: m.dedup, Number: m.number,
			Sent: time.Unix(0, m.sent), Receives: int(m.receives), Source: m.source,
		}
		switch m.state {
		case ready:
			d.Ready = append(d.Ready, shown)
		case inFlight:
			shown.Due = time.Unix(0, m.due)
			d.InFlight = append(d.InFlight, shown)
		case delayed:
			shown.Due = time.Unix(0, m.due)
			d.Delayed = append(d.Delayed, shown)
		case removed:
		}
	}
	return d
}
