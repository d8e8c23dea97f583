package sns

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	// looking is for how long letters are hidden that are looked at, should nobody give them back.
	looking = 30 * time.Second
	// maxLook is how long one look takes at most: soon after it letters would be seen twice.
	maxLook = 20 * time.Second
	// maxVisit is how long letters are waited for that somebody else looks at. After it those that SQS still counts are taken
	// for gone: it counts approximately.
	maxVisit = looking + 5*time.Second
)

// errUnseen is that of a visit that never saw all letters at once.
var errUnseen = errors.New("more dead letters than can be looked at in 20 s")

// visit looks at all letters and calls do with them in their order, all if there are no others. It deletes those that do
// returns, and gives back the rest. As long as do is not done it looks again: what somebody else looks at, here or elsewhere,
// or was on its way in an answer that got lost, comes back in time. Two who look at the same time give back what they have,
// and do not come in step.
func (d *deadLetters) visit(ctx context.Context, do func(letters []letter, all bool) (taken []letter, done bool, err error)) error {
	if err := d.transport.usable(ctx); err != nil {
		return err
	}
	unlock, err := d.transport.deaths.lock(ctx, d.queue.DeadLetterURL)
	if err != nil {
		return err
	}
	defer unlock()
	most, err := d.transport.maxReceives(ctx, d.queue)
	if err != nil {
		return err
	}
	began := time.Now()
	for pause := time.Second; ; {
		letters, empty, err := d.look(ctx, most)
		all := empty
		if err == nil && empty && time.Since(began) < maxVisit {
			all, err = d.none(ctx, len(letters))
		}
		var taken []letter
		done := false
		if err == nil {
			taken, done, err = do(letters, all)
		}
		if err = errors.Join(err, d.finish(ctx, letters, taken)); err != nil || done {
			return err
		}
		switch {
		case len(taken) > 0:
			began = time.Now()
			continue
		case !empty:
			return errUnseen
		}
		if err := wait(ctx, &pause); err != nil {
			return err
		}
	}
}

// look receives letters until there are no more to receive: empty is true then.
func (d *deadLetters) look(ctx context.Context, most int) (letters []letter, empty bool, err error) {
	for began := time.Now(); err == nil && !empty && time.Since(began) < maxLook; {
		var in []sqstypes.Message
		in, err = d.some(ctx)
		for i := range in {
			letters = append(letters, readLetter(&in[i], d.sub, most))
		}
		empty = len(in) == 0
	}
	slices.SortFunc(letters, func(a, b letter) int { return a.key.compare(b.key) })
	return letters, empty, err
}

// longestPoll is how long one request waits for a letter, at most: a short poll asks a few of SQS's servers only, and
// may find nothing.
const longestPoll = time.Second

// some receives up to ten letters.
func (d *deadLetters) some(ctx context.Context) ([]sqstypes.Message, error) {
	var out *sqs.ReceiveMessageOutput
	err := d.transport.retry(ctx, patience, func(ctx context.Context) (err error) {
		out, err = d.transport.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &d.queue.DeadLetterURL, MaxNumberOfMessages: maxBatch, VisibilityTimeout: int32(looking / time.Second),
			WaitTimeSeconds: int32(longestPoll / time.Second), MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// none says whether the queue has no other letters than those that we hold.
func (d *deadLetters) none(ctx context.Context, held int) (bool, error) {
	const (
		ready    = sqstypes.QueueAttributeNameApproximateNumberOfMessages
		inFlight = sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	)
	a, err := d.transport.attributes(ctx, d.queue.DeadLetterURL, ready, inFlight)
	if err != nil {
		return false, err
	}
	visible, err := strconv.Atoi(a[string(ready)])
	hidden, other := strconv.Atoi(a[string(inFlight)])
	return visible+hidden <= held, errors.Join(err, other)
}

// finish deletes the letters that were taken, and gives back the others, ctx having ended or not.
func (d *deadLetters) finish(ctx context.Context, letters, taken []letter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer cancel()
	gone := make(map[*sqstypes.Message]bool, len(taken))
	for _, l := range taken {
		gone[l.in] = true
	}
	var deletes []string
	var changes []change
	for _, l := range letters {
		if handle := aws.ToString(l.in.ReceiptHandle); gone[l.in] {
			deletes = append(deletes, handle)
		} else {
			changes = append(changes, change{handle: handle})
		}
	}
	var errs []error
	for some := range slices.Chunk(deletes, maxBatch) {
		errs = append(errs, d.transport.deleteBatch(ctx, d.queue.DeadLetterURL, some)...)
	}
	for some := range slices.Chunk(changes, maxBatch) {
		errs = append(errs, d.transport.changeBatch(ctx, d.queue.DeadLetterURL, some)...)
	}
	return errors.Join(errs...)
}
