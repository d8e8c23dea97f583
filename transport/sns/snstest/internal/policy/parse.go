package policy

import "strings"

// A Document is a policy that was parsed. The nil Document has nothing to say to any request.
type Document struct {
	text       string // for the lines of errors
	statements []statement
}

type statement struct {
	deny       bool
	principals *principals // nil: whoever the document is attached to
	except     bool        // NotPrincipal
	actions    actions
	resources  resources
	conditions []condition
}

type parser struct {
	kind Kind
	// variables are recognised only where Version is 2012-10-17; elsewhere they are literal text, also where
	// there is no Version (elements_version, variables). Policy checks says that a missing Version "defaults to
	// 2012-10-17" and in the same paragraph that variables do not work then; elements_version is followed.
	variables  bool
	principals int // counted over all statements
	sids       map[string]bool
}

// Parse reads a document of a kind and checks it as that kind. Its errors are of type [*Error].
func Parse(kind Kind, document string) (*Document, error) {
	d, err := parse(kind, document)
	if err != nil {
		return nil, err.placed(document) // and never a nil *Error, which would be an error that is not nil
	}
	return d, nil
}

func parse(kind Kind, document string) (*Document, *Error) {
	if err := kind.checkText(document); err != nil {
		return nil, err
	}
	root, err := readJSON(document)
	if err != nil {
		return nil, err
	}
	// grammar: <policy>. Blocks can appear in any order.
	if err := root.only("", "Version", "Id", "Statement"); err != nil {
		return nil, err
	}
	p := &parser{kind: kind, sids: map[string]bool{}}
	if err := p.head(root); err != nil {
		return nil, err
	}
	d := &Document{text: document}
	d.statements, err = p.statements(root)
	return d, err
}

func (p *parser) head(root *node) *Error {
	if v := root.field("Version"); v != nil {
		if v.kind != isString || v.text != "2012-10-17" && v.text != "2008-10-17" {
			return fault(v.at, "Version", "is %s, and must be 2012-10-17 or 2008-10-17", v.show())
		}
		p.variables = v.text == "2012-10-17"
	}
	id := root.field("Id")
	switch {
	case id == nil:
		return nil
	case p.kind == Identity:
		// grammar: the id_block "must not be included in identity-based policies".
		return fault(id.at, "Id", "has no place in the policy of an identity")
	case id.kind != isString:
		return fault(id.at, "Id", "is %s, and must be a string", id.kind)
	}
	return nil
}

func (p *parser) statements(root *node) ([]statement, *Error) {
	n := root.field("Statement")
	if n == nil {
		return nil, fault(root.at, "Statement", "is missing") // elements_statement: required
	}
	list := n.values()
	if len(list) == 0 {
		// grammar: arrays take one or more values. SQS and SNS do refuse a list that is empty
		// (github.com/cloud-custodian/cloud-custodian/issues/1779 and 1816).
		return nil, fault(n.at, "Statement", "is empty")
	}
	if most := p.kind.limits().statements; most > 0 && len(list) > most {
		return nil, fault(n.at, "Statement", "has %d statements, the limit is %d", len(list), most)
	}
	out := make([]statement, 0, len(list))
	for i, n := range list {
		s, err := p.statement(index("Statement", i), n)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (p *parser) statement(where string, n *node) (s statement, err *Error) {
	if err := n.only(where, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
		"Resource", "NotResource", "Condition"); err != nil {
		return s, err
	}
	if err := p.sid(where, n); err != nil {
		return s, err
	}
	if s.deny, err = parseEffect(where, n); err != nil {
		return s, err
	}
	if s.principals, s.except, err = p.parsePrincipals(where, n); err != nil {
		return s, err
	}
	if s.actions, err = p.parseActions(where, n); err != nil {
		return s, err
	}
	if s.resources, err = p.parseResources(where, n); err != nil {
		return s, err
	}
	s.conditions, err = p.parseConditions(where, n)
	return s, err
}

// sid: in IAM and in SNS a Sid is unique within the policy, and in IAM it is letters and digits (elements_sid;
// sns-access-policy-language-api-permissions-reference.html). Of SQS the current guide says only that it might
// want it; older editions ask for unique ones ("Special Information for SQS Policies"), and so does this. An
// empty Sid is a mere suggestion of the policy checks, and no Sid.
func (p *parser) sid(where string, n *node) *Error {
	sid := n.field("Sid")
	if sid == nil {
		return nil
	}
	where += ".Sid"
	switch {
	case sid.kind != isString:
		return fault(sid.at, where, "is %s, and must be a string", sid.kind)
	case p.kind == Identity && strings.IndexFunc(sid.text, notAlphanumeric) >= 0:
		return fault(sid.at, where, "is %q, and can have only ASCII letters and digits", clip(sid.text))
	case sid.text != "" && p.sids[sid.text]:
		return fault(sid.at, where, "is %q, as that of another statement is", clip(sid.text))
	}
	p.sids[sid.text] = true
	return nil
}

// parseEffect: required, Allow or Deny, and case sensitive (elements_effect).
func parseEffect(where string, n *node) (deny bool, err *Error) {
	e := n.field("Effect")
	if e == nil {
		return false, fault(n.at, where+".Effect", "is missing")
	}
	if e.kind != isString || e.text != "Allow" && e.text != "Deny" {
		return false, fault(e.at, where+".Effect", "is %s, and must be Allow or Deny", e.show())
	}
	return e.text == "Deny", nil
}

func notAlphanumeric(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}
