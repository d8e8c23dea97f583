package sns

import (
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/fifo"
)

// topic is a topic. The service's lock guards it, and order what belongs to a FIFO topic alone.
type topic struct {
	key  key
	arn  string
	fifo bool

	life
	set     eventual[*settings]
	tags    map[string]string
	subs    []*subscription // in the order of their making
	deleted []int64         // when subscriptions were

	order   sync.Mutex
	dedup   fifo.Dedup[published]
	number  uint64
	ceiling uint64 // numbers up to it may have been given out
}

// deletedLife is how long a deleted subscription is counted: "After 72 hours, Amazon SNS clears the 'Deleted'
// subscription" (repost.aws/knowledge-center/sns-cross-account-subscription).
const deletedLife = 72 * time.Hour

// bury forgets subscriptions that can be seen no longer: those that were deleted, and those that nobody confirmed.
func (t *topic) bury(s *Service, now int64) {
	t.subs = slices.DeleteFunc(t.subs, func(sub *subscription) bool {
		if !sub.over(now) && !sub.expired(now) {
			return false
		}
		delete(s.subs, sub.arn)
		if !sub.confirmed {
			delete(s.tokens, sub.token)
		}
		s.buried(sub)
		return true
	})
	t.deleted = slices.DeleteFunc(t.deleted, func(at int64) bool { return now-at >= int64(deletedLife) })
}

// visible are the subscriptions that can be seen.
func (t *topic) visible(now int64) []*subscription {
	var out []*subscription
	for _, sub := range t.subs {
		if sub.alive(now) {
			out = append(out, sub)
		}
	}
	return out
}

// counts are the numbers of subscriptions that GetTopicAttributes reports.
func (t *topic) counts(now int64) (confirmed, pending, deleted int) {
	for _, sub := range t.visible(now) {
		if sub.confirmed {
			confirmed++
		} else {
			pending++
		}
	}
	for _, at := range t.deleted {
		if now-at < int64(deletedLife) {
			deleted++
		}
	}
	return confirmed, pending, deleted
}
