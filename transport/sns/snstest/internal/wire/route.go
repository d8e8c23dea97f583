package wire

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// MaxBody is the size in bytes of the largest request that is read. The largest that AWS takes holds 1 MiB of
// messages, which grows to about six times that when every byte is escaped.
const MaxBody = 8 << 20

// request is a request that was read as far as any protocol goes.
type request struct {
	http    *http.Request
	body    []byte
	form    url.Values // of the Query protocol
	scope   scope
	service *Service
	op      *Operation
}

// read finds out what a request asks for, and fills in the call. The error is answered in the protocol of the
// call, so that it is found first.
func (h *Handler) read(r *http.Request, c *Call) (*request, *Error) {
	req := &request{http: r}
	target := r.Header.Get("X-Amz-Target")
	if target != "" || strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json") {
		c.Protocol = JSON
	}
	var err error
	if req.body, err = io.ReadAll(http.MaxBytesReader(nil, r.Body, MaxBody)); err != nil {
		if _, tooLarge := err.(*http.MaxBytesError); tooLarge { //nolint:errorlint // MaxBytesReader does not wrap
			e := Malformed("The request is larger than the server reads")
			e.Type, e.Code, e.Status = "RequestEntityTooLargeException", "RequestEntityTooLarge", http.StatusRequestEntityTooLarge
			return req, e
		}
		return req, Malformed("The request body cannot be read: " + err.Error())
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return req, malformedQuery(err)
	}
	if c.Protocol == JSON {
		return req, h.readJSON(req, c, target, query)
	}
	return req, h.readQuery(req, c, query)
}

func malformedQuery(err error) *Error {
	e := Malformed("The query string contains a syntax error: " + err.Error())
	e.Code = "MalformedQueryString"
	return e
}

func (h *Handler) readJSON(req *request, c *Call, target string, query url.Values) *Error {
	prefix, action, _ := strings.Cut(target, ".")
	for _, s := range h.Services {
		if s.Target != "" && s.Target == prefix {
			req.service = s
		}
	}
	var err *Error
	if req.scope, err = readSignature(req.http, query); err != nil {
		return err
	}
	if req.service == nil {
		return InvalidAction(clip(target))
	}
	return req.find(c, action)
}

func (h *Handler) readQuery(req *request, c *Call, query url.Values) *Error {
	req.form = query
	if len(req.body) > 0 {
		if kind, _, err := mime.ParseMediaType(req.http.Header.Get("Content-Type")); err != nil ||
			kind != "application/x-www-form-urlencoded" {
			return Malformed("The content type of a request in the Query protocol is application/x-www-form-urlencoded")
		}
		form, err := url.ParseQuery(string(req.body))
		if err != nil {
			return malformedQuery(err)
		}
		for name, values := range form {
			req.form[name] = append(req.form[name], values...)
		}
	}
	var err *Error
	if req.scope, err = readSignature(req.http, query); err != nil {
		return err
	}
	action := req.form.Get("Action")
	if req.service = h.serviceOf(req.scope, req.form.Get("Version"), action); req.service == nil {
		return InvalidAction(clip(action))
	}
	if version := req.form.Get("Version"); version != "" && version != req.service.Version {
		return generic(http.StatusBadRequest, "NoSuchVersionException", "NoSuchVersion",
			"The requested version ( "+clip(version)+" ) is not valid.")
	}
	if c.Path != "/" && c.Path != "" && req.service.AtPath != nil && !req.service.AtPath(action) {
		return InvalidAction(clip(action))
	}
	return req.find(c, action)
}

// serviceOf finds the service that a request in the Query protocol is for. AWS tells by the host name, which
// all services share here: so it is the scope of the signature, else the version, else the action.
func (h *Handler) serviceOf(sc scope, version, action string) *Service {
	for _, s := range h.Services {
		if sc.service != "" && sc.service == s.Name || sc.service == "" && version == s.Version {
			return s
		}
	}
	for _, s := range h.Services {
		if sc.service == "" && version == "" && s.Operations[action] != nil {
			return s
		}
	}
	if sc.service == "" && len(h.Services) > 0 {
		return h.Services[0]
	}
	return nil
}

func (req *request) find(c *Call, action string) *Error {
	c.Service, c.Action = req.service.Name, action
	if req.scope.service != "" && req.scope.service != req.service.Name {
		return WrongSignature("Credential should be scoped to correct service: '" + req.service.Name + "'.")
	}
	if req.op = req.service.Operations[action]; req.op == nil {
		return InvalidAction(clip(action))
	}
	return nil
}

// operationForm drops the parameters that every request of the Query protocol may have
// (APIReference/CommonParameters.html).
func (req *request) operationForm() url.Values {
	for name := range req.form {
		if name == "Action" || name == "Version" || strings.HasPrefix(name, "X-Amz-") {
			delete(req.form, name)
		}
	}
	return req.form
}
