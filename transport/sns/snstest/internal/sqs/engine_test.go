package sqs

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// A receiver that was handed a message at the moment when its client went gives it back, as if nothing had been.
func TestHandedOverToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, Config{})
		q := d.create("q")
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan []loan)
		go func() {
			loans, _ := q.receive(ctx, wanted{most: 1, visibility: -1}, 20)
			got <- loans
		}()
		synctest.Wait()

		now := q.lock()
		cancel()
		q.add(&message{id: "m", body: "a", enqueued: now}, 0, now)
		q.serve(now)
		if q.count[inFlight] != 1 {
			t.Error("the receiver that waits was not served")
		}
		q.mu.Unlock()

		if loans := <-got; len(loans) != 0 {
			t.Errorf("the client has gone and got %v", loans)
		}
		if q.count[ready] != 1 || q.count[inFlight] != 0 {
			t.Errorf("ready, in flight: %v", q.count)
		}
		again, err := q.receive(t.Context(), wanted{most: 1, visibility: -1}, 0)
		if err != nil || len(again) != 1 || again[0].receives != 1 {
			t.Errorf("got %+v, %v", again, err)
		}
	})
}

func TestUndoKeepsTheOrder(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		d := newDesk(t, Config{})
		q, group := d.create("q"), ""
		if name == "q.fifo" {
			q, group = d.create(name, "FifoQueue", "true"), "g"
		}
		for i := range 4 {
			d.post(q, fmt.Sprint(i), group)
		}
		loans, err := q.receive(t.Context(), wanted{most: 3, visibility: 30}, 0)
		if err != nil {
			t.Fatal(err)
		}
		(&receiveMessageOutput{queue: q, loans: loans}).Undo()
		again, err := q.receive(t.Context(), wanted{most: 10, visibility: 30}, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range again {
			got += l.message.body
			if l.receives != 1 {
				t.Errorf("%s: %s was received %d times", name, l.message.body, l.receives)
			}
		}
		if got != "0123" {
			t.Errorf("%s: received %s", name, got)
		}
	}
}

// A receive that was undone does not bring a message nearer to the dead letters.
func TestUndoCostsNoReceive(t *testing.T) {
	d := newDesk(t, Config{})
	dlq := d.create("dlq")
	q := d.create("q", "RedrivePolicy", `{"deadLetterTargetArn":"`+dlq.arn+`","maxReceiveCount":1}`)
	d.post(q, "a", "")
	for range 3 {
		loans, err := q.receive(t.Context(), wanted{most: 1, visibility: 30}, 0)
		if err != nil || len(loans) != 1 {
			t.Fatalf("got %v, %v", loans, err)
		}
		(&receiveMessageOutput{queue: q, loans: loans}).Undo()
	}
	if dlq.count[ready] != 0 {
		t.Error("the message was dead-lettered, and nobody ever got it")
	}
}

// Messages take at most 1 KiB each, besides what they say. (Of a million: 350 bytes, and 525 in a FIFO queue.)
func TestCostOfAMessage(t *testing.T) {
	const n, most = 100_000, 1024
	for name, group := range map[string]string{"q": "", "q.fifo": "g"} {
		d := newDesk(t, Config{})
		q := d.create("q")
		if group != "" {
			q = d.create(name, "FifoQueue", "true")
		}
		body := strings.Repeat("a", 10)
		before := heapInUse()
		for range n {
			d.post(q, body, group)
		}
		per := (heapInUse() - before) / n
		t.Logf("%s: %d bytes a message", name, per)
		if per > most {
			t.Errorf("%s: a message takes %d bytes, the limit is %d", name, per, most)
		}
		runtime.KeepAlive(q)
	}
}

func heapInUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc) //nolint:gosec // it fits
}

func TestDeliver(t *testing.T) {
	topic := "arn:aws:sns:us-east-1:000000000000:topic"
	d := newDesk(t, Config{})
	q := d.create("q")
	message := Delivery{Service: "sns.amazonaws.com", Source: topic, Queue: q.arn, Body: "a"}
	if _, err := d.Deliver(message); errorCode(err) != "AccessDenied" {
		t.Errorf("without a policy: got %v", err)
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
		"Action":"sqs:SendMessage","Resource":"` + q.arn + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + topic + `"}}}]}`
	in := &setQueueAttributesInput{QueueURL: "q", Attributes: map[string]string{"Policy": policy}}
	if _, err := d.setQueueAttributes(t.Context(), d.call, in); err != nil {
		t.Fatal(err)
	}
	if id, err := d.Deliver(message); err != nil || len(id) != 36 {
		t.Errorf("got %q, %v", id, err)
	}
	other := message
	other.Source += "2"
	if _, err := d.Deliver(other); errorCode(err) != "AccessDenied" {
		t.Errorf("another topic: got %v", err)
	}
	gone := message
	gone.Queue += "x"
	if _, err := d.Deliver(gone); errorCode(err) != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("another queue: got %v", err)
	}
	if got := d.Dump()[0].Ready; len(got) != 1 || got[0].Body != "a" {
		t.Errorf("the queue has %v", got)
	}
}

func TestDeliverFIFO(t *testing.T) {
	d := newDesk(t, Config{})
	q := d.create("q.fifo", "FifoQueue", "true", "Policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":"*","Action":"sqs:*","Resource":"*"}]}`)
	m := Delivery{Service: "sns.amazonaws.com", Source: "arn:aws:sns:us-east-1:000000000000:t.fifo", Queue: q.arn, Body: "a"}
	if _, err := d.Deliver(m); errorCode(err) != "MissingParameter" {
		t.Errorf("without a group: got %v", err)
	}
	m.GroupID, m.DedupID = "g", "d"
	first, err := d.Deliver(m)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := d.Deliver(m); err != nil || second != first {
		t.Errorf("a duplicate: got %s, %v, want %s", second, err, first)
	}
}

func TestHandles(t *testing.T) {
	h := handle{1, 2, 3}
	text := h.text(7)
	if got, ok := readHandle(text, 7); !ok || got != h {
		t.Errorf("got %v, %v", got, ok)
	}
	for i := range text {
		altered := []byte(text)
		altered[i] ^= 1
		if _, ok := readHandle(string(altered), 7); ok {
			t.Fatalf("the handle is valid with character %d altered", i)
		}
	}
	if _, ok := readHandle(text, 8); ok {
		t.Error("the handle is valid at another server")
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "-1": true, "+1.5": true, "1e5": true, "1E-100": true, ".5": true, "5.": true, "1e126": true,
		"12345678901234567890123456789012345678": true, "0.0000000000000000000000000000000000000001": true,
		"": false, ".": false, "-": false, "--1": false, "1e": false, "0x10": false, "1_000": false, "Inf": false, "NaN": false,
		"1e127": false, "1e-129": false, "1e999999999": false, "123456789012345678901234567890123456789": false, "1a": false,
	} {
		if got := isNumber(s); got != want {
			t.Errorf("isNumber(%q) is %v", s, got)
		}
	}
}

func BenchmarkSendReceiveDelete(b *testing.B) {
	d := newDesk(b, Config{})
	q := d.create("q")
	for range 100_000 {
		d.post(q, "waiting", "")
	}
	b.ReportAllocs()
	for b.Loop() {
		d.post(q, "a", "")
		loans, err := q.receive(b.Context(), wanted{most: 1, visibility: 30}, 0)
		if err != nil || len(loans) != 1 {
			b.Fatal(loans, err)
		}
		if err := q.delete(loans[0].handle.text(0)); err != nil {
			b.Fatal(err)
		}
	}
}
