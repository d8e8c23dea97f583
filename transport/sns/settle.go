package sns

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport/sns/internal/batch"
)

// settler deletes messages of a queue and changes their visibility timeouts, in batches. It belongs to no consumer: what
// a handler did before a shutdown is told to SQS after it.
type settler struct {
	deletes *batch.Batcher[string] // receipt handles
	changes *batch.Batcher[change]
}

// linger is how long deletes wait for more to fill a request, in a crowd: nobody waits for them.
const linger = 5 * time.Millisecond

type change struct {
	handle  string
	seconds int32
}

// settler returns the queue's.
func (t *Transport) settler(url string) *settler {
	if s, ok := t.queues.Load(url); ok {
		return s.(*settler)
	}
	s, _ := t.queues.LoadOrStore(url, &settler{
		deletes: batch.New(batch.Config[string]{MaxItems: maxBatch, MaxRequests: maxPolls, Linger: linger,
			Do: func(ctx context.Context, handles []string) []error { return t.deleteBatch(ctx, url, handles) }}),
		changes: batch.New(batch.Config[change]{MaxItems: maxBatch, MaxRequests: maxPolls,
			Do: func(ctx context.Context, changes []change) []error { return t.changeBatch(ctx, url, changes) }}),
	})
	return s.(*settler)
}

func (t *Transport) deleteBatch(ctx context.Context, url string, handles []string) []error {
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &url}
	for i, h := range handles {
		in.Entries = append(in.Entries, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &h})
	}
	return settleAll(ctx, len(handles), func(ctx context.Context) ([]sqstypes.BatchResultErrorEntry, error) {
		out, err := t.sqs.DeleteMessageBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return out.Failed, nil
	})
}

func (t *Transport) changeBatch(ctx context.Context, url string, changes []change) []error {
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url}
	for i, c := range changes {
		in.Entries = append(in.Entries, sqstypes.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &c.handle, VisibilityTimeout: c.seconds,
		})
	}
	errs := settleAll(ctx, len(changes), func(ctx context.Context) ([]sqstypes.BatchResultErrorEntry, error) {
		out, err := t.sqs.ChangeMessageVisibilityBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return out.Failed, nil
	})
	for i, c := range changes {
		if c.seconds == 0 && isNotInFlight(errs[i]) { // the request had its effect, its answer was lost, and it was sent again
			errs[i] = nil
		}
	}
	return errs
}

// settleAll makes a request until SQS answers it, and returns the errors of its entries. To do again what was done is
// harmless. Entries that SQS is at fault for are tried again with the rest.
func settleAll(ctx context.Context, n int, do func(context.Context) ([]sqstypes.BatchResultErrorEntry, error)) []error {
	errs := make([]error, n)
	began := time.Now()
	for pause := firstPause; ; {
		var failed []sqstypes.BatchResultErrorEntry
		err := bounded(ctx, patience, func(ctx context.Context) (err error) {
			failed, err = do(ctx)
			return err
		})
		again := err != nil && passes(err)
		clear(errs)
		for i := range errs {
			errs[i] = err
		}
		for _, f := range failed {
			i, _ := strconv.Atoi(aws.ToString(f.Id)) // we have written it
			errs[i] = settleError(&entryError{aws.ToString(f.Code), aws.ToString(f.Message)})
			again = again || !f.SenderFault
		}
		if !again || ctx.Err() != nil || time.Since(began) > settlePatience || wait(ctx, &pause) != nil {
			return errs
		}
	}
}

// inSeconds rounds up: a lease or delay is no shorter than asked for.
func inSeconds(d time.Duration) int32 {
	return int32((d + time.Second - 1) / time.Second) //nolint:gosec // up to 12 hours
}
