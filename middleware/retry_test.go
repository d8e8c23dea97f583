package middleware

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/transport"
)

func steady() Policy {
	return Policy{Immediate: 2, Backoff: 50 * time.Millisecond, MaxBackoff: time.Second}
}

func TestRetry(t *testing.T) {
	later := RetryAfter(time.Minute, errBroken)
	for _, tt := range []struct {
		name     string
		results  []error
		runs     int
		err      error
		recorded int
	}{
		{"success", []error{nil}, 1, nil, 0},
		{"success at the second run", []error{errBroken, nil}, 2, nil, 1},
		{"success at the last run", []error{errBroken, errBroken, nil}, 3, nil, 2},
		{"failure for ever", []error{errBroken}, 3, errBroken, 3},
		{"wrapped permanent", []error{Permanent(errBroken)}, 1, errBroken, 1},
		{"permanent at the second run", []error{errBroken, Permanent(errBroken)}, 2, errBroken, 2},
		{"retry after", []error{later}, 1, later, 1},
		{"skip", []error{ErrSkip}, 1, ErrSkip, 0},
		{"release", []error{ErrRelease}, 1, ErrRelease, 0},
		{"pause", []error{Pause(time.Minute, errBroken)}, 1, errBroken, 0},
		{"failure, then skip", []error{errBroken, ErrSkip}, 2, ErrSkip, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, msg, _ := deliver(t, given{})
				h := returns(tt.results...)
				_, err := Retry(steady())(h.handle)(msg)
				equal(t, "runs", h.count(), tt.runs)
				if !errors.Is(err, tt.err) {
					t.Errorf("got %v, want %v", err, tt.err)
				}
				equal(t, "recorded failures", len(d.Failures()), tt.recorded)
				equal(t, "outcome", d.Outcome(), transport.Open)

				foreign := returns(tt.results...)
				_, err = Retry(steady())(foreign.handle)(plain(t))
				equal(t, "runs without a delivery", foreign.count(), tt.runs)
				if !errors.Is(err, tt.err) {
					t.Errorf("without a delivery: got %v, want %v", err, tt.err)
				}
			})
		})
	}
}

// Watermill's Retry computes a backoff for each hook, so that with two of them 10 ms grow to 11.7 s.
func TestRetryBacksOffOncePerRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, msg, _ := deliver(t, given{})
		h := returns(errBroken)
		_, _ = Retry(Policy{Immediate: 5, Backoff: 50 * time.Millisecond, MaxBackoff: 300 * time.Millisecond})(h.handle)(msg)
		var waits []time.Duration
		for i := 1; i < len(h.runs); i++ {
			waits = append(waits, h.runs[i].Sub(h.runs[i-1])/time.Millisecond)
		}
		if want := []time.Duration{50, 100, 200, 300, 300}; !slices.Equal(waits, want) {
			t.Errorf("got waits of %v ms, want %v", waits, want)
		}
	})
}

func TestRetryRecordsEachRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, msg, _ := deliver(t, given{receives: 2})
		h := returns(errors.New("a"), errors.New("b"), errors.New("c"))
		start := time.Now()
		_, _ = Retry(steady())(h.handle)(msg)
		var got []string
		for _, f := range d.Failures() {
			got = append(got, fmt.Sprintf("%d %d %s %s", f.Attempt, f.Delivery, f.Error, f.Time.Sub(start)))
		}
		if want := []string{"2 2 a 0s", "3 2 b 50ms", "4 2 c 150ms"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// Watermill's Retry hands each run the message as the run before left it.
func TestRetryGivesEachRunTheSameMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, foreign := range []bool{false, true} {
			_, msg, _ := deliver(t, given{body: []byte("payload")})
			if foreign {
				msg = plain(t)
			}
			msg.Metadata.Set("a", "1")
			before := msg.Context()
			runs := 0
			_, _ = Retry(Policy{Immediate: 3})(func(msg *message.Message) ([]*message.Message, error) {
				runs++
				if string(msg.Payload) != "payload" || len(msg.Metadata) != 1 || msg.Metadata["a"] != "1" || msg.UUID == "" ||
					msg.Context() != before {
					t.Errorf("run %d: got %s %q %v %v", runs, msg.UUID, msg.Payload, msg.Metadata, msg.Context())
				}
				switch runs {
				case 1: // in place
					copy(msg.Payload, "PAY")
					msg.Metadata.Set("a", "2")
					msg.Metadata.Set("b", "2")
				case 2: // by something else
					msg.Payload, msg.Metadata, msg.UUID = nil, nil, ""
				}
				ctx, cancel := context.WithCancel(before)
				cancel()
				msg.SetContext(ctx)
				return nil, errBroken
			})(msg)
			equal(t, "runs", runs, 4)
			equal(t, "context restored", msg.Context(), before)
		}
	})
}

