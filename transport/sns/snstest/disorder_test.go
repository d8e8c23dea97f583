package snstest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// drained sends twenty messages and returns them as they are received.
func drained(t *testing.T, config snstest.Config) (got string) {
	inBubble(t, config, func(b *bench) {
		for i := range 20 {
			b.send(fmt.Sprint(i))
		}
		var all []types.Message
		for messages := b.receive(1); len(messages) > 0; messages = b.receive(1) {
			all = append(all, messages...)
		}
		got = bodies(all)
	})
	return got
}

func TestReorder(t *testing.T) {
	tame := drained(t, snstest.Config{})
	first := drained(t, snstest.Config{Seed: 1, Disorder: snstest.Disorder{Reorder: true}})
	again := drained(t, snstest.Config{Seed: 1, Disorder: snstest.Disorder{Reorder: true}})
	other := drained(t, snstest.Config{Seed: 2, Disorder: snstest.Disorder{Reorder: true}})
	switch {
	case tame == first:
		t.Error("nothing is out of order")
	case first != again:
		t.Errorf("the same seed gave %s and %s", first, again)
	case first == other:
		t.Errorf("two seeds gave %s", first)
	case len(strings.Fields(first)) != 20:
		t.Errorf("got %s", first)
	}
}

func TestDuplicates(t *testing.T) {
	got := strings.Fields(drained(t, snstest.Config{Disorder: snstest.Disorder{Duplicates: 0.5}}))
	if len(got) <= 20 || len(got) > 40 {
		t.Errorf("20 messages were received as %d", len(got))
	}
}

// A duplicate has the ID of its message, and outlives its deletion.
func TestDuplicateIsTheSameMessage(t *testing.T) {
	inBubble(t, snstest.Config{Disorder: snstest.Disorder{Duplicates: 1}}, func(b *bench) {
		b.send("a")
		got := b.receive(0)
		b.equal("received", bodies(got), "a a")
		b.equal("IDs", *got[0].MessageId, *got[1].MessageId)
		_, err := b.sqs.DeleteMessage(b.Context(), &sqs.DeleteMessageInput{QueueUrl: &b.url, ReceiptHandle: got[0].ReceiptHandle})
		b.must(err)
		b.sleep(30 * time.Second)
		b.equal("received", bodies(b.receive(0)), "a")
	})
}

func TestFIFOHasNoDisorder(t *testing.T) {
	inBubble(t, snstest.Config{Disorder: snstest.Disorder{Reorder: true, Duplicates: 1}}, func(b *bench) {
		b.url = b.create("q.fifo", "FifoQueue", "true", "ContentBasedDeduplication", "true")
		for i := range 9 {
			_, err := b.sqs.SendMessage(b.Context(), &sqs.SendMessageInput{
				QueueUrl: &b.url, MessageBody: aws.String(fmt.Sprint(i)), MessageGroupId: aws.String("g"),
			})
			b.must(err)
		}
		b.equal("received", bodies(b.receive(0)), "0 1 2 3 4 5 6 7 8")
	})
}

func TestEmptyPolls(t *testing.T) {
	inBubble(t, snstest.Config{Disorder: snstest.Disorder{EmptyPolls: 0.5}}, func(b *bench) {
		empty := 0
		for i := range 40 {
			b.send(fmt.Sprint(i))
			if len(b.receive(0)) == 0 {
				empty++
			}
		}
		if empty == 0 || empty == 40 {
			b.Errorf("%d of 40 short polls were empty", empty)
		}
		b.send("last")
		if len(b.receive(1)) == 0 {
			b.Error("a long poll asks all servers, and found nothing")
		}
	})
}

func TestConsistency(t *testing.T) {
	config := snstest.Config{Disorder: snstest.Disorder{Consistency: 10 * time.Second}}
	inBubble(t, config, func(b *bench) {
		missing := func(err error) bool {
			_, ok := errors.AsType[*types.QueueDoesNotExist](err)
			return ok
		}
		if err := b.trySend("early"); !missing(err) {
			b.Errorf("a new queue: got %v", err)
		}
		b.sleep(10 * time.Second)
		b.send("a")

		_, err := b.sqs.SetQueueAttributes(b.Context(), &sqs.SetQueueAttributesInput{
			QueueUrl: &b.url, Attributes: map[string]string{"DelaySeconds": "900"},
		})
		b.must(err)
		b.send("b") // the delay is not yet known
		b.equal("received", bodies(b.receive(0)), "a b")
		b.sleep(10 * time.Second)
		b.send("c")
		b.equal("received", bodies(b.receive(0)), "")

		_, err = b.sqs.DeleteQueue(b.Context(), &sqs.DeleteQueueInput{QueueUrl: &b.url})
		b.must(err)
		b.send("d") // the queue is still there
		if _, err := b.sqs.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")}); err == nil {
			b.Error("a queue that was deleted was created again at once")
		}
		b.sleep(10 * time.Second)
		if err := b.trySend("late"); !missing(err) {
			b.Errorf("a deleted queue: got %v", err)
		}
	})
}
