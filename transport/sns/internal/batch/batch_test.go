package batch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport/sns/internal/batch"
)

// server takes 15 ms for a request, and remembers the batches.
type server struct {
	mu      sync.Mutex
	batches [][]int
	most    int // requests at a time
	now     int
	fail    func(item int) error
}

func (s *server) do(ctx context.Context, items []int) []error {
	s.mu.Lock()
	s.batches = append(s.batches, items)
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	errs := make([]error, len(items))
	select {
	case <-time.After(15 * time.Millisecond):
	case <-ctx.Done():
		for i := range errs {
			errs[i] = ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now--
	for i, item := range items {
		if s.fail != nil && errs[i] == nil {
			errs[i] = s.fail(item)
		}
	}
	return errs
}

// inBubble runs do in a bubble of its own.
func inBubble(t *testing.T, do func(t *testing.T, s *server)) {
	synctest.Test(t, func(t *testing.T) { do(t, &server{}) })
}

func TestAloneWaitsForNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, s *server) {
		b := batch.New(batch.Config[int]{Do: s.do})
		for i := range 5 {
			start := time.Now()
			if err := b.Do(t.Context(), i); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != 15*time.Millisecond {
				t.Errorf("a caller who was alone waited %s for a request of 15 ms", took)
			}
		}
	})
}

// 16 callers in a loop fill batches: a thousand items need hardly more than a hundred requests.
func TestCrowdSharesRequests(t *testing.T) {
	inBubble(t, func(t *testing.T, s *server) {
		b := batch.New(batch.Config[int]{Do: s.do, MaxRequests: 2})
		var all sync.WaitGroup
		const callers, each = 20, 50
		for c := range callers {
			all.Go(func() {
				for i := range each {
					if err := b.Do(t.Context(), c*each+i); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := len(s.batches); n > 110 {
			t.Errorf("%d items took %d requests", callers*each, n)
		}
		var got []int
		for _, items := range s.batches {
			got = append(got, items...)
		}
		slices.Sort(got)
		if len(got) != callers*each || len(slices.Compact(got)) != callers*each {
			t.Errorf("%d items were done, want each of %d once", len(got), callers*each)
		}
	})
}

func TestLimits(t *testing.T) {
	inBubble(t, func(t *testing.T, s *server) {
		b := batch.New(batch.Config[int]{
			Do: s.do, Size: func(i int) int { return i }, MaxItems: 3, MaxSize: 100, MaxRequests: 2,
		})
		var all sync.WaitGroup
		for _, item := range []int{1, 2, 3, 4, 60, 60, 60, 150, 5, 6} {
			all.Go(func() {
				if err := b.Do(t.Context(), item); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, items := range s.batches {
			size := 0
			for _, i := range items {
				size += i
			}
			if len(items) > 3 || len(items) > 1 && size > 100 {
				t.Errorf("a batch has %v", items)
			}
		}
		if s.most > 2 {
			t.Errorf("%d requests were made at a time, the limit is 2", s.most)
		}
	})
}

func TestEachHasItsOwnError(t *testing.T) {
	inBubble(t, func(t *testing.T, s *server) {
		s.fail = func(item int) error {
			if item%2 == 1 {
				return fmt.Errorf("%d is odd", item)
			}
			return nil
		}
		b := batch.New(batch.Config[int]{Do: s.do, MaxRequests: 1})
		var all sync.WaitGroup
		for item := range 30 {
			all.Go(func() {
				err := b.Do(t.Context(), item)
				if item%2 == 0 && err != nil || item%2 == 1 && (err == nil || err.Error() != fmt.Sprintf("%d is odd", item)) {
					t.Errorf("%d: got %v", item, err)
				}
			})
		}
		all.Wait()
	})
}

// One who gives up does not take the others' request away; when all have, it ends.
func TestContext(t *testing.T) {
	inBubble(t, func(t *testing.T, s *server) {
		b := batch.New(batch.Config[int]{Do: s.do, MaxRequests: 1})
		first := make(chan error, 1)
		go func() { first <- b.Do(t.Context(), 0) }()
		synctest.Wait() // the others gather behind it
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		gone, stays := make(chan error, 1), make(chan error, 1)
		go func() { gone <- b.Do(short, 1) }()
		go func() { stays <- b.Do(t.Context(), 2) }()
		if err := <-gone; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who gave up got %v", err)
		}
		if err := errors.Join(<-first, <-stays); err != nil {
			t.Errorf("the others got %v", err)
		}
		cancelled, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Do(cancelled, 3) }()
		time.Sleep(5 * time.Millisecond)
		stop()
		start := time.Now()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if s.now != 0 || !time.Now().Equal(start) {
			t.Error("a request that nobody waits for goes on")
		}
		if err := b.Do(cancelled, 4); !errors.Is(err, context.Canceled) || len(s.batches) != 3 {
			t.Errorf("under an ended ctx: %v, %d requests", err, len(s.batches))
		}
	})
}

// What has not begun when its caller gives up is not done.
func TestWithdrawn(t *testing.T) {
	inBubble(t, func(t *testing.T, s *server) {
		b := batch.New(batch.Config[int]{Do: s.do, MaxRequests: 1})
		first := make(chan error, 1)
		go func() { first <- b.Do(t.Context(), 0) }()
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		if err := b.Do(short, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := errors.Join(<-first, b.Do(t.Context(), 2)); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(s.batches); got != "[[0] [2]]" {
			t.Errorf("the batches are %s", got)
		}
	})
}
