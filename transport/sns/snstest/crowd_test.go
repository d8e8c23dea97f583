package snstest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// In a crowd a hundred clients do random things at once. Each has a queue and a topic of its own, in which every answer
// has to be that of a reference; and all share some, for which a ledger says what cannot be. CROWD_TIME, a duration
// such as 60s, is for how long to try seeds; without it there is one.
func TestCrowd(t *testing.T) {
	const clients, steps = 100, 20
	var whole time.Duration
	if text := os.Getenv("CROWD_TIME"); text != "" {
		var err error
		if whole, err = time.ParseDuration(text); err != nil {
			t.Fatal("CROWD_TIME:", err)
		}
	}
	start, seed, asked := time.Now(), uint64(0), 0
	for ; seed == 0 || time.Since(start) < whole; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { asked += crowd(t, seed, clients, steps) })
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("%d clients, %d seeds, %d requests", clients, seed, asked)
}

// crowd lets a crowd loose, looks at what is left in the end, and returns how many requests there were.
func crowd(t *testing.T, seed uint64, clients, steps int) (asked int) {
	b := &bench{T: t, srv: snstest.Start(t, snstest.Config{Seed: seed})}
	b.sqs = client(b.srv, func(o *sqs.Options) { o.Retryer = aws.NopRetryer{} }) // nothing goes wrong, so that nothing is hidden
	all := newLedger(b)
	var members []*member
	for i := range clients {
		random := rand.New(rand.NewPCG(seed, uint64(i))) //nolint:gosec // a test
		members = append(members, newMember(b, all, random, i))
	}
	var running sync.WaitGroup
	for _, m := range members {
		running.Go(func() {
			for range steps {
				if err := m.step(); err != nil {
					t.Errorf("client %d, at %s: %v", m.id, time.Now().Format(time.TimeOnly), err)
					return
				}
			}
		})
	}
	running.Wait()
	b.sleep(time.Hour)
	for _, m := range members {
		if err := m.drain(); err != nil {
			t.Errorf("client %d, in the end: %v", m.id, err)
		}
	}
	all.settle()
	for _, r := range b.srv.Requests() {
		asked += r.Count
	}
	return asked
}
