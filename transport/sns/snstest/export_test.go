package snstest

import "net/http"

// OwnBody is what HTTPClient's transport does, for tests over a real network.
func OwnBody(t *http.Transport) http.RoundTripper { return ownBody{t} }
