package topology

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	wmsns "github.com/ThreeDotsLabs/watermill-aws/sns"
)

// place is the account and region that ARNs are of, as far as they are known.
type place struct {
	mu                         sync.Mutex
	partition, region, account string
}

func (p *place) set(partition, region, account string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partition, p.region, p.account = partition, region, account
}

// learn takes over what an ARN of ours tells.
func (p *place) learn(arn string) {
	if parts := strings.Split(arn, ":"); len(parts) == 6 {
		p.set(parts[1], parts[3], parts[4])
	}
}

// arn puts an ARN together; false if the account or the region is not known.
func (p *place) arn(service, name string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.region == "" || p.account == "" {
		return "", false
	}
	return "arn:" + p.partition + ":" + service + ":" + p.region + ":" + p.account + ":" + name, true
}

var errNoPlace = errors.New("account and region are not known: set Config.Account and Config.Region")

// partition is that of a region, until an ARN has told it
// (docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// sibling is the ARN of another queue of the same account and region.
func sibling(arn, name string) string { return arn[:strings.LastIndexByte(arn, ':')+1] + name }

// topicName is the name in a topic's ARN; empty if that is none.
func topicName(arn string) string {
	name, err := wmsns.ExtractTopicNameFromTopicArn(wmsns.TopicArn(arn))
	if err != nil {
		return ""
	}
	return string(name)
}

// Resolver returns t as a watermill-aws TopicResolver: its publishers and subscribers then use the topics of channels,
// which are theirs by name, and its publishers pass by no listener to a pattern.
func (t *Topology) Resolver() wmsns.TopicResolver { return resolver{t} }

type resolver struct{ t *Topology }

// ResolveTopic implements watermill-aws's sns.TopicResolver.
func (r resolver) ResolveTopic(ctx context.Context, channel string) (wmsns.TopicArn, error) {
	arn, err := r.t.Topic(ctx, channel)
	return wmsns.TopicArn(arn), err
}

// MissingError is what Topic, Queue and Lookup return of what they did not find and may not make.
type MissingError struct {
	// Resources are "topic Order" or "queue finance-Order", by their names at AWS.
	Resources []string
}

// Error implements error.
func (e *MissingError) Error() string {
	return fmt.Sprintf("missing: %s (Plan shows and Apply makes it, or Provision On)", strings.Join(e.Resources, ", "))
}
