package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// guard keeps web pages of others from using the server through the browser of somebody who has it running. Nothing
// else keeps them: no secret is needed to call it.
//
//   - A page whose own name was made to lead here (DNS rebinding) has that name in Host. An address, localhost and the
//     names that were given are let through, which such a page cannot have.
//   - A page of another origin can have a browser send forms and follow links, but the browser says so.
//   - What is not POST changes nothing, except by links that AWS puts into messages, which hold a secret.
func guard(next http.Handler, names []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !isKnown(r.Host, names):
			refuse(w, http.StatusForbidden, fmt.Sprintf("%q is not a name of this server: start it with -hosts to call it by one", r.Host))
		case isForeign(r):
			refuse(w, http.StatusForbidden, "a web page of another origin may not use this server")
		case r.Method != http.MethodPost && !isReading(r):
			refuse(w, http.StatusMethodNotAllowed, "use POST: what is asked for by "+r.Method+" changes nothing here")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func refuse(w http.ResponseWriter, status int, why string) {
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "GET, HEAD, POST")
	}
	http.Error(w, "snstest: "+why, status)
}

// isKnown says whether a Host is an address or one of the names. Those below localhost lead to the machine itself
// (RFC 6761, section 6.3).
func isKnown(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return net.ParseIP(strings.Trim(host, "[]")) != nil || host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}

// isForeign says whether a browser sends a request on behalf of a page of another origin. Browsers send Sec-Fetch-Site to
// hosts that they trust, as those of this machine are (Fetch Metadata, section 2.4), and Origin with every POST (Fetch,
// section 3.2). A link on such a page may be followed to the status page.
func isForeign(r *http.Request) bool {
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "same-origin", "none":
	default:
		return !isPage(r) || r.Header.Get("Sec-Fetch-Mode") != "navigate"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host)
}

// isPage says whether a request is for the pages, and not for AWS's API.
func isPage(r *http.Request) bool {
	return r.Method != http.MethodPost && r.URL.RawQuery == "" &&
		(r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, pagePath)) && r.Header.Get("X-Amz-Target") == ""
}

// isReading says whether a request that is not POST may pass: for a page, or an action that changes nothing without a
// secret. ConfirmSubscription has its token, and Unsubscribe the subscription's ARN with its random end.
func isReading(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.Header.Get("X-Amz-Target") != "" || r.ContentLength != 0 {
		return false
	}
	actions := r.URL.Query()["Action"]
	if len(actions) > 1 {
		return false
	}
	action := strings.Join(actions, "")
	return action == "" || action == "ConfirmSubscription" || action == "Unsubscribe" ||
		strings.HasPrefix(action, "Get") || strings.HasPrefix(action, "List")
}
