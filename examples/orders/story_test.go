package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/framebus/framebus/examples/orders/mail/server"
	"github.com/framebus/framebus/examples/orders/shop"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

// story makes up an input of so many lines, and says what it must come to.
func story(seed uint64, lines int) (input string, want summary) {
	random := rand.New(rand.NewPCG(seed, 0))
	var b strings.Builder
	live := make(map[string]bool) // orders that are stored, and have an open invoice
	for range lines {
		action := []string{"created", "created", "updated", "deleted"}[random.IntN(4)]
		if random.IntN(20) == 0 {
			b.WriteString("this is no line\n")
			want.Rejected++
			continue
		}
		want.Events++
		if random.IntN(3) == 0 {
			fmt.Fprintf(&b, `{"channel":"Part","action":%q,"data":{"id":%d,"price":"1.00"}}`+"\n", action, random.IntN(9))
			continue
		}
		id := fmt.Sprint([]int{1001, 1002, 1003, 1006, 1082, 1125, 1156, 1299}[random.IntN(8)])
		fmt.Fprintf(&b, `{"channel":"Order","action":%q,"data":{"id":%q,"total":"1.00"}}`+"\n", action, id)
		switch {
		case action == "deleted" && live[id]:
			live[id] = false
			want.Cancelled++
			want.Orders--
		case action != "deleted" && !live[id]:
			live[id] = true
			want.Invoices++
			want.Orders++
		}
		if action == "created" {
			retries, dead := fate(id)
			want.Retries += retries
			want.DeadLetters += dead
		}
	}
	want.Audited = want.Events + want.Invoices + want.Cancelled
	return b.String(), want
}

// fate says what becomes of an order's mail: retries and dead letters.
func fate(order string) (retries, dead int) {
	refused := func(attempt int) bool {
		m := server.Mail{Order: shop.ID(order), Attempt: attempt}
		return server.Server{}.Send(context.Background(), m) != nil
	}
	switch {
	case !refused(1):
		return 0, 0
	case !refused(2):
		return 1, 0
	}
	return 5, 1 // of 6 runs: 2 in each of 3 deliveries
}

// The same input always comes to the same summary, and to the right one, however the goroutines are
// scheduled.
func TestSummaryIsTheInputs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for run := range 50 {
		runtime.GOMAXPROCS(1 + run%4)
		input, want := story(uint64(run/5), 200)
		synctest.Test(t, func(t *testing.T) {
			o := feed(t.Context(), t, strings.NewReader(input))
			if got := o.summary(t); got != want {
				t.Errorf("run %d:\ngot  %v\nwant %v", run, got, want)
			}
		})
	}
}

// twice is a transport that delivers every event twice, as one may.
type twice struct{ *memory.Transport }

func (tr twice) Publish(ctx context.Context, m *transport.Message) error {
	if err := tr.Transport.Publish(ctx, m); err != nil {
		return err
	}
	return tr.Transport.Publish(ctx, m)
}

// An event that comes twice changes nothing twice.
func TestEveryEventTwice(t *testing.T) {
	for seed := range uint64(10) {
		input, want := story(seed, 200)
		synctest.Test(t, func(t *testing.T) {
			o := feed(t.Context(), t, strings.NewReader(input), func(p *program) { p.transport = twice{memory.New()} })
			got := o.summary(t)
			if got.DeadLetters != 2*want.DeadLetters { // who dies is not remembered as handled
				t.Errorf("seed %d: %d dead letters, want twice %d", seed, got.DeadLetters, want.DeadLetters)
			}
			got.DeadLetters, got.Retries = want.DeadLetters, want.Retries
			if got != want {
				t.Errorf("seed %d:\ngot  %v\nwant %v", seed, got, want)
			}
		})
	}
}
