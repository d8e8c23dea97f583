package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/topology"
)

// Depth implements [transport.Depther]. SQS counts approximately, what waits for its retry as in flight, and does not
// tell how old the oldest message is but in CloudWatch.
func (t *Transport) Depth(ctx context.Context, sub transport.ID) (d transport.Depth, err error) {
	err = t.usable(ctx)
	var q topology.Queue
	if err == nil {
		q, err = t.topology.Lookup(ctx, sub)
	}
	if err == nil {
		d, err = t.depth(ctx, q)
	}
	if err != nil {
		return transport.Depth{}, fmt.Errorf("sns: depth of %s: %w", sub, err)
	}
	return d, nil
}

func (t *Transport) depth(ctx context.Context, q topology.Queue) (d transport.Depth, err error) {
	const (
		ready    = sqstypes.QueueAttributeNameApproximateNumberOfMessages
		inFlight = sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible
		delayed  = sqstypes.QueueAttributeNameApproximateNumberOfMessagesDelayed
	)
	a, err := t.attributes(ctx, q.URL, ready, inFlight, delayed)
	if err != nil {
		return d, err
	}
	dead, err := t.attributes(ctx, q.DeadLetterURL, ready, inFlight)
	if err != nil {
		return d, err
	}
	var errs []error
	number := func(a map[string]string, name sqstypes.QueueAttributeName) int {
		n, err := strconv.Atoi(a[string(name)])
		errs = append(errs, err)
		return n
	}
	d.Ready, d.InFlight, d.Delayed = number(a, ready), number(a, inFlight), number(a, delayed)
	d.DeadLetters = number(dead, ready) + number(dead, inFlight)
	return d, errors.Join(errs...)
}

// maxReceives is how often the queue hands out a message before it moves it to the dead letters, 0 if it does not.
func (t *Transport) maxReceives(ctx context.Context, q topology.Queue) (int, error) {
	a, err := t.attributes(ctx, q.URL, sqstypes.QueueAttributeNameRedrivePolicy)
	if err != nil || a["RedrivePolicy"] == "" {
		return 0, err
	}
	var policy struct {
		Most json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(a["RedrivePolicy"]), &policy); err != nil {
		return 0, fmt.Errorf("redrive policy of %s: %w", q.Name, err)
	}
	return strconv.Atoi(policy.Most.String())
}

func (t *Transport) attributes(ctx context.Context, url string, names ...sqstypes.QueueAttributeName) (map[string]string, error) {
	var out *sqs.GetQueueAttributesOutput
	err := t.retry(ctx, patience, func(ctx context.Context) (err error) {
		out, err = t.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}
