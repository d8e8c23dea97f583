package journal

import (
	"errors"
	"maps"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
)

// What was added before Sync is saved when it returns, and those who wait at the same time share a save.
func TestSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, saves := map[string]string{}, 0
		gate := make(chan struct{})
		j := New(func(batch []Record) error {
			<-gate
			saves++
			for _, r := range batch {
				if r.Value == nil {
					delete(disk, r.Key)
					continue
				}
				disk[r.Key] = string(r.Value)
			}
			return nil
		})
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				key := strconv.Itoa(i)
				j.Add(Of(key, i), Of("other", i))
				if err := j.Sync(); err != nil {
					t.Error(err)
				}
			})
			if i == 0 {
				synctest.Wait() // the first is at it, and the others come meanwhile
			}
		}
		synctest.Wait()
		close(gate)
		all.Wait()
		if saves != 2 || len(disk) != 101 {
			t.Errorf("%d saves of %d records, want 2 of 101", saves, len(disk))
		}
		j.Add(Record{Key: "other"})
		if err := j.Sync(); err != nil || len(disk) != 100 {
			t.Errorf("%v, and %d records after one is gone, want 100", err, len(disk))
		}
		before := maps.Clone(disk)
		if err := j.Sync(); err != nil || saves != 3 || !maps.Equal(before, disk) {
			t.Errorf("with nothing to save: %v, %d saves, want 3", err, saves)
		}
	})
}

// After a save that failed nothing is saved, and everybody is told.
func TestFailedSave(t *testing.T) {
	full := errors.New("disk full")
	saves := 0
	j := New(func([]Record) error {
		saves++
		return full
	})
	for range 3 {
		j.Add(Of("a", 1))
		if err := j.Sync(); !errors.Is(err, full) {
			t.Errorf("got %v, want %v", err, full)
		}
	}
	if saves != 1 {
		t.Errorf("%d saves, want 1: what failed is not known to be whole", saves)
	}
}
