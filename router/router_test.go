package router_test

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/router"
	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/memory"
)

func nothing(*message.Message) error { return nil }

func TestAddRefuses(t *testing.T) {
	noGlobs := &broken{Transport: memory.New(), features: func(f transport.Features) transport.Features {
		f.Globs, f.Ordered = false, false
		return f
	}}
	ordered := listen("b", "Order", nothing)
	ordered.Ordered = true
	for _, c := range []struct {
		name string
		tr   transport.Transport
		l    router.Listener
		want string
	}{
		{"no handler", memory.New(), listen("b", "Order", nil), "handler is nil"},
		{"no name", memory.New(), listen("", "Order", nothing), "needs a service and a name"},
		{"no channel", memory.New(), listen("b", "", nothing), "is empty"},
		{"bad glob", memory.New(), listen("b", "Sales.[ab]", nothing), "the only wildcard is *"},
		{"a clash", memory.New(), listen("a", "Invoice", nothing), `there is one of that name already, on "Order"`},
		{"a clash but for case", memory.New(), listen("A", "Invoice", nothing), "case alone"},
		{"globs the transport lacks", noGlobs, listen("b", "*", nothing), transport.ErrUnsupported.Error()},
		{"order the transport lacks", noGlobs, ordered, transport.ErrUnsupported.Error()},
	} {
		r := router.New(c.tr, router.Config{})
		if err := r.Add(listen("a", "Order", nothing)); err != nil {
			t.Fatal(err)
		}
		err := r.Add(c.l)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "router: listener svc/") {
			t.Errorf("%s: Add returned %v, want the listener named and %q", c.name, err, c.want)
		}
		if got := r.Match("Order", event.Created); len(got) != 1 {
			t.Errorf("%s: a refused listener was kept: %v", c.name, got)
		}
	}
}

func TestMatch(t *testing.T) {
	r := router.New(memory.New(), router.Config{})
	only := listen("deleted", "Sales.*", nothing)
	only.Actions = []event.Action{event.Deleted}
	for _, l := range []router.Listener{listen("all", "*", nothing), only, listen("order", "Sales.Order", nothing)} {
		if err := r.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		channel string
		action  event.Action
		want    []string
	}{
		{"Sales.Order", event.Deleted, []string{"all", "deleted", "order"}},
		{"Sales.Order", event.Created, []string{"all", "order"}},
		{"Invoice", event.Deleted, []string{"all"}},
	} {
		var got []string
		for _, id := range r.Match(c.channel, c.action) {
			got = append(got, id.Name)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("Match(%s, %s) = %v, want %v", c.channel, c.action, got, c.want)
		}
	}
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := memory.New()
		r := router.New(tr, router.Config{Logger: discard})
		ask := func(path string) (int, string) {
			w := httptest.NewRecorder()
			r.Health().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			body, _ := io.ReadAll(w.Body)
			var answer struct{ Status, Error string }
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatalf("%s: %q: %v", path, body, err)
			}
			return w.Code, answer.Status + " " + answer.Error
		}
		expect := func(when, path string, code int, text string) {
			t.Helper()
			if got, answer := ask(path); got != code || !strings.Contains(answer, text) {
				t.Errorf("%s: GET %s: %d %q, want %d and %q", when, path, got, answer, code, text)
			}
		}
		expect("before Run", "/livez", 200, "ok")
		expect("before Run", "/readyz", 503, "not running yet")

		release := make(chan struct{})
		r2, stop := start(t, tr, router.Config{}, listen("a", "Order", func(*message.Message) error { <-release; return nil }))
		r = r2
		expect("running", "/livez", 200, "ok")
		expect("running", "/readyz", 200, "ok")

		publish(t, tr, "Order", 1)
		synctest.Wait()
		ended := make(chan error)
		go func() { ended <- stop() }()
		<-r.Draining()
		expect("draining", "/livez", 200, "ok")
		expect("draining", "/readyz", 503, "draining")
		close(release)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		expect("after the end", "/livez", 503, "has stopped")
		expect("after the end", "/readyz", 503, "has stopped")
	})
}
