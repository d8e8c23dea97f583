package topology

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
	// settleTime is how long what was changed may take to be seen. SQS says up to 60 s
	// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html); SNS says nothing.
	settleTime = 2 * time.Minute
)

// call makes a request until it succeeds, ctx ends, or it fails in a way that trying again does not help. The SDK
// tries three times by itself: not enough when twenty replicas start at once.
func call[In, Out, Option any](
	ctx context.Context, t *Topology, do func(context.Context, *In, ...func(*Option)) (*Out, error), in *In,
) (*Out, error) {
	pause := firstPause
	for {
		out, err := do(ctx, in)
		if err == nil || ctx.Err() != nil || !passes(err) {
			return out, err
		}
		if pause == maxPause { // for the better part of ten seconds
			t.log.Warn("framebus: SNS or SQS does not answer, trying on", "request", fmt.Sprintf("%T", in), "error", err)
		}
		if end := wait(ctx, &pause); end != nil {
			return nil, fmt.Errorf("%w; the last answer was: %w", end, err)
		}
	}
}

// passes says whether an error is of the kind that passes: throttling, 5xx, broken connections, and the minute in which
// the name of a deleted queue cannot be used.
func passes(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) { // the HTTP client's own, since the caller's has not passed
		return true
	}
	if is[*sqstypes.QueueDeletedRecently](err) || is[*snstypes.ConcurrentAccessException](err) {
		return true
	}
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

// wait passes a pause, which is longer the next time, and of random length, so that replicas do not come in step.
func wait(ctx context.Context, pause *time.Duration) error {
	timer := time.NewTimer(*pause/2 + rand.N(*pause/2)) //nolint:gosec // no secret
	defer timer.Stop()
	*pause = min(*pause*2, maxPause)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// ended is the error of a context that has ended, with its cause if it has one of its own.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}

// settle waits until look sees what was done before: AWS is eventually consistent. It looks at once. After settleTime
// it returns what look found missing.
func settle(ctx context.Context, look func() (missing string, err error)) error {
	began, pause := time.Now(), firstPause
	for {
		missing, err := look()
		if err != nil || missing == "" {
			return err
		}
		if time.Since(began) > settleTime {
			return fmt.Errorf("%v after it was made, AWS does not show %s", settleTime, missing)
		}
		if err := wait(ctx, &pause); err != nil {
			return err
		}
	}
}

// is says whether err is or wraps an E.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// absent says whether AWS answered that there is no such thing.
func absent(err error) bool {
	return is[*sqstypes.QueueDoesNotExist](err) || is[*snstypes.NotFoundException](err) ||
		is[*snstypes.ResourceNotFoundException](err)
}

// differs says whether SNS refused to create a topic or a subscription because it is there with other attributes or
// tags. It has no error of its own for that (docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html).
func differs(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	code := api.ErrorCode()
	return (code == "InvalidParameter" || code == "InvalidParameterException") &&
		strings.Contains(api.ErrorMessage(), "already exists")
}

// denied says whether AWS answered that the caller may not.
func denied(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && (strings.HasPrefix(api.ErrorCode(), "AccessDenied") ||
		strings.HasPrefix(api.ErrorCode(), "AuthorizationError"))
}
