package topology

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/framebus/framebus/transport"
)

// The registry is a topic on which nothing is published. The queue of each listener to a pattern is subscribed to it,
// with a filter policy that says which pattern and which actions: so a process that makes a topic finds those that want
// it, although it knows none of them and they may not be running.
//
// Why no event is missed, whoever is first:
//
//	listener: L1 subscribes to the registry   L2 lists the topics and subscribes to those that match
//	publisher: P1 creates the topic   P2 lists the registry and subscribes those that match   P3 publishes
//
// What the listener is owed is what is published after L2. If P1 is before L2, the listener finds the topic
// itself. If not, L1 is before L2 is before P1 is before P2: the publisher finds the listener, and P3 is after
// P2. Both may find each other: to subscribe twice is to subscribe once. A listener that is not done with L2 is
// owed nothing.
//
// The argument needs that what was done is seen by who looks later, and AWS is eventually consistent. So each
// waits until it sees its own step before it takes the next: L1 and P1 are read back, and so are all
// subscriptions. With one delay for all, that restores the argument: if what is done at t is seen from t+d on,
// the listener lists at L1+d or later and the publisher reads at P1+d or later; the topic is found if P1+d <=
// L1+d, and the listener if L1+d <= P1+d. AWS promises no such delay, so Refresh looks again later.

const (
	patternKey = "framebus_pattern"
	actionsKey = "framebus_actions"
)

// entry is a listener in the registry.
type entry struct {
	pattern string
	actions []string
}

// policy is the entry as a filter policy. It has no match in anything that is published.
func (e entry) policy() string {
	p := map[string][]string{patternKey: {e.pattern}}
	if len(e.actions) > 0 {
		p[actionsKey] = e.actions
	}
	return marshal(p)
}

// readEntry reads what policy wrote; false if the filter policy is somebody else's.
func readEntry(policy string) (entry, bool) {
	var p map[string][]string
	if json.Unmarshal([]byte(policy), &p) != nil || len(p[patternKey]) != 1 {
		return entry{}, false
	}
	return entry{p[patternKey][0], p[actionsKey]}, true
}

// openRegistry makes the registry, once in this process.
func (t *Topology) openRegistry(ctx context.Context) (string, error) {
	t.mu.Lock()
	arn := t.registry
	t.mu.Unlock()
	if arn != "" {
		return arn, nil
	}
	arn, err := t.createTopic(ctx, t.names.registry(), t.cfg.Tags, nil)
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.registry = arn
	return arn, nil
}

func (t *Topology) forgetRegistry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.registry = ""
}

// register is L1. A pattern is never changed in place: a registration with another one is replaced, so that what was
// read of a subscription of the registry stays true.
func (t *Topology) register(ctx context.Context, queueARN string, e entry) error {
	registry, err := t.openRegistry(ctx)
	if err != nil {
		return err
	}
	want := subscription{topic: registry, queue: queueARN, filter: e.policy()}
	arn, err := t.subscribe(ctx, want)
	if err != nil && absent(err) { // somebody has deleted it since this process saw it
		t.forgetRegistry()
		if registry, err = t.openRegistry(ctx); err != nil {
			return err
		}
		want.topic = registry
		arn, err = t.subscribe(ctx, want)
	}
	if err != nil && differs(err) {
		if err = t.unsubscribe(ctx, registry, queueARN); err == nil {
			arn, err = t.subscribe(ctx, want)
		}
	}
	if err != nil {
		return fmt.Errorf("register for %s: %w", e.pattern, err)
	}
	return settle(ctx, func() (string, error) {
		found := ""
		err := t.eachSubscription(ctx, registry, func(sub types.Subscription) bool {
			if *sub.SubscriptionArn == arn {
				found = arn
			}
			return found == ""
		})
		if err == nil && found == "" {
			return "the registration for " + e.pattern, nil
		}
		return "", err
	})
}

// registration is a subscription of the registry.
type registration struct {
	arn, queue string
	entry      entry
}

