package memory

import (
	"runtime"
	"sync"
	"testing"
)

// Between the last message's end and the news of it, another message comes, and then somebody who waits:
// the news is not for him.
func TestOldNewsOfIdlenessIsNotTold(t *testing.T) {
	var p pending
	p.add(1)
	p.mu.Lock()
	var wg sync.WaitGroup
	wg.Go(func() { p.done(1) })
	for p.n.Load() > 0 { // until done waits for the lock
		runtime.Gosched()
	}
	p.add(1)
	waiting := make(chan struct{})
	p.zero = waiting
	p.mu.Unlock()
	wg.Wait()
	select {
	case <-waiting:
		t.Error("told idle with a message pending")
	default:
	}
	p.done(1)
	<-waiting
}
