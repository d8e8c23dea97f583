package wire

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"time"
)

// Handler serves requests to services. Its fields are set before it serves, and not changed after.
type Handler struct {
	// Services are what there is. The first answers requests that do not say which they are for.
	Services []*Service
	// Identify returns who an access key belongs to; false if to nobody.
	Identify func(accessKey string) (Caller, bool)
	// Region is that of requests that have none: unsigned, and not to a host name of AWS.
	Region string
	// Intercept is called before a request takes effect, and says what is to go wrong. Nil: nothing does.
	Intercept func(ctx context.Context, c *Call) Fault
	// Settle is called when a request had its effect and before it is answered. An error is answered instead. Nil:
	// there is nothing to settle.
	Settle func() *Error
	// Done is called when a request has been answered, or cut. Nil: nobody is told.
	Done func(c *Call, err *Error)
}

// Fault is what goes wrong with a request.
type Fault struct {
	// Delay is how long the request waits before it takes effect, if it does.
	Delay time.Duration
	// Err is answered instead; the request has no effect.
	Err *Error
	// CutBefore ends the connection before the request takes effect.
	CutBefore bool
	// CutAfter lets the request take effect and ends the connection instead of answering.
	CutAfter bool
}

// ServeHTTP implements http.Handler. It ends a connection that is to be cut by panicking with
// http.ErrAbortHandler, as net/http documents.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(r)
	req, err := h.read(r, c)
	if req.service == nil && len(h.Services) > 0 {
		req.service = h.Services[0]
	}
	if err != nil && c.Protocol == Query && req.form.Get("Action") == "" && r.Method == http.MethodGet {
		h.done(c, err)
		w.Header().Set("X-Amzn-Requestid", c.RequestID)
		_ = write(w, http.StatusNotFound, "text/xml", []byte(unknownOperation)) // the client has gone
		return
	}
	if err == nil {
		err = h.identify(r, req, c)
	}
	var fault Fault
	if err == nil && h.Intercept != nil {
		fault = h.Intercept(r.Context(), c)
		err = fault.Err
	}
	if fault.Delay > 0 && !sleep(r.Context(), fault.Delay) || fault.CutBefore {
		h.done(c, err)
		panic(http.ErrAbortHandler)
	}
	var out any
	if err == nil {
		out, err = req.invoke(r.Context(), c)
		if h.Settle != nil {
			out, err = settle(h.Settle(), out, err)
		}
	}
	h.done(c, err)
	if fault.CutAfter {
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		req.answerError(w, c, err)
		return
	}
	req.answer(r.Context(), w, c, out)
}

// settle answers a fault instead of what there was to answer, and puts back what that took out.
func settle(fault *Error, out any, err *Error) (any, *Error) {
	if fault == nil {
		return out, err
	}
	if taker, takes := out.(Taker); takes {
		taker.Undo()
	}
	return nil, fault
}

func (h *Handler) done(c *Call, err *Error) {
	if h.Done != nil {
		h.Done(c, err)
	}
}

func (h *Handler) identify(r *http.Request, req *request, c *Call) *Error {
	c.Region = req.scope.region
	if c.Region == "" {
		c.Region = hostRegion(r.Host)
	}
	if c.Region == "" {
		c.Region = h.Region
	}
	if req.scope.accessKey == "" {
		return nil
	}
	caller, ok := h.Identify(req.scope.accessKey)
	if !ok {
		return UnknownKey()
	}
	c.Caller = caller
	return nil
}

// sleep waits; false if the client has gone before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (req *request) invoke(ctx context.Context, c *Call) (any, *Error) {
	in := reflect.New(req.op.in.of).Elem()
	if err := req.bind(c, in); err != nil {
		return nil, err
	}
	out, err := req.op.invoke(ctx, c, in)
	if err == nil {
		return out, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, e
	}
	return nil, Internal()
}

func (req *request) bind(c *Call, in reflect.Value) *Error {
	if c.Protocol == JSON {
		return req.op.in.decodeJSON(req.body, in)
	}
	t, err := treeOf(req.operationForm())
	if err != nil {
		return err
	}
	return req.op.in.bindQuery(t, in)
}

// answer writes an output. If it took something out that does not reach the client, it is put back.
func (req *request) answer(ctx context.Context, w http.ResponseWriter, c *Call, out any) {
	taker, takes := out.(Taker)
	err := ctx.Err()
	if err == nil {
		err = req.write(w, c, out)
	}
	if err == nil && takes {
		err = http.NewResponseController(w).Flush() // or a connection that is closed takes it into a buffer
		if errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	if err != nil && takes {
		taker.Undo()
	}
}

func (req *request) write(w http.ResponseWriter, c *Call, out any) error {
	w.Header().Set("X-Amzn-Requestid", c.RequestID)
	if c.Protocol == Query {
		return write(w, http.StatusOK, "text/xml", req.service.encodeXML(c, out, req.op.out))
	}
	var body []byte
	if req.op.out != nil {
		var err error
		if body, err = encodeJSON(out); err != nil {
			return err
		}
	}
	return write(w, http.StatusOK, "application/x-amz-json-1.0", body)
}

func (req *request) answerError(w http.ResponseWriter, c *Call, e *Error) {
	h := w.Header()
	h.Set("X-Amzn-Requestid", c.RequestID)
	if c.Protocol == Query {
		_ = write(w, e.Status, "text/xml", req.service.encodeXMLError(c, e)) // the client has gone
		return
	}
	// SQSDeveloperGuide/sqs-json-api-responses.html
	h.Set("X-Amzn-Query-Error", e.code()+";"+e.fault())
	body, err := encodeJSON(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{e.typeName(req.service.Shapes), e.Message})
	if err == nil {
		_ = write(w, e.Status, "application/x-amz-json-1.0", body) // the client has gone
	}
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}
