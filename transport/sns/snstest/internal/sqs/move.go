package sqs

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// task moves the messages of a dead-letter queue: sqs-configure-dead-letter-queue-redrive,
// API_StartMessageMoveTask. Guarded by the service's lock for moving.
type task struct {
	service *Service
	id      string
	source  *queue
	to      *key // nil: back to where each came from
	rate    int  // messages a second; 0: as fast as it goes
	status  string
	moved   int64
	toMove  int64
	reason  string // of failure
	started int64
}

// The states of a task: API_ListMessageMoveTasksResultEntry.
const (
	running    = "RUNNING"
	completed  = "COMPLETED"
	cancelling = "CANCELLING"
	cancelled  = "CANCELLED"
	broken     = "FAILED"
)

// Without a rate, a task moves so many messages at a time, which is "optimized by the system" at AWS.
const (
	stride = 100
	pause  = 10 * time.Millisecond
)

// handle is what a task is cancelled by: in base64 its ID and source (recorded: test_basic_move_task_workflow).
func (t *task) handle() string {
	raw, _ := json.Marshal(taskHandle{t.id, t.source.arn}) //nolint:errchkjson // strings
	return base64.StdEncoding.EncodeToString(raw)
}

type taskHandle struct {
	ID     string `json:"taskId"`
	Source string `json:"sourceArn"`
}

func readTaskHandle(text string) (h taskHandle, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	return h, err == nil && json.Unmarshal(raw, &h) == nil && h.ID != "" && h.Source != ""
}

// start starts a task: "Only one active message movement task is supported per queue at any given time."
func (s *Service) start(t *task) *wire.Error {
	s.moving.Lock()
	defer s.moving.Unlock()
	for _, other := range s.tasks {
		if other.source == t.source && (other.status == running || other.status == cancelling) {
			return wire.InvalidParameterValue("There is already a task running. Only one active task is allowed for a " +
				"source queue arn at a given time.") // recorded: test_start_multiple_move_tasks
		}
	}
	now := t.source.lock()
	t.toMove = int64(t.source.count[ready])
	t.source.unlock(now)
	t.service, t.id, t.status, t.started = s, wire.NewID(), running, now
	s.tasks = append(s.tasks, t)
	s.keepTask(t)
	time.AfterFunc(0, t.step)
	return nil
}

// step moves what is due, and comes again.
func (t *task) step() {
	s := t.service
	s.moving.Lock()
	defer s.moving.Unlock()
	defer s.keepTask(t)
	if t.status == cancelling {
		t.status = cancelled
	}
	n, next := t.pace()
	for range n {
		if t.status != running {
			return
		}
		t.moveOne()
	}
	time.AfterFunc(next, t.step)
}

// pace is how many messages are moved at a time, and how long it is until the next.
func (t *task) pace() (n int, next time.Duration) {
	if t.rate > 0 {
		return 1, time.Second / time.Duration(t.rate)
	}
	return stride, pause
}

// moveOne moves the oldest message that is not in flight, or ends the task.
func (t *task) moveOne() {
	source := t.source
	now := source.lock()
	m := source.line.head
	if source.fifo {
		m = source.groups.next()
	}
	if m == nil || source.dropped {
		source.unlock(now)
		t.status = completed
		return
	}
	to, reason := t.destination(m)
	if to == nil {
		source.unlock(now)
		t.status, t.reason = broken, reason
		return
	}
	source.remove(m)
	m.touch |= taken
	source.unlock(now)
	t.moved++
	to.takeBack(m, source)
}

// destination is where a message goes. The reasons are what AWS says: that of a queue that is gone is recorded
// (test_move_task_delete_destination_queue_while_running).
func (t *task) destination(m *message) (to *queue, reason string) {
	k, known := parseARN(m.source)
	if t.to != nil {
		k, known = *t.to, true
	}
	if !known {
		return nil, "CouldNotDetermineMessageSource"
	}
	if to = t.service.find(k); to == nil {
		return nil, codePrefix + "NonExistentQueue"
	}
	return to, ""
}

// takeBack takes in a message that was moved: "All redriven messages are considered new messages with a new
// messageID and enqueueTime" (sqs-configure-dead-letter-queue-redrive).
func (q *queue) takeBack(m *message, from *queue) {
	now := q.lock()
	defer q.unlock(now)
	q.take(from, m)
	moved := m.transfer()
	moved.id, moved.source = wire.NewID(), ""
	moved.sent, moved.enqueued = now, now
	moved.first, moved.receives = 0, 0
	q.add(moved, 0, now)
}

// tasksOf returns the tasks of a queue, the latest first.
func (s *Service) tasksOf(source *queue) []*task {
	var found []*task
	for _, t := range slices.Backward(s.tasks) {
		if t.source == source {
			found = append(found, t)
		}
	}
	return found
}
