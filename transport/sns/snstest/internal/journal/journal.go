// Package journal gathers what changes in the services of snstest, and has it saved before anybody is told.
//
// A service adds records under the lock that guards what they say, so that the last one added of a key is the latest. A
// request is answered after [Journal.Sync]. Requests that wait at the same time share one save: the first saves what all
// have added, and those that come meanwhile wait for the next.
package journal

import (
	"encoding/json"
	"sync"
)

// Record is a piece of what a server holds.
type Record struct {
	// Key is what the record is known by: printable ASCII.
	Key string
	// Value is JSON. Nil: there is no such record any more.
	Value []byte
}

// Journal is safe for concurrent use. Made by [New].
type Journal struct {
	save func([]Record) error

	mu      sync.Mutex
	pending map[string][]byte // by key, what is to be saved
	next    uint64            // the number of the save that pending will be
	saved   uint64            // the number of the last save that has ended
	saving  chan struct{}     // closed when the save under way ends; nil: none is
	err     error             // of the save that failed, after which nothing is saved any more
}

// New makes a journal that saves by a function, which is called by one goroutine at a time.
func New(save func([]Record) error) *Journal {
	return &Journal{save: save, pending: map[string][]byte{}, next: 1}
}

// Add takes records in, to be saved together. They are not kept, their values are.
func (j *Journal) Add(records ...Record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return
	}
	for _, r := range records {
		j.pending[r.Key] = r.Value
	}
}

// Sync returns when all that was added before is saved. An error is final: nothing is saved after it, and it is returned
// each time.
func (j *Journal) Sync() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	target := j.next
	if len(j.pending) == 0 {
		target-- // the save under way, or one that has ended
	}
	for j.saved < target && j.err == nil {
		if j.saving == nil {
			j.lead()
			continue
		}
		saving := j.saving
		j.mu.Unlock()
		<-saving
		j.mu.Lock()
	}
	return j.err
}

// lead saves what there is. The lock is held, but not meanwhile.
func (j *Journal) lead() {
	batch := make([]Record, 0, len(j.pending))
	for key, value := range j.pending {
		batch = append(batch, Record{key, value})
	}
	clear(j.pending)
	number, saving := j.next, make(chan struct{})
	j.next++
	j.saving = saving
	j.mu.Unlock()
	err := j.save(batch)
	j.mu.Lock()
	j.saved, j.saving, j.err = number, nil, err
	close(saving)
}

// Of makes a record of a value.
func Of(key string, value any) Record {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // a mistake in a service: what it keeps are numbers, strings, and lists and maps of them
	}
	return Record{key, text}
}

// Into appends what a record says to a list.
func Into[T any](list *[]T, r Record) error {
	var one T
	err := json.Unmarshal(r.Value, &one)
	*list = append(*list, one)
	return err
}
