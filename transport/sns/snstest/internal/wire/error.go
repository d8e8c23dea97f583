package wire

import "net/http"

// Error is an error as AWS answers it.
type Error struct {
	// Type is the name of the error's shape, which JSON clients tell errors apart by.
	Type string
	// Code is the error's code in the Query protocol, and in the x-amzn-query-error header of JSON answers.
	// Empty: the same as Type.
	Code string
	// Status is the HTTP status.
	Status int
	// Message is for people.
	Message string
	// QueryMessage is the message in the Query protocol where it differs.
	QueryMessage string
	// Receiver says that the fault is the service's and not the sender's.
	Receiver bool
	// Generic says that the shape is not the service's own but one that all services share.
	Generic bool
}

// Error implements error: "InvalidParameterValue: Value 11 for parameter ...".
func (e *Error) Error() string { return e.code() + ": " + e.Message }

func (e *Error) code() string {
	if e.Code != "" {
		return e.Code
	}
	return e.Type
}

// QueryCode is the error's code as entries of batches and the Query protocol have it.
func (e *Error) QueryCode() string { return e.code() }

func (e *Error) fault() string {
	if e.Receiver {
		return "Receiver"
	}
	return "Sender"
}

// typeName is the qualified name of the error's shape.
func (e *Error) typeName(namespace string) string {
	if e.Generic {
		namespace = "com.amazon.coral.service"
	}
	return namespace + "#" + e.Type
}

func generic(status int, shape, code, message string) *Error {
	return &Error{Type: shape, Code: code, Status: status, Message: message, Generic: true}
}

// The errors that all services share: APIReference/CommonErrors.html. The names of the JSON shapes are those
// that AWS answered in the recorded tests of github.com/localstack/localstack
// (tests/aws/services/sqs/test_sqs.snapshot.json).

// InvalidParameterValue is the error for a value that the documentation rules out.
func InvalidParameterValue(message string) *Error {
	return generic(http.StatusBadRequest, "InvalidParameterValueException", "InvalidParameterValue", message)
}

// MissingParameter is the error for a required parameter that is absent.
func MissingParameter(name string) *Error {
	return generic(http.StatusBadRequest, "MissingRequiredParameterException", "MissingParameter",
		"The request must contain the parameter "+name+".")
}

// AccessDenied is the error for a caller who lacks a permission.
func AccessDenied(message string) *Error {
	return generic(http.StatusForbidden, "AccessDeniedException", "AccessDenied", message)
}

// MissingToken is the error for a request that must be signed and is not.
func MissingToken() *Error {
	return generic(http.StatusForbidden, "MissingAuthenticationTokenException", "MissingAuthenticationToken",
		"Request is missing Authentication Token")
}

// UnknownKey is the error for an access key that no account has.
func UnknownKey() *Error {
	return generic(http.StatusForbidden, "UnrecognizedClientException", "InvalidClientTokenId",
		"The security token included in the request is invalid.")
}

// IncompleteSignature is the error for a signature that is not in the form of Signature Version 4.
func IncompleteSignature(message string) *Error {
	return generic(http.StatusBadRequest, "IncompleteSignatureException", "IncompleteSignature", message)
}

// WrongSignature is the error for a signature that is scoped to something else.
func WrongSignature(message string) *Error {
	return generic(http.StatusForbidden, "InvalidSignatureException", "SignatureDoesNotMatch", message)
}

// InvalidAction is the error for an operation that the endpoint does not have.
func InvalidAction(action string) *Error {
	return generic(http.StatusBadRequest, "UnknownOperationException", "InvalidAction",
		"The action "+action+" is not valid for this endpoint.")
}

// Malformed is the error for a request whose body cannot be read as what it claims to be.
func Malformed(message string) *Error {
	return generic(http.StatusBadRequest, "SerializationException", "MalformedInput", message)
}

// Throttled is the error for too many requests. SDKs retry it.
func Throttled() *Error {
	return generic(http.StatusBadRequest, "ThrottlingException", "Throttling", "Rate exceeded")
}

// Internal is the error for a failure inside the service. SDKs retry it.
func Internal() *Error {
	e := generic(http.StatusInternalServerError, "InternalFailure", "InternalFailure",
		"The request processing has failed because of an unknown error, exception or failure.")
	e.Receiver = true
	return e
}

// Unavailable is the error for a service that is down for the moment. SDKs retry it.
func Unavailable() *Error {
	e := generic(http.StatusServiceUnavailable, "ServiceUnavailable", "ServiceUnavailable",
		"The request has failed due to a temporary failure of the server.")
	e.Receiver = true
	return e
}
