package topology

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
)

// Topology knows and makes the topics and queues of one account and region that share a prefix. It is safe for
// concurrent use.
type Topology struct {
	cfg     Config
	names   names
	log     *slog.Logger
	topics  known
	flights flights
	place   place

	mu       sync.Mutex
	registry string            // ARN of the registry, once it is known to exist
	channels map[string]string // of topics whose names do not tell, by ARN
	patterns map[string]entry  // of the registry's subscriptions, by ARN
	warned   map[string]bool
}

// New makes a Topology. It makes no request. The error says everything that is wrong with the configuration.
func New(c Config) (*Topology, error) {
	c.Tags = maps.Clone(c.Tags)
	c.setDefaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("topology: %w", err)
	}
	n, err := newNames(c.Prefix, c.FIFO, c.Naming)
	if err != nil {
		return nil, fmt.Errorf("topology: %w", err)
	}
	t := &Topology{
		cfg: c, names: n, log: c.Logger,
		channels: map[string]string{}, patterns: map[string]entry{}, warned: map[string]bool{},
	}
	t.place.set(partition(c.Region), c.Region, c.Account)
	return t, nil
}

// Topic returns the ARN of a channel's topic. The first time in this process it creates the topic and subscribes the
// queues of all listeners whose pattern matches, so that whatever is published after Topic returned reaches them; with
// provisioning off, it looks it up. Callers share the work; each waits for it no longer than its own ctx, and what
// AWS may do better the next time is tried again until then.
func (t *Topology) Topic(ctx context.Context, channel string) (arn string, err error) {
	if arn, ok := t.topics.get(channel); ok {
		return arn, nil
	}
	arn, err = t.flights.do(ctx, channel, func(ctx context.Context) (string, error) {
		arn, err := t.findOrMakeTopic(ctx, channel)
		if err == nil {
			t.topics.set(channel, arn)
		}
		return arn, err
	})
	if err != nil {
		return "", fmt.Errorf("topology: topic of %s: %w", channel, err)
	}
	return arn, nil
}

// Forget has the next Topic look again: for a publisher whom SNS told that there is no such topic.
func (t *Topology) Forget(channel string) {
	t.topics.forget(channel)
	t.forgetRegistry()
}

func (t *Topology) findOrMakeTopic(ctx context.Context, channel string) (string, error) {
	if t.cfg.Provision != On {
		return t.findTopic(ctx, channel)
	}
	return t.openTopic(ctx, channel)
}

// warnOnce warns of something that stays so, once in this process.
func (t *Topology) warnOnce(key, msg string, args ...any) {
	t.mu.Lock()
	again := t.warned[key]
	t.warned[key] = true
	t.mu.Unlock()
	if !again {
		t.log.Warn("framebus: "+msg, args...)
	}
}

// known are the ARNs of the topics of channels. To look one up allocates nothing: it is done for every message.
type known struct {
	mu   sync.RWMutex
	arns map[string]string
}

func (k *known) get(channel string) (arn string, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	arn, ok = k.arns[channel]
	return arn, ok
}

func (k *known) set(channel, arn string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.arns == nil {
		k.arns = map[string]string{}
	}
	k.arns[channel] = arn
}

func (k *known) forget(channel string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.arns, channel)
}
