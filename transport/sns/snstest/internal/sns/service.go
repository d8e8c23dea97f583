package sns

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/access"
	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
	"github.com/framebus/framebus/transport/sns/snstest/internal/sqs"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Config is what can be chosen.
type Config struct {
	// Now is the time.
	Now func() time.Time
	// Access decides who may do what.
	Access *access.Checker
	// Queues are where messages are delivered.
	Queues *sqs.Service
	// Seed is that of all randomness.
	Seed uint64

	// Reorder delivers the messages of a batch, and each to its subscriptions, in disorder, if the topic is a
	// standard one.
	Reorder bool
	// Duplicates is how likely a message of a standard topic is delivered twice to a subscription, from 0 to 1.
	Duplicates float64
	// Consistency is how long it takes until what was made, changed or deleted is seen so.
	Consistency time.Duration

	// Journal is told what changes. Nil: nobody is.
	Journal *journal.Journal
}

// Service is Amazon SNS, in all regions and for all accounts. It is safe for concurrent use.
type Service struct {
	config   Config
	epoch    time.Time
	settings map[string]setting

	mu     sync.RWMutex
	topics map[key]*topic
	subs   map[string]*subscription // by ARN
	tokens map[string]*subscription // that confirm
	serial uint64                   // of subscriptions

	chance sync.Mutex
	random *rand.Rand
}

// New makes a service without topics.
func New(c Config) *Service {
	return &Service{
		config: c, epoch: c.Now(), settings: topicSettings(),
		topics: map[key]*topic{}, subs: map[string]*subscription{}, tokens: map[string]*subscription{},
		random: rand.New(rand.NewPCG(c.Seed, 1)), //nolint:gosec // seeded disorder is the purpose
	}
}

// now is the time in nanoseconds since 1970. It goes by the monotonic clock, if Now has one.
func (s *Service) now() int64 {
	return s.epoch.UnixNano() + int64(s.config.Now().Sub(s.epoch))
}

// soon is when what is done now is seen.
func (s *Service) soon(now int64) int64 { return now + int64(s.config.Consistency) }

// check checks a permission for something that may have a policy. A caller without a signature has those that a
// policy gives to everybody.
func (s *Service) check(c *wire.Call, action, resource string, on *policy.Document) error {
	return authorizationOf(s.config.Access.Check(c, Name+":"+action, resource, on))
}

// own checks a permission for something that is done to no topic in particular.
func (s *Service) own(c *wire.Call, action, resource string) error {
	if c.Caller.AccessKey == "" {
		return wire.MissingToken()
	}
	return s.check(c, action, resource, nil)
}

// topic finds the topic of an ARN for a caller who may do an action to it. Who may not is not told whether it
// exists.
func (s *Service) topic(c *wire.Call, parameter string, arn *string, action string) (*topic, error) {
	t, err := s.mayTopic(c, parameter, arn, action)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, notFound("Topic")
	}
	return t, nil
}

// mayTopic is topic for who does not mind that there is none: it returns nil then.
func (s *Service) mayTopic(c *wire.Call, parameter string, arn *string, action string) (*topic, error) {
	k, fault := readTopic(c, parameter, arn)
	if fault != nil {
		return nil, fault
	}
	t, on := s.see(k)
	if err := s.check(c, action, k.arn(), on); err != nil {
		return nil, err
	}
	return t, nil
}

// see returns a topic that can be seen, with its policy.
func (s *Service) see(k key) (*topic, *policy.Document) {
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.topics[k]
	if t == nil || !t.seen(now) {
		return nil, nil
	}
	return t, t.set.at(now).policy
}

// list returns the topics that can be seen and that choose picks, by ARN.
func (s *Service) list(choose func(*topic) bool) []*topic {
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []*topic
	for _, t := range s.topics {
		if t.seen(now) && choose(t) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, func(a, b *topic) int { return cmp.Compare(a.arn, b.arn) })
	return found
}
