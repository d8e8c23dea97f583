package middleware

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func eventNamed(t testing.TB, source, id string) *message.Message {
	t.Helper()
	_, msg, _ := deliver(t, given{body: encode(t, event.Envelope{ID: id, Source: source, Channel: "Order", Action: event.Created})})
	return msg
}

func TestDedupeSkipsWhatWasHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(nil)
		dedupe := Dedupe(DedupeConfig{Window: time.Minute})(h.handle)
		for _, tt := range []struct {
			source, id string
			runs       int
		}{
			{"shop", "1", 1}, {"shop", "1", 1}, {"shop", "2", 2}, {"mall", "1", 3}, {"shop", "1", 3},
		} {
			msg := eventNamed(t, tt.source, tt.id)
			before := h.count()
			_, err := dedupe(msg)
			equal(t, tt.source+"/"+tt.id, h.count(), tt.runs)
			want := Done
			if h.count() == before {
				want = Skip
			}
			equal(t, "decision", Decide(msg.Context(), err), want)
		}
		time.Sleep(time.Minute)
		_, err := dedupe(eventNamed(t, "shop", "1"))
		equal(t, "error after the window", err, nil)
		equal(t, "runs after the window", h.count(), 4)
	})
}

// Watermill's Deduplicator marks a message before its handler ran: one that failed is dropped when it comes
// again.
func TestDedupeMarksAfterSuccessOnly(t *testing.T) {
	for _, result := range []error{errBroken, ErrRelease, Permanent(errBroken), RetryAfter(time.Second, nil)} {
		h := returns(result, nil)
		dedupe := Dedupe(DedupeConfig{})(h.handle)
		_, _ = dedupe(eventNamed(t, "shop", "1"))
		_, err := dedupe(eventNamed(t, "shop", "1"))
		equal(t, "error", err, nil)
		equal(t, fmt.Sprintf("runs after %v", result), h.count(), 2)
	}
	h := returns(ErrSkip)
	dedupe := Dedupe(DedupeConfig{})(h.handle)
	_, _ = dedupe(eventNamed(t, "shop", "1"))
	_, _ = dedupe(eventNamed(t, "shop", "1"))
	equal(t, "runs after a skip", h.count(), 1)
}

func TestDedupePanicDoesNotMark(t *testing.T) {
	runs := 0
	dedupe := chain(func(*message.Message) ([]*message.Message, error) {
		runs++
		panic("boom")
	}, Recover(), Dedupe(DedupeConfig{}))
	_, _ = dedupe(eventNamed(t, "shop", "1"))
	_, _ = dedupe(eventNamed(t, "shop", "1"))
	equal(t, "runs", runs, 2)
}

// Watermill's default key, Adler-32 of the payload, takes 72,601 of 100,000 small documents for others.
func TestDedupeTakesNoEventForAnother(t *testing.T) {
	h := returns(nil)
	dedupe := Dedupe(DedupeConfig{MaxEntries: 1 << 20, Key: func(msg *message.Message) string {
		return string(msg.Payload)
	}})(h.handle)
	const n = 20_000
	for i := range n {
		_, _ = dedupe(message.NewMessage("", fmt.Appendf(nil, `{"id":"%d","total":%d}`, i, i%97)))
	}
	equal(t, "runs", h.count(), n)
}

func TestDedupeConcurrentDuplicateWaits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first error
		runs  int
	}{{"first succeeds", nil, 1}, {"first fails", errBroken, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := returns(tt.first, nil)
				var mu sync.Mutex
				running := 0
				dedupe := Dedupe(DedupeConfig{})(func(msg *message.Message) ([]*message.Message, error) {
					mu.Lock()
					if running++; running > 1 {
						t.Error("two runs at once")
					}
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					running--
					mu.Unlock()
					return h.handle(msg)
				})
				var wg sync.WaitGroup
				skipped := 0
				for range 5 {
					wg.Go(func() {
						if _, err := dedupe(eventNamed(t, "shop", "1")); errors.Is(err, ErrSkip) {
							mu.Lock()
							defer mu.Unlock()
							skipped++
						}
					})
				}
				wg.Wait()
				equal(t, "runs", h.count(), tt.runs)
				equal(t, "skipped", skipped, 5-tt.runs)
			})
		})
	}
}

func TestDedupeWaiterGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(nil)
		dedupe := Dedupe(DedupeConfig{})(func(msg *message.Message) ([]*message.Message, error) {
			time.Sleep(time.Hour)
			return h.handle(msg)
		})
		go func() { _, _ = dedupe(eventNamed(t, "shop", "e1")) }()
		synctest.Wait()
		body := encode(t, event.Envelope{ID: "e1", Source: "shop", Channel: "Order", Action: event.Created})
		start := time.Now()

		d, msg, _ := deliver(t, given{body: body})
		time.AfterFunc(time.Second, func() { d.Cancel(transport.ErrLeaseLost) })
		_, err := dedupe(msg)
		equal(t, "returned when the context ended", time.Since(start), time.Second)
		equal(t, "decision", Decide(t.Context(), err), Release)

		draining := make(chan struct{})
		_, msg, _ = deliver(t, given{body: body, draining: draining})
		time.AfterFunc(time.Second, func() { close(draining) })
		_, err = dedupe(msg)
		equal(t, "returned when the drain began", time.Since(start), 2*time.Second)
		equal(t, "text", err.Error(), "dedupe: draining")
		equal(t, "decision", Decide(t.Context(), err), Release)
		time.Sleep(time.Hour)
		equal(t, "runs", h.count(), 1)
	})
}

// Watermill's Deduplicator runs a goroutine for ever. In a bubble that would be a deadlock at the end.
func TestDedupeMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(nil)
		w := &window{cfg: DedupeConfig{Window: time.Minute, MaxEntries: 3}, handled: map[digest]struct{}{}, running: map[digest]chan struct{}{}}
		run := func(key byte) {
			_, _ = w.run(h.handle, plain(t), digest{key})
		}
		for key := range byte(10) {
			run(key)
			equal(t, "entries", len(w.handled) <= 3 && len(w.order) == len(w.handled) && len(w.running) == 0, true)
		}
		run(9)
		equal(t, "runs after the newest again", h.count(), 10)
		run(6)
		equal(t, "runs after the oldest again", h.count(), 11)
		time.Sleep(time.Minute)
		run(20)
		equal(t, "entries when all else has expired", len(w.handled), 1)
	})
}

func TestDedupeDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := returns(nil)
		dedupe := Dedupe(DedupeConfig{})(h.handle)
		_, _ = dedupe(eventNamed(t, "shop", "1"))
		time.Sleep(10*time.Minute - 1)
		_, _ = dedupe(eventNamed(t, "shop", "1"))
		equal(t, "runs within the window", h.count(), 1)
		time.Sleep(time.Nanosecond)
		_, _ = dedupe(eventNamed(t, "shop", "1"))
		equal(t, "runs after it", h.count(), 2)
		for i := range 10_000 {
			msg := plain(t)
			msg.UUID = fmt.Sprint(i)
			_, _ = dedupe(msg)
		}
		_, _ = dedupe(eventNamed(t, "shop", "1"))
		equal(t, "runs when 10,000 others came", h.count(), 10_003)
	})
}

func TestDedupePerListener(t *testing.T) {
	h, mw := returns(nil), Dedupe(DedupeConfig{})
	_, _ = mw(h.handle)(eventNamed(t, "shop", "1"))
	_, _ = mw(h.handle)(eventNamed(t, "shop", "1"))
	equal(t, "runs", h.count(), 2)
}

func TestDedupeWithoutKey(t *testing.T) {
	h := returns(nil)
	dedupe := Dedupe(DedupeConfig{})(h.handle)
	for range 2 {
		_, msg, _ := deliver(t, given{body: []byte("{")})
		_, _ = dedupe(msg)
	}
	equal(t, "runs of an undecodable body", h.count(), 2)
}

func TestDedupeWithoutDelivery(t *testing.T) {
	h := returns(nil)
	dedupe := Dedupe(DedupeConfig{})(h.handle)
	for range 2 {
		_, err := dedupe(plain(t))
		equal(t, "error", err, nil) // Watermill's router would nack a duplicate for ever
	}
	equal(t, "runs", h.count(), 1)
}

func TestDedupeLongKeys(t *testing.T) {
	h := returns(nil)
	dedupe := Dedupe(DedupeConfig{Key: func(msg *message.Message) string { return strings.Repeat("x", 100_000) + msg.UUID }})(h.handle)
	for _, id := range []string{"a", "b", "a"} {
		_, _ = dedupe(message.NewMessageWithContext(context.Background(), id, nil))
	}
	equal(t, "runs", h.count(), 2)
}
