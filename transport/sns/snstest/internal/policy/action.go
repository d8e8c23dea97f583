package policy

import "strings"

type actions struct {
	not  bool // NotAction
	list []pattern
}

// match of an action in lower case.
func (a actions) match(action string) bool {
	for _, p := range a.list {
		if p.match(action, false) {
			return !a.not
		}
	}
	return a.not
}

// parseActions: Action or NotAction is required. Each is "*", or the namespace of a service, a colon and a name
// that may have wildcards; both parts ignore case (elements_action, grammar "action_string").
func (p *parser) parseActions(where string, n *node) (a actions, err *Error) {
	v, path, not, err := n.either(where, "Action")
	if err != nil {
		return a, err
	}
	if v == nil {
		return a, fault(n.at, path, "is missing")
	}
	list, err := v.strings(path)
	if err != nil {
		return a, err
	}
	if most := p.kind.limits().actions; most > 0 && len(list) > most {
		return a, fault(v.at, path, "has %d actions, the limit of a statement is %d", len(list), most)
	}
	a.not = not
	for _, v := range list {
		if what := p.actionFault(v.text); what != "" {
			return a, fault(v.at, path, "%q %s", clip(v.text), what)
		}
		pattern, _ := compile(strings.ToLower(v.text), wildcards)
		a.list = append(a.list, pattern)
	}
	return a, nil
}

func (p *parser) actionFault(action string) string {
	if action == "*" {
		return ""
	}
	service, name, ok := strings.Cut(strings.ToLower(action), ":")
	switch {
	case !ok:
		return "is no action: it is a service, a colon and a name, as in sqs:SendMessage"
	case service == "" || strings.IndexFunc(service, notServiceName) >= 0:
		return "names no service: that is letters, digits and hyphens, and no wildcard"
	case name == "" || strings.IndexFunc(name, func(r rune) bool {
		return notServiceName(r) && r != '*' && r != '?'
	}) >= 0:
		return "names no action"
	case p.kind == Queue && service != "sqs":
		return "is no action of SQS"
	case p.kind == Topic && service != "sns":
		return "is no action of SNS"
	case p.kind == Topic && !inTopicScope(name):
		return "is out of the scope of a topic's policy"
	}
	return ""
}

func notServiceName(r rune) bool { return notAlphanumeric(r) && r != '-' }

// inTopicScope: SNS takes only actions on a topic, of which its guide has the list
// (sns-access-policy-language-api-permissions-reference.html, "Valid Amazon SNS policy actions"), and refuses
// another one as out of service scope (github.com/hashicorp/terraform/issues/12740). The default policy of a
// topic has SNS:Receive besides, and the tag actions are in the service authorization reference. A wildcard is
// taken if it stands for one of them: the page "variables" has "sns:*" in the policy of a topic.
func inTopicScope(name string) bool {
	pattern, _ := compile(name, wildcards)
	for _, action := range [...]string{
		"addpermission", "deletetopic", "getdataprotectionpolicy", "gettopicattributes",
		"listsubscriptionsbytopic", "listtagsforresource", "publish", "putdataprotectionpolicy", "receive",
		"removepermission", "settopicattributes", "subscribe", "tagresource", "untagresource",
	} {
		if pattern.match(action, false) {
			return true
		}
	}
	return false
}

// ownerOnly are the actions of SQS to which cross-account permissions do not apply
// (SQSDeveloperGuide/sqs-limitations-of-custom-policies.html). Of an action in lower case.
func ownerOnly(action string) bool {
	switch action {
	case "sqs:addpermission", "sqs:cancelmessagemovetask", "sqs:createqueue", "sqs:deletequeue",
		"sqs:listmessagemovetasks", "sqs:listqueues", "sqs:listqueuetags", "sqs:removepermission",
		"sqs:setqueueattributes", "sqs:startmessagemovetask", "sqs:tagqueue", "sqs:untagqueue":
		return true
	}
	return false
}
