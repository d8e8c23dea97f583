package conformance

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Failure is an error of SQS or SNS, by its code in the Query protocol.
type Failure string

const (
	invalidParameterValue Failure = "InvalidParameterValue"
	missingParameter      Failure = "MissingParameter"
	accessDenied          Failure = "AccessDenied"
	invalidAttributeName  Failure = "InvalidAttributeName"
	invalidAttributeValue Failure = "InvalidAttributeValue"
	invalidContents       Failure = "InvalidMessageContents"
	invalidHandle         Failure = "ReceiptHandleIsInvalid"
	invalidAddress        Failure = "InvalidAddress"
	overLimit             Failure = "OverLimit"
	queueExists           Failure = "QueueAlreadyExists"
	noQueue               Failure = "AWS.SimpleQueueService.NonExistentQueue"
	deletedRecently       Failure = "AWS.SimpleQueueService.QueueDeletedRecently"
	purgeInProgress       Failure = "AWS.SimpleQueueService.PurgeQueueInProgress"
	notInFlight           Failure = "AWS.SimpleQueueService.MessageNotInflight"
	emptyBatch            Failure = "AWS.SimpleQueueService.EmptyBatchRequest"
	tooManyEntries        Failure = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
	sameIDs               Failure = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
	invalidID             Failure = "AWS.SimpleQueueService.InvalidBatchEntryId"
	batchTooLong          Failure = "AWS.SimpleQueueService.BatchRequestTooLong"
	unsupported           Failure = "AWS.SimpleQueueService.UnsupportedOperation"
	notFound              Failure = "ResourceNotFoundException"
)

// The errors of SNS.
const (
	invalidParameter Failure = "InvalidParameter"
	invalidAttribute Failure = "ParameterValueInvalid"
	validation       Failure = "ValidationError"
	noTopic          Failure = "NotFound"
	noResource       Failure = "ResourceNotFound"
	unauthorized     Failure = "AuthorizationError"
	tooManyTags      Failure = "TagLimitExceeded"
	noEntries        Failure = "EmptyBatchRequest"
	elevenEntries    Failure = "TooManyEntriesInBatchRequest"
	entriesWithOneID Failure = "BatchEntryIdsNotDistinct"
	badEntryID       Failure = "InvalidBatchEntryId"
	batchAbove256KiB Failure = "BatchRequestTooLong"
)

// shape is the error's name in JSON.
func (f Failure) shape() string {
	switch f {
	case invalidParameterValue:
		return "InvalidParameterValueException"
	case missingParameter:
		return "MissingRequiredParameterException"
	case accessDenied:
		return "AccessDeniedException"
	case queueExists:
		return "QueueNameExists"
	case noQueue:
		return "QueueDoesNotExist"
	}
	return strings.TrimPrefix(string(f), "AWS.SimpleQueueService.")
}

func (f Failure) status() int {
	switch f {
	case accessDenied, overLimit, purgeInProgress, unauthorized:
		return http.StatusForbidden
	case invalidHandle, invalidAddress, notFound, noTopic, noResource:
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

// fails wants a call to have been refused, with the right code and status.
func (t *T) fails(err error, want Failure) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got the error %v, want %s", err, want)
	}
	// The SDK has the code of the Query protocol for errors that the model has, and the shape for others.
	if code := api.ErrorCode(); code != string(want) && code != want.shape() {
		t.Errorf("got the error %v, want %s", err, want)
	}
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) {
		t.Fatalf("got the error %v, which is not an answer", err)
	}
	if got := answer.HTTPStatusCode(); got != want.status() {
		t.Errorf("got the status %d with %v, want %d", got, err, want.status())
	}
}

func (t *T) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
