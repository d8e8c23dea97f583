package policy

import "strings"

type resources struct {
	absent bool // neither Resource nor NotResource: what the policy is attached to
	not    bool
	at     int // of the element
	where  string
	list   []resource
}

type resource struct {
	any  bool // "*"
	arn  arnPattern
	text string
}

func (rs resources) match(arn string, look lookup) bool {
	if rs.absent {
		return true
	}
	for _, r := range rs.list {
		if r.any || r.arn.match(arn, look) {
			return !rs.not
		}
	}
	return rs.not
}

// parseResources: an identity policy needs Resource or NotResource. In a resource policy it is optional, and
// absent means what the policy is attached to (access_policies.html, "Structure of a JSON policy document").
// The policy of a topic has exactly one Resource in each statement, none being invalid
// (sns-access-policy-language-api-permissions-reference.html, "Policy quotas").
func (p *parser) parseResources(where string, n *node) (rs resources, err *Error) {
	v, path, not, err := n.either(where, "Resource")
	if err != nil {
		return rs, err
	}
	if v == nil {
		if p.kind != Queue {
			return rs, fault(n.at, path, "is missing")
		}
		return resources{absent: true}, nil
	}
	list, err := v.strings(path)
	if err != nil {
		return rs, err
	}
	if p.kind == Topic && (not || len(list) != 1) {
		return rs, fault(v.at, path, "must be one Resource, which is the ARN of the topic")
	}
	rs = resources{not: not, at: v.at, where: path}
	for _, v := range list {
		r, what := p.parseResource(v.text)
		if what != "" {
			return rs, fault(v.at, path, "%q %s", clip(v.text), what)
		}
		rs.list = append(rs.list, r)
	}
	return rs, nil
}

// parseResource: "*", or an ARN of six fields. Wildcards hold within a field, and the service cannot have one
// (elements_resource; policy checks, "Missing ARN field"). Variables stand only after the fifth colon
// (variables, "Resource element").
func (p *parser) parseResource(text string) (r resource, what string) {
	if text == "*" {
		return resource{any: true, text: text}, ""
	}
	pattern, what := compile(text, p.rules())
	if what != "" {
		return r, what
	}
	r = resource{arn: splitARN(pattern), text: text}
	if r.arn == nil || !strings.HasPrefix(text, "arn:") {
		return r, "is no ARN: that has six fields, arn:partition:service:region:account:resource"
	}
	for i, field := range r.arn[:5] {
		if field.has(variable) {
			return r, "has a policy variable before its fifth colon"
		}
		if i == 2 && (len(field) == 0 || field.has(anyRun) || field.has(anyOne)) {
			return r, "names no service: it can have no wildcard"
		}
	}
	return r, ""
}

// CheckResource says whether every statement is about the resource of that ARN: nil or an [*Error]. SNS wants it
// of the policy of a topic: the resource "must match the ARN of the policy's topic"
// (sns-access-policy-language-api-permissions-reference.html). SQS does not document that it does.
func (d *Document) CheckResource(arn string) error {
	if d == nil {
		return nil
	}
	nothing := func(string) (string, bool) { return "", false }
	for _, s := range d.statements {
		if s.resources.match(arn, nothing) {
			continue
		}
		texts := make([]string, 0, len(s.resources.list))
		for _, r := range s.resources.list {
			texts = append(texts, r.text)
		}
		return fault(s.resources.at, s.resources.where, "%q is not %s", clip(strings.Join(texts, ", ")), clip(arn)).
			placed(d.text)
	}
	return nil
}
