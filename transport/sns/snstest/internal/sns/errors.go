package sns

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// The errors of SNS. Shapes, codes and statuses are those of its Smithy model
// (github.com/aws/aws-sdk-go-v2, codegen/sdk-codegen/aws-models/sns.json, traits awsQueryError and httpError).

func fail(shape, code string, status int, format string, args ...any) *wire.Error {
	return &wire.Error{Type: shape, Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// invalid is the form in which SNS refuses most things: "Invalid parameter: TopicArn".
func invalid(format string, args ...any) *wire.Error {
	return refused("Invalid parameter: "+format, args...)
}

// refused is InvalidParameter with words of its own.
func refused(format string, args ...any) *wire.Error {
	return fail("InvalidParameterException", "InvalidParameter", http.StatusBadRequest, format, args...)
}

// invalidValue is the error for message attributes.
func invalidValue(format string, args ...any) *wire.Error {
	return fail("InvalidParameterValueException", "ParameterValueInvalid", http.StatusBadRequest, format, args...)
}

// missingMember is what the protocol's own validation answers (recorded: test_empty_or_wrong_message_attributes).
func missingMember(path string) *wire.Error {
	e := fail("ValidationException", "ValidationError", http.StatusBadRequest,
		"1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", path)
	e.Generic = true
	return e
}

func notFound(what string) *wire.Error {
	return fail("NotFoundException", "NotFound", http.StatusNotFound, "%s does not exist", what)
}

func resourceNotFound() *wire.Error {
	return fail("ResourceNotFoundException", "ResourceNotFound", http.StatusNotFound, "Resource does not exist")
}

func authorization(message string) *wire.Error {
	return fail("AuthorizationErrorException", "AuthorizationError", http.StatusForbidden, "%s", message)
}

// authorizationOf makes the error of a denial, which package access has in the words of other services.
func authorizationOf(err error) error {
	if denied, ok := errors.AsType[*wire.Error](err); ok && denied.Code == "AccessDenied" {
		return authorization(denied.Message)
	}
	return err
}

func tagLimitExceeded() *wire.Error {
	return fail("TagLimitExceededException", "TagLimitExceeded", http.StatusBadRequest,
		"Can't add more than %d tags to a topic.", maxTags)
}

// The errors of batches, in the words of test_publish_batch_exceptions, test_publish_batch_invalid_entry_id and
// test_publish_batch_too_long_message (recorded).

func batchError(code, format string, args ...any) *wire.Error {
	return fail(code+"Exception", code, http.StatusBadRequest, format, args...)
}

func clip(s string) string {
	if len(s) > 256 {
		return strings.ToValidUTF8(s[:256], "") + "..."
	}
	return s
}

// sortedNames are the names of attributes, in an order in which faults are found.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
