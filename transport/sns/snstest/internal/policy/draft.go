package policy

import (
	"encoding/json"
	"slices"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
)

// DefaultVersion is what a policy without a version means (reference_policies_elements_version), and what AddPermission begins
// one with.
const DefaultVersion = "2008-10-17"

// Draft is a policy that AddPermission and RemovePermission change. Statements that others wrote are kept as they are.
type Draft struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// NewDraft returns a policy without statements.
func NewDraft(id string) Draft { return Draft{Version: DefaultVersion, ID: id} }

// ReadDraft reads a policy.
func ReadDraft(text string) (d Draft, err error) {
	var raw struct {
		Version   string          `json:"Version"`
		ID        string          `json:"Id"`
		Statement json.RawMessage `json:"Statement"`
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return d, err
	}
	d.Version, d.ID = raw.Version, raw.ID
	if json.Unmarshal(raw.Statement, &d.Statement) != nil {
		d.Statement = []json.RawMessage{raw.Statement} // a single one may stand without brackets
	}
	return d, nil
}

// Permission is a statement as AddPermission writes it (recorded: test_sqs_permission_lifecycle,
// test_topic_add_permission, test_topic_add_multiple_permissions).
type Permission struct {
	Label string
	// Service as it stands before actions: "SQS".
	Service, Region, Resource string
	Accounts, Actions         []string
}

// Add adds the statement of a permission, and returns the draft.
func (d Draft) Add(p Permission) Draft {
	principals := make([]string, len(p.Accounts))
	for i, account := range p.Accounts {
		principals[i] = names.Root(p.Region, account)
	}
	actions := make([]string, len(p.Actions))
	for i, action := range p.Actions {
		actions[i] = p.Service + ":" + action
	}
	text, _ := json.Marshal(struct { //nolint:errchkjson // strings
		Sid       string         `json:"Sid"`
		Effect    string         `json:"Effect"`
		Principal map[string]any `json:"Principal"`
		Action    any            `json:"Action"`
		Resource  string         `json:"Resource"`
	}{p.Label, "Allow", map[string]any{"AWS": oneOrMany(principals)}, oneOrMany(actions), p.Resource})
	d.Statement = append(d.Statement, text)
	return d
}

func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// Has says whether a statement has the label.
func (d Draft) Has(label string) bool { return d.find(label) >= 0 }

// Remove removes the first statement with the label, and says whether there was one.
func (d *Draft) Remove(label string) bool {
	i := d.find(label)
	if i >= 0 {
		d.Statement = slices.Delete(d.Statement, i, i+1)
	}
	return i >= 0
}

func (d Draft) find(label string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var s struct {
			Sid string `json:"Sid"`
		}
		return json.Unmarshal(raw, &s) == nil && s.Sid == label
	})
}
