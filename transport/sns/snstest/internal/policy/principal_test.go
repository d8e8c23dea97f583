package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// matched are the callers to whom a statement of this effect with this principal element applies.
func matched(t *testing.T, effect, principal string) string {
	t.Helper()
	d := must(t, Queue, fmt.Sprintf(`{"Statement":{"Effect":%q,%s,"Action":"sqs:*"}}`, effect, principal))
	var names []string
	for name, p := range everyCaller {
		if d.Evaluate(send(p)) != NoMatch {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// elements_principal.
func TestPrincipal(t *testing.T) {
	const all = "ada anonymous bert root rootAbroad shipper sns visitor"
	for principal, want := range map[string]string{
		`"Principal":"*"`:                                                            all, // "All principals": the same two
		`"Principal":{"AWS":"*"}`:                                                    all,
		`"Principal":{"AWS":["*","109876543210"]}`:                                   all,
		`"Principal":{"AWS":"210987654321"}`:                                         "ada bert root shipper", // the account,
		`"Principal":{"AWS":"arn:aws:iam::210987654321:root"}`:                       "ada bert root shipper", // not its root only
		`"Principal":{"AWS":["210987654321","109876543210"]}`:                        "ada bert root rootAbroad shipper visitor",
		`"Principal":{"AWS":"arn:aws:iam::210987654321:user/ada"}`:                   "ada",
		`"Principal":{"AWS":"arn:aws:iam::210987654321:user/Ada"}`:                   "", // "case sensitive"
		`"Principal":{"AWS":"arn:aws:iam::210987654321:role/shipper"}`:               "shipper",
		`"Principal":{"AWS":"arn:aws:iam::210987654321:role/pods/shipper"}`:          "shipper",
		`"Principal":{"AWS":"arn:aws:iam::210987654321:role/shipper/x"}`:             "",
		`"Principal":{"AWS":"arn:aws:iam::109876543210:role/shipper"}`:               "",
		`"Principal":{"AWS":"arn:aws:iam::210987654321:user/shipper"}`:               "",
		`"Principal":{"AWS":"arn:aws:sts::210987654321:assumed-role/shipper/pod-7"}`: "shipper",
		`"Principal":{"AWS":"arn:aws:sts::210987654321:assumed-role/shipper/pod-8"}`: "",
		`"Principal":{"Service":"sns.amazonaws.com"}`:                                "sns",
		`"Principal":{"Service":["s3.amazonaws.com"]}`:                               "",
		`"Principal":{"Service":"sns.amazonaws.com","AWS":"109876543210"}`:           "rootAbroad sns visitor",
		`"Principal":{"Federated":"accounts.google.com"}`:                            "",
		`"Principal":{}`: "",
	} {
		for _, effect := range []string{"Allow", "Deny"} {
			if got := matched(t, effect, principal); got != want {
				t.Errorf("%s %s:\n got %s\nwant %s", effect, principal, got, want)
			}
		}
	}
}

// elements_notprincipal: Deny spares who is listed together with the account, and a session with its role too.
func TestNotPrincipal(t *testing.T) {
	const account, user = `"arn:aws:iam::210987654321:root"`, `"arn:aws:iam::210987654321:user/ada"`
	const role, session = `"arn:aws:iam::210987654321:role/shipper"`, `"arn:aws:sts::210987654321:assumed-role/shipper/pod-7"`
	for _, tt := range []struct{ listed, denied, allowed string }{
		{`{"AWS":[` + user + `,` + account + `]}`,
			"anonymous bert rootAbroad shipper sns visitor", "anonymous rootAbroad sns visitor"},
		{`{"AWS":` + user + `}`,
			"ada anonymous bert root rootAbroad shipper sns visitor", "anonymous bert root rootAbroad shipper sns visitor"},
		{`{"AWS":` + account + `}`,
			"ada anonymous bert rootAbroad shipper sns visitor", "anonymous rootAbroad sns visitor"},
		{`{"AWS":[` + session + `,` + role + `,` + account + `]}`,
			"ada anonymous bert rootAbroad sns visitor", "anonymous rootAbroad sns visitor"},
		{`{"AWS":[` + session + `,` + account + `]}`,
			"ada anonymous bert rootAbroad shipper sns visitor", "anonymous rootAbroad sns visitor"},
		{`{"AWS":[` + role + `,` + account + `]}`,
			"ada anonymous bert rootAbroad shipper sns visitor", "anonymous rootAbroad sns visitor"},
		{`{"Service":"sns.amazonaws.com"}`,
			"ada anonymous bert root rootAbroad shipper visitor", "ada anonymous bert root rootAbroad shipper visitor"},
		{`"*"`, "", ""},
	} {
		if got := matched(t, "Deny", `"NotPrincipal":`+tt.listed); got != tt.denied {
			t.Errorf("Deny to all but %s:\n denies %s\n   want %s", tt.listed, got, tt.denied)
		}
		if got := matched(t, "Allow", `"NotPrincipal":`+tt.listed); got != tt.allowed {
			t.Errorf("Allow to all but %s:\nallows %s\n  want %s", tt.listed, got, tt.allowed)
		}
	}
}

func TestPrincipalOfNobody(t *testing.T) {
	d := must(t, Queue, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"sqs:*"}}`)
	for _, p := range []Principal{{}, {ARN: "ada"}, {ARN: "x:assumed-role/y/z"}, {Service: "sns"}} {
		if got := d.Evaluate(send(p)); got != NoMatch {
			t.Errorf("%+v: %v, want NoMatch", p, got)
		}
	}
}
