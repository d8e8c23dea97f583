package sqs

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
)

// restoring is a service on its way back: records come in any order, and are put together at the end.
type restoring struct {
	service  *storedService
	queues   []storedQueue
	messages map[uint64][]storedMessage
	states   map[[2]uint64]storedState // by instance and serial
	dedups   map[uint64][]storedDedup
	deleted  []storedDeleted
	tasks    []storedTask
}

// Restore brings back what the journal saved, before the service is used. Records of others are left alone. The error
// says which record is damaged.
func (s *Service) Restore(records []journal.Record) error {
	r := &restoring{
		messages: map[uint64][]storedMessage{}, states: map[[2]uint64]storedState{}, dedups: map[uint64][]storedDedup{},
	}
	for _, record := range records {
		if err := r.read(record); err != nil {
			return fmt.Errorf("record %s: %w", record.Key, err)
		}
	}
	if r.service == nil {
		if len(r.queues) > 0 {
			return fmt.Errorf("record %s is missing", serviceKey)
		}
		return nil
	}
	s.instances, s.secret = r.service.Instances, r.service.Secret
	// Of two queues of one name the later one is: the other was about to be dropped.
	slices.SortFunc(r.queues, func(a, b storedQueue) int { return cmp.Compare(a.Instance, b.Instance) })
	known := map[uint64]*queue{}
	for _, stored := range r.queues {
		q, err := s.restoreQueue(stored, r)
		if err != nil {
			return fmt.Errorf("queue %s: %w", stored.Name, err)
		}
		if before := s.queues[q.key]; before != nil {
			delete(known, before.instance)
			s.abandon(before)
		}
		s.queues[q.key], known[q.instance] = q, q
	}
	s.restoreDeleted(r.deleted, known)
	return s.restoreTasks(r.tasks, known)
}

func (r *restoring) read(record journal.Record) error {
	kind, _, _ := strings.Cut(record.Key, "/")
	switch kind {
	case serviceKey:
		return json.Unmarshal(record.Value, &r.service)
	case strings.TrimSuffix(queueKey, "/"):
		return journal.Into(&r.queues, record)
	case strings.TrimSuffix(sentKey, "/"):
		return readBy(r.messages, record, func(m storedMessage) uint64 { return m.Instance })
	case strings.TrimSuffix(stateKey, "/"):
		var st storedState
		err := json.Unmarshal(record.Value, &st)
		r.states[[2]uint64{st.Instance, st.Serial}] = st
		return err
	case strings.TrimSuffix(dedupKey, "/"):
		return readBy(r.dedups, record, func(d storedDedup) uint64 { return d.Instance })
	case strings.TrimSuffix(deletedKey, "/"):
		return journal.Into(&r.deleted, record)
	case strings.TrimSuffix(taskKey, "/"):
		return journal.Into(&r.tasks, record)
	}
	return nil
}

func readBy[T any](lists map[uint64][]T, record journal.Record, by func(T) uint64) error {
	var one T
	err := json.Unmarshal(record.Value, &one)
	lists[by(one)] = append(lists[by(one)], one)
	return err
}

func (s *Service) restoreQueue(stored storedQueue, r *restoring) (*queue, error) {
	set, err := stored.Settings.settings()
	if err != nil {
		return nil, err
	}
	q := newQueue(s, key{stored.Account, stored.Region, stored.Name}, set, stored.Tags, stored.Instance)
	q.created, q.modified, q.since, q.purged = stored.Created, stored.Modified, stored.Since, stored.Purged
	q.serial, q.receives, q.unsaved.ceiling = stored.Ceiling, stored.Ceiling, stored.Ceiling
	if q.fifo {
		q.sequence = firstSequence + stored.Ceiling*sequenceStep
	}
	for _, c := range stored.Pending {
		later, err := c.Settings.settings()
		if err != nil {
			return nil, err
		}
		q.pending = append(q.pending, change{c.At, later})
	}
	messages := r.messages[q.instance]
	for i, m := range messages {
		if st, ok := r.states[[2]uint64{q.instance, m.Serial}]; ok {
			messages[i].storedState = st
		}
	}
	if err := q.restoreMessages(messages, r); err != nil {
		return nil, err
	}
	dedups := r.dedups[q.instance]
	slices.SortFunc(dedups, func(a, b storedDedup) int { return cmp.Compare(a.Until, b.Until) })
	for _, d := range dedups {
		q.dedup.Restore(d.ID, sent{d.MessageID, d.Number}, d.Until)
	}
	return q, nil
}

