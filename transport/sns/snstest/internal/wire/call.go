package wire

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
)

// Protocol is how a request is written, and so its answer.
type Protocol int

const (
	// Query is AWS Query: a form in, XML out.
	Query Protocol = iota
	// JSON is AWS JSON 1.0.
	JSON
)

// String returns "JSON" or "Query".
func (p Protocol) String() string {
	if p == JSON {
		return "JSON"
	}
	return "Query"
}

// Caller is who signed a request.
type Caller struct {
	// AccessKey is the access key ID of the signature. Empty: the request is not signed, which AWS calls
	// anonymous.
	AccessKey string
	// Account is the account that the key belongs to; empty for anonymous callers.
	Account string
	// ARN is the principal, as in "arn:aws:iam::123456789012:user/alice".
	ARN string
	// UserID is what IAM calls the unique ID of the principal, which SQS reports as SenderId.
	UserID string
}

// Call is one request on its way through the server.
type Call struct {
	// Caller is who asks.
	Caller Caller
	// Service is the service's name in signatures: "sqs" or "sns".
	Service string
	// Action is the operation's name.
	Action string
	// Region is that of the signature's scope.
	Region string
	// Protocol is how the request is written.
	Protocol Protocol
	// RequestID is what the answer carries.
	RequestID string
	// Base is scheme and host as the client named them. The URLs of queues start with it.
	Base string
	// Path is the path of the request's URL. In the Query protocol it may name the queue.
	Path string
}

func newCall(r *http.Request) *Call {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return &Call{RequestID: NewID(), Base: scheme + "://" + r.Host, Path: r.URL.Path}
}

// NewID makes a random UUID (RFC 9562, version 4), as requests and messages have. It need not be hard to guess,
// and so costs no system call.
func NewID() string {
	var raw [16]byte
	for i, r := 0, rand.Uint64(); i < 8; i, r = i+1, r>>8 {
		raw[i] = byte(r)
	}
	for i, r := 8, rand.Uint64(); i < 16; i, r = i+1, r>>8 {
		raw[i] = byte(r)
	}
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[:8], raw[:4])
	hex.Encode(text[9:13], raw[4:6])
	hex.Encode(text[14:18], raw[6:8])
	hex.Encode(text[19:23], raw[8:10])
	hex.Encode(text[24:], raw[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