// registrations are all entries of the registry that can be read.
func (t *Topology) registrations(ctx context.Context, registry string) ([]registration, error) {
	var all []registration
	err := t.eachSubscription(ctx, registry, func(sub types.Subscription) bool {
		if isConfirmed(sub) {
			all = append(all, registration{arn: *sub.SubscriptionArn, queue: *sub.Endpoint})
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for _, r := range all {
		e, ok, err := t.entryOf(ctx, r.arn)
		if err != nil {
			return nil, err
		}
		if ok {
			r.entry = e
			kept = append(kept, r)
		}
	}
	return kept, nil
}

// entryOf reads the entry of a subscription of the registry, once in this process.
func (t *Topology) entryOf(ctx context.Context, arn string) (entry, bool, error) {
	t.mu.Lock()
	e, known := t.patterns[arn]
	t.mu.Unlock()
	if known {
		return e, e.pattern != "", nil
	}
	attributes, found, err := t.subscriptionAttributes(ctx, arn)
	if err != nil || !found {
		return entry{}, false, err
	}
	e, ok := readEntry(attributes["FilterPolicy"])
	if !ok {
		t.warnOnce(arn, "subscription of the registry has no filter policy of ours", "subscription", arn)
	}
	t.mu.Lock()
	t.patterns[arn] = e
	t.mu.Unlock()
	return e, ok, nil
}

// admit is P2: it subscribes the queues of all listeners to patterns that match a channel to its topic.
func (t *Topology) admit(ctx context.Context, channel, topicARN string) error {
	registry, err := t.openRegistry(ctx)
	if err != nil {
		return err
	}
	all, err := t.registrations(ctx, registry)
	if err != nil {
		return fmt.Errorf("read the registry: %w", err)
	}
	for _, r := range all {
		if !transport.Match(r.entry.pattern, channel) {
			continue
		}
		// One that is there is left as it is: its listener may have changed its mind since the registry was read.
		_, _, err := t.openSubscription(ctx, subscription{
			topic: topicARN, queue: r.queue, raw: true, filter: filterPolicy(r.entry.actions),
		})
		if err != nil {
			return fmt.Errorf("subscribe the listener to %s: %w", r.entry.pattern, err)
		}
	}
	return nil
}

// join is L2: it subscribes a queue to all topics whose channels match.
func (t *Topology) join(ctx context.Context, s transport.Subscription, queueARN string) error {
	topics, err := t.matching(ctx, s.Pattern)
	if err != nil {
		return err
	}
	return each(topics, func(arn string) error {
		return t.ensureSubscription(ctx, subscription{
			topic: arn, queue: queueARN, raw: true, filter: filterPolicy(actionsOf(s)),
		})
	})
}

// matching are the topics whose channels match a pattern.
func (t *Topology) matching(ctx context.Context, pattern string) ([]string, error) {
	all, err := t.listTopics(ctx)
	if err != nil {
		return nil, err
	}
	like, err := t.names.topics(pattern)
	if err != nil {
		return nil, err
	}
	var candidates []string
	for _, arn := range all {
		for _, name := range like {
			if matchARN(name, topicName(arn)) {
				candidates = append(candidates, arn)
				break
			}
		}
	}
	var mu sync.Mutex
	var found []string
	err = each(candidates, func(arn string) error {
		channel, err := t.channelOf(ctx, arn)
		if err == nil && channel != "" && transport.Match(pattern, channel) {
			mu.Lock()
			found = append(found, arn)
			mu.Unlock()
		}
		return err
	})
	return found, err
}

// Refresh looks for topics that a listener to a pattern is not subscribed to, and subscribes it: those of
// publishers that know nothing of the registry (as FRAME's and watermill-aws's), and what AWS was too slow to
// show when one or the other was new. Who holds a subscription open calls it now and then: once in the first
// minute, and then every few minutes. It makes a request for each 100 topics of the account, and one for each
// topic that matches; none for a plain channel, and none unless provisioning is on.
func (t *Topology) Refresh(ctx context.Context, s transport.Subscription, q Queue) error {
	if t.cfg.Provision != On || !strings.Contains(s.Pattern, "*") {
		return nil
	}
	topics, err := t.matching(ctx, s.Pattern)
	if err == nil {
		err = each(topics, func(arn string) error {
			_, err := t.subscribe(ctx, subscription{topic: arn, queue: q.ARN, raw: true, filter: filterPolicy(actionsOf(s))})
			if err != nil && differs(err) {
				return nil // it is there, and whoever changed it will know why
			}
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("topology: refresh %s: %w", s.ID, err)
	}
	return nil
}

// width is how many requests are made at once for one caller: SNS takes 100 Subscribe a second
// (docs.aws.amazon.com/sns/latest/api/API_Subscribe.html).
const width = 8

// each does something to all items, several at once, and returns what failed.
func each[T any](items []T, do func(T) error) error {
	errs := make([]error, len(items))
	slots := make(chan struct{}, width)
	var group sync.WaitGroup
	for i, item := range items {
		slots <- struct{}{}
		group.Go(func() {
			errs[i] = do(item)
			<-slots
		})
	}
	group.Wait()
	return errors.Join(errs...)
}
