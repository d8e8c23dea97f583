package sns

import "maps"

// Dump is a topic with its subscriptions.
type Dump struct {
	ARN           string
	Account       string
	Region        string
	Name          string
	FIFO          bool
	Attributes    map[string]string
	Tags          map[string]string
	Subscriptions []DumpedSubscription
}

// DumpedSubscription is a subscription.
type DumpedSubscription struct {
	ARN        string
	Protocol   string
	Endpoint   string
	Owner      string
	Confirmed  bool
	Token      string // that confirms it
	DeadLetter string // the ARN of the queue
	Attributes map[string]string
	Tally      Tally
}

// Dump returns all topics, by ARN, with their subscriptions in the order of their making.
func (s *Service) Dump() []Dump {
	all := s.list(func(*topic) bool { return true })
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Dump, 0, len(all))
	for _, t := range all {
		d := Dump{
			ARN: t.arn, Account: t.key.account, Region: t.key.region, Name: t.key.name, FIFO: t.fifo,
			Attributes: s.shown(t, now), Tags: maps.Clone(t.tags),
		}
		for _, sub := range t.visible(now) {
			set := sub.set.at(now)
			shown := DumpedSubscription{
				ARN: sub.arn, Protocol: sub.protocol, Endpoint: sub.endpoint, Owner: sub.owner, Confirmed: sub.confirmed,
				DeadLetter: set.dlq, Attributes: sub.shown(now), Tally: sub.tally.read(),
			}
			if !sub.confirmed {
				shown.Token = sub.token
			}
			d.Subscriptions = append(d.Subscriptions, shown)
		}
		out = append(out, d)
	}
	return out
}
