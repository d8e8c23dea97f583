package transport_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, channel string
		want             bool
	}{
		{"Order", "Order", true},
		{"Order", "order", false},
		{"Order", "Orders", false},
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "Order", true},
		{"*", "Sales.Order", true},
		{"Sales.*", "Sales.Order", true},
		{"Sales.*", "Sales.", true},
		{"Sales.*", "Sales", false},
		{"Sales.*", "Sales.Order.Line", true},
		{"Sales.*", "XSales.Order", false},
		{"*.Order", "Sales.Order", true},
		{"*.Order", ".Order", true},
		{"*.Order", "Order", false},
		{"*.Order", "Sales.Orders", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*a", "aba", true},
		{"ab*ba", "aba", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "acb", false},
		{"a*b*c", "aXbXbXc", true},
		{"a*bc*c", "abc", false},
		{"a*bc*c", "abcbcc", true},
		{"*a*", "bab", true},
		{"*a*", "bb", false},
		{"*ab*ab", "abab", true},
		{"*ab*ab", "ab", false},
		{"ü*ö", "üxö", true},
		{"a.b", "axb", false},
	} {
		if got := transport.Match(c.pattern, c.channel); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.channel, got)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{{"*", "a"}, {"a*a", "aa"}, {"Sales.*", "Sales.Order"}, {"*ab*ab", "ababab"}, {"", ""}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, channel string) {
		// A regular expression says the same, of what is UTF-8.
		pattern, channel = strings.ToValidUTF8(pattern, "?"), strings.ToValidUTF8(channel, "?")
		quoted := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
		if want := regexp.MustCompile(`(?s)^` + quoted + `$`).MatchString(channel); transport.Match(pattern, channel) != want {
			t.Errorf("Match(%q, %q) = %v", pattern, channel, !want)
		}
	})
}

func TestWants(t *testing.T) {
	s := transport.Subscription{Pattern: "Sales.*", Actions: []event.Action{event.Created, "shipped"}}
	for _, c := range []struct {
		channel string
		action  event.Action
		want    bool
	}{
		{"Sales.Order", event.Created, true},
		{"Sales.Order", "shipped", true},
		{"Sales.Order", event.Deleted, false},
		{"Sales.Order", "", false},
		{"Order", event.Created, false},
	} {
		if got := s.Wants(c.channel, c.action); got != c.want {
			t.Errorf("Wants(%q, %q) = %v", c.channel, c.action, got)
		}
	}
	s.Actions = nil
	if !s.Wants("Sales.Order", "") || !s.Wants("Sales.Order", "anything") {
		t.Error("a subscription without actions does not want all")
	}
}

func TestSubscriptionCheck(t *testing.T) {
	able := transport.Features{Name: "able", Globs: true, Ordered: true, Filters: true}
	sound := transport.Subscription{
		ID: transport.ID{Service: "finance", Name: "audit"}, Pattern: "Sales.*", Actions: []event.Action{"shipped"},
		Ordered: true, Lease: time.Second, MaxReceives: 3, Concurrency: 4,
	}
	if err := sound.Check(able); err != nil {
		t.Fatalf("a sound subscription: %v", err)
	}
	for _, c := range []struct {
		name        string
		change      func(s *transport.Subscription, f *transport.Features)
		says        string
		unsupported bool
	}{
		{"no service", func(s *transport.Subscription, _ *transport.Features) { s.Service = "" }, "service", false},
		{"no name", func(s *transport.Subscription, _ *transport.Features) { s.Name = "" }, "name", false},
		{"no pattern", func(s *transport.Subscription, _ *transport.Features) { s.Pattern = "" }, "empty", false},
		{"two stars", func(s *transport.Subscription, _ *transport.Features) { s.Pattern = "a**" }, "**", false},
		{"a bad action", func(s *transport.Subscription, _ *transport.Features) { s.Actions = []event.Action{"a", "b.c"} }, "b.c", false},
		{"a negative lease", func(s *transport.Subscription, _ *transport.Features) { s.Lease = -1 }, "negative", false},
		{"negative receives", func(s *transport.Subscription, _ *transport.Features) { s.MaxReceives = -1 }, "negative", false},
		{"negative concurrency", func(s *transport.Subscription, _ *transport.Features) { s.Concurrency = -1 }, "negative", false},
		{"no globs", func(_ *transport.Subscription, f *transport.Features) { f.Globs = false }, "Sales.*", true},
		{"no order", func(_ *transport.Subscription, f *transport.Features) { f.Ordered = false }, "ordered", true},
	} {
		s, f := sound, able
		c.change(&s, &f)
		err := s.Check(f)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.says)
		}
		if got := errors.Is(err, transport.ErrUnsupported); got != c.unsupported {
			t.Errorf("%s: wraps ErrUnsupported: %v", c.name, got)
		}
	}
	sound.Pattern, sound.Ordered = "Order", false
	if err := sound.Check(transport.Features{}); err != nil {
		t.Errorf("a plain subscription on a transport that can do nothing: %v", err)
	}
}

func TestLeaseOrDefault(t *testing.T) {
	var s transport.Subscription
	if got := s.LeaseOrDefault(); got != transport.DefaultLease {
		t.Errorf("the lease of the zero subscription is %s", got)
	}
	s.Lease = time.Minute
	if got := s.LeaseOrDefault(); got != time.Minute {
		t.Errorf("the lease is %s", got)
	}
}
