package policy

import "strings"

// Authorize is what the policies of the principal and the policy of the resource say together: Allow, Deny for
// an explicit deny, or NoMatch for an implicit one. The documents of identity must be parsed as [Identity];
// resource as another kind, or nil if there is none.
//
//   - An explicit deny in any of them wins (evaluation-logic, "Determining whether a request is allowed").
//   - Services and anonymous requests have no policy of their own: the resource's alone decides.
//   - The root user of the account that owns the resource has full access (there), and on other accounts' what
//     their policies grant the account.
//   - Within one account either may allow. A resource policy that names the account "delegates authority to the
//     account" (elements_principal, "AWS account principals"): its users and roles then need an identity policy
//     nevertheless, and "*" or their own ARN does without.
//   - Across accounts both must (evaluation-logic-cross-account), and some actions of SQS are the owner's alone.
//
// The owner is the account in the ARN of the resource. A request to no resource of an account is within the
// principal's own.
func Authorize(r Request, identity []*Document, resource *Document) Effect {
	granted, how := resource.evaluate(r)
	if granted == Deny {
		return Deny
	}
	if r.Principal.Service != "" || r.Principal.Anonymous {
		return granted
	}
	permitted := r.Principal.root() // it has no identity policies, and needs none
	for _, d := range identity {
		switch d.Evaluate(r) {
		case Deny:
			return Deny
		case Allow:
			permitted = true
		}
	}
	owner := accountOf(r.Resource)
	switch {
	case owner == "" || owner == r.Principal.account():
		if permitted || how == bySelf {
			return Allow
		}
	case permitted && granted == Allow && !ownerOnly(strings.ToLower(r.Action)):
		return Allow
	}
	return NoMatch
}