func TestRetryOfMessageWithoutMetadata(t *testing.T) {
	msg := plain(t)
	msg.Metadata, msg.Payload = nil, nil
	_, _ = Retry(Policy{Immediate: 1})(func(msg *message.Message) ([]*message.Message, error) {
		if msg.Metadata != nil || msg.Payload != nil {
			t.Errorf("got %v, %v", msg.Metadata, msg.Payload)
		}
		msg.Metadata, msg.Payload = message.Metadata{"a": "1"}, []byte("x")
		return nil, errBroken
	})(msg)
}

// Watermill's Retry sleeps while the lease runs out, and then runs beside the event's next receiver.
func TestRetryStaysWithinTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, msg, _ := deliver(t, given{lease: 10 * time.Second})
		h := returns(errBroken)
		start := time.Now()
		_, err := Retry(Policy{Immediate: 100, Backoff: time.Second})(h.handle)(msg)
		equal(t, "error", err, errBroken)
		equal(t, "runs", h.count(), 4) // at 0, 1, 3 and 7 s; the next would be at 15 s
		equal(t, "returned after", time.Since(start), 7*time.Second)

		h = returns(errBroken)
		d, msg, _ := deliver(t, given{lease: 10 * time.Second})
		time.AfterFunc(6*time.Second, func() { _ = d.Extend(t.Context()) })
		_, _ = Retry(Policy{Immediate: 100, Backoff: time.Second})(h.handle)(msg)
		equal(t, "runs under a lease that is extended", h.count(), 5)
	})
}

// Watermill's Retry returns the context's error instead of the handler's.
func TestRetryKeepsTheErrorWhenTheContextEnds(t *testing.T) {
	for _, cause := range []error{transport.ErrLeaseLost, transport.ErrDrained} {
		t.Run(cause.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, msg, _ := deliver(t, given{})
				time.AfterFunc(time.Second, func() { d.Cancel(cause) })
				h := returns(errBroken)
				start := time.Now()
				_, err := Retry(Policy{Immediate: 9, Backoff: 10 * time.Second})(h.handle)(msg)
				equal(t, "error", err, errBroken)
				equal(t, "returned after", time.Since(start), time.Second)
				equal(t, "runs", h.count(), 1)
				equal(t, "decision", Decide(msg.Context(), err), Release)
			})
		})
	}
}

func TestRetryEndsWithAnOuterDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, msg, _ := deliver(t, given{})
		start := time.Now()
		h := returns(errBroken)
		_, err := chain(h.handle, Timeout(time.Second), Retry(Policy{Immediate: 9, Backoff: 10 * time.Second}))(msg)
		equal(t, "returned after", time.Since(start), time.Second)
		equal(t, "error", err.Error(), "timed out after 1s: broken")
		equal(t, "decision", Decide(msg.Context(), err), Fail)
		equal(t, "recorded failures", len(d.Failures()), 1)
	})
}

func TestRetryAfterCancellationRunsNoMore(t *testing.T) {
	d, msg, _ := deliver(t, given{})
	runs := 0
	_, err := Retry(Policy{Immediate: 5})(func(*message.Message) ([]*message.Message, error) {
		runs++
		d.Cancel(transport.ErrDrained)
		return nil, errBroken
	})(msg)
	equal(t, "error", err, errBroken)
	equal(t, "runs", runs, 1)
	equal(t, "recorded failures", len(d.Failures()), 0)
}

