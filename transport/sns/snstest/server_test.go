package snstest_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/snstest"
)

func TestLongPollsTakeNoTimeInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(snstest.Start(t))
		q, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 2 {
			got, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, WaitTimeSeconds: 20})
			if err != nil || len(got.Messages) > 0 {
				t.Fatalf("got %v, %v", got, err)
			}
		}
		if d := time.Since(start); d != 40*time.Second {
			t.Errorf("two long polls of 20 s took %v", d)
		}
	})
}

func TestTrickleWakesOnePoller(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		const pollers, messages = 8, 50
		var polls sync.WaitGroup
		for range pollers {
			polls.Go(func() {
				for len(b.receive(20)) > 0 {
				}
			})
		}
		synctest.Wait()
		for i := range messages {
			b.send(fmt.Sprint(i))
			b.sleep(100 * time.Millisecond)
		}
		held, _ := b.srv.Queue("q")
		b.equal("waiting", held.Waiting, pollers)
		polls.Wait()
		b.equal("receives", b.srv.Count("ReceiveMessage"), messages+pollers) // each waits once in vain, at the end
	})
}

func TestReceiversAreServedInOrder(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		var mu sync.Mutex
		var got []string
		for i := range 5 {
			go func() {
				messages := b.receive(20)
				mu.Lock()
				defer mu.Unlock()
				got = append(got, fmt.Sprintf("%d:%s", i, bodies(messages)))
			}()
			synctest.Wait()
		}
		for i := range 5 {
			b.send(fmt.Sprint(i))
			synctest.Wait()
		}
		b.equal("receivers", got, []string{"0:0", "1:1", "2:2", "3:3", "4:4"})
	})
}

func TestInFlightLimit(t *testing.T) {
	inBubble(t, snstest.Config{Limits: snstest.Limits{InFlight: 2}}, func(b *bench) {
		b.send("a", "b", "c")
		b.equal("received", bodies(b.receive(0)), "a b")
		_, err := b.sqs.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{QueueUrl: &b.url})
		if _, ok := errors.AsType[*types.OverLimit](err); !ok {
			b.Errorf("a short poll over the limit: got %v, want OverLimit", err)
		}
		start := time.Now()
		b.equal("received", bodies(b.receive(20)), "") // a long poll is no error, and waits
		b.equal("waited", time.Since(start), 20*time.Second)
		b.equal("received", bodies(b.receive(20)), "c a") // when a and b are visible again
	})
}

func TestInFlightLimitFIFO(t *testing.T) {
	inBubble(t, snstest.Config{Limits: snstest.Limits{InFlight: 1}}, func(b *bench) {
		b.url = b.create("q.fifo", "FifoQueue", "true", "ContentBasedDeduplication", "true")
		for _, group := range []string{"g", "h"} {
			_, err := b.sqs.SendMessage(b.Context(), &sqs.SendMessageInput{
				QueueUrl: &b.url, MessageBody: &group, MessageGroupId: &group,
			})
			b.must(err)
		}
		b.equal("received", bodies(b.receive(0)), "g")
		b.equal("received", bodies(b.receive(0)), "") // and no error
	})
}

func TestClockOfOnesOwn(t *testing.T) {
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(1_000_000+now.Load(), 0) }
	srv, c := loopback(t, snstest.Config{Clock: clock})
	q, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	in := &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String("a"), DelaySeconds: 900}
	if _, err := c.SendMessage(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	got := make(chan int)
	go func() {
		out, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, WaitTimeSeconds: 20})
		if err != nil {
			t.Error(err)
			got <- -1
			return
		}
		got <- len(out.Messages)
	}()
	now.Add(900)
	srv.CatchUp()
	if n := <-got; n != 1 {
		t.Errorf("received %d messages", n)
	}
}

func TestBadConfig(t *testing.T) {
	for name, c := range map[string]snstest.Config{
		"account":          {Account: "12"},
		"caller's account": {Callers: map[string]snstest.Caller{"k": {Account: "x"}}},
		"caller's ARN":     {Callers: map[string]snstest.Caller{"k": {ARN: "arn:aws:iam::111111111111:user/a"}}},
		"caller's policy":  {Callers: map[string]snstest.Caller{"k": {Policies: []string{"{"}}}},
	} {
		if _, err := snstest.New(c); err == nil || !strings.HasPrefix(err.Error(), "snstest: Config.") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
