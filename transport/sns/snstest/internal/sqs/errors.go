package sqs

import (
	"fmt"
	"net/http"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// The errors of SQS. Shapes, codes and statuses are those of its Smithy model
// (github.com/aws/aws-sdk-go-v2, codegen/sdk-codegen/aws-models/sqs.json, traits awsQueryError and httpError).

const codePrefix = "AWS.SimpleQueueService."

func fail(shape, code string, status int, format string, args ...any) *wire.Error {
	return &wire.Error{Type: shape, Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

func prefixed(shape, format string, args ...any) *wire.Error {
	return fail(shape, codePrefix+shape, http.StatusBadRequest, format, args...)
}

// queueDoesNotExist has another text in the Query protocol (recorded: test_non_existent_queue).
func queueDoesNotExist() *wire.Error {
	e := fail("QueueDoesNotExist", codePrefix+"NonExistentQueue", http.StatusBadRequest, "The specified queue does not exist.")
	e.QueryMessage = "The specified queue does not exist for this wsdl version."
	return e
}

func queueNameExists(attribute string) *wire.Error {
	return fail("QueueNameExists", "QueueAlreadyExists", http.StatusBadRequest,
		"A queue already exists with the same name and a different value for attribute %s", attribute)
}

func queueDeletedRecently() *wire.Error {
	return prefixed("QueueDeletedRecently",
		"You must wait 60 seconds after deleting a queue before you can create another with the same name.")
}

func purgeInProgress(name string) *wire.Error {
	return fail("PurgeQueueInProgress", codePrefix+"PurgeQueueInProgress", http.StatusForbidden,
		"Only one PurgeQueue operation on %s is allowed every 60 seconds.", name)
}

func overLimit(format string, args ...any) *wire.Error {
	return fail("OverLimit", "OverLimit", http.StatusForbidden, format, args...)
}

func invalidAddress(address string) *wire.Error {
	return fail("InvalidAddress", "InvalidAddress", http.StatusNotFound,
		"The address %s is not valid for this endpoint.", clip(address))
}

func invalidAttributeName(format string, args ...any) *wire.Error {
	return fail("InvalidAttributeName", "InvalidAttributeName", http.StatusBadRequest, format, args...)
}

func unknownAttribute(name string) *wire.Error {
	return invalidAttributeName("Unknown Attribute %s.", clip(name))
}

func invalidAttributeValue(name, reason string) *wire.Error {
	if reason != "" {
		reason = " Reason: " + reason
	}
	return fail("InvalidAttributeValue", "InvalidAttributeValue", http.StatusBadRequest,
		"Invalid value for the parameter %s.%s", name, reason)
}

func invalidMessageContents() *wire.Error {
	return fail("InvalidMessageContents", "InvalidMessageContents", http.StatusBadRequest, "%s", badCharacters)
}

const badCharacters = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | " +
	"#xE000 to #xFFFD | #x10000 to #x10FFFF"

// receiptHandleIsInvalid: recorded by test_delete_message_with_illegal_receipt_handle.
func receiptHandleIsInvalid(handle string) *wire.Error {
	return fail("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", http.StatusNotFound,
		"The input receipt handle %q is not a valid receipt handle.", clip(handle))
}

func messageNotInflight() *wire.Error {
	return prefixed("MessageNotInflight", "The specified message isn't in flight.")
}

func resourceNotFound(message string) *wire.Error {
	return fail("ResourceNotFoundException", "ResourceNotFoundException", http.StatusNotFound, "%s", message)
}

func unsupported(message string) *wire.Error {
	return prefixed("UnsupportedOperation", "%s", message)
}

// invalidValue is the form in which SQS refuses most values.
func invalidValue(value any, parameter, reason string) *wire.Error {
	return wire.InvalidParameterValue(fmt.Sprintf("Value %v for parameter %s is invalid. Reason: %s", value, parameter, reason))
}

func clip(s string) string {
	if len(s) > 256 {
		return s[:256] + "..."
	}
	return s
}
