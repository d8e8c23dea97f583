package bustest_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/bus/bustest"
	"github.com/framebus/framebus/transport/memory"
)

// What the snippets of the README and of docs/testing.md call, and do not show.

type invoiceBook struct{ n atomic.Int64 }

func (i *invoiceBook) Len() int { return int(i.n.Load()) }

type financeApp struct{}

func (financeApp) Register(b *bus.Bus) *invoiceBook {
	book := &invoiceBook{}
	bus.On(b, "Order", func(context.Context, bus.Event[Order]) error {
		book.n.Add(1)
		return nil
	})
	return book
}

var finance financeApp

func mails(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[Order]) error { return nil }, bus.Name("mail"))
}

func stock(b *bus.Bus) {
	bus.On(b, "Order", func(context.Context, bus.Event[Order]) error { return nil }, bus.Name("stock"), bus.Ordered())
}

func invoicing(b *bus.Bus) {
	bus.On(b, "Order", func(ctx context.Context, e bus.Event[Order]) error {
		return b.Publish(ctx, "Invoice", bus.Created, Invoice{OrderID: e.Data.ID})
	})
}

func TestInvoiceIsCreated(t *testing.T) {
	var invoices *invoiceBook
	register := func(b *bus.Bus) { invoices = finance.Register(b) }
	bustest.Run(t, register, func(t *testing.T, h *bustest.Harness) {
		h.Publish("Order", bus.Created, Order{ID: 42}, bus.Key(42))
		h.Settle() // everything is handled, retries included
		if invoices.Len() != 1 {
			t.Error("no invoice")
		}
	})
}

func TestMailIsRetried(t *testing.T) {
	bustest.Run(t, mails, func(t *testing.T, h *bustest.Harness) {
		h.Fail("mail", 1, errors.New("mail server is down"))
		h.Publish("Order", bus.Created, Order{ID: 42})
		h.Idle()
		h.WantHandled("mail", 0)
		h.Advance(10 * time.Second)
		h.WantHandled("mail", 1)
	})
}

func TestMailIsGivenUp(t *testing.T) {
	bustest.Run(t, mails, func(t *testing.T, h *bustest.Harness) {
		h.Fail("mail", 4, errors.New("no such mailbox"))
		h.Publish("Order", bus.Created, Order{ID: 42})
		h.Settle()
		h.WantDeadLetter("mail", "no such mailbox")
	})
}

func TestCrash(t *testing.T) {
	bustest.Run(t, mails, func(t *testing.T, h *bustest.Harness) {
		h.CrashBeforeAck("mail", 1)
		h.Publish("Order", bus.Created, Order{ID: 42})
		h.Idle()
		h.WantHandled("mail", 0)
		h.Advance(bus.DefaultLease)
		h.WantHandled("mail", 1)
	})
}

func TestStockIsInOrder(t *testing.T) {
	bustest.Run(t, stock, func(t *testing.T, h *bustest.Harness) {
		h.Reorder("stock", 2)
		h.Publish("Order", bus.Created, Order{ID: 42}, bus.Key(42))
		h.Publish("Order", bus.Deleted, Order{ID: 42}, bus.Key(42))
		h.Settle()
		h.WantHandled("stock", 2)
		h.WantOrder("stock")
	})
}

func TestInvoiceIsPublished(t *testing.T) {
	bustest.Run(t, invoicing, func(t *testing.T, h *bustest.Harness) {
		h.Publish("Order", bus.Created, Order{ID: 42})
		h.Idle()
		bustest.WantPublishedData(h, "Invoice", Invoice{OrderID: 42})
	})
}

func TestMailIsTriedForTwelveMinutes(t *testing.T) {
	bustest.Run(t, mails, func(t *testing.T, h *bustest.Harness) {
		h.Fail("mail", 4, errors.New("no such mailbox"))
		h.Publish("Order", bus.Created, Order{ID: 42})
		h.Settle()
		h.WantDeadLetter("mail", "no such mailbox")
		for e, d := range bustest.DeadLetters[Order](h, "mail") {
			if tried := d.Why.LastFailure.Sub(e.Time); tried < 11*time.Minute || tried > 12*time.Minute {
				t.Errorf("order %d was given up after %s", e.Data.ID, tried)
			}
		}
	})
}

func TestOnABroker(t *testing.T) {
	service := bustest.Config(func(c *bus.Config) { c.Service = "finance" })
	bustest.OnTransport(t, memory.New(), mails, func(t *testing.T, h *bustest.Harness) {
		h.Publish("Order", bus.Created, Order{ID: 42})
		h.Idle()
		h.WantHandled("mail", 1)
	}, service)
}

// mostLines is how much of a user's code a test of a listener takes, beside its assertion.
const mostLines = 10

// The Go snippets about bustest stand in this file too, so that they compile and run; and they are short.
func TestSnippetsAreThese(t *testing.T) {
	source, err := os.ReadFile("snippets_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]int{"../../README.md": 1, "../../docs/testing.md": 8} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(block[1], "bustest.") {
				continue // bus's tests have it
			}
			if found++; !strings.Contains(string(source), block[1]) {
				t.Errorf("%s has what no test compiles:\n%s", page, block[1])
			}
			if n := linesBesideAssertions(block[1]); n > mostLines {
				t.Errorf("%s has a test of %d lines beside its assertion, more than %d:\n%s", page, n, mostLines, block[1])
			}
		}
		if found != want {
			t.Errorf("%s has %d snippets about bustest, want %d", page, found, want)
		}
	}
}

// linesBesideAssertions counts the lines of a test that are not for asserting: by Want..., or in an if or a
// for that calls t.Error.
func linesBesideAssertions(code string) (n int) {
	block, indent := "", ""
	for line := range strings.Lines(code) {
		text := strings.TrimLeft(line, "\t")
		switch {
		case block != "":
			if block += line; line == indent+"}\n" {
				if !strings.Contains(block, "t.Error") {
					n += strings.Count(block, "\n")
				}
				block = ""
			}
		case strings.HasPrefix(text, "if "), strings.HasPrefix(text, "for "):
			block, indent = line, line[:len(line)-len(text)]
		case strings.TrimSpace(text) != "" && !strings.Contains(text, "Want"):
			n++
		}
	}
	return n
}
