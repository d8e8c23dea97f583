package sns_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// letters lists the dead letters of the subscription.
func (b *bench) letters(s transport.Subscription) []transport.DeadLetter {
	b.Helper()
	box, err := b.tr.DeadLetters(b.Context(), s.ID)
	b.must(err)
	list, err := box.List(b.Context(), "", 1000)
	b.must(err)
	return list
}

// put sends a message to the subscription's queue past SNS, as anybody can.
func (b *bench) put(s transport.Subscription, body string, attributes map[string]string) {
	b.Helper()
	q, err := b.tr.Topology().Lookup(b.Context(), s.ID)
	b.must(err)
	in := &awssqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &body, MessageAttributes: map[string]sqstypes.MessageAttributeValue{}}
	for name, value := range attributes {
		in.MessageAttributes[name] = sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	_, err = b.sqsClient().SendMessage(b.Context(), in)
	b.must(err)
}

// A message that has no room for a record beside it dies nevertheless, with as much of the record as there is room for.
func TestDeadLettersOfFullMessages(t *testing.T) {
	full := map[string]string{}
	for i := range 10 {
		full[fmt.Sprint("attribute-", i)] = strings.Repeat("v", i+1)
	}
	for name, c := range map[string]struct {
		body       string
		attributes map[string]string
		attempts   int // that the record has
	}{
		"ten attributes":  {"body", full, 20},
		"as large as can": {strings.Repeat("x", 1<<20-2600), nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, snstest.Config{}, func(b *bench) {
				s := listener("a", "Order")
				c1 := b.subscribe(s)
				b.put(s, c.body, c.attributes)
				d := b.take(c1, 1)[0]
				for i := range 30 {
					d.Fail(fmt.Errorf("failure %d: %s", i, strings.Repeat("long", 300)))
				}
				b.must(d.DeadLetter(b.Context(), errors.New(strings.Repeat("reason", 300))))
				for range 2 {
					list := b.letters(s)
					if len(list) != 1 {
						b.Fatalf("there are %d dead letters", len(list))
					}
					m, why := list[0].Message, list[0].Why
					if string(m.Body) != c.body || len(m.Attributes) != len(c.attributes) {
						b.Errorf("the dead letter has %d bytes and %v", len(m.Body), m.Attributes)
					}
					for name, value := range c.attributes {
						if m.Attributes[name] != value {
							b.Errorf("attribute %s is %q", name, m.Attributes[name])
						}
					}
					if why.Reason == "" || len(why.Attempts) != c.attempts || why.Omitted+len(why.Attempts) != 30 {
						b.Errorf("the record has %d attempts and leaves out %d", len(why.Attempts), why.Omitted)
					}
				}
				box, err := b.tr.DeadLetters(b.Context(), s.ID)
				b.must(err)
				if n, err := box.Redrive(b.Context()); n != 1 || err != nil {
					b.Fatalf("redrove %d: %v", n, err)
				}
				again := b.take(c1, 1)[0]
				if string(again.Message.Body) != c.body || len(again.Message.Attributes) != len(c.attributes) {
					b.Errorf("redriven, it has %d bytes and %v", len(again.Message.Body), again.Message.Attributes)
				}
				b.must(again.Ack(b.Context()))
			})
		})
	}
}

// A process that dies while it looks at dead letters has them hidden for a while. Who looks meanwhile waits, and sees all.
func TestDeadLettersThatAreLookedAt(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		s := listener("a", "Order")
		c := b.subscribe(s)
		b.orders(25)
		for _, d := range b.take(c, 25) {
			b.must(d.DeadLetter(b.Context(), errors.New("hopeless")))
		}
		b.srv.SetHook(func(_ context.Context, c snstest.Call) snstest.Fault {
			return snstest.Fault{CutAfter: c.Action == "ReceiveMessage", CutBefore: c.Action == "ChangeMessageVisibilityBatch"}
		})
		ctx, cancel := context.WithTimeout(b.Context(), 3*time.Second)
		defer cancel()
		box, err := b.tr.DeadLetters(b.Context(), s.ID)
		b.must(err)
		if _, err := box.List(ctx, "", 100); err == nil {
			b.Error("a list whose requests fail is no error")
		}
		b.srv.SetHook(nil)
		if list := b.letters(s); len(list) != 25 {
			b.Errorf("there are %d dead letters, of 25", len(list))
		}
	})
}

// Two processes that look, redrive and purge at the same time are in each other's way, but lose nothing.
func TestDeadLettersTogether(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		s := listener("a", "Order")
		c := b.subscribe(s)
		b.orders(40)
		for _, d := range b.take(c, 40) {
			b.must(d.DeadLetter(b.Context(), errors.New("hopeless")))
		}
		list := b.letters(s)
		var all sync.WaitGroup
		for part := range slices.Chunk(list, 10) {
			tr := connect(b, b.srv)
			b.Cleanup(func() { b.must(tr.Close()) })
			all.Go(func() {
				box, err := tr.DeadLetters(b.Context(), s.ID)
				b.must(err)
				var ids []string
				for _, l := range part {
					ids = append(ids, l.ID)
				}
				if n, err := box.Redrive(b.Context(), ids...); n != len(ids) || err != nil {
					b.Errorf("redrove %d of %d: %v", n, len(ids), err)
				}
			})
		}
		all.Wait()
		if list := b.letters(s); len(list) != 0 {
			b.Errorf("%d are left", len(list))
		}
		seen := map[string]int{}
		for _, d := range b.take(c, 40) {
			seen[d.Message.ID]++
			b.must(d.Ack(b.Context()))
		}
		if len(seen) != 40 {
			b.Errorf("%d messages came back, of 40", len(seen))
		}
	})
}

// A message that SQS itself has given up, since processes died with it, has a record that says so.
func TestMessageThatKillsItsProcess(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		s := listener("a", "Order")
		s.MaxReceives, s.Lease = 3, 30*time.Second
		c := b.subscribe(s)
		b.orders(1)
		for i := range s.MaxReceives {
			if d := b.take(c, 1)[0]; d.Receives != i+1 {
				b.Errorf("delivery %d is receive %d", i+1, d.Receives)
			}
		}
		b.none(c, time.Hour)
		list := b.letters(s)
		if len(list) != 1 || list[0].Why.Receives != 3 || len(list[0].Why.Attempts) != 0 || list[0].Why.Listener != "svc/a" ||
			string(list[0].Message.Body) != `{"action":"created","n":0}` {
			b.Errorf("the dead letters are %+v", list)
		}
	})
}