// An event whose immediate retries are cut short by a shutdown has not had its runs: handed on as failed, its
// last delivery would be dead-lettered after 1 of 3 runs.
func TestRetryReleasesWhenADrainCutsItShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		draining := make(chan struct{})
		d, msg, r := deliver(t, given{draining: draining})
		time.AfterFunc(time.Second, func() { close(draining) })
		h := returns(errBroken)
		start := time.Now()
		_, err := chain(h.handle, Poison(Policy{}, quiet()), Retry(Policy{Immediate: 2, Backoff: 10 * time.Second}))(msg)
		equal(t, "returned after", time.Since(start), time.Second)
		equal(t, "text", err.Error(), "broken")
		if !errors.Is(err, errBroken) || !errors.Is(err, ErrRelease) {
			t.Errorf("got %v", err)
		}
		equal(t, "decision", Decide(msg.Context(), err), Release)
		equal(t, "outcome", d.Outcome(), transport.Open)
		equal(t, "calls to the broker", len(r.told()), 0)

		_, msg, _ = deliver(t, given{draining: draining})
		h = returns(errBroken)
		_, err = Retry(Policy{Immediate: 2})(h.handle)(msg)
		equal(t, "runs while draining", h.count(), 1)
		equal(t, "decision", Decide(msg.Context(), err), Release)

		_, msg, _ = deliver(t, given{draining: draining})
		_, err = Retry(Policy{})(returns(errBroken).handle)(msg)
		equal(t, "decision on a run that had no retries left", Decide(msg.Context(), err), Fail)
	})
}

func TestRetryReturnsWhatTheLastRunProduced(t *testing.T) {
	runs := 0
	produced, err := Retry(Policy{Immediate: 1})(func(*message.Message) ([]*message.Message, error) {
		if runs++; runs == 1 {
			return []*message.Message{nil, nil}, errBroken
		}
		return []*message.Message{nil}, nil
	})(plain(t))
	equal(t, "error", err, nil)
	equal(t, "messages", len(produced), 1)
}

func TestRetryOfPanic(t *testing.T) {
	d, msg, _ := deliver(t, given{})
	before := msg.Context()
	h := chain(panics("boom"), Recover(), Retry(Policy{Immediate: 2}))
	_, err := h(msg)
	equal(t, "outside of Recover", err.Error(), "panic: boom")
	equal(t, "recorded failures", len(d.Failures()), 0)
	equal(t, "context restored", msg.Context(), before)

	d, msg, _ = deliver(t, given{})
	h = chain(panics("boom"), Retry(Policy{Immediate: 2}), Recover())
	_, err = h(msg)
	equal(t, "around Recover", err.Error(), "panic: boom")
	equal(t, "recorded failures", len(d.Failures()), 3)
}

func TestRetryRunsSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Retry(steady())(func(msg *message.Message) ([]*message.Message, error) {
			if id := msg.Metadata["id"]; id != string(msg.Payload) {
				t.Errorf("message %s has the payload %q", id, msg.Payload)
			}
			copy(msg.Payload, "????")
			msg.Metadata["id"] = "????"
			return nil, errBroken
		})
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				id := fmt.Sprintf("%04d", i)
				msg := message.NewMessage(id, []byte(id))
				msg.Metadata.Set("id", id)
				_, _ = h(msg)
			})
		}
		wg.Wait()
	})
}

func TestRetryAttemptsShowInTheDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, msg, _ := deliver(t, given{receives: 3, history: []transport.Failure{{Attempt: 3, Delivery: 1}, {Attempt: 6, Delivery: 2}}})
		var attempts []int
		_, _ = Retry(steady())(func(msg *message.Message) ([]*message.Message, error) {
			d, _ := transport.FromContext(msg.Context())
			attempts = append(attempts, d.Attempt())
			return nil, errBroken
		})(msg)
		if want := []int{7, 8, 9}; !slices.Equal(attempts, want) {
			t.Errorf("got %v, want %v", attempts, want)
		}
	})
}
