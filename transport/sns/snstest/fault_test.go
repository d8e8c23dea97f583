package snstest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// once lets something go wrong with the first request for an action, and no other.
func once(action string, f snstest.Fault) func(context.Context, snstest.Call) snstest.Fault {
	left := make(chan snstest.Fault, 1)
	left <- f
	return func(_ context.Context, c snstest.Call) snstest.Fault {
		if c.Action != action {
			return snstest.Fault{}
		}
		select {
		case f := <-left:
			return f
		default:
			return snstest.Fault{}
		}
	}
}

func TestFaultsThatSDKsRetry(t *testing.T) {
	for name, err := range map[string]error{
		"throttled": snstest.Throttle(), "unavailable": snstest.Unavailable(), "internal": snstest.Internal(),
		"own": errors.New("no such luck"),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, snstest.Config{}, func(b *bench) {
				b.srv.SetHook(once("SendMessage", snstest.Fault{Error: err}))
				b.send("a") // the SDK retries, and the first had no effect
				b.equal("received", bodies(b.receive(0)), "a")
				for _, r := range b.srv.Requests() {
					if r.Action == "SendMessage" {
						b.equal("requests and errors", []int{r.Count, r.Errors}, []int{2, 1})
					}
				}
			})
		})
	}
}

func TestFaultThatSDKsReport(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		b.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault {
			return snstest.Fault{Error: snstest.ErrorOf("KmsDisabled", "KMS.DisabledException", http.StatusBadRequest, "off")}
		})
		err := b.trySend("a")
		if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != "KMS.DisabledException" {
			b.Errorf("got %v", err)
		}
		b.srv.SetHook(nil)
		b.send("b")
	})
}

func TestConnectionCutBefore(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		b.srv.SetHook(once("SendMessage", snstest.Fault{CutBefore: true}))
		b.send("a")
		b.equal("received", bodies(b.receive(0)), "a")
	})
}

// The client cannot know that the message was taken, and sends it again: at least once.
func TestConnectionCutAfter(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		b.srv.SetHook(once("SendMessage", snstest.Fault{CutAfter: true}))
		b.send("a")
		b.equal("received", bodies(b.receive(0)), "a a")
	})
}

// An answer that is lost leaves the messages in flight, as at AWS.
func TestReceiveCutAfter(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		b.send("a")
		b.srv.SetHook(once("ReceiveMessage", snstest.Fault{CutAfter: true}))
		b.equal("received", bodies(b.receive(0)), "")
		b.sleep(30 * time.Second)
		got := b.receive(0)
		b.equal("received", bodies(got), "a")
		b.equal("count", got[0].Attributes["ApproximateReceiveCount"], "2")
	})
}

func TestLatency(t *testing.T) {
	inBubble(t, snstest.Config{Latency: 15 * time.Millisecond}, func(b *bench) {
		start := time.Now()
		b.send("a", "b")
		b.equal("took", time.Since(start), 30*time.Millisecond)
		b.srv.SetHook(func(context.Context, snstest.Call) snstest.Fault { return snstest.Fault{Delay: time.Second} })
		start = time.Now()
		b.send("c")
		b.equal("took", time.Since(start), 1015*time.Millisecond)
	})
}

func TestClientGoneDuringLatency(t *testing.T) {
	inBubble(t, snstest.Config{Latency: time.Second}, func(b *bench) {
		ctx, cancel := context.WithTimeout(b.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := b.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &b.url, MessageBody: aws.String("a")})
		if !errors.Is(err, context.DeadlineExceeded) {
			b.Errorf("got %v", err)
		}
		b.sleep(2 * time.Second)
		b.equal("received", bodies(b.receive(0)), "")
	})
}

func TestHookSeesTheCall(t *testing.T) {
	var got snstest.Call
	hook := func(_ context.Context, c snstest.Call) snstest.Fault {
		if c.Action == "SendMessage" {
			got = c
		}
		return snstest.Fault{}
	}
	inBubble(t, snstest.Config{Hook: hook}, func(b *bench) {
		b.send("a")
		if len(got.RequestID) != 36 || strings.Count(got.RequestID, "-") != 4 {
			b.Errorf("RequestID is %q", got.RequestID)
		}
		got.RequestID = ""
		b.equal("call", got, snstest.Call{
			Service: "sqs", Action: "SendMessage", AccessKey: "any", Account: "000000000000", Region: "us-east-1",
		})
	})
}
