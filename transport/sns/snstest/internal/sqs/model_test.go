package sqs

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/reference"
)

// Random operations are done to the engine and to the reference, and have to come to the same.
func TestModel(t *testing.T) {
	for seed := range uint64(60) {
		for _, fifo := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%v", seed, fifo), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { compare(t, seed, fifo) })
			})
		}
	}
}

// compare does so in a bubble.
func compare(t *testing.T, seed uint64, fifo bool) {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	d := newDesk(t, Config{})
	name, kind := "q", []string{}
	if fifo {
		name, kind = "q.fifo", []string{"FifoQueue", "true"}
	}
	m := &reference.Queue{FIFO: fifo}
	var dead *queue
	if !fifo && seed%2 == 1 {
		dead = d.create("dead")
		m.MaxReceives = 3
		kind = []string{"RedrivePolicy", `{"deadLetterTargetArn":"` + dead.arn + `","maxReceiveCount":3}`}
	}
	q := d.create(name, kind...)
	var handles []handle
	for step := range 300 {
		switch random.IntN(6) {
		case 0, 1:
			send(d, q, m, random, step)
		case 2:
			handles = append(handles, receive(t, q, m, random)...)
		case 3:
			if len(handles) > 0 {
				h := handles[random.IntN(len(handles))]
				refused := m.Delete(time.Now(), fmt.Sprint(h))
				if err := q.delete(h.text(0)); refused != (err != nil) {
					t.Fatalf("delete: got %v, want an error %t", err, refused)
				}
			}
		case 4:
			if len(handles) > 0 {
				h, seconds := handles[random.IntN(len(handles))], random.IntN(20)
				refused := m.Hide(time.Now(), fmt.Sprint(h), time.Duration(seconds)*time.Second)
				if err := q.changeVisibility(h.text(0), seconds); refused != (err != nil) {
					t.Fatalf("change visibility: got %v, want an error %t", err, refused)
				}
			}
		case 5:
			time.Sleep(time.Duration(random.IntN(10)) * time.Second)
		}
		now := q.lock()
		got := fmt.Sprint(q.count[ready], q.count[inFlight], q.count[delayed])
		q.unlock(now)
		if want := fmt.Sprint(m.Counts(time.Now())); got != want {
			t.Fatalf("step %d: ready, in flight, delayed: got %s, want %s", step, got, want)
		}
		if dead != nil && len(dead.dump().Ready) != len(m.Dead) {
			t.Fatalf("step %d: %d dead letters, want %d", step, len(dead.dump().Ready), len(m.Dead))
		}
	}
}

func send(d *desk, q *queue, m *reference.Queue, random *rand.Rand, step int) {
	body, group, delay := fmt.Sprint(step), "", 0
	draft := &draft{body: body}
	if m.FIFO {
		group = string('a' + rune(random.IntN(4)))
		draft.group, draft.dedup = &group, &body
	} else if random.IntN(3) == 0 {
		delay = random.IntN(5)
		draft.delay = &delay
	}
	m.Send(time.Now(), body, group, time.Duration(delay)*time.Second)
	if _, err := q.send(draft); err != nil {
		d.Fatal(err)
	}
}

func receive(t *testing.T, q *queue, m *reference.Queue, random *rand.Rand) (handles []handle) {
	most, visibility := 1+random.IntN(10), random.IntN(8)
	loans, err := q.receive(t.Context(), wanted{most: most, visibility: visibility}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []reference.Received
	for _, l := range loans {
		got = append(got, reference.Received{
			Body: l.message.body, Group: l.message.group, Handle: fmt.Sprint(l.handle), Receives: l.receives,
		})
		handles = append(handles, l.handle)
	}
	if err := m.Receive(time.Now(), most, time.Duration(visibility)*time.Second, got); err != nil {
		t.Fatal(err)
	}
	return handles
}
