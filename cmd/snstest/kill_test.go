//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// workers send to and receive from the queues of a server that will be killed, and remember what they were told.
type workers struct {
	mu      sync.Mutex
	sent    map[string]bool   // acknowledged
	deleted map[string]bool   // asked for: it may have happened, acknowledged or not
	gone    map[string]bool   // acknowledged
	held    map[string]string // receipt handles of what is in flight, by body
	last    map[string]int    // the latest that was received of a FIFO queue's group
	fault   error
}

func (w *workers) send(ctx context.Context, url string, fifo bool, worker, round int) {
	for n := 0; ; n++ {
		body := fmt.Sprintf("%t w%d %d", fifo, worker, round*1_000_000+n)
		in := map[string]any{"QueueUrl": url, "MessageBody": body}
		if fifo {
			in["MessageGroupId"], in["MessageDeduplicationId"] = fmt.Sprint("w", worker), strings.ReplaceAll(body, " ", "-")
		}
		if call(ctx, url, "SendMessage", in, nil) != nil {
			return // it was killed
		}
		w.mu.Lock()
		w.sent[body] = true
		w.mu.Unlock()
	}
}

// publish publishes to a topic that leads to the standard queue.
func (w *workers) publish(ctx context.Context, url, topic string, round int) {
	a := &applier{endpoint: url, http: http.DefaultClient}
	for n := 0; ; n++ {
		body := fmt.Sprintf("false topic %d", round*1_000_000+n)
		f := newForm(snsVersion, "Publish").with("TopicArn", topic).with("Message", body)
		if _, err := a.call(ctx, &entry{key: "any", region: "us-east-1"}, f); err != nil {
			return
		}
		w.mu.Lock()
		w.sent[body] = true
		w.mu.Unlock()
	}
}

