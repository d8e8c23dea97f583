package sns

import (
	"github.com/framebus/framebus/transport/sns/snstest/internal/fifo"
	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
)

// Keys of records.
const (
	serviceKey      = "sns"
	topicKey        = "topic/"
	subscriptionKey = "subscription/"
	tallyKey        = "tally/"
	numberKey       = "number/"
	dedupKey        = "topicdedup/"
)

// stretch is how far the ceiling of sequence numbers is ahead of those that were given out, so that it is not written
// for each message. After a restart they begin above it.
const stretch = 4096

// What is stored, as JSON. Times are nanoseconds since 1970.

type storedService struct{ Serial uint64 }

type storedTopic struct {
	Account, Region, Name string
	FIFO                  bool `json:",omitempty"`
	Since, Until          int64
	Values                map[string]string
	Next                  []storedChange `json:",omitempty"`
	Tags                  map[string]string
	Deleted               []int64 `json:",omitempty"`
}

type storedChange struct {
	At     int64
	Values map[string]string
}

type storedSubscription struct {
	ARN, Topic                       string
	TopicSince                       int64 // tells the topic from others of its name
	Serial                           uint64
	Protocol, Endpoint               string
	Owner, Principal                 string
	Since, Until                     int64
	Values                           map[string]string
	Next                             []storedChange `json:",omitempty"`
	Confirmed, Authenticated, Locked bool
	Token                            string
	Asked                            int64
}

type storedTally struct {
	ARN string
	Tally
}

type storedNumber struct {
	Topic   string
	Ceiling uint64
}

type storedDedup struct {
	Topic, ID         string
	TopicSince        int64
	MessageID, Number string
	Until             int64
}

func (s *Service) keepTopic(t *topic) {
	if s.config.Journal == nil || s.topics[t.key] != t {
		return
	}
	kept := storedTopic{
		Account: t.key.account, Region: t.key.region, Name: t.key.name, FIFO: t.fifo, Since: t.since, Until: t.until,
		Values: t.set.now.values, Tags: t.tags, Deleted: t.deleted,
	}
	for _, c := range t.set.next {
		kept.Next = append(kept.Next, storedChange{c.at, c.value.values})
	}
	s.config.Journal.Add(journal.Of(topicKey+t.arn, kept))
}

func (s *Service) keepSubscription(sub *subscription) {
	if s.config.Journal == nil {
		return
	}
	kept := storedSubscription{
		ARN: sub.arn, Topic: sub.topic.arn, TopicSince: sub.topic.since, Serial: sub.serial, Protocol: sub.protocol,
		Endpoint: sub.endpoint, Owner: sub.owner, Principal: sub.principal, Since: sub.since, Until: sub.until,
		Values: sub.set.now.values(), Confirmed: sub.confirmed, Authenticated: sub.authenticated, Locked: sub.locked,
		Token: sub.token, Asked: sub.asked,
	}
	for _, c := range sub.set.next {
		kept.Next = append(kept.Next, storedChange{c.at, c.value.values()})
	}
	s.config.Journal.Add(
		journal.Of(serviceKey, storedService{s.serial}), journal.Of(subscriptionKey+sub.arn, kept),
	)
}

// buried drops a subscription that is gone, unless a token can bring it back.
func (s *Service) buried(sub *subscription) {
	if s.config.Journal == nil || s.tokens[sub.token] == sub {
		return
	}
	s.config.Journal.Add(journal.Record{Key: subscriptionKey + sub.arn}, journal.Record{Key: tallyKey + sub.arn})
}

// dropTopic drops a topic that is gone. Its subscriptions are buried besides.
func (s *Service) dropTopic(t *topic) {
	if s.config.Journal == nil {
		return
	}
	s.config.Journal.Add(journal.Record{Key: topicKey + t.arn}, journal.Record{Key: numberKey + t.arn})
	t.order.Lock()
	defer t.order.Unlock()
	t.dedup.Clear()
}

// count counts what became of a message for a subscription.
func (s *Service) count(sub *subscription, add func(*Tally)) {
	sub.tally.count(add)
	if s.config.Journal == nil {
		return
	}
	sub.tally.mu.Lock() // held until it is added, so that the latest is the last
	defer sub.tally.mu.Unlock()
	s.config.Journal.Add(journal.Of(tallyKey+sub.arn, storedTally{sub.arn, sub.tally.Tally}))
}

func dedupKeyOf(arn, id string) string { return dedupKey + arn + "/" + fifo.Printable(id) }

// forgetter is what forgets the deduplication IDs of a topic; nil if nobody remembers them.
func (s *Service) forgetter(t *topic) func(id string) {
	if s.config.Journal == nil {
		return nil
	}
	return func(id string) { s.config.Journal.Add(journal.Record{Key: dedupKeyOf(t.arn, id)}) }
}

// keepDedup keeps a message of a FIFO topic. Its order is held.
func (s *Service) keepDedup(t *topic, id string, p published, until int64) {
	if s.config.Journal == nil {
		return
	}
	records := []journal.Record{journal.Of(dedupKeyOf(t.arn, id), storedDedup{
		Topic: t.arn, TopicSince: t.since, ID: id, MessageID: p.id, Number: p.number, Until: until,
	})}
	if t.number > t.ceiling {
		t.ceiling = t.number + stretch
		records = append(records, journal.Of(numberKey+t.arn, storedNumber{t.arn, t.ceiling}))
	}
	s.config.Journal.Add(records...)
}
