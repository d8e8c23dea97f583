package snstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Record is a piece of what a server holds. What is in it is the server's business.
type Record = journal.Record

// Store keeps the records of a server, so that another one can go on where it ended, however that was: with every
// queue and its messages, be they ready, delayed or in flight, the receipt handles of those, the deduplication IDs,
// the names that are deleted, message move tasks, topics and subscriptions, tokens included. Repeated receives by
// ReceiveRequestAttemptId are not kept, nor are the counts of [Server.Requests].
//
// A request is answered when what it changed, or saw, has been saved. Requests that come at the same time share one
// call of Save, and only what has changed is saved. A store is for one server at a time.
type Store interface {
	// Load returns all records, in any order. It is called once, before Save.
	Load() ([]Record, error)
	// Save replaces the records of the keys that it is given, and deletes those whose Value is nil: all of it or
	// nothing, and so that it outlasts the process. It is called by one goroutine at a time. An error is final:
	// Save is not called again, and requests are answered with InternalFailure.
	Save(batch []Record) error
}

// formatKey is the record that says in which format the others are.
const (
	formatKey = "snstest"
	format    = 1
)

// restore brings back what the store has. Nothing is saved unless all of it can be.
func (s *Server) restore() error {
	records, err := s.config.Store.Load()
	if err != nil {
		return err
	}
	if len(records) == 0 {
		s.journal.Add(journal.Of(formatKey, format))
		return s.journal.Sync()
	}
	i := slices.IndexFunc(records, func(r Record) bool { return r.Key == formatKey })
	if i < 0 {
		return errors.New("the store has records, and none that says of which format: it is not of snstest, or damaged")
	}
	var is int
	if err := json.Unmarshal(records[i].Value, &is); err != nil {
		return fmt.Errorf("record %s: %w", formatKey, err)
	}
	if is != format {
		return fmt.Errorf("the store is in format %d, and this snstest reads format %d", is, format)
	}
	// In the order of keys, so that the same store is restored, or refused, the same way each time.
	slices.SortFunc(records, func(a, b Record) int { return strings.Compare(a.Key, b.Key) })
	if err := s.sqs.Restore(records); err != nil {
		return err
	}
	return s.sns.Restore(records)
}

// settle is what every request waits for before it is answered.
func (s *Server) settle() *wire.Error {
	err := s.journal.Sync()
	if err == nil {
		return nil
	}
	fault := wire.Internal()
	fault.Message = "snstest: the store does not save: " + err.Error()
	return fault
}
