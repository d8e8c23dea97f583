package snstest

import (
	"bytes"
	"io"
	"net/http"
)

// OwnBody returns a transport that keeps the bodies of requests for itself: for a client, in this process, of what
// [Server.Listen] serves. [Server.HTTPClient] has it already.
//
// The SDK closes a body as soon as it has the answer's header (github.com/aws/smithy-go, transport/http/client.go),
// while http.Transport may not have looked for the body's end yet. A server in the same process answers fast enough
// for that: the transport then gives the connection up, and what it has not read of the answer is lost, with
// "io: read/write on closed pipe".
func OwnBody(t *http.Transport) http.RoundTripper { return ownBody{t} }

type ownBody struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (o ownBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return o.Transport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if closed := r.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	own := r.WithContext(r.Context()) // a copy
	own.Body, own.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	own.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return o.Transport.RoundTrip(own)
}
