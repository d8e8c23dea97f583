package sns_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/transporttest"
)

// faults returns a hook under which every fifth request fails: AWS is overloaded, or throttles, or the connection is cut, before
// or after the request had its effect.
func faults(seed uint64) func(context.Context, snstest.Call) snstest.Fault {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	return func(_ context.Context, c snstest.Call) snstest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(5) > 0 {
			return snstest.Fault{}
		}
		switch random.IntN(5) {
		case 0:
			return snstest.Fault{Error: snstest.Unavailable()}
		case 1:
			return snstest.Fault{Error: snstest.Internal()}
		case 2:
			return snstest.Fault{Error: snstest.Throttle()}
		case 3:
			// Whoever sends again what has been sent, receives again, or makes visible again what somebody else has by now, does
			// what the suite forbids and SQS cannot prevent: see TestFaults.
			switch c.Action {
			case "ReceiveMessage", "PublishBatch", "SendMessage", "ChangeMessageVisibilityBatch":
			default:
				return snstest.Fault{CutAfter: true}
			}
		}
		return snstest.Fault{CutBefore: true}
	}
}

// Watermill's suite runs by the clock, where the pauses before requests are tried again are real, and thousands: it is left out
// here, and whole in TestConformance.
func TestConformanceWithFaults(t *testing.T) {
	h := inBubbles(snstest.Config{Hook: faults(rand.Uint64())})
	h.Lease = 2 * time.Minute
	h.Patience = 15 * time.Minute
	start := h.New
	h.New = func(t testing.TB) func() transport.Transport {
		if strings.Contains(t.Name(), "/watermill") {
			t.Skip("not with faults")
		}
		return start(t)
	}
	transporttest.Run(t, h)
}
