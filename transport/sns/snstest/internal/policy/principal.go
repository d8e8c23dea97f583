package policy

import (
	"slices"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
)

// principals are what a Principal or a NotPrincipal lists.
type principals struct {
	everyone bool
	accounts []string
	arns     []string
	services []string
}

// parsePrincipals: required in a resource policy, and without a place in that of an identity (grammar, notes;
// elements_principal; elements_notprincipal).
func (p *parser) parsePrincipals(where string, n *node) (ps *principals, except bool, err *Error) {
	v, path, except, err := n.either(where, "Principal")
	switch {
	case err != nil:
		return nil, false, err
	case p.kind == Identity && v != nil:
		return nil, false, fault(v.at, path, "has no place in the policy of an identity")
	case p.kind == Identity:
		return nil, false, nil
	case v == nil:
		return nil, false, fault(n.at, path, "is missing")
	case v.kind == isString && v.text == "*":
		ps = &principals{everyone: true}
		return ps, except, p.count(v, path, 1)
	case v.kind != isObject:
		// policy checks, "Invalid principal format".
		return nil, false, fault(v.at, path, `is %s, and must be "*" or an object like {"AWS": ...}`, v.show())
	}
	ps = &principals{}
	listed := 0
	for _, f := range v.fields {
		n, err := p.principalMap(ps, join(path, f.name), f)
		if err != nil {
			return nil, false, err
		}
		listed += n
	}
	return ps, except, p.count(v, path, listed)
}

// count holds the quotas of the services (Kind.limits); SNS besides says of principals that "0 is invalid".
func (p *parser) count(at *node, where string, listed int) *Error {
	p.principals += listed
	most := p.kind.limits().principals
	if p.principals > most {
		return fault(at.at, where, "brings the principals of the policy to %d, the limit is %d", p.principals, most)
	}
	if listed == 0 && p.kind == Topic {
		return fault(at.at, where, "lists no principal")
	}
	return nil
}

func (p *parser) principalMap(ps *principals, where string, f field) (listed int, err *Error) {
	list, err := f.value.strings(where)
	if err != nil {
		return 0, err
	}
	for _, v := range list {
		what := ""
		switch f.name {
		case "AWS":
			what = ps.addAWS(v.text)
		case "Service":
			what = ps.addService(v.text)
		case "Federated":
			// Federated principals assume roles; they send no request to SNS or SQS themselves, and match none.
			if strings.ContainsAny(v.text, "*?") || v.text == "" {
				what = "names no identity provider"
			}
		case "CanonicalUser":
			// grammar, notes: "Most resource-based policies do not support this mapping."
			return 0, fault(f.at, where, "is a principal of S3, and of no queue or topic")
		default:
			return 0, fault(f.at, where, "is no kind of principal: those are AWS, Service and Federated")
		}
		if what != "" {
			return 0, fault(v.at, where, "%q %s", clip(v.text), what)
		}
	}
	return len(list), nil
}

// addAWS takes "*", the 12 digits of an account, and the ARNs of an account (root), a user, a role and the
// sessions of STS. A wildcard cannot be part of one, and a group is no principal (elements_principal).
func (ps *principals) addAWS(text string) (what string) {
	switch {
	case text == "*":
		ps.everyone = true // "equivalent", "For anonymous users" (elements_principal, "All principals")
		return ""
	case names.IsAccount(text):
		ps.accounts = append(ps.accounts, text)
		return ""
	case strings.ContainsAny(text, "*?"):
		return "has a wildcard, which a principal can only be as a whole"
	}
	arn := strings.SplitN(text, ":", 6)
	if len(arn) != 6 || arn[0] != "arn" || arn[3] != "" || !names.IsAccount(arn[4]) {
		return `is no principal: that is an account of 12 digits, an ARN of IAM or STS, or "*"`
	}
	kind, name, _ := strings.Cut(arn[5], "/")
	switch {
	case arn[2] == "iam" && arn[5] == "root":
		ps.accounts = append(ps.accounts, arn[4])
		return ""
	case name == "" || strings.HasSuffix(name, "/"):
	case arn[2] == "iam" && (kind == "user" || kind == "role"),
		arn[2] == "sts" && kind == "federated-user",
		arn[2] == "sts" && kind == "assumed-role" && strings.Count(name, "/") == 1:
		ps.arns = append(ps.arns, text)
		return ""
	}
	return "is no principal: of ARNs those of a root, a user, a role and of sessions are"
}

// addService: service-name.amazonaws.com "usually", in lower case (elements_principal, "AWS service principals";
// policy checks, "Invalid service principal format").
func (ps *principals) addService(text string) (what string) {
	service, domain, _ := strings.Cut(text, ".")
	if service == "" || domain == "" || strings.IndexFunc(text, func(r rune) bool {
		return r != '.' && (notServiceName(r) || r >= 'A' && r <= 'Z')
	}) >= 0 {
		return "is no service principal: that is like sns.amazonaws.com, in lower case"
	}
	ps.services = append(ps.services, text)
	return ""
}

// A match is how a list of principals has the one of a request.
type match int

const (
	unmatched match = iota
	byAccount       // only as one of an account: the account has the permission, and may pass it on
	bySelf
)

// match: everyone is everyone, anonymous requests and services included; SNS's own guide grants to a service
// by {"AWS": "*"} and a condition on aws:SourceArn (sns-access-policy-use-cases.html, "Allow any CloudWatch alarm").
// A role's ARN has its sessions too. Names of users count their case (elements_principal).
func (ps *principals) match(p Principal) match {
	switch {
	case ps.everyone:
		return bySelf
	case p.Service != "":
		if slices.Contains(ps.services, p.Service) {
			return bySelf
		}
		return unmatched
	case p.Anonymous:
		return unmatched
	case ps.names(p) || ps.namesRoleOf(p):
		return bySelf
	case slices.Contains(ps.accounts, p.account()):
		return byAccount
	}
	return unmatched
}

func (ps *principals) names(p Principal) bool { return slices.Contains(ps.arns, p.ARN) }

func (ps *principals) namesRoleOf(p Principal) bool {
	return slices.ContainsFunc(ps.arns, func(role string) bool { return roleOf(p.ARN, role) })
}

// spares says whether a NotPrincipal leaves this principal out of its statement. With Deny the page asks to list
// the account of who is spared as well, and of a session its role, or it "might deny" them; its example spares
// one user by listing user and account, and no other user of that account. So all of those are wanted here, and
// an account alone spares its root user only. With Allow whoever is matched is left out. Both err to the denial.
func (ps *principals) spares(p Principal, deny bool) bool {
	matched := ps.match(p)
	if !deny || matched == unmatched || ps.everyone || p.Service != "" || p.root() {
		return matched != unmatched
	}
	if !slices.Contains(ps.accounts, p.account()) || !ps.names(p) {
		return false
	}
	return !p.session() || ps.namesRoleOf(p)
}
