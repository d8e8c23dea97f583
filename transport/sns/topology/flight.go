package topology

import (
	"context"
	"sync"
)

// flights has one caller's work done for all that ask for the same meanwhile.
type flights struct {
	mu sync.Mutex
	by map[string]*flight
}

type flight struct {
	cancel  context.CancelFunc
	waiting int
	done    chan struct{}
	value   string
	err     error
}

// do returns what work does, or when ctx ends. The work belongs to no caller: it goes on while one waits, and its
// context ends when the last has left.
func (f *flights) do(ctx context.Context, key string, work func(context.Context) (string, error)) (string, error) {
	if ctx.Err() != nil {
		return "", ended(ctx)
	}
	f.mu.Lock()
	fl := f.by[key]
	if fl == nil {
		detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
		fl = &flight{cancel: cancel, done: make(chan struct{})}
		if f.by == nil {
			f.by = map[string]*flight{}
		}
		f.by[key] = fl
		go f.fly(detached, key, fl, work)
	}
	fl.waiting++
	f.mu.Unlock()
	select {
	case <-fl.done:
		f.leave(key, fl)
		return fl.value, fl.err
	case <-ctx.Done():
		f.leave(key, fl)
		return "", ended(ctx)
	}
}

func (f *flights) fly(ctx context.Context, key string, fl *flight, work func(context.Context) (string, error)) {
	fl.value, fl.err = work(ctx)
	f.mu.Lock()
	f.land(key, fl)
	f.mu.Unlock()
	close(fl.done)
}

// leave is what a caller does who waits no more.
func (f *flights) leave(key string, fl *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl.waiting--; fl.waiting == 0 {
		f.land(key, fl)
		fl.cancel()
	}
}

// land has later callers begin anew.
func (f *flights) land(key string, fl *flight) {
	if f.by[key] == fl {
		delete(f.by, key)
	}
}
