package transporttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport"
)

func stressRules() []rule {
	return []rule{{
		name: "stress/nothing-lost",
		text: "At least once to every listener, whatever its handlers do: every message ends acked or dead, once, and " +
			"none is received after that.",
		test: stressNothingLost,
	}}
}

// ledger counts how messages ended.
type ledger struct {
	mu    sync.Mutex
	acked map[string]int
	dead  map[string]int
	left  int
	done  context.CancelFunc
}

func (l *ledger) end(as map[string]int, d *transport.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	as[number(d.Message)]++
	if l.left--; l.left == 0 {
		l.done()
	}
}

func stressNothingLost(t *trial) {
	const publishers, each, processes, workers = 4, 40, 3, 2
	s := t.shortLease(t.listener("a", t.channel("*")))
	if !t.features.Globs {
		s.Pattern = t.channel("Order")
	}
	s.Concurrency = 4
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var consumers []transport.Consumer
	for range processes {
		consumers = append(consumers, t.consume(s))
	}
	transports := []transport.Transport{t.connect(), t.connect()}
	sent := make([][]*transport.Message, publishers)
	ctx, cancel := context.WithTimeout(t.Context(), t.h.Patience+20*s.Lease)
	defer cancel()
	l := &ledger{acked: map[string]int{}, dead: map[string]int{}, left: publishers * each, done: cancel}
	t.together(publishers+processes*workers, func(i int) error {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		if i < publishers {
			for range each {
				m := t.keyed(t.channel("Order"), fmt.Sprint(random.IntN(5)))
				sent[i] = append(sent[i], m)
				if err := transports[i%2].Publish(t.Context(), m); err != nil {
					return fmt.Errorf("publishing: %w", err)
				}
			}
			return nil
		}
		return t.handleAtRandom(ctx, l, consumers[i%processes], random)
	})
	if t.Failed() {
		return
	}
	var dead []string
	if t.features.DeadLetters {
		for _, letter := range t.listDead(transports[0], s.ID) {
			dead = append(dead, number(letter.Message))
		}
	}
	for _, m := range slices.Concat(sent...) {
		n := number(m)
		if l.acked[n]+l.dead[n] != 1 {
			t.Errorf("message %s was acked %d times and died %d times", n, l.acked[n], l.dead[n])
		}
		if inList := slices.Contains(dead, n); inList != (l.dead[n] == 1) {
			t.Errorf("message %s died %d times, and is among the dead letters: %v", n, l.dead[n], inList)
		}
	}
	t.none(consumers[0], s.Lease+t.h.Quiet)
}

// handleAtRandom receives until ctx ends, and settles in every way there is, or not at all.
func (t *trial) handleAtRandom(ctx context.Context, l *ledger, c transport.Consumer, random *rand.Rand) error {
	for {
		ds, err := t.receive(ctx, c, 1+random.IntN(3))
		if err != nil {
			if l.mu.Lock(); l.left > 0 {
				err = fmt.Errorf("%d messages did not end: %w", l.left, err)
			} else {
				err = nil
			}
			l.mu.Unlock()
			return err
		}
		for _, d := range ds {
			choice := random.IntN(10)
			if d.Receives > 4 {
				choice = 9
			}
			end := l.acked
			switch {
			case choice < 1: // the handler's process dies
				continue
			case choice < 3:
				d.Fail(errors.New("chance"))
				d.SetRetryDelay(min(time.Duration(random.IntN(20))*t.h.Lease/20, t.features.MaxDelay))
				err, end = d.Retry(t.Context()), nil
			case choice < 4:
				err, end = d.Release(t.Context()), nil
			case choice < 5 && t.features.DeadLetters:
				err, end = d.DeadLetter(t.Context(), errors.New("chance")), l.dead
			default:
				err = d.Ack(t.Context())
			}
			switch {
			case errors.Is(err, transport.ErrLeaseLost):
			case err != nil:
				return fmt.Errorf("settling %s: %w", describe(d), err)
			case end != nil:
				l.end(end, d)
			}
		}
	}
}