func (w *workers) receive(ctx context.Context, url string) {
	for {
		var out received
		in := map[string]any{"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600, "WaitTimeSeconds": 1}
		if call(ctx, url, "ReceiveMessage", in, &out) != nil {
			return
		}
		for i, m := range out.Messages {
			w.mu.Lock()
			if i%3 == 0 && !strings.HasPrefix(m.Body, "true") { // stays in flight
				w.held[m.Body] = m.ReceiptHandle
				w.mu.Unlock()
				continue
			}
			if err := w.inOrder(m.Body); err != nil {
				w.fault = errors.Join(w.fault, err)
			}
			if w.gone[m.Body] {
				w.fault = errors.Join(w.fault, fmt.Errorf("%q was deleted, and came again", m.Body))
			}
			w.deleted[m.Body] = true
			w.mu.Unlock()
			if call(ctx, url, "DeleteMessage", map[string]any{"QueueUrl": url, "ReceiptHandle": m.ReceiptHandle}, nil) != nil {
				return
			}
			w.mu.Lock()
			w.gone[m.Body] = true
			w.mu.Unlock()
		}
	}
}

// inOrder wants a message of a FIFO queue to come after all of its group that have come. None comes twice: those that are not
// deleted stay in flight for longer than the test takes.
func (w *workers) inOrder(body string) error {
	fifo, group, n, err := parse(body)
	if err != nil || !fifo {
		return err
	}
	if last, ok := w.last[group]; ok && n <= last {
		return fmt.Errorf("of group %s %d was received after %d", group, n, last)
	}
	w.last[group] = n
	return nil
}

// parse takes a body apart.
func parse(body string) (fifo bool, worker string, n int, err error) {
	_, err = fmt.Sscanf(body, "%t %s %d", &fifo, &worker, &n)
	if err != nil {
		err = fmt.Errorf("%q: %w", body, err)
	}
	return fifo, worker, n, err
}

// dumped are the bodies that a server holds in a queue, in the order of their coming.
func dumped(t *testing.T, url, name string) (bodies []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/_snstest/dump", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var d snstest.Dump
	if err := json.NewDecoder(answer.Body).Decode(&d); err != nil {
		t.Fatal(err)
	}
	for _, q := range d.Queues {
		if q.Name == name {
			for _, m := range slices.Concat(q.InFlight, q.Ready, q.Delayed) {
				bodies = append(bodies, m.Body)
			}
		}
	}
	return bodies
}

// release deletes by the receipt handles of before the server was killed.
func (w *workers) release(t *testing.T, url string) {
	t.Helper()
	for body, handle := range w.held {
		w.deleted[body] = true
		if err := call(t.Context(), url, "DeleteMessage", map[string]any{"QueueUrl": url, "ReceiptHandle": handle}, nil); err != nil {
			t.Errorf("a receipt handle of before the restart: %v", err)
		}
		w.gone[body] = true
	}
	clear(w.held)
}

// A server that is killed in the midst of work, again and again, has every message that it acknowledged and was not asked
// to delete, none whose deletion it acknowledged, the receipt handles that it gave out, and the order of its FIFO queue.
func TestKilled(t *testing.T) {
	db := filepath.Join(t.TempDir(), "snstest.db")
	w := &workers{sent: map[string]bool{}, deleted: map[string]bool{}, gone: map[string]bool{}, held: map[string]string{},
		last: map[string]int{}}
	for round := range 4 {
		p := start(t, "-db", db, "-setup", "testdata/kill.json")
		standard, fifo := p.url+"/000000000000/q", p.url+"/000000000000/q.fifo"
		w.check(t, p.url)
		w.release(t, standard)
		w.check(t, p.url)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for worker := range 4 {
			all.Go(func() { w.send(ctx, standard, false, worker, round) })
			all.Go(func() { w.send(ctx, fifo, true, worker, round) })
		}
		for range 3 {
			all.Go(func() { w.receive(ctx, standard) })
		}
		all.Go(func() { w.receive(ctx, fifo) })
		all.Go(func() { w.publish(ctx, p.url, "arn:aws:sns:us-east-1:000000000000:t", round) })
		w.until(t, (round+1)*300)
		p.end(syscall.SIGKILL)
		cancel()
		all.Wait()
	}
	p := start(t, "-db", db)
	w.check(t, p.url)
	w.release(t, p.url+"/000000000000/q")
	w.check(t, p.url)
	if status := p.end(syscall.SIGTERM); status.ExitStatus() != 0 {
		t.Errorf("it ended with %v, and logged:\n%s", status, p.logged)
	}
	t.Logf("%d messages sent, %d deleted", len(w.sent), len(w.gone))
}

// until waits until so many messages were sent and some were deleted.
func (w *workers) until(t *testing.T, sent int) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		w.mu.Lock()
		enough := len(w.sent) >= sent && len(w.gone) >= sent/10
		w.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the server does no work")
		}
	}
}

// check compares what a server holds with what the workers know.
func (w *workers) check(t *testing.T, url string) {
	t.Helper()
	if w.fault != nil {
		t.Error(w.fault)
	}
	there := map[string]int{}
	last := map[string]int{}
	for _, name := range []string{"q", "q.fifo"} {
		for _, body := range dumped(t, url, name) {
			there[body]++
			fifo, worker, n, err := parse(body)
			if err != nil {
				t.Fatal(err)
			}
			if fifo && n < last[worker] {
				t.Errorf("in the FIFO queue %d of %s stands behind %d", n, worker, last[worker])
			}
			if fifo {
				last[worker] = n
			}
		}
	}
	lost, back, twice := 0, 0, 0
	for body := range w.sent {
		if !w.deleted[body] && there[body] == 0 {
			lost++
		}
	}
	for body := range maps.Keys(w.gone) {
		back += there[body]
	}
	for _, n := range there {
		twice += n - 1
	}
	if lost+back+twice > 0 {
		t.Errorf("of %d acknowledged messages %d are lost, %d of %d that were deleted are back, and %d are there twice",
			len(w.sent), lost, back, len(w.gone), twice)
	}
}
