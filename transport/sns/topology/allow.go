package topology

import (
	"context"
	"errors"
	"strings"

	"github.com/framebus/framebus/transport"
)

// allowed are the ARNs, or patterns of them, of the topics that a listener's queue takes messages of. create makes the
// topic of a plain channel, which tells its ARN; a pattern's account and region are known since its queue is.
func (t *Topology) allowed(ctx context.Context, s transport.Subscription, create bool) ([]string, error) {
	if create && !strings.Contains(s.Pattern, "*") {
		arn, err := t.openTopic(ctx, s.Pattern)
		if err != nil {
			return nil, err
		}
		t.topics.set(s.Pattern, arn)
		return []string{arn}, nil
	}
	like, err := t.names.topics(s.Pattern)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, name := range like {
		arn, ok := t.place.arn("sns", name)
		if !ok {
			return nil, errNoPlace
		}
		arns = append(arns, arn)
	}
	return arns, nil
}

// leave ends the subscriptions to topics that were allowed to send and are not any more.
func (t *Topology) leave(ctx context.Context, queueARN string, before, allowed []string) error {
	var gone []string
	glob, wasGlob := false, false
	for _, arn := range allowed {
		glob = glob || strings.ContainsAny(arn, "*?")
	}
	for _, arn := range before {
		wasGlob = wasGlob || strings.ContainsAny(arn, "*?")
		if !matchesAny(allowed, arn) {
			gone = append(gone, arn)
		}
	}
	if wasGlob && !glob {
		registry, err := t.openRegistry(ctx)
		if err == nil {
			err = t.unsubscribe(ctx, registry, queueARN)
		}
		if err != nil {
			return err
		}
	}
	topics, err := t.expand(ctx, gone)
	if err != nil {
		return err
	}
	return each(topics, func(arn string) error {
		if matchesAny(allowed, arn) {
			return nil
		}
		return t.unsubscribe(ctx, arn, queueARN)
	})
}

// expand returns the topics that patterns of ARNs match.
func (t *Topology) expand(ctx context.Context, patterns []string) ([]string, error) {
	var plain, globs []string
	for _, arn := range patterns {
		if strings.ContainsAny(arn, "*?") {
			globs = append(globs, arn)
		} else {
			plain = append(plain, arn)
		}
	}
	if len(globs) == 0 {
		return plain, nil
	}
	all, err := t.listTopics(ctx)
	for _, arn := range all {
		if matchesAny(globs, arn) && topicName(arn) != t.names.registry() {
			plain = append(plain, arn)
		}
	}
	return plain, err
}

func matchesAny(patterns []string, arn string) bool {
	for _, p := range patterns {
		if matchARN(p, arn) {
			return true
		}
	}
	return false
}

// allow makes a queue's policy let its topics send, and waits until that can be seen. Two processes that merge
// at once may each undo what the other did, so what is read afterwards counts: if it is neither what was nor
// what was wanted, it is merged again.
func (t *Topology) allow(ctx context.Context, q Queue, policy string, allowed []string) error {
	ours, err := statement(ctx, q.ARN, allowed)
	if err != nil {
		return err
	}
	merged, changed, err := merge(policy, ours)
	if err != nil || !changed {
		return err
	}
	set := func() error { return t.setAttributes(ctx, q.URL, map[string]string{attrPolicy: merged}) }
	if err := set(); err != nil {
		return err
	}
	return settle(ctx, func() (string, error) {
		has, found, err := t.queueAttributes(ctx, q.URL)
		if err != nil {
			return "", err
		}
		if !found {
			return "", errors.New("the queue was deleted meanwhile")
		}
		again, changed, err := merge(has[attrPolicy], ours)
		if err != nil || !changed {
			return "", err
		}
		if has[attrPolicy] != policy {
			policy, merged = has[attrPolicy], again
			err = set()
		}
		return "the policy of queue " + q.Name, err
	})
}
