package memory

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/framebus/framebus/transport"
)

// pending counts what is yet to be settled in all queues, each message once for every queue that gets it.
// It is raised before a message is put anywhere, and lowered after it is gone.
type pending struct {
	n atomic.Int64

	mu   sync.Mutex
	zero chan struct{} // closed when n is zero; nil while nobody waits
}

func (p *pending) add(n int) { p.n.Add(int64(n)) }

func (p *pending) done(n int) {
	if n == 0 || p.n.Add(-int64(n)) != 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// n may have been raised again before the lock was had, and somebody begun to wait after that. He is
	// told when it comes down again.
	if p.zero != nil && p.n.Load() == 0 {
		close(p.zero)
		p.zero = nil
	}
}

// wait returns when nothing is pending.
func (p *pending) wait(ctx context.Context, closed <-chan struct{}) error {
	p.mu.Lock()
	if p.n.Load() == 0 {
		p.mu.Unlock()
		return nil
	}
	if p.zero == nil {
		p.zero = make(chan struct{})
	}
	zero := p.zero
	p.mu.Unlock()
	select {
	case <-zero:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-closed:
		return transport.ErrClosed
	}
}
