package sns

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type addPermissionInput struct {
	ARN      *string  `json:"TopicArn"`
	Label    string   `json:"Label"`
	Accounts []string `json:"AWSAccountId" query:"AWSAccountId.member"`
	Actions  []string `json:"ActionName"   query:"ActionName.member"`
}

// statement is one of a policy, as AddPermission writes it (recorded: test_topic_add_permission,
// test_topic_add_multiple_permissions). What others wrote is kept as it is.
type statement struct {
	Sid       string         `json:"Sid"`
	Effect    string         `json:"Effect"`
	Principal map[string]any `json:"Principal"`
	Action    any            `json:"Action"`
	Resource  string         `json:"Resource"`
}

type document struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// addPermission: API_AddPermission.
func (s *Service) addPermission(_ context.Context, c *wire.Call, in *addPermissionInput) (*wire.None, error) {
	t, err := s.topic(c, "TopicArn", in.ARN, "AddPermission")
	if err != nil {
		return nil, err
	}
	switch {
	case in.Label == "":
		return nil, invalid("Label Reason: no value for required parameter")
	case len(in.Accounts) == 0:
		return nil, invalid("AWSAccountId Reason: no value for required parameter")
	case len(in.Actions) == 0:
		return nil, invalid("ActionName Reason: no value for required parameter")
	}
	for _, account := range in.Accounts {
		if !isAccount(account) {
			return nil, invalid("Policy Error: PrincipalNotFound")
		}
	}
	for _, action := range in.Actions { // recorded: test_add_permission_errors
		if _, fault := readPolicy(t.arn, encode(in.document(t, action))); fault != "" {
			return nil, invalid("Policy statement action out of service scope!")
		}
	}
	return &wire.None{}, s.changePolicy(t, func(d *document) error {
		if d.find(in.Label) >= 0 {
			return invalid("Statement already exists")
		}
		added, _ := json.Marshal(in.statement(t, in.Actions)) //nolint:errchkjson // strings
		d.Statement = append(d.Statement, added)
		return nil
	})
}

func (in *addPermissionInput) statement(t *topic, list []string) statement {
	principals := make([]string, len(in.Accounts))
	for i, account := range in.Accounts {
		principals[i] = names.Root(t.key.region, account)
	}
	actions := make([]string, len(list))
	for i, action := range list {
		actions[i] = "SNS:" + action
	}
	return statement{
		Sid: in.Label, Effect: "Allow", Principal: map[string]any{"AWS": oneOrMany(principals)},
		Action: oneOrMany(actions), Resource: t.arn,
	}
}

// document is a policy that allows one action.
func (in *addPermissionInput) document(t *topic, action string) document {
	only, _ := json.Marshal(in.statement(t, []string{action})) //nolint:errchkjson // strings
	return document{Version: "2008-10-17", Statement: []json.RawMessage{only}}
}

func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

type removePermissionInput struct {
	ARN   *string `json:"TopicArn"`
	Label string  `json:"Label"`
}

// removePermission: API_RemovePermission. Decided: a label that the policy does not have is no error, as the page
// has none for it.
func (s *Service) removePermission(_ context.Context, c *wire.Call, in *removePermissionInput) (*wire.None, error) {
	t, err := s.topic(c, "TopicArn", in.ARN, "RemovePermission")
	if err != nil {
		return nil, err
	}
	return &wire.None{}, s.changePolicy(t, func(d *document) error {
		if i := d.find(in.Label); i >= 0 {
			d.Statement = slices.Delete(d.Statement, i, i+1)
		}
		return nil
	})
}

// changePolicy changes the statements of a topic's policy. Without any the topic has the default policy again, as
// a policy without statements is none.
func (s *Service) changePolicy(t *topic, change func(*document) error) error {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	latest := t.set.latest()
	text := s.value(t, latest, "Policy")
	d, err := readDocument(text)
	if err != nil {
		return err
	}
	before := len(d.Statement)
	if err := change(&d); err != nil {
		return err
	}
	switch {
	case len(d.Statement) == before:
		return nil
	case len(d.Statement) == 0:
		text = defaultPolicy(t.key)
	default:
		text = encode(d)
	}
	set, why := s.with(t, latest, map[string]string{"Policy": text})
	if why != "" {
		return invalid("%s", why)
	}
	t.set.set(set, now, s.soon(now))
	s.keepTopic(t)
	return nil
}

func readDocument(text string) (document, error) {
	var raw struct {
		Version   string          `json:"Version"`
		ID        string          `json:"Id"`
		Statement json.RawMessage `json:"Statement"`
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return document{}, invalid("Policy")
	}
	d := document{Version: raw.Version, ID: raw.ID}
	if json.Unmarshal(raw.Statement, &d.Statement) != nil {
		d.Statement = []json.RawMessage{raw.Statement} // a single one may stand without brackets
	}
	if d.Version == "" {
		d.Version = "2008-10-17" // which is what none means
	}
	return d, nil
}

func (d *document) find(label string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var s struct {
			Sid string `json:"Sid"`
		}
		return json.Unmarshal(raw, &s) == nil && s.Sid == label
	})
}
