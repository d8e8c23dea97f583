package sqs

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// model is SQS written as simply as possible: a slice. Random operations are done to it and to the engine, and
// have to come to the same.
type model struct {
	fifo    bool
	now     time.Duration
	entries []*entry
	turn    int // by which what became ready later stands behind
}

type entry struct {
	body, group string
	due         time.Duration // when it is ready
	turn        int           // when it became ready, in a standard queue; when it came, in a FIFO queue
	out         bool          // in flight
	waits       bool          // delayed or in flight: it becomes ready when due
	receives    int
	handle      handle
}

func (m *model) advance() {
	var due []*entry
	for _, e := range m.entries {
		if e.waits && e.due <= m.now {
			due = append(due, e)
		}
	}
	slices.SortStableFunc(due, func(a, b *entry) int { return cmp.Compare(a.due, b.due) })
	for _, e := range due {
		e.waits, e.out = false, false
		if !m.fifo {
			m.turn++
			e.turn = m.turn
		}
	}
}

// receivable are the messages that may be received, in the order in which they are: all that are ready in a
// standard queue, and in a FIFO queue those of each group that no other of the group is in front of, unless
// that is receivable as well.
func (m *model) receivable() []*entry {
	held := map[string]bool{}
	var out []*entry
	for _, e := range m.entries {
		if e.waits {
			held[e.group] = true
			continue
		}
		if !m.fifo || !held[e.group] {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b *entry) int { return cmp.Compare(a.turn, b.turn) })
	return out
}

func TestModel(t *testing.T) {
	for seed := range uint64(60) {
		for _, fifo := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%v", seed, fifo), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { compare(t, seed, fifo) })
			})
		}
	}
}

// compare does operations in a bubble to the engine and the model.
func compare(t *testing.T, seed uint64, fifo bool) {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	d := newDesk(t, Config{})
	q := d.create("q")
	if fifo {
		q = d.create("q.fifo", "FifoQueue", "true")
	}
	m := &model{fifo: fifo}
	var handles []handle
	for step := range 300 {
		m.advance()
		switch random.IntN(6) {
		case 0, 1:
			m.send(d, q, random, step)
		case 2:
			handles = append(handles, m.receive(t, q, random)...)
		case 3:
			if len(handles) > 0 {
				m.delete(t, q, handles[random.IntN(len(handles))])
			}
		case 4:
			if len(handles) > 0 {
				m.hide(t, q, handles[random.IntN(len(handles))], random.IntN(20))
			}
		case 5:
			pass := time.Duration(random.IntN(10)) * time.Second
			time.Sleep(pass)
			m.now += pass
		}
		m.advance()
		now := q.lock()
		counts := [3]int{q.count[ready], q.count[inFlight], q.count[delayed]}
		q.unlock(now)
		if want := m.counts(); counts != want {
			t.Fatalf("step %d: ready, in flight, delayed: got %v, want %v", step, counts, want)
		}
	}
}

func (m *model) counts() (n [3]int) {
	for _, e := range m.entries {
		switch {
		case e.out:
			n[1]++
		case e.waits:
			n[2]++
		default:
			n[0]++
		}
	}
	return n
}

func (m *model) send(d *desk, q *queue, random *rand.Rand, step int) {
	e := &entry{body: fmt.Sprint(step)}
	draft := &draft{body: e.body}
	if m.fifo {
		e.group = string('a' + rune(random.IntN(4)))
		draft.group, draft.dedup = &e.group, &e.body
	} else if random.IntN(3) == 0 {
		delay := random.IntN(5)
		draft.delay = &delay
		e.due, e.waits = m.now+time.Duration(delay)*time.Second, delay > 0
	}
	m.turn++
	e.turn = m.turn
	m.entries = append(m.entries, e)
	if _, err := q.send(draft); err != nil {
		d.Fatal(err)
	}
}

func (m *model) receive(t *testing.T, q *queue, random *rand.Rand) (handles []handle) {
	most, visibility := 1+random.IntN(10), random.IntN(8)
	can := m.receivable()
	loans, err := q.receive(t.Context(), wanted{most: most, visibility: visibility}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := min(most, len(can)); len(loans) != want {
		t.Fatalf("received %d messages, want %d", len(loans), want)
	}
	next := map[string]int{}
	for i, l := range loans {
		e := can[i]
		if m.fifo { // which group comes first is not the model's; the order within one is
			e = nil
			for _, c := range can[next[l.message.group]:] {
				next[l.message.group]++
				if c.group == l.message.group {
					e = c
					break
				}
			}
		}
		if e == nil || e.body != l.message.body {
			t.Fatalf("received %s of group %s as number %d, want %+v", l.message.body, l.message.group, i, e)
		}
		e.receives++
		e.handle, e.out, e.waits = l.handle, true, true
		e.due = m.now + time.Duration(visibility)*time.Second
		if l.receives != e.receives {
			t.Fatalf("%s: received %d times, want %d", e.body, l.receives, e.receives)
		}
		handles = append(handles, l.handle)
	}
	return handles
}

func (m *model) of(h handle) *entry {
	for _, e := range m.entries {
		if e.handle.message == h.message && e.receives > 0 {
			return e
		}
	}
	return nil
}

func (m *model) delete(t *testing.T, q *queue, h handle) {
	e := m.of(h)
	err := q.delete(h.text(0))
	current := e != nil && e.handle == h
	refused := m.fifo && e != nil && (!current || !e.out)
	if refused != (err != nil) {
		t.Fatalf("delete: got %v, of %+v by %v", err, e, h)
	}
	if current && err == nil {
		m.entries = slices.DeleteFunc(m.entries, func(other *entry) bool { return other == e })
	}
}

func (m *model) hide(t *testing.T, q *queue, h handle, seconds int) {
	e := m.of(h)
	err := q.changeVisibility(h.text(0), seconds)
	ok := e != nil && e.out && (!m.fifo || e.handle == h)
	if ok != (err == nil) {
		t.Fatalf("change visibility: got %v, of %+v by %v", err, e, h)
	}
	if ok {
		e.due = m.now + time.Duration(seconds)*time.Second
	}
}
