// Package trail holds audit's model: the trail of all that has happened.
package trail

import "sync/atomic"

// Trail counts what audit has recorded. The zero value is empty and ready; it is safe for concurrent use.
type Trail struct{ recorded atomic.Int64 }

// Add records one event.
func (t *Trail) Add() { t.recorded.Add(1) }

// Count returns how many events are recorded.
func (t *Trail) Count() int { return int(t.recorded.Load()) }
