package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"strconv"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// pagePath is where the pages are. No account has a name like it, so that it is no queue's.
const pagePath = "/_snstest/"

//go:embed page.html
var pageText string

// shownMessages and shownRunes are how much the page shows of a queue, and of a body. The dump has all.
const (
	shownMessages = 10
	shownRunes    = 200
)

// site is AWS's API, and beside it the pages that show what the server holds:
//
//	GET /, GET /_snstest/   the page
//	GET /_snstest/dump      everything, as JSON
//	GET /_snstest/graph     who is told what, for Graphviz
type site struct {
	server  *snstest.Server
	page    *template.Template
	url, db string
}

// newSite makes a site that lets in who may. The URL is where clients find it.
func newSite(server *snstest.Server, o *options, url string) http.Handler {
	s := &site{
		server: server, url: url, db: o.db,
		page: template.Must(template.New("page").Funcs(template.FuncMap{"cut": cut, "first": first}).Parse(pageText)),
	}
	names := o.hosts
	if host, _, err := net.SplitHostPort(o.addr); err == nil {
		names = append([]string{host}, names...)
	}
	return guard(s, names)
}

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isPage(r) {
		s.server.ServeHTTP(w, r)
		return
	}
	switch r.URL.Path {
	case "/", pagePath: // the first is an error to AWS, and a person means the page
		s.showPage(w)
	case pagePath + "dump":
		s.showDump(w)
	case pagePath + "graph":
		answer(w, "text/vnd.graphviz; charset=utf-8", []byte(s.server.Graph().DOT()))
	default:
		http.NotFound(w, r)
	}
}

// view is what the page shows.
type view struct {
	URL, DB, PagePath string
	Dump              snstest.Dump
	Requests          []snstest.Requests
}

func (s *site) showPage(w http.ResponseWriter) {
	var body bytes.Buffer
	err := s.page.Execute(&body, view{
		URL: s.url, DB: s.db, PagePath: pagePath, Dump: s.server.Dump(), Requests: s.server.Requests(),
	})
	if err != nil {
		http.Error(w, "snstest: the page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, "text/html; charset=utf-8", body.Bytes())
}

func (s *site) showDump(w http.ResponseWriter) {
	text, err := json.MarshalIndent(struct {
		snstest.Dump

		Requests []snstest.Requests
	}{s.server.Dump(), s.server.Requests()}, "", "  ")
	if err != nil {
		http.Error(w, "snstest: the dump: "+err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, "application/json", append(text, '\n'))
}

// answer answers with something that a browser shows and does nothing else with: no scripts, nothing from elsewhere, in no
// other page's frame.
func answer(w http.ResponseWriter, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client has gone
}

// cut is the beginning of a text that is long.
func cut(s string) string {
	n := 0
	for i := range s {
		if n++; n > shownRunes {
			return s[:i] + "…"
		}
	}
	return s
}

// first are the first messages of many.
func first(messages []snstest.Message) []snstest.Message {
	return messages[:min(len(messages), shownMessages)]
}
