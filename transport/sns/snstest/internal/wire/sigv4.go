package wire

import (
	"net/http"
	"net/url"
	"strings"
)

// scope is what a signature says about a request.
type scope struct {
	accessKey string
	region    string
	service   string
}

const algorithm = "AWS4-HMAC-SHA256"

// readSignature reads the signature of a request, in its Authorization header or, presigned, in its query
// (IAM/latest/UserGuide/reference_sigv-signing-elements.html). Nothing at all is an anonymous request.
func readSignature(r *http.Request, query url.Values) (scope, *Error) {
	header := r.Header.Get("Authorization")
	switch {
	case header != "":
		return readAuthorization(header, r.Header)
	case query.Get("X-Amz-Algorithm") != "":
		return readPresigned(query)
	}
	return scope{}, nil
}

func readAuthorization(header string, h http.Header) (scope, *Error) {
	name, rest, _ := strings.Cut(header, " ")
	if name != algorithm {
		return scope{}, IncompleteSignature("Unsupported AWS 'algorithm': '" + clip(name) + "'.")
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[key] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			return scope{}, IncompleteSignature("Authorization header requires '" + name + "' parameter. Authorization=" +
				clip(header))
		}
	}
	if h.Get("X-Amz-Date") == "" && h.Get("Date") == "" {
		return scope{}, IncompleteSignature("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	return readCredential(parts["Credential"], parts["Signature"], parts["SignedHeaders"])
}

func readPresigned(query url.Values) (scope, *Error) {
	if query.Get("X-Amz-Algorithm") != algorithm {
		return scope{}, IncompleteSignature("Unsupported AWS 'algorithm': '" + clip(query.Get("X-Amz-Algorithm")) + "'.")
	}
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if query.Get(name) == "" {
			return scope{}, IncompleteSignature("AWS query-string parameters must include '" + name + "'.")
		}
	}
	return readCredential(query.Get("X-Amz-Credential"), query.Get("X-Amz-Signature"), query.Get("X-Amz-SignedHeaders"))
}

// readCredential takes apart "KEY/20261125/us-east-1/sqs/aws4_request".
func readCredential(credential, signature, signed string) (scope, *Error) {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[0] == "" || !isDate(parts[1]) || parts[2] == "" || parts[3] == "" ||
		parts[4] != "aws4_request" {
		return scope{}, IncompleteSignature("Credential must have exactly 5 slash-delimited elements, " +
			"e.g. keyid/date/region/service/term, got '" + clip(credential) + "'")
	}
	if len(signature) != 64 || strings.Trim(signature, "0123456789abcdef") != "" {
		return scope{}, IncompleteSignature("Signature must be 64 hexadecimal digits in lower case.")
	}
	if !strings.Contains(";"+strings.ToLower(signed)+";", ";host;") {
		return scope{}, WrongSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return scope{accessKey: parts[0], region: parts[2], service: parts[3]}, nil
}

func isDate(s string) bool { return len(s) == 8 && strings.Trim(s, "0123456789") == "" }

// hostRegion finds the region in a host name of AWS: sqs.eu-west-1.amazonaws.com, eu-west-1.queue.amazonaws.com.
func hostRegion(host string) string {
	name, ok := strings.CutSuffix(host, ".amazonaws.com")
	if !ok {
		return ""
	}
	for part := range strings.SplitSeq(name, ".") {
		if strings.Count(part, "-") >= 2 {
			return part
		}
	}
	return ""
}
