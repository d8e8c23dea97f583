package bustest

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/bus"
)

// shop is two listeners, of which one publishes and the other fails at first.
func shop(b *bus.Bus) {
	bus.On(b, "Order", func(ctx context.Context, e bus.Event[int]) error {
		return b.Publish(ctx, "Invoice", bus.Created, e.Data)
	}, bus.Name("invoices"))
	failed := false
	bus.On(b, "Invoice", func(context.Context, bus.Event[int]) error {
		if failed {
			return nil
		}
		failed = true
		return errors.New("mail server\nis down")
	}, bus.Name("mail"))
}

// want compares what a test has said with what it should, which is indented as it stands in the source.
func want(t *testing.T, said, text string) {
	t.Helper()
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\n"), "\t\t", "")
	if strings.TrimSpace(said) != strings.TrimSpace(text) {
		t.Errorf("the test says\n%s\nwant\n%s", said, text)
	}
}

func TestTimeline(t *testing.T) {
	said := saidInBubble(t, shop, func(h *Harness) {
		h.Publish("Order", bus.Created, 1)
		h.WantHandled("mail", 1)
		h.WantPublished("Invoice")
		h.Advance(50 * time.Millisecond)
		h.CrashBeforeAck("mail", 1)
		h.Fail("invoices", 1, errors.New("no database"))
		if err := h.Bus().Publish(context.Background(), "Invoice", bus.Deleted, 3); err != nil {
			t.Error(err)
		}
		h.Idle()
		h.Slow("mail", time.Second)
		h.Fail("mail", 1, bus.Permanent(errors.New("no such mailbox")))
		h.Publish("Order", bus.Updated, 2)
		h.Idle()
		h.WantHandled("mail", 2)
		h.Advance(10 * time.Minute)
		h.Duplicate("Ordre", 1)
		h.WantHandled("mail", 3)
		h.AllowDeadLetters()
	})
	want(t, said, `
		mail has handled 0 events, want 1
		timeline:
		  +0s  Order.created #1    published by the test
		  +0s  Invoice.created #2  published by invoices, handling Order.created #1
		  +0s  Order.created #1    invoices, attempt 1: handled
		now, at +0s:
		  mail, attempt 2: at Invoice.created #2 since +0s, after mail server; is down
		published on Invoice: created; want nothing
		timeline: as above
		mail has handled 1 events, want 2
		timeline:
		  +0s    Order.created #1    published by the test
		  +0s    Invoice.created #2  published by invoices, handling Order.created #1
		  +0s    Order.created #1    invoices, attempt 1: handled
		  +0s    Invoice.created #2  mail, attempt 1: failed: mail server; is down
		  +50ms  Invoice.created #2  mail, attempt 2: handled
		  +50ms  Invoice.deleted #3  published from elsewhere
		  +50ms  Invoice.deleted #3  mail, attempt 1: handled (crash: the broker does not know)
		  +50ms  Order.updated #4    published by the test
		  +50ms  Order.updated #4    invoices, attempt 1: failed, again in 10s: no database
		now, at +50ms:
		  invoices: 1 waiting for a retry
		  mail: 1 under a lease
		  faults still to come: Fail("mail", 1)
		mail has handled 2 events, want 3
		timeline:
		  +0s      Order.created #1    published by the test
		  +0s      Invoice.created #2  published by invoices, handling Order.created #1
		  +0s      Order.created #1    invoices, attempt 1: handled
		  +0s      Invoice.created #2  mail, attempt 1: failed: mail server; is down
		  +50ms    Invoice.created #2  mail, attempt 2: handled
		  +50ms    Invoice.deleted #3  published from elsewhere
		  +50ms    Invoice.deleted #3  mail, attempt 1: handled (crash: the broker does not know)
		  +50ms    Order.updated #4    published by the test
		  +50ms    Order.updated #4    invoices, attempt 1: failed, again in 10s: no database
		  +10.05s  Invoice.created #5  published by invoices, handling Order.updated #4
		  +10.05s  Order.updated #4    invoices, attempt 2: handled
		  +11.05s  Invoice.created #5  mail, attempt 1: failed, dead-lettered: no such mailbox
		  +31.05s  Invoice.deleted #3  mail, attempt 2: handled
		now, at +10m0.05s:
		  mail: 1 dead
		  faults still to come: Duplicate("Ordre", 1)
		`)
}

// The timeline that docs/testing.md shows is a real one. What two listeners do at the same moment is noted in
// any order.
func TestTimelineInTheDocs(t *testing.T) {
	said := saidInBubble(t, shop, func(h *Harness) {
		h.Fail("mail", 1, errors.New("mail server is down"))
		h.Publish("Order", bus.Created, 1)
		h.Idle()
		h.WantHandled("mail", 1)
	})
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "```\nmail has handled")
	shown, _, _ = strings.Cut("mail has handled"+shown, "```")
	sorted := func(text string) []string { return slices.Sorted(strings.Lines(text)) }
	if !slices.Equal(sorted(said), sorted(shown)) {
		t.Errorf("the page shows\n%s\nand a test says\n%s", shown, said)
	}
}

// Thousands of events are a page of text.
func TestTimelineIsBounded(t *testing.T) {
	register := func(b *bus.Bus) {
		bus.On(b, "Order", func(context.Context, bus.Event[int]) error { return errors.New(strings.Repeat("x", 1000)) },
			bus.Retry(bus.Policy{Delays: []time.Duration{time.Second}}), bus.Concurrency(50))
	}
	said := saidInBubble(t, register, func(h *Harness) {
		for i := range 2000 {
			h.Publish("Order", bus.Created, i)
		}
		h.Idle() // all have failed
		h.Slow("Order", time.Hour)
		h.Advance(time.Second)
		h.WantHandled("Order", 2000)
		h.AllowDeadLetters()
	}, Config(func(c *bus.Config) { c.DrainTimeout = -1 }))
	lines := strings.Split(said, "\n")
	if len(lines) > firstLines+lastLines+few+10 || len(said) > 40_000 {
		t.Errorf("it has %d lines and %d bytes", len(lines), len(said))
	}
	for _, want := range []string{" lines are left out\n", "Order: 1950 ready\n", "... and 40 more at work", "+1s"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
}
