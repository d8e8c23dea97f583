package sns

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/framebus/framebus/transport"
)

// entryError is what SNS or SQS says of one entry of a batch.
type entryError struct{ code, text string }

// Error implements error.
func (e *entryError) Error() string { return e.code + ": " + e.text }

// passes says whether an error is of the kind that passes: throttling, 5xx and broken connections. The SDK has tried
// three times by then.
func passes(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) { // the HTTP client's own, since the caller's has not passed
		return true
	}
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

func isTopicMissing(err error) bool {
	_, ok := errors.AsType[*snstypes.NotFoundException](err)
	return ok
}

// settleError makes of what SQS says about a receipt handle what it means: that the message may be somebody else's, or
// is gone.
func settleError(err error) error {
	e, ok := errors.AsType[*entryError](err)
	if ok && (e.code == "ReceiptHandleIsInvalid" || e.code == "InvalidParameterValue") || isNotInFlight(err) {
		return fmt.Errorf("%w: %w", transport.ErrLeaseLost, err)
	}
	return err
}

// isNotInFlight says whether SQS answered that it has the message, and nobody else.
func isNotInFlight(err error) bool {
	e, ok := errors.AsType[*entryError](err)
	return ok && (e.code == "MessageNotInflight" || e.code == "AWS.SimpleQueueService.MessageNotInflight")
}
