package sns_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
)

const latency = 15 * time.Millisecond // of a request, as in a region nearby

func TestPublishAloneTakesOneRequest(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		b.orders(1) // makes the topic
		for i := range 20 {
			began := time.Now()
			b.must(b.tr.Publish(b.Context(), order(i)))
			if took := time.Since(began); took != latency {
				b.Errorf("publishing took %s, a request takes %s", took, latency)
			}
		}
	})
}

func TestPublishersShareRequests(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		b.orders(1)
		const publishers, each = 20, 50
		before := b.count("PublishBatch")
		var all sync.WaitGroup
		for p := range publishers {
			all.Go(func() {
				for i := range each {
					if err := b.tr.Publish(b.Context(), order(p*each+i)); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := b.count("PublishBatch") - before; n > 110 {
			b.Errorf("1,000 messages took %d requests, want no more than 110", n)
		}
	})
}

func TestPublishBatchFillsRequests(t *testing.T) {
	inBubble(t, snstest.Config{Latency: latency}, func(b *bench) {
		b.orders(1)
		before, began := b.count("PublishBatch"), time.Now()
		b.orders(1000)
		if n := b.count("PublishBatch") - before; n != 100 {
			b.Errorf("1,000 messages took %d requests, want 100", n)
		}
		if took := time.Since(began); took > 13*latency { // eight at a time
			b.Errorf("100 requests took %s", took)
		}
	})
}

func TestTooLargeIsRefusedBeforeAnyRequest(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		m := order(1)
		m.Body = make([]byte, 300<<10)
		err := b.tr.Publish(b.Context(), m)
		if err == nil || err.Error() != "sns: publish Order: body is 307200 bytes long, sns takes 253952" {
			b.Errorf("got %v", err)
		}
		m = order(2)
		m.Attributes = map[string]string{"large": strings.Repeat("x", 300<<10)}
		err = b.tr.Publish(b.Context(), m)
		if err == nil || !strings.Contains(err.Error(), "bytes long with its attributes, SNS takes 262144") {
			b.Errorf("got %v", err)
		}
		if n := len(b.srv.Requests()); n > 0 {
			b.Errorf("there were %d kinds of requests", n)
		}
	})
}

// 30 headers and 200 KiB arrive as they were, and travel as few attributes.
func TestManyHeadersAndALargeBody(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		m := order(1)
		m.Key = "42"
		m.Body = append(bytes.TrimSuffix(m.Body, []byte("}")), `,"x":"`+strings.Repeat("ü", 100<<10)+`"}`...)
		m.Attributes = map[string]string{}
		for i := range 30 {
			m.Attributes[fmt.Sprint("header-", i)] = strings.Repeat("v", i)
		}
		want := m.Clone()
		b.publish(m)
		for _, q := range b.srv.Dump().Queues {
			for _, m := range q.Ready {
				if len(m.Attributes) > 10 {
					b.Errorf("the message has %d attributes in SQS", len(m.Attributes))
				}
				if m.Body != string(want.Body) {
					b.Error("the body is another in SQS")
				}
			}
		}
		got := b.take(c, 1)[0].Message
		if !bytes.Equal(got.Body, want.Body) || fmt.Sprint(got.Attributes) != fmt.Sprint(want.Attributes) {
			b.Errorf("got %d bytes and %v", len(got.Body), got.Attributes)
		}
	})
}

// A topic that somebody deletes is made again.
func TestDeletedTopic(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		b.orders(1)
		for _, topic := range b.srv.Dump().Topics {
			b.deleteTopic(topic.ARN)
		}
		b.must(b.tr.Publish(b.Context(), order(2)))
	})
}

// What SNS is at fault for is tried again until ctx ends, and only what ctx does is an error then.
func TestPublishWhileSNSFails(t *testing.T) {
	fails := func(_ context.Context, c snstest.Call) snstest.Fault {
		if c.Action == "PublishBatch" {
			return snstest.Fault{Error: snstest.Unavailable()}
		}
		return snstest.Fault{}
	}
	inBubble(t, snstest.Config{}, func(b *bench) {
		b.orders(1)
		b.srv.SetHook(fails)
		ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := b.tr.Publish(ctx, order(2)); err == nil || ctx.Err() == nil || time.Since(began) != time.Minute {
			b.Errorf("after %s: %v", time.Since(began), err)
		}
		later := time.AfterFunc(10*time.Minute, func() { b.srv.SetHook(nil) })
		defer later.Stop()
		b.must(transport.PublishBatch(b.Context(), b.tr, []*transport.Message{order(3), order(4)}))
	})
}
