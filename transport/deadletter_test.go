package transport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/framebus/framebus/transport"
)

func TestNewRecord(t *testing.T) {
	first := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	failures := []transport.Failure{
		{Attempt: 1, Delivery: 1, Time: first, Error: "a"},
		{Attempt: 2, Delivery: 1, Time: first.Add(time.Second), Error: "b"},
		{Attempt: 3, Delivery: 2, Time: first.Add(time.Minute), Error: "c"},
	}
	inner := errors.New("no such customer")
	reason := fmt.Errorf("order 42: %w", errors.Join(inner, fmt.Errorf("and: %w", errors.ErrUnsupported)))
	r := transport.NewRecord(transport.ID{Service: "finance", Name: "audit"}, 2, failures, reason)
	if r.Listener != "finance/audit" || r.Reason != reason.Error() || r.Receives != 2 || r.Omitted != 0 {
		t.Errorf("the record is %+v", r)
	}
	chain := []string{
		reason.Error(), errors.Unwrap(reason).Error(), inner.Error(), "and: unsupported operation", "unsupported operation",
	}
	if !slices.Equal(r.Chain, chain) {
		t.Errorf("the chain is %q, want %q", r.Chain, chain)
	}
	if !slices.Equal(r.Attempts, failures) {
		t.Errorf("the attempts are %+v", r.Attempts)
	}
	if !r.FirstFailure.Equal(first) || !r.LastFailure.Equal(first.Add(time.Minute)) {
		t.Errorf("first failure %s, last %s", r.FirstFailure, r.LastFailure)
	}
	r.Attempts[0].Error = "changed"
	if failures[0].Error != "a" {
		t.Error("the record shares its attempts with its argument")
	}
}

func TestNewRecordWithoutFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := transport.NewRecord(transport.ID{Service: "a", Name: "b"}, 5, nil, nil)
		if now := time.Now(); !r.FirstFailure.Equal(now) || !r.LastFailure.Equal(now) || r.FirstFailure.Location() != time.UTC {
			t.Errorf("first failure %s, last %s, at %s", r.FirstFailure, r.LastFailure, now)
		}
		if r.Reason == "" || r.Attempts != nil {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestNewRecordIsBounded(t *testing.T) {
	var failures []transport.Failure
	var reason error = errors.New("innermost")
	for i := range 30 {
		failures = append(failures, transport.Failure{Attempt: i + 1, Error: "x"})
		reason = fmt.Errorf("%s: %w", strings.Repeat("é", 1000), reason)
	}
	r := transport.NewRecord(transport.ID{}, 30, failures, reason)
	if len(r.Attempts) != 20 || r.Omitted != 10 {
		t.Fatalf("%d attempts, %d omitted", len(r.Attempts), r.Omitted)
	}
	for i, a := range r.Attempts {
		if want := i + 11; i > 0 && a.Attempt != want || i == 0 && a.Attempt != 1 {
			t.Errorf("attempt number %d of the record is attempt %d", i, a.Attempt)
		}
	}
	if len(r.Chain) != 8 {
		t.Errorf("the chain has %d texts", len(r.Chain))
	}
	for _, text := range append(r.Chain, r.Reason) {
		if len(text) > 1024 || len(text) < 1020 || !utf8.ValidString(text) || !strings.HasSuffix(text, "...") {
			t.Errorf("a text of %d bytes ends in %q", len(text), text[len(text)-8:])
		}
	}
	if failures[1].Attempt != 2 {
		t.Error("bounding changed the failures that were given")
	}
}

func TestRecordTextsAreUTF8(t *testing.T) {
	exact := strings.Repeat("e", 1024)
	for given, want := range map[string]string{
		"bad \xff\xfe end": "bad \uFFFD end", exact: exact, exact + "e": exact[:1021] + "...", "": "",
		strings.Repeat("\xff ", 600): strings.Repeat("\uFFFD ", 600)[:1020] + "...",
	} {
		if r := transport.NewRecord(transport.ID{}, 1, nil, errors.New(given)); r.Reason != want {
			t.Errorf("the reason of %d bytes is %d bytes: %.80q", len(given), len(r.Reason), r.Reason)
		}
	}
}
