package secondopinion

import (
	"strings"
	"testing"

	"github.com/framebus/framebus/transport/sns/snstest/internal/conformance"
)

// Whatever an emulator does otherwise than its lines say is reported, with what to do about it.
func TestCompare(t *testing.T) {
	line := func(o outcome, does string) row { return row{"e", "case", o, does, "page: rule", "right"} }
	result := func(o outcome, does string) row { return row{"e", "case", o, does, "page: rule", ""} }
	for _, c := range []struct {
		name string
		rows []row
		got  row
		want string // a part of what is reported; empty for nothing
	}{
		{"passes", nil, result(passes, ""), ""},
		{"fails as expected", []row{line(fails, "a")}, result(fails, "a"), ""},
		{"fails in one of two ways", []row{line(fails, "a"+or+"b")}, result(fails, "b"), ""},
		{"passes sometimes", []row{line(sometimes, "a")}, result(passes, ""), ""},
		{"fails sometimes", []row{line(sometimes, "a")}, result(fails, "a"), ""},
		{"fails newly", nil, result(fails, "a"), "newly fails: a"},
		{"hangs newly", nil, result(hangs, "a"), "newly hangs"},
		{"is skipped newly", nil, result(notRun, "a"), "newly not run"},
		{"passes newly", []row{line(fails, "a")}, result(passes, ""), "newly passes: delete its line"},
		{"fails otherwise", []row{line(fails, "a")}, result(fails, "b"), "correct the line"},
		{"fails in a third way", []row{line(sometimes, "a"+or+"b")}, result(fails, "c"), "correct the line"},
		{"hangs instead", []row{line(fails, "a")}, result(hangs, "a"), "now hangs"},
		{"is skipped instead", []row{line(sometimes, "a")}, result(notRun, "a"), "now not run"},
		{"has another rule", []row{{"e", "case", fails, "a", "page: old rule", "right"}}, result(fails, "a"), "the case says"},
		{"is gone", []row{line(fails, "a"), {"e", "gone", fails, "a", "page: rule", "right"}}, result(fails, "a"), "no such case"},
	} {
		got := strings.Join(compare(c.rows, []row{c.got}), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A line that is still true keeps its verdict, any other has to be settled.
func TestRenewed(t *testing.T) {
	rows := []row{
		{"e", "a", fails, "x" + or + "y", "s", "right"},
		{"e", "b", fails, "x", "s", "right"},
		{"e", "c", fails, "x", "s", "right"},
		{"e", "d", sometimes, "x", "s", "right"},
		{"f", "a", fails, "x", "s", "right"},
	}
	got := format(renewed(rows, "e", []row{
		{"e", "a", fails, "y", "s", ""},
		{"e", "b", fails, "z", "s", ""},
		{"e", "c", passes, "", "s", ""},
		{"e", "d", passes, "", "s", ""},
		{"e", "new", hangs, "x", "s", ""},
	}))
	want := format([]row{
		rows[0], {"e", "b", fails, "z", "s", unsettled}, rows[3], rows[4], {"e", "new", hangs, "x", "s", unsettled},
	})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What is of one run only is not in a line.
func TestFound(t *testing.T) {
	for _, c := range []struct {
		result conformance.Result
		want   outcome
		does   string
	}{
		{conformance.Result{}, passes, ""},
		{conformance.Result{Skipped: "why"}, notRun, "why"},
		{conformance.Result{Failures: []string{"context deadline exceeded"}, Hung: true}, hangs, "no answer in time"},
		{conformance.Result{Failures: []string{"got 1,\n want 2", "more"}}, fails, "got 1, want 2"},
		{conformance.Result{Failures: []string{
			"operation error SQS: Foo, https response error StatusCode: 400, RequestID: 1-2, api error InvalidAction: Unknown action: Foo",
		}}, unsupported, "SQS Foo, StatusCode: 400 api error InvalidAction: Unknown action: Foo"},
		{conformance.Result{Failures: []string{"Code: got Other, want InvalidAction"}}, fails, "Code: got Other, want InvalidAction"},
		{conformance.Result{Failures: []string{
			"http://127.0.0.1:4566/q/case-1795594515123-2 at 1795594515123, 9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
		}}, fails, "URL/q/case-2 at TIME, ID"},
	} {
		got := found("e", conformance.Case{Name: "n", Rule: "r", Page: "p"}, c.result)
		if got.outcome != c.want || got.does != c.does || got.says != "p: r" {
			t.Errorf("got %+v, want %s: %s", got, c.want, c.does)
		}
	}
}
