package sns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/internal/batch"
)

// publication is a message on its way to a topic.
type publication struct {
	entry snstypes.PublishBatchRequestEntry
	size  int
}

// maxBatch is how many messages SNS and SQS take in one request
// (docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html).
const maxBatch = 10

// requests is how many requests of a kind are made at a time, to one topic or queue.
const requests = 8

// Publish implements [transport.Transport]. Messages of concurrent callers share requests. Throttling, errors of SNS's own
// and broken connections are tried again until ctx ends.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := t.publish(ctx, m); err != nil {
		return publishError(m, err)
	}
	return nil
}

func (t *Transport) publish(ctx context.Context, m *transport.Message) error {
	p, err := t.publication(ctx, m)
	if err != nil {
		return err
	}
	for again := false; ; again = true {
		arn, err := t.topology.Topic(ctx, m.Channel)
		if err != nil {
			return err
		}
		err = t.topics.of(arn).Do(ctx, p)
		if again || !isTopicMissing(err) {
			return err
		}
		t.topology.Forget(m.Channel) // somebody has deleted it
	}
}

// publication checks a message, and says what SNS will not take before it is asked.
func (t *Transport) publication(ctx context.Context, m *transport.Message) (*publication, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	if err := m.Check(t.Features()); err != nil {
		return nil, err
	}
	packed := pack(m)
	size := packed.size()
	if size > maxMessage {
		return nil, fmt.Errorf("the message is %d bytes long with its attributes, SNS takes %d", size, maxMessage)
	}
	p := &publication{size: size, entry: snstypes.PublishBatchRequestEntry{
		Message: &packed.text, MessageAttributes: packed.forSNS(),
	}}
	if t.fifo {
		p.entry.MessageGroupId, p.entry.MessageDeduplicationId = fifoIDs(m)
	}
	return p, nil
}

// fifoIDs are the group of a message's channel and key, or one of its own, and the ID by which SNS and SQS know a
// duplicate.
func fifoIDs(m *transport.Message) (group, dedup *string) {
	group = token(m.Channel + "/" + m.Key)
	if m.Key == "" {
		group = token("message/" + m.ID)
	}
	return group, token(m.Channel + "/" + m.ID)
}

// token makes any text a MessageGroupId or MessageDeduplicationId: up to 128 letters, digits and marks
// (docs.aws.amazon.com/sns/latest/api/API_Publish.html).
func token(text string) *string {
	plain := text != "" && len(text) <= 128 && !slices.ContainsFunc([]byte(text), func(c byte) bool { return c <= ' ' || c > '~' })
	if !plain {
		sum := sha256.Sum256([]byte(text))
		text = hex.EncodeToString(sum[:])
	}
	return &text
}

func (t *Transport) newTopicBatcher(arn string) *batch.Batcher[*publication] {
	return batch.New(batch.Config[*publication]{
		Do:       func(ctx context.Context, ps []*publication) []error { return t.send(ctx, arn, ps) },
		Size:     func(p *publication) int { return p.size },
		MaxItems: maxBatch, MaxSize: maxMessage, MaxRequests: requests,
	})
}

// send publishes up to ten messages to a topic, and tries those again that SNS is at fault for.
func (t *Transport) send(ctx context.Context, arn string, ps []*publication) []error {
	errs := make([]error, len(ps))
	left := make([]int, len(ps)) // indexes of those that SNS does not have
	for i := range ps {
		left[i] = i
	}
	for pause := firstPause; ; {
		in := &sns.PublishBatchInput{TopicArn: &arn}
		for _, i := range left {
			entry := ps[i].entry
			entry.Id = aws.String(strconv.Itoa(i))
			in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, entry)
		}
		var out *sns.PublishBatchOutput
		err := bounded(ctx, patience, func(ctx context.Context) (err error) {
			out, err = t.sns.PublishBatch(ctx, in)
			return err
		})
		if err == nil {
			left, err = failed(out.Failed, errs)
		} else if ctx.Err() != nil || !passes(err) {
			for _, i := range left {
				errs[i] = err
			}
			return errs
		}
		if len(left) == 0 {
			return errs
		}
		t.log.Warn("framebus: SNS did not take messages, trying again", "topic", arn, "messages", len(left), "error", err)
		if end := wait(ctx, &pause); end != nil {
			for _, i := range left {
				errs[i] = fmt.Errorf("%w; the last answer was: %w", end, err)
			}
			return errs
		}
	}
}

// failed sets the errors of messages that SNS does not want, and returns the others that it does not have, with the first
// error.
func failed(entries []snstypes.BatchResultErrorEntry, errs []error) (left []int, first error) {
	for _, f := range entries {
		i, _ := strconv.Atoi(aws.ToString(f.Id)) // we have written it
		err := &entryError{code: aws.ToString(f.Code), text: aws.ToString(f.Message)}
		if f.SenderFault {
			errs[i] = err
			continue
		}
		if left = append(left, i); first == nil {
			first = err
		}
	}
	return left, first
}

// PublishBatch implements [transport.BatchPublisher]: ten messages a request, several requests at a time. In FIFO topics
// they keep their order.
func (t *Transport) PublishBatch(ctx context.Context, ms []*transport.Message) error {
	errs := make([]error, len(ms))
	byTopic := map[string][]int{}
	ps := make([]*publication, len(ms))
	for i, m := range ms {
		p, err := t.publication(ctx, m)
		arn := ""
		if err == nil {
			arn, err = t.topology.Topic(ctx, m.Channel)
		}
		if err != nil {
			errs[i] = publishError(m, err)
			continue
		}
		ps[i] = p
		byTopic[arn] = append(byTopic[arn], i)
	}
	var all sync.WaitGroup
	free := make(chan struct{}, requests)
	for arn, indexes := range byTopic {
		var chunks [][]int
		for len(indexes) > 0 {
			n, size := 0, 0
			for n < min(len(indexes), maxBatch) && (n == 0 || size+ps[indexes[n]].size <= maxMessage) {
				size += ps[indexes[n]].size
				n++
			}
			chunks = append(chunks, indexes[:n])
			indexes = indexes[n:]
		}
		do := func(chunk []int) {
			part := make([]*publication, len(chunk))
			for k, i := range chunk {
				part[k] = ps[i]
			}
			for k, err := range t.send(ctx, arn, part) {
				if i := chunk[k]; err != nil {
					if isTopicMissing(err) {
						t.topology.Forget(ms[i].Channel)
					}
					errs[i] = publishError(ms[i], err)
				}
			}
		}
		if t.fifo { // one after the other
			all.Go(func() {
				for _, chunk := range chunks {
					do(chunk)
				}
			})
			continue
		}
		for _, chunk := range chunks {
			free <- struct{}{}
			all.Go(func() {
				defer func() { <-free }()
				do(chunk)
			})
		}
	}
	all.Wait()
	if errors.Join(errs...) != nil {
		return &transport.BatchError{Errs: errs}
	}
	return nil
}

// publishError names the channel, unless that is what is wrong and may be any bytes.
func publishError(m *transport.Message, err error) error {
	if event.CheckChannel(m.Channel) != nil {
		return fmt.Errorf("sns: publish: %w", err)
	}
	return fmt.Errorf("sns: publish %s: %w", m.Channel, err)
}
