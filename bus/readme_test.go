package bus_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/framebus/framebus/bus"
	"github.com/framebus/framebus/transport/memory"
)

// What the README's snippets call, and the README does not show.

type invoiceBook struct{ n atomic.Int64 }

func (i *invoiceBook) Create(context.Context, Order) error { i.n.Add(1); return nil }
func (i *invoiceBook) Cancel(context.Context, int) error   { i.n.Add(-1); return nil }
func (i *invoiceBook) Len() int                            { return int(i.n.Load()) }

// The README's first snippet.
func TestREADME(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		invoices := &invoiceBook{}
		order := Order{ID: 42}
		ctx, stop := context.WithCancel(t.Context())

		b, err := bus.New(memory.New(), bus.Config{Service: "finance"})

		bus.On(b, "Order", func(ctx context.Context, e bus.Event[Order]) error {
			switch e.Action {
			case bus.Created, bus.Updated:
				return invoices.Create(ctx, e.Data)
			case bus.Deleted:
				return invoices.Cancel(ctx, e.Data.ID)
			}
			return nil
		})

		publish := func() (err error) {
			err = b.Publish(ctx, "Order", bus.Created, order, bus.Key(order.ID))
			return err
		}
		// A subscription exists from Run on.
		go func() {
			<-b.Ready()
			defer stop()
			if err := publish(); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}()
		if err != nil {
			t.Fatal(err)
		}
		if err = b.Run(ctx); err != nil {
			t.Error(err)
		}
		if invoices.Len() != 1 {
			t.Errorf("%d invoices, want 1", invoices.Len())
		}
	})
}

// Every statement of the README's Go snippets stands in this file too, so that it compiles and runs; those
// about bustest stand in that package's tests.
func TestREADMESnippetsAreThese(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 2 {
		t.Fatalf("%d Go snippets in the README, want at least 2", len(blocks))
	}
	checked := 0
	have := flat(string(source))
	for _, block := range blocks {
		if strings.Contains(block[1], "bustest.") {
			continue
		}
		checked++
		for paragraph := range strings.SplitSeq(block[1], "\n\n") {
			for _, part := range statements(paragraph) {
				if !strings.Contains(have, flat(part)) {
					t.Errorf("the README has what no test compiles:\n%s", part)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("the README shows no bus")
	}
}

// statements splits a paragraph of unindented one-line statements, and leaves any other whole.
func statements(paragraph string) []string {
	if strings.Contains(paragraph, "\t") {
		return []string{paragraph}
	}
	return strings.Split(strings.TrimSpace(paragraph), "\n")
}

var (
	comment = regexp.MustCompile(`\s*// .*`)
	space   = regexp.MustCompile(`\s+`)
)

// flat is code without its comments and indentation.
func flat(code string) string {
	return strings.TrimSpace(space.ReplaceAllString(comment.ReplaceAllString(code, ""), " "))
}
