package snstest_test

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// shelf is a store in memory.
type shelf struct {
	mu      sync.Mutex
	records map[string][]byte
	saves   int
	written int // records
	err     error
}

func (s *shelf) Load() ([]snstest.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []snstest.Record
	for key, value := range s.records {
		out = append(out, snstest.Record{Key: key, Value: value})
	}
	return out, nil
}

func (s *shelf) Save(batch []snstest.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if s.records == nil {
		s.records = map[string][]byte{}
	}
	s.saves++
	s.written += len(batch)
	for _, r := range batch {
		if r.Value == nil {
			delete(s.records, r.Key)
			continue
		}
		s.records[r.Key] = r.Value
	}
	return nil
}

// copy is what a crash at this moment would leave.
func (s *shelf) copy() *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &shelf{records: maps.Clone(s.records)}
}

// The receipt handle of a message in flight is good after a restart, and no handle or number is given out twice.
func TestRestartKeepsHandles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{}
		b := &bench{T: t, srv: snstest.Start(t, snstest.Config{Store: store})}
		b.sqs = client(b.srv)
		b.url = b.create("q")
		b.send("one", "two")
		old := b.receive(0)
		b.srv = snstest.Start(t, snstest.Config{Store: store.copy(), Seed: 99})
		b.sqs = client(b.srv)
		_, err := b.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &b.url, ReceiptHandle: old[0].ReceiptHandle})
		b.must(err)
		b.send("three")
		_, err = b.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &b.url, ReceiptHandle: old[0].ReceiptHandle})
		b.must(err) // it is gone, and three is another
		b.sleep(31 * time.Second)
		b.equal("what is left", bodies(b.receive(0)), "three two")
	})
}

// EndPolls answers who waits, and lets nobody wait any more.
func TestEndPolls(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		begin := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.equal("a long poll", bodies(b.receive(20)), "")
		}()
		synctest.Wait()
		b.srv.EndPolls()
		<-done
		b.equal("a later one", bodies(b.receive(20)), "")
		b.equal("the wait", time.Since(begin), time.Duration(0))
	})
}

// Only what changed is written: not the body again for a receive, and nothing for a look.
func TestOnlyChangesAreSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{}
		b := &bench{T: t, srv: snstest.Start(t, snstest.Config{Store: store})}
		b.sqs = client(b.srv)
		b.url = b.create("q")
		b.send(strings.Repeat("x", 1000), "more", "and more")
		wrote := func(what string, most int, do func()) {
			t.Helper()
			store.written = 0
			do()
			if store.written > most {
				t.Errorf("%s writes %d records, want at most %d", what, store.written, most)
			}
		}
		var got []types.Message
		wrote("a send", 1, func() { b.send("last") })
		wrote("a receive of 4", 4, func() { got = b.receive(0) })
		wrote("an empty receive", 0, func() { b.receive(0) })
		wrote("a delete", 2, func() {
			_, err := b.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &b.url, ReceiptHandle: got[0].ReceiptHandle})
			b.must(err)
		})
		for key, value := range store.records {
			if strings.HasPrefix(key, "state/") && len(value) > 300 {
				t.Errorf("the state of a message takes %d bytes: %s", len(value), value)
			}
		}
	})
}

// What cannot be restored is refused, and not written over.
func TestDamagedStore(t *testing.T) {
	good := &shelf{}
	synctest.Test(t, func(t *testing.T) {
		b := &bench{T: t, srv: snstest.Start(t, snstest.Config{Store: good})}
		b.sqs = client(b.srv)
		b.url = b.create("q")
		b.send("one")
	})
	for _, c := range []struct{ key, value, want string }{
		{"snstest", "2", "the store is in format 2, and this snstest reads format 1"},
		{"snstest", "", "none that says of which format"},
		{"queue/1/0", "{", "record queue/1/0: unexpected end of JSON input"},
		{"message/1/1", `{"Instance":1,"Serial":1,"MD5":"00"}`, "is no MD5 sum"},
		{"sqs", "", "record sqs is missing"},
	} {
		bad := good.copy()
		bad.records[c.key] = []byte(c.value)
		if c.value == "" {
			delete(bad.records, c.key)
		}
		_, err := snstest.New(snstest.Config{Store: bad})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %s: got %v, want an error with %q", c.key, c.value, err, c.want)
		}
		if bad.saves != 0 {
			t.Errorf("%s = %s: the store was written", c.key, c.value)
		}
	}
}

// When the store does not save, nobody is told that anything happened.
func TestStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{}
		srv, err := snstest.New(snstest.Config{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, srv: srv}
		b.sqs = client(b.srv, func(o *sqs.Options) { o.Retryer = aws.NopRetryer{} })
		b.url = b.create("q")
		store.err = errors.New("disk full")
		for range 2 {
			if err := b.trySend("one"); err == nil || !strings.Contains(err.Error(), "the store does not save: disk full") {
				t.Errorf("got %v, want that the store does not save", err)
			}
		}
		if err := srv.Close(); !errors.Is(err, store.err) {
			t.Errorf("Close: got %v, want %v", err, store.err)
		}
	})
}