// readySince is when a message became ready, by which those of a standard queue stand in line.
func (m *storedMessage) readySince() int64 { return max(m.Due, m.Enqueued) }

// restoreMessages puts messages where they stood: those of a group in the order of their numbers, and the line in
// that in which they became ready.
func (q *queue) restoreMessages(stored []storedMessage, r *restoring) error {
	slices.SortFunc(stored, func(a, b storedMessage) int { return cmp.Compare(a.Serial, b.Serial) })
	all := make([]*message, len(stored))
	for i := range stored {
		m, err := stored[i].message()
		if err != nil {
			return err
		}
		if q.messages[m.serial] != nil || m.serial > q.serial || m.state >= removed {
			return fmt.Errorf("message %s cannot be of this queue", m.id)
		}
		if _, ok := r.states[[2]uint64{q.instance, m.serial}]; ok {
			m.touch = stated
		}
		all[i], q.messages[m.serial] = m, m
		q.ages.push(m)
		if q.fifo {
			q.groups.add(m)
		}
		to := m.state
		m.state = removed // as far as counting goes
		q.turn(m, to)
		if to != ready {
			q.timed.push(m)
		}
	}
	since := make(map[*message]int64, len(all))
	for i, m := range all {
		since[m] = stored[i].readySince()
	}
	slices.SortStableFunc(all, func(a, b *message) int { return cmp.Compare(since[a], since[b]) })
	for _, m := range all {
		if m.state == ready {
			q.offer(m, false)
		}
	}
	return nil
}

func (m *storedMessage) message() (*message, error) {
	out := &message{
		id: m.ID, body: m.Body, attrs: m.Attributes, trace: m.Trace, sender: m.Sender, sent: m.Sent, source: m.Source,
		group: m.Group, dedup: m.Dedup, number: m.Number, serial: m.Serial, enqueued: m.Enqueued, due: m.Due,
		first: m.First, lentAt: m.LentAt, lent: m.Lent, receives: m.Receives, tries: m.Tries, state: m.State,
	}
	if n, err := hex.Decode(out.md5[:], []byte(m.MD5)); err != nil || n != len(out.md5) {
		return nil, fmt.Errorf("message %s: %q is no MD5 sum", m.ID, m.MD5)
	}
	return out, nil
}

// restoreDeleted remembers names that were deleted, and goes on deleting what was being.
func (s *Service) restoreDeleted(deleted []storedDeleted, known map[uint64]*queue) {
	now := s.now()
	for _, d := range deleted {
		k, ok := parseARN(d.ARN)
		if !ok || now-d.At >= int64(s.config.DeleteInterval) && known[d.Instance] == nil {
			s.config.Journal.Add(journal.Record{Key: deletedKey + d.ARN})
			continue
		}
		s.deleted[k] = d.At
		q := known[d.Instance]
		if q == nil {
			continue
		}
		if q.until = d.Until; q.until <= now {
			delete(known, d.Instance)
			delete(s.queues, k)
			s.abandon(q)
			continue
		}
		time.AfterFunc(time.Duration(q.until-now), func() { s.drop(q) })
	}
}

// abandon drops a queue that nobody has seen since the restart.
func (s *Service) abandon(q *queue) {
	now := q.lock()
	q.dropped = true
	q.erase()
	q.unlock(now)
}

func (s *Service) restoreTasks(tasks []storedTask, known map[uint64]*queue) error {
	slices.SortFunc(tasks, func(a, b storedTask) int { return cmp.Compare(a.Started, b.Started) })
	s.moving.Lock()
	defer s.moving.Unlock()
	for _, stored := range tasks {
		source := known[stored.Source]
		if source == nil { // nobody can ask for it any more
			s.config.Journal.Add(journal.Record{Key: taskKey + stored.ID})
			continue
		}
		t := &task{
			service: s, id: stored.ID, source: source, rate: stored.Rate, status: stored.Status, moved: stored.Moved,
			toMove: stored.ToMove, reason: stored.Reason, started: stored.Started,
		}
		if stored.To != "" {
			k, ok := parseARN(stored.To)
			if !ok {
				return fmt.Errorf("record %s%s: %q is no queue", taskKey, stored.ID, stored.To)
			}
			t.to = &k
		}
		s.tasks = append(s.tasks, t)
		if t.status == running || t.status == cancelling {
			_, next := t.pace()
			time.AfterFunc(next, t.step)
		}
	}
	return nil
}
