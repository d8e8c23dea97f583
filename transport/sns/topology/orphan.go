package topology

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport"
)

// orphans finds the queues of the subscriptions' services that none of the subscriptions wants, with what belongs to
// them.
func (t *Topology) orphans(ctx context.Context, subs []transport.Subscription) ([]Item, error) {
	services, wanted := map[string]bool{}, map[string]bool{}
	if t.cfg.Service != "" {
		services[t.cfg.Service] = true
	}
	for _, s := range subs {
		services[s.Service] = true
		name, deadLetters, err := t.names.queue(s.ID)
		if err != nil {
			return nil, err
		}
		wanted[name], wanted[deadLetters] = true, true
	}
	urls, err := t.candidates(ctx, services)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, url := range urls {
		name := url[strings.LastIndexByte(url, '/')+1:]
		if _, ours := t.names.bare(name); !ours || wanted[name] {
			continue
		}
		more, err := t.orphan(ctx, name, url, services)
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	registered, err := t.orphanRegistrations(ctx, items)
	return append(items, registered...), err
}

// candidates are the URLs of the queues that may be of the services, by their names.
func (t *Topology) candidates(ctx context.Context, services map[string]bool) ([]string, error) {
	prefixes := map[string]bool{}
	for service := range services {
		prefixes[t.queuePrefix(service)] = true
	}
	var urls []string
	for prefix := range prefixes {
		in := &sqs.ListQueuesInput{MaxResults: aws.Int32(1000)} // without, there is no second page
		if prefix != "" {
			in.QueueNamePrefix = &prefix
		}
		for {
			out, err := call(ctx, t, t.cfg.SQS.ListQueues, in)
			if err != nil {
				return nil, fmt.Errorf("list queues: %w", err)
			}
			urls = append(urls, out.QueueUrls...)
			if aws.ToString(out.NextToken) == "" {
				break
			}
			in.NextToken = out.NextToken
		}
	}
	slices.Sort(urls)
	return slices.Compact(urls), nil
}

// queuePrefix is what the names of all queues of a service begin with, and those of few others.
func (t *Topology) queuePrefix(service string) string {
	if t.names.naming.Queue != nil {
		return t.names.prefix
	}
	const shortest = 20 // what is left of a name that is cut is longer, whatever the prefix
	clean := sanitise(service) + "-"
	return t.names.prefix + clean[:min(len(clean), shortest)]
}

// orphan is a queue with its subscriptions, if its tags say that it is of one of the services.
func (t *Topology) orphan(ctx context.Context, name, url string, services map[string]bool) ([]Item, error) {
	tags, err := t.queueTags(ctx, url)
	if err != nil {
		if denied(err) { // it is another service's, whose name begins the same
			t.warnOnce(url, "the tags of a queue may not be read, so it is taken for no orphan", "queue", name)
			return nil, nil
		}
		if absent(err) {
			return nil, nil
		}
		return nil, err
	}
	service, _ := untagged(tags, tagService)
	listener, ours := untagged(tags, tagListener)
	if !ours || !services[service] {
		return nil, nil
	}
	has, found, err := t.queueAttributes(ctx, url)
	if err != nil || !found {
		return nil, err
	}
	id := transport.ID{Service: service, Name: listener}
	item := Item{
		State: Orphaned, Kind: QueueKind, Name: name, ARN: has[attrARN], For: id.String(), Messages: messages(has),
		url: url, queue: has[attrARN],
	}
	if bare, _ := t.names.bare(name); strings.HasSuffix(bare, deadLetterSuffix) {
		item.Kind = DeadLetterKind
	}
	before, err := sources(has[attrPolicy])
	if err != nil {
		return nil, err
	}
	subs, err := t.orphanSubscriptions(ctx, id, name, item.ARN, before, nil)
	return append([]Item{item}, subs...), err
}

// orphanRegistrations are those of queues that are orphans.
func (t *Topology) orphanRegistrations(ctx context.Context, orphans []Item) ([]Item, error) {
	if len(orphans) == 0 {
		return nil, nil
	}
	registry, found, err := t.findRegistry(ctx)
	if err != nil || !found {
		return nil, err
	}
	registrations, err := t.registrations(ctx, registry)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, o := range orphans {
		for _, r := range registrations {
			if o.Kind == QueueKind && r.queue == o.ARN {
				items = append(items, Item{
					State: Orphaned, Kind: RegistrationKind, Name: o.Name + " to " + t.names.registry(), ARN: r.arn,
					For: o.For, topic: registry, queue: o.ARN,
				})
			}
		}
	}
	return items, nil
}

// messages is how many messages a queue holds, in whatever state.
func messages(has map[string]string) int {
	sum := 0
	for _, state := range []string{"", "NotVisible", "Delayed"} {
		n, _ := strconv.Atoi(has["ApproximateNumberOfMessages"+state]) // a number, by SQS's word
		sum += n
	}
	return sum
}
