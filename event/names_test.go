package event_test

import (
	"strings"
	"testing"

	"github.com/framebus/framebus/event"
)

func TestCheckNames(t *testing.T) {
	channel := func(s string) error { return event.CheckChannel(s) }
	action := func(s string) error { return event.CheckAction(event.Action(s)) }
	for _, tt := range []struct {
		check func(string) error
		name  string
		want  string // "" if the name is fine
	}{
		{channel, "Order", ""},
		{channel, "Sales.Order", ""},
		{channel, "sales/order:v2_-@#", ""},
		{channel, "Größe", ""},
		{channel, "注文", ""},
		{channel, strings.Repeat("x", event.MaxChannel), ""},
		{channel, "", "channel is empty"},
		{channel, strings.Repeat("x", event.MaxChannel+1), "channel is 201 bytes long, the limit is 200"},
		{channel, "a b", `channel "a b" holds white space`},
		{channel, "a\u00a0b", `channel "a\u00a0b" holds white space`},
		{channel, "a\u3000b", `channel "a\u3000b" holds white space`},
		{channel, "a\tb", `channel "a\tb" holds the control character U+0009`},
		{channel, "a\u009fb", `channel "a\u009fb" holds the control character U+009F`},
		{channel, "a\ufffeb", `channel "a\ufffeb" holds the noncharacter U+FFFE`},
		{channel, "a\xffb", `channel "a\xffb" is not UTF-8`},
		{channel, "*", `channel "*" holds '*', which only patterns may`},
		{channel, "a?", `channel "a?" holds '?', which only patterns may`},
		{channel, "a[b", `channel "a[b" holds '[', which only patterns may`},
		{channel, "a]b", `channel "a]b" holds ']', which only patterns may`},
		{channel, "{a", `channel "{a" holds '{', which only patterns may`},
		{channel, "a}", `channel "a}" holds '}', which only patterns may`},
		{channel, `a\b`, `channel "a\\b" holds '\\', which only patterns may`},

		{event.CheckPattern, "Order", ""},
		{event.CheckPattern, "*", ""},
		{event.CheckPattern, "Sales.*", ""},
		{event.CheckPattern, "*.Order.*", ""},
		{event.CheckPattern, "", "channel pattern is empty"},
		{event.CheckPattern, "a**b", `channel pattern "a**b" holds **: one * matches any characters`},
		{event.CheckPattern, "a?", `channel pattern "a?" holds '?': the only wildcard is *`},
		{event.CheckPattern, "[ab]*", `channel pattern "[ab]*" holds '[': the only wildcard is *`},
		{event.CheckPattern, "a *", `channel pattern "a *" holds white space`},
		{event.CheckPattern, strings.Repeat("*x", 101), "channel pattern is 202 bytes long, the limit is 200"},

		{action, "created", ""},
		{action, "shipped-2", ""},
		{action, "größer", ""},
		{action, strings.Repeat("x", event.MaxAction), ""},
		{action, "", "action is empty"},
		{action, strings.Repeat("x", event.MaxAction+1), "action is 65 bytes long, the limit is 64"},
		{action, "a.b", `action "a.b" holds a dot`},
		{action, "a b", `action "a b" holds white space`},
		{action, "a\x00b", `action "a\x00b" holds the control character U+0000`},
	} {
		got := ""
		if err := tt.check(tt.name); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
