package sns

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// subscription is a subscription. The service's lock guards it, except for its tally.
type subscription struct {
	arn       string
	serial    uint64
	topic     *topic
	protocol  string
	endpoint  string
	owner     string // the account that subscribed
	principal string // the ARN of who did

	life
	set           eventual[*subSettings]
	confirmed     bool
	authenticated bool // the confirmation was
	locked        bool // AuthenticateOnUnsubscribe
	token         string
	asked         int64 // when the token was made

	tally tally
}

// tally is what became of the messages for a subscription.
type tally struct {
	mu sync.Mutex
	Tally
}

// Tally counts what became of the messages for a subscription; the names are those of the metrics of
// sns-monitoring-using-cloudwatch.
type Tally struct {
	Delivered   int
	FilteredOut int
	Failed      int
	Redriven    int // to the dead-letter queue, of those that failed
	Failure     string
}

func (t *tally) count(add func(*Tally)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.Tally)
}

func (t *tally) read() Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Tally
}

// tokenLife: "Confirmation tokens are valid for two days" (API_Subscribe), and "Amazon SNS automatically deletes
// unconfirmed subscriptions after 48 hours" (sns-delete-subscription-topic).
const tokenLife = 48 * time.Hour

func (sub *subscription) expired(now int64) bool {
	return !sub.confirmed && now-sub.asked >= int64(tokenLife)
}

func (sub *subscription) alive(now int64) bool { return sub.seen(now) && !sub.expired(now) }

// id orders subscriptions by their making.
func (sub *subscription) id() string { return fmt.Sprintf("%020d", sub.serial) }

// ask makes a new token for a subscription. The lock is held.
func (s *Service) ask(sub *subscription, now int64) (token string) {
	delete(s.tokens, sub.token)
	sub.token, sub.asked = newToken(), now
	s.tokens[sub.token] = sub
	return sub.token
}

// newToken makes a token in the form of AWS's: hexadecimal digits, a great many.
func newToken() string {
	var b strings.Builder
	for range tokenSize / 32 {
		b.WriteString(strings.ReplaceAll(wire.NewID(), "-", ""))
	}
	return b.String()
}

const tokenSize = 256

func isToken(s string) bool {
	return len(s) >= tokenSize/2 && strings.Trim(s, "0123456789abcdef") == ""
}

// subscriptionOf finds a subscription that can be seen.
func (s *Service) subscriptionOf(c *wire.Call, arn *string) (*subscription, error) {
	if err := readSubscription(c, arn); err != nil {
		return nil, err
	}
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sub := s.subs[*arn]; sub != nil && sub.alive(now) {
		return sub, nil
	}
	return nil, notFound("Subscription")
}

// permit says whether a caller may do something to a subscription: who made it and who owns the topic may
// (API_Unsubscribe, API_SetSubscriptionAttributes). These actions have no resource (Service Authorization
// Reference, list_amazonsns).
func (s *Service) permit(c *wire.Call, sub *subscription, action string) error {
	if err := s.own(c, action, "*"); err != nil {
		return err
	}
	if a := c.Caller.Account; a != sub.owner && a != sub.topic.key.account {
		return authorization("User: " + c.Caller.ARN + " is not authorized to perform: sns:" + action +
			" on resource: " + sub.arn)
	}
	return nil
}
