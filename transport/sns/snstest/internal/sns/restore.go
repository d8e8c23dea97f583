package sns

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/journal"
)

// restoring is a service on its way back.
type restoring struct {
	service storedService
	topics  []storedTopic
	subs    []storedSubscription
	tallies []storedTally
	numbers []storedNumber
	dedups  []storedDedup
}

// Restore brings back what the journal saved, before the service is used. Records of others are left alone. The error
// says which record is damaged.
func (s *Service) Restore(records []journal.Record) error {
	r := &restoring{}
	for _, record := range records {
		if err := r.read(record); err != nil {
			return fmt.Errorf("record %s: %w", record.Key, err)
		}
	}
	s.serial = r.service.Serial
	byARN := map[string]*topic{}
	for _, stored := range r.topics {
		if (life{stored.Since, stored.Until}).over(s.now()) {
			continue // nobody would see it again
		}
		t, err := s.restoreTopic(stored)
		if err != nil {
			return fmt.Errorf("topic %s: %w", stored.Name, err)
		}
		byARN[t.arn] = t
	}
	slices.SortFunc(r.subs, func(a, b storedSubscription) int { return cmp.Compare(a.Serial, b.Serial) })
	for _, stored := range r.subs {
		if err := s.restoreSubscription(stored, byARN[stored.Topic]); err != nil {
			return fmt.Errorf("record %s%s: %w", subscriptionKey, stored.ARN, err)
		}
	}
	for _, stored := range r.tallies {
		if sub := s.subs[stored.ARN]; sub != nil {
			sub.tally.Tally = stored.Tally
		}
	}
	for _, stored := range r.numbers {
		if t := byARN[stored.Topic]; t != nil {
			t.number, t.ceiling = stored.Ceiling, stored.Ceiling
		}
	}
	slices.SortFunc(r.dedups, func(a, b storedDedup) int { return cmp.Compare(a.Until, b.Until) })
	for _, d := range r.dedups {
		t := byARN[d.Topic]
		if t == nil || t.since != d.TopicSince {
			s.config.Journal.Add(journal.Record{Key: dedupKeyOf(d.Topic, d.ID)})
			continue
		}
		t.dedup.Restore(d.ID, published{d.MessageID, d.Number}, d.Until)
	}
	return nil
}

func (r *restoring) read(record journal.Record) error {
	kind, _, _ := strings.Cut(record.Key, "/")
	switch kind {
	case serviceKey:
		return json.Unmarshal(record.Value, &r.service)
	case strings.TrimSuffix(topicKey, "/"):
		return journal.Into(&r.topics, record)
	case strings.TrimSuffix(subscriptionKey, "/"):
		return journal.Into(&r.subs, record)
	case strings.TrimSuffix(tallyKey, "/"):
		return journal.Into(&r.tallies, record)
	case strings.TrimSuffix(numberKey, "/"):
		return journal.Into(&r.numbers, record)
	case strings.TrimSuffix(dedupKey, "/"):
		return journal.Into(&r.dedups, record)
	}
	return nil
}

func (s *Service) restoreTopic(stored storedTopic) (*topic, error) {
	k := key{stored.Account, stored.Region, stored.Name}
	t := &topic{
		key: k, arn: k.arn(), fifo: stored.FIFO, life: life{stored.Since, stored.Until}, tags: stored.Tags,
		deleted: stored.Deleted,
	}
	if t.tags == nil {
		t.tags = map[string]string{}
	}
	t.dedup.Forget = s.forgetter(t)
	read := func(values map[string]string) (*settings, error) {
		set, fault := s.with(t, &settings{}, values)
		if fault != "" {
			return nil, fmt.Errorf("settings: %s", fault)
		}
		return set, nil
	}
	var err error
	if t.set, err = restoreEventual(stored.Values, stored.Next, read); err != nil {
		return nil, err
	}
	s.topics[k] = t
	return t, nil
}

func restoreEventual[T any](
	values map[string]string, next []storedChange, read func(map[string]string) (T, error),
) (out eventual[T], err error) {
	if out.now, err = read(values); err != nil {
		return out, err
	}
	for _, c := range next {
		later, err := read(c.Values)
		if err != nil {
			return out, err
		}
		out.next = append(out.next, change[T]{c.At, later})
	}
	return out, nil
}

// restoreSubscription brings a subscription back to its topic. Of one that is over there is only its token.
func (s *Service) restoreSubscription(stored storedSubscription, t *topic) error {
	sub := &subscription{
		arn: stored.ARN, serial: stored.Serial, topic: t, protocol: stored.Protocol, endpoint: stored.Endpoint,
		owner: stored.Owner, principal: stored.Principal, life: life{stored.Since, stored.Until},
		confirmed: stored.Confirmed, authenticated: stored.Authenticated, locked: stored.Locked,
		token: stored.Token, asked: stored.Asked,
	}
	now := s.now()
	forgotten := t == nil || t.since != stored.TopicSince || sub.expired(now)
	if !forgotten && sub.over(now) {
		forgotten = sub.token == "" || now-sub.asked >= int64(tokenLife)
	}
	if forgotten {
		s.config.Journal.Add(journal.Record{Key: subscriptionKey + sub.arn}, journal.Record{Key: tallyKey + sub.arn})
		return nil
	}
	read := func(values map[string]string) (*subSettings, error) {
		set, fault := (&subSettings{}).with(sub.subscriber(), values)
		if fault != "" {
			return nil, fmt.Errorf("settings: %s", fault)
		}
		return set, nil
	}
	var err error
	if sub.set, err = restoreEventual(stored.Values, stored.Next, read); err != nil {
		return err
	}
	if sub.token != "" {
		s.tokens[sub.token] = sub
	}
	if !sub.over(now) {
		t.subs = append(t.subs, sub)
		s.subs[sub.arn] = sub
	}
	return nil
}
