package policy

import "strings"

// A Request is what a policy is asked about.
type Request struct {
	// Action is the service, a colon and the operation, as in "sqs:SendMessage". Its case does not count.
	Action string
	// Resource is the ARN of what it is done to; "*" for an operation without one, such as sns:ListTopics.
	Resource string
	// Principal is who does it.
	Principal Principal
	// Context has the values of condition keys, by the name of the key in lower case: "aws:sourcearn",
	// "sns:endpoint". Only what is there is known, so what the service knows of the principal, such as
	// aws:principalarn and aws:username, must be there too. A key without values is missing.
	Context map[string][]string
}

// A Principal is who makes a request: one of an account, a service, or nobody in particular. The zero Principal
// is nobody that a policy knows.
type Principal struct {
	// ARN is that of an IAM user, a role, a session of STS, or a root user.
	ARN string
	// Account is the account of ARN. Defaults to the one in ARN; without an ARN it is the root user of it.
	Account string
	// Service is a service principal, such as "sns.amazonaws.com". It has no account.
	Service string
	// Anonymous is a request without a signature.
	Anonymous bool
}

func (p Principal) account() string {
	if p.Account != "" {
		return p.Account
	}
	return accountOf(p.ARN)
}

func (p Principal) root() bool {
	return p.account() != "" && (p.ARN == "" || strings.HasSuffix(p.ARN, ":root"))
}

func (p Principal) session() bool { return strings.Contains(p.ARN, ":assumed-role/") }

// accountOf is the account in an ARN, "" if it has none.
func accountOf(arn string) string {
	if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 {
		return fields[4]
	}
	return ""
}

// roleOf says whether a session, arn:aws:sts::account:assumed-role/name/session, is one of the role. The ARN of
// a session lacks the path of its role, but names of roles are unique in an account (reference_identifiers.html).
func roleOf(session, role string) bool {
	of, name, ok := strings.Cut(session, ":assumed-role/")
	if !ok || accountOf(session) != accountOf(role) {
		return false
	}
	name, _, _ = strings.Cut(name, "/")
	_, path, ok := strings.Cut(role, ":role/")
	return ok && strings.HasPrefix(of, "arn:") && path[strings.LastIndexByte(path, '/')+1:] == name
}

// An Effect is the answer of a policy.
type Effect int

const (
	// NoMatch is no statement that applies: an implicit deny, unless another policy allows the request.
	NoMatch Effect = iota
	// Allow is a statement that allows, and none that denies.
	Allow
	// Deny is a statement that denies: an explicit deny, which no other policy overrules.
	Deny
)

// String returns the effect's name.
func (e Effect) String() string {
	switch e {
	case NoMatch:
		return "NoMatch"
	case Allow:
		return "Allow"
	case Deny:
		return "Deny"
	}
	return "Effect(?)"
}

// Evaluate is what this document alone says: Deny if a statement denies, else Allow if one allows (evaluation-logic,
// "The difference between explicit and implicit denies"). The order of statements does not count.
func (d *Document) Evaluate(r Request) Effect {
	effect, _ := d.evaluate(r)
	return effect
}

// evaluate also says whether it allowed only by the account of the principal.
func (d *Document) evaluate(r Request) (effect Effect, how match) {
	if d == nil {
		return NoMatch, unmatched
	}
	for i := range d.statements {
		s := &d.statements[i]
		matched := s.matchPrincipal(r.Principal)
		if matched == unmatched || !s.match(r) {
			continue
		}
		if s.deny {
			return Deny, matched
		}
		effect, how = Allow, max(how, matched)
	}
	return effect, how
}

func (s *statement) matchPrincipal(p Principal) match {
	switch {
	case s.principals == nil:
		return bySelf
	case !s.except:
		return s.principals.match(p)
	case s.principals.spares(p, s.deny):
		return unmatched
	}
	return bySelf
}

func (s *statement) match(r Request) bool {
	if !s.actions.match(strings.ToLower(r.Action)) || !s.resources.match(r.Resource, r.lookup) {
		return false
	}
	for _, c := range s.conditions {
		if !c.match(r.Context[c.key], r.lookup) {
			return false
		}
	}
	return true
}

// lookup is for policy variables. A key of several values cannot be one
// (single-vs-multi-valued-condition-keys).
func (r Request) lookup(key string) (string, bool) {
	if values := r.Context[key]; len(values) == 1 {
		return values[0], true
	}
	return "", false
}
