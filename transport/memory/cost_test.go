package memory_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func TestQueuedMessagesCostNoGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n = 100_000
		tr := memory.New()
		s := ordered(sub("s", "*"))
		c := subscribe(t, tr, s)
		before := runtime.NumGoroutine()
		for i := range n {
			sendKey(t, tr, "Order", strconv.Itoa(i%1000), "1")
		}
		for range n / 200 {
			for _, d := range receive(t, c, 100) {
				d.SetRetryDelay(time.Hour)
				ok(t, d.Retry(t.Context()))
			}
			if d := depth(t, tr, s); d.Ready == 0 {
				break
			}
		}
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before { // fewer if those of an earlier test ended
			t.Errorf("%d goroutines run with %d messages queued, %d before", after, n, before)
		}
		equal(t, "pending", depth(t, tr, s).Pending(), n)
	})
}

// heap returns the bytes of live objects.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// A queued message costs at most 1.5 times its body and 512 bytes.
func TestMemoryOfQueuedMessages(t *testing.T) {
	const n = 20_000
	for _, size := range []int{200, 1024, 10_000} {
		for _, s := range []transport.Subscription{sub("s", "Order"), ordered(sub("s", "*"))} {
			tr := memory.New()
			ok(t, tr.Provision(t.Context(), s))
			before := heap()
			body := make([]byte, size)
			for i := range n {
				id := fmt.Sprintf("0193f0a4-1111-7000-8000-%012d", i)
				m := whole(id, body)
				m.Key = strconv.Itoa(i)
				ok(t, tr.Publish(t.Context(), m))
			}
			each := (heap() - before) / n
			t.Logf("body %5d, ordered %5t: %5d bytes each, %d beside the body", size, s.Ordered, each, each-size)
			if most := size*3/2 + 512; each > most {
				t.Errorf("a message of %d bytes costs %d, want at most %d", size, each, most)
			}
			runtime.KeepAlive(tr)
		}
	}
}

// After a burst the broker is as small as before, whatever its messages went through.
func TestMemoryIsGivenBack(t *testing.T) {
	const n = 20_000
	for _, s := range []transport.Subscription{sub("s", "*"), ordered(sub("s", "*"))} {
		bubble(t, func(t *testing.T) {
			tr := memory.New()
			c := subscribe(t, tr, s)
			before := heap()
			for i := range n {
				sendKey(t, tr, "Order", strconv.Itoa(i), "1")
			}
			for _, d := range receive(t, c, n) {
				d.SetRetryDelay(time.Minute)
				ok(t, d.Retry(t.Context()))
			}
			for _, d := range receive(t, c, n) {
				ok(t, d.Release(t.Context()))
			}
			for _, d := range receive(t, c, n) {
				ok(t, d.Ack(t.Context()))
			}
			ok(t, tr.Idle(t.Context()))
			if kept := heap() - before; kept > 4*n {
				t.Errorf("ordered %t: %d bytes are left of %d messages", s.Ordered, kept, n)
			}
			runtime.KeepAlive(tr)
		})
	}
}

// Who keeps a delivery keeps its message, and not those that were queued behind it.
func TestDeliveryKeepsNoOtherMessage(t *testing.T) {
	const n = 1000
	tr := memory.New()
	c := subscribe(t, tr, ordered(sub("s", "*")))
	before := heap()
	for range n {
		ok(t, tr.Publish(t.Context(), &transport.Message{Channel: "Order", Body: make([]byte, 10_000)}))
	}
	ds := receive(t, c, n)
	for _, d := range ds {
		ok(t, d.Ack(t.Context()))
	}
	first := ds[0] // the last use of ds
	if kept := heap() - before; kept > 100_000 {
		t.Errorf("%d bytes are left of %d messages", kept, n)
	}
	runtime.KeepAlive(first)
	runtime.KeepAlive(tr)
}

// whole is a message with the attributes that an event has on the wire.
func whole(id string, body []byte) *transport.Message {
	return &transport.Message{
		ID: id, Channel: "Order", Action: event.Created, Source: "finance", Body: body,
		Attributes: map[string]string{
			event.AttrUUID: id, event.AttrChannel: "Order", event.AttrAction: "created", event.AttrSource: "finance",
		},
	}
}

// The bars of the benchmarks, as far as they can be held without a clock.
func TestAllocations(t *testing.T) {
	tr := memory.New(memory.MaxDepth(10))
	s := sub("s", "Order")
	s.Actions = []event.Action{event.Created}
	c := subscribe(t, tr, s)
	m := whole("0193f0a4-1111-7000-8000-000000000000", make([]byte, 1024))
	if n := testing.AllocsPerRun(1000, func() {
		ok(t, tr.Publish(t.Context(), m))
		ok(t, receive(t, c, 1)[0].Ack(t.Context()))
	}); n > 9 {
		t.Errorf("an event costs %v allocations, want at most 9", n)
	}
}
