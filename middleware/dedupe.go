package middleware

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

// DedupeConfig says what [Dedupe] takes for a duplicate.
type DedupeConfig struct {
	// Window is how long an event is remembered after it was handled. Defaults to 10 minutes.
	Window time.Duration
	// MaxEntries is how many events a listener remembers at most; the oldest is forgotten first. One takes
	// about 150 bytes. Defaults to 10,000.
	MaxEntries int
	// Key returns what two messages have in common if one is a duplicate of the other; a message whose key
	// is empty has no duplicates. Defaults to the event's Source and ID, and without a delivery to the
	// message's UUID.
	Key func(msg *message.Message) string
}

// Dedupe skips an event that the listener has handled before, in this process and within the window: brokers
// deliver at least once, and publishers that time out publish again. A skipped event's error wraps
// [ErrSkip]; without a delivery there is none.
//
// An event is remembered when its handler has succeeded or skipped it, never before, so that one that fails
// is not taken for its own duplicate when it comes again. A duplicate that comes while the first still runs
// waits for it: it is skipped if the first succeeds, and runs if that fails. When its context ends, or a drain
// begins, it is handed back: the error wraps [ErrRelease].
//
// The memory is the process's and dies with it, and replicas have each their own. So it saves work but does
// not make effects happen once: a crash after the handler's commit still runs it again. For that, use package
// inbox, which remembers in the handler's own transaction.
func Dedupe(cfg DedupeConfig) message.HandlerMiddleware {
	if cfg.Window <= 0 {
		cfg.Window = 10 * time.Minute
	}
	if cfg.MaxEntries <= 0 {
		cfg.MaxEntries = 10_000
	}
	if cfg.Key == nil {
		cfg.Key = eventKey
	}
	return func(h message.HandlerFunc) message.HandlerFunc {
		w := &window{cfg: cfg, handled: make(map[digest]struct{}), running: make(map[digest]chan struct{})}
		return func(msg *message.Message) ([]*message.Message, error) {
			key := cfg.Key(msg)
			if key == "" {
				return h(msg)
			}
			return w.run(h, msg, sha256.Sum256([]byte(key)))
		}
	}
}

// eventKey is the default Key. An ID is its source's, and a source may hold any character but NUL.
func eventKey(msg *message.Message) string {
	d, ok := transport.FromContext(msg.Context())
	if !ok {
		return msg.UUID
	}
	env, err := d.Event()
	if err != nil {
		return "" // it is not handled but dead-lettered
	}
	return env.Source + "\x00" + env.ID
}

// digest stands for a key: as an ID may be of any length, it bounds the memory, and unlike a checksum it
// takes no event for another.
type digest [sha256.Size]byte

// window is what one listener has handled lately. Entries are dropped by whoever comes next.
type window struct {
	cfg DedupeConfig

	mu      sync.Mutex
	handled map[digest]struct{}
	order   []mark // what is in handled, oldest first
	running map[digest]chan struct{}
}

type mark struct {
	key digest
	at  time.Time
}

var errDuplicate = fmt.Errorf("dedupe: duplicate: %w", ErrSkip)

func (w *window) run(h message.HandlerFunc, msg *message.Message, key digest) ([]*message.Message, error) {
	ctx := msg.Context()
	duplicate, err := w.enter(ctx, key)
	switch _, delivery := transport.FromContext(ctx); {
	case err != nil:
		return nil, fmt.Errorf("dedupe: %w", err)
	case duplicate && delivery:
		return nil, errDuplicate
	case duplicate: // Watermill's router takes any error for a failure
		return nil, nil
	}
	handled := false
	defer func() { w.leave(key, handled) }() // a panic gets here too
	produced, err := h(msg)
	decision := Decide(ctx, err)
	handled = decision == Done || decision == Skip
	return produced, err
}

// enter makes the caller the one that runs key, or says that it is a duplicate. It waits for another that
// runs the same.
func (w *window) enter(ctx context.Context, key digest) (duplicate bool, err error) {
	for {
		w.mu.Lock()
		w.expire(time.Now())
		if _, ok := w.handled[key]; ok {
			w.mu.Unlock()
			return true, nil
		}
		first, ok := w.running[key]
		if !ok {
			w.running[key] = make(chan struct{})
			w.mu.Unlock()
			return false, nil
		}
		w.mu.Unlock()
		if err := wait(ctx, first); err != nil {
			return false, err
		}
	}
}

func (w *window) leave(key digest, handled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.running[key])
	delete(w.running, key)
	if handled {
		w.handled[key] = struct{}{}
		w.order = append(w.order, mark{key, time.Now()})
		w.expire(time.Now())
	}
}

// expire forgets what is out of the window or too much.
func (w *window) expire(now time.Time) {
	n := 0
	for _, m := range w.order {
		if now.Sub(m.at) < w.cfg.Window && len(w.order)-n <= w.cfg.MaxEntries {
			break
		}
		delete(w.handled, m.key)
		n++
	}
	w.order = w.order[n:]
}
