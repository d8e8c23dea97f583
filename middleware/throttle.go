package middleware

import (
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"golang.org/x/time/rate"
)

// Throttle lets perSecond events through on average, and burst of them at once, at least 1. All listeners
// that the returned middleware wraps share that rate; call Throttle for each to give each its own. 0 or less
// means no limit. It counts deliveries and not the runs of [Retry].
//
// An event that waits for its turn holds its place among the listener's Concurrency, and its lease. When its
// context ends, or a drain begins, it is handed back as not tried: the error wraps [ErrRelease].
func Throttle(perSecond float64, burst int) message.HandlerMiddleware {
	limiter := rate.NewLimiter(rate.Limit(perSecond), max(burst, 1))
	return func(h message.HandlerFunc) message.HandlerFunc {
		if perSecond <= 0 {
			return h
		}
		return func(msg *message.Message) ([]*message.Message, error) {
			turn := limiter.Reserve()
			if delay := turn.Delay(); delay > 0 {
				timer := time.NewTimer(delay)
				defer timer.Stop()
				if err := wait(msg.Context(), timer.C); err != nil {
					turn.Cancel()
					return nil, fmt.Errorf("throttle: %w", err)
				}
			}
			return h(msg)
		}
	}
}
