package memory_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// The model is the broker as one would explain it: lists of messages, looked through from the start every
// time. A script of random operations runs on both, and whatever can be seen of them must agree.

// TestModel runs random scripts. A failure names the seed.
func TestModel(t *testing.T) {
	scripts := 1000
	if testing.Short() {
		scripts = 100
	}
	for seed := range scripts {
		random := rand.New(rand.NewPCG(uint64(seed), 0))
		script := make([]byte, 600)
		for i := range script {
			script[i] = byte(random.Uint32())
		}
		synctest.Test(t, func(t *testing.T) { runScript(t, script) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// FuzzModel lets the fuzzer write the scripts.
func FuzzModel(f *testing.F) {
	f.Add([]byte("anything is a script"))
	f.Fuzz(func(t *testing.T, script []byte) {
		synctest.Test(t, func(t *testing.T) { runScript(t, script[:min(len(script), 2000)]) })
	})
}

// held is a message in a queue of the model.
type held struct {
	id, channel, key string
	published        time.Time
	receives         int
	failures         int
	due              time.Time // when its lease or its delay ends
	leased           bool
	loan             int
	turn             int // of those that can be received, the one with the lowest turn is next
}

// queueModel is a subscription of the model.
type queueModel struct {
	sub   transport.Subscription
	held  []*held // in order of publishing
	dead  []*held // in order of death
	exact bool    // never ordered: then even the order between keys is known
	turns int
}

// loanModel is a delivery that may still be settled, and what the model knows of it.
type loanModel struct {
	d    *transport.Delivery
	q    *queueModel
	h    *held
	loan int
}

// modelRun is one script in progress.
type modelRun struct {
	t         *testing.T
	script    []byte
	log       []string
	tr        *memory.Transport
	limit     int // of depth; 0 for none
	queues    []*queueModel
	consumers []transport.Consumer
	loans     []*loanModel
	published int
}

func runScript(t *testing.T, script []byte) {
	r := &modelRun{t: t, script: script}
	var opts []memory.Option
	if r.dice(3) == 0 {
		r.limit = 1 + r.dice(10)
		opts = append(opts, memory.MaxDepth(r.limit), memory.RejectWhenFull())
	}
	r.tr = memory.New(opts...)
	for i := range 1 + r.dice(3) {
		q := &queueModel{exact: true, sub: transport.Subscription{ID: transport.ID{Service: "s", Name: fmt.Sprint(i)}}}
		r.queues = append(r.queues, q)
		r.declare(q)
		r.consumers = append(r.consumers, subscribe(t, r.tr, q.sub))
	}
	for len(r.script) > 0 && !t.Failed() {
		r.step()
		r.check()
	}
	if t.Failed() {
		t.Log(strings.Join(r.log, "\n"))
	}
}

// dice takes the next number from 0 to n-1 from the script.
func (r *modelRun) dice(n int) int {
	if len(r.script) == 0 {
		return 0
	}
	b := r.script[0]
	r.script = r.script[1:]
	return int(b) % n
}

func (r *modelRun) logf(format string, args ...any) {
	r.log = append(r.log, time.Now().Format("15:04:05.000000000 ")+fmt.Sprintf(format, args...))
}

func (r *modelRun) errorf(format string, args ...any) {
	r.t.Helper()
	r.logf("FAILED: "+format, args...)
	r.t.Errorf(format, args...)
}

// step does the next thing that the script says, in the run's bubble.
func (r *modelRun) step() {
	i := r.dice(len(r.queues))
	switch op := r.dice(20); {
	case op < 6:
		r.publish()
	case op < 11:
		r.receive(i)
	case op < 16:
		r.settle()
	case op < 18:
		pause := time.Duration(r.dice(20)) * time.Second
		r.logf("sleep %s", pause)
		time.Sleep(pause)
	case op < 19:
		r.bringBack(r.queues[i])
	default:
		r.declare(r.queues[i])
	}
}

func (r *modelRun) declare(q *queueModel) {
	q.sub.Pattern = []string{"A", "B", "*", "A*"}[r.dice(4)]
	q.sub.Actions = [][]event.Action{nil, {"created"}}[r.dice(2)]
	q.sub.Ordered = r.dice(2) == 0
	q.sub.Lease = time.Duration(1+r.dice(30)) * time.Second
	q.sub.MaxReceives = r.dice(4)
	r.logf("declare %+v", q.sub)
	ok(r.t, r.tr.Provision(r.t.Context(), q.sub))
	q.exact = q.exact && !q.sub.Ordered
}

func (r *modelRun) publish() {
	r.published++
	m := &transport.Message{
		ID: fmt.Sprint(r.published), Channel: []string{"A", "B", "AB"}[r.dice(3)],
		Action: []event.Action{"created", "updated"}[r.dice(2)], Key: []string{"", "k", "l"}[r.dice(3)],
	}
	var targets []*queueModel
	full := false
	for _, q := range r.queues {
		if q.sub.Wants(m.Channel, m.Action) {
			targets = append(targets, q)
			full = full || r.limit > 0 && len(q.held) >= r.limit
		}
	}
	r.logf("publish %s on %s %s %q to %d", m.ID, m.Channel, m.Action, m.Key, len(targets))
	err := r.tr.Publish(r.t.Context(), m)
	if full {
		if !errors.Is(err, transport.ErrFull) {
			r.errorf("publish into a full queue returned %v", err)
		}
		return
	}
	if err != nil {
		r.errorf("publish returned %v", err)
	}
	for _, q := range targets {
		q.add(&held{id: m.ID, channel: m.Channel, key: m.Key})
	}
}

// add puts h behind all that there is.
func (q *queueModel) add(h *held) {
	q.pass()
	h.published = time.Now()
	q.held = append(q.held, h)
	q.toTheEnd(h)
}

func (q *queueModel) toTheEnd(h *held) {
	q.turns++
	h.turn = q.turns
}

// pass ends the leases and delays that time has ended.
func (q *queueModel) pass() {
	due := slices.Clone(q.held)
	slices.SortStableFunc(due, func(a, b *held) int { return a.due.Compare(b.due) })
	for _, h := range due {
		if h.due.IsZero() || h.due.After(time.Now()) {
			continue
		}
		if h.leased {
			h.leased, h.turn = false, 0
		} else {
			q.toTheEnd(h)
		}
		h.due = time.Time{}
	}
}

// receivable returns what can be received, in turn.
func (q *queueModel) receivable() []*held {
	q.pass()
	var can []*held
	for _, h := range q.held {
		if h.due.IsZero() && q.itsTurn(h) {
			can = append(can, h)
		}
	}
	slices.SortStableFunc(can, func(a, b *held) int { return cmp.Compare(a.turn, b.turn) })
	return can
}

// itsTurn says whether order lets h be received: no older one of its key is there, and none is out.
func (q *queueModel) itsTurn(h *held) bool {
	if !q.sub.Ordered || h.key == "" {
		return true
	}
	older := true
	for _, other := range q.held {
		if other == h {
			older = false
		} else if other.key == h.key && other.channel == h.channel && (older || other.leased) {
			return false
		}
	}
	return true
}

func (q *queueModel) remove(h *held) {
	q.held = slices.DeleteFunc(q.held, func(other *held) bool { return other == h })
}

func (r *modelRun) receive(i int) {
	q, limit := r.queues[i], 1+r.dice(4)
	can := q.receivable()
	if len(can) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Nanosecond)
	defer cancel()
	ds, err := r.consumers[i].Receive(ctx, limit)
	r.logf("receive %d from %d: %q, %v", limit, i, ids(ds), err)
	if q.exact {
		r.receivedExactly(q, can, limit, ds)
	}
	r.giveUp(q)
	for _, d := range ds {
		k := slices.IndexFunc(q.receivable(), func(h *held) bool { return h.id == d.Message.ID })
		if k < 0 {
			r.errorf("received %s, which cannot be received", d.Message.ID)
			return
		}
		h := q.receivable()[k]
		if h.receives++; d.Receives != h.receives || q.sub.MaxReceives > 0 && h.receives > q.sub.MaxReceives {
			r.errorf("%s has %d receives, want %d", h.id, d.Receives, h.receives)
		}
		if got := d.Failures(); len(got) != min(h.failures, 20) {
			r.errorf("%s has %d failures, want %d", h.id, len(got), h.failures)
		}
		h.loan++
		h.leased, h.due = true, time.Now().Add(q.sub.Lease)
		r.loans = append(r.loans, &loanModel{d: d, q: q, h: h, loan: h.loan})
	}
	if left := q.receivable(); len(ds) < limit && len(left) > 0 {
		r.errorf("received %d of %d, and left %d", len(ds), limit, len(left))
	}
}

// receivedExactly checks the order of what was received.
func (r *modelRun) receivedExactly(q *queueModel, can []*held, limit int, ds []*transport.Delivery) {
	var want []string
	for _, h := range can {
		if len(want) < limit && (q.sub.MaxReceives == 0 || h.receives < q.sub.MaxReceives) {
			want = append(want, h.id)
		}
	}
	if !slices.Equal(ids(ds), want) {
		r.errorf("received %q, want %q", ids(ds), want)
	}
}

// giveUp finds out which messages the broker gave up, and checks that it was right.
func (r *modelRun) giveUp(q *queueModel) {
	letters, err := deadLetters(r.t, r.tr, q.sub).List(r.t.Context(), "", 1000)
	ok(r.t, err)
	for _, l := range letters[min(len(q.dead), len(letters)):] {
		k := slices.IndexFunc(q.receivable(), func(h *held) bool { return h.id == l.Message.ID })
		if k < 0 {
			r.errorf("%s is dead, which could not be received", l.Message.ID)
			return
		}
		h := q.receivable()[k]
		if q.sub.MaxReceives == 0 || h.receives < q.sub.MaxReceives {
			r.errorf("%s is dead after %d receives", h.id, h.receives)
		}
		q.die(h)
	}
}

func (q *queueModel) die(h *held) {
	q.remove(h)
	q.dead = append(q.dead, h)
}

func (r *modelRun) settle() {
	if len(r.loans) == 0 {
		return
	}
	i := r.dice(len(r.loans))
	l := r.loans[i]
	l.q.pass()
	ctx, h := r.t.Context(), l.h
	lost := !h.leased || h.loan != l.loan || !slices.Contains(l.q.held, h)
	delay := time.Duration(r.dice(4)) * 10 * time.Second
	var err error
	op := []string{"ack", "ack", "retry", "release", "dead-letter", "extend"}[r.dice(6)]
	switch op {
	case "ack":
		err = l.d.Ack(ctx)
	case "retry":
		l.d.Fail(errors.New("failed"))
		l.d.SetRetryDelay(delay)
		err = l.d.Retry(ctx)
	case "release":
		err = l.d.Release(ctx)
	case "dead-letter":
		err = l.d.DeadLetter(ctx, errors.New("no"))
	case "extend":
		err = l.d.Extend(ctx)
	}
	r.logf("%s %s of %s: %v", op, h.id, l.q.sub.ID, err)
	if errors.Is(err, transport.ErrLeaseLost) != lost || !lost && err != nil {
		r.errorf("%s of %s returned %v, lost is %t", op, h.id, err, lost)
	}
	if lost || op != "extend" {
		r.loans = slices.Delete(r.loans, i, i+1)
	}
	if !lost {
		l.settled(op, delay)
	}
}

func (l *loanModel) settled(op string, delay time.Duration) {
	q, h := l.q, l.h
	if op == "extend" {
		h.due = time.Now().Add(l.d.Lease())
		return
	}
	h.leased, h.due = false, time.Time{}
	switch op {
	case "ack":
		q.remove(h)
	case "dead-letter":
		q.die(h)
	case "release":
		h.receives--
		h.turn = 0
	case "retry":
		h.failures++
		q.toTheEnd(h)
		if delay > 0 {
			h.due = time.Now().Add(delay)
		}
	}
}

// bringBack redrives or purges dead letters, one or all.
func (r *modelRun) bringBack(q *queueModel) {
	dl := deadLetters(r.t, r.tr, q.sub)
	letters, err := dl.List(r.t.Context(), "", 1000)
	ok(r.t, err)
	chosen, want := []string(nil), q.dead
	if len(letters) > 0 && r.dice(2) == 0 {
		k := r.dice(len(letters))
		chosen, want = []string{letters[k].ID}, q.dead[k:k+1]
	}
	purge := r.dice(3) == 0
	do := dl.Redrive
	if purge {
		do = dl.Purge
	}
	n, err := do(r.t.Context(), chosen...)
	r.logf("bring back %q of %s, purge %t: %d, %v", chosen, q.sub.ID, purge, n, err)
	if n != len(want) || err != nil {
		r.errorf("brought back %d, %v; want %d", n, err, len(want))
	}
	want = slices.Clone(want)
	q.dead = slices.DeleteFunc(q.dead, func(h *held) bool { return slices.Contains(want, h) })
	if !purge {
		for _, h := range want {
			q.add(&held{id: h.id, channel: h.channel, key: h.key})
		}
	}
}

// check compares what can be seen of broker and model.
func (r *modelRun) check() {
	pending := 0
	for _, q := range r.queues {
		want := transport.Depth{Ready: len(q.receivable()), DeadLetters: len(q.dead)}
		for _, h := range q.held {
			if h.leased {
				want.InFlight++
			}
			want.Oldest = max(want.Oldest, time.Since(h.published))
		}
		want.Delayed = len(q.held) - want.Ready - want.InFlight
		pending += len(q.held)
		if got := depth(r.t, r.tr, q.sub); got != want {
			r.errorf("the depth of %s is %+v, want %+v", q.sub.ID, got, want)
		}
	}
	if pending == 0 {
		if err := r.tr.Idle(r.t.Context()); err != nil {
			r.errorf("not idle: %v", err)
		}
	} else if r.dice(10) == 0 {
		ctx, cancel := context.WithTimeout(r.t.Context(), time.Nanosecond)
		defer cancel()
		if r.tr.Idle(ctx) == nil {
			r.errorf("idle with %d messages pending", pending)
		}
	}
}
