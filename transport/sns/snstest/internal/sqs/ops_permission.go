package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type addPermissionInput struct {
	QueueURL string   `json:"QueueUrl"`
	Label    string   `json:"Label"         wire:"required"`
	Accounts []string `json:"AWSAccountIds" query:"AWSAccountId" wire:"required"`
	Actions  []string `json:"Actions"       query:"ActionName"   wire:"required"`
}

// permissionActions are what AddPermission can allow: the actions to which cross-account permissions apply
// (sqs-api-permissions-reference, and the notes "Cross-account permissions don't apply" of the API reference).
// Those of batches come with those of their entries.
func permissionActions() []string {
	return []string{
		"*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl",
		"ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage",
	}
}

// statement is one of a policy, as AddPermission writes it (recorded: test_sqs_permission_lifecycle). What others
// wrote is kept as it is.
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
	q, err := s.queue(c, in.QueueURL, "AddPermission")
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	now := q.lock()
	defer q.unlock(now)
	d, fault := q.document()
	if fault != nil {
		return nil, fault
	}
	if d.find(in.Label) >= 0 {
		return nil, invalidValue(in.Label, "Label", "Already exists.")
	}
	added, _ := json.Marshal(in.statement(q)) //nolint:errchkjson // strings
	d.Statement = append(d.Statement, added)
	return &wire.None{}, q.setPolicy(d, now)
}

func (in *addPermissionInput) check() *wire.Error {
	switch {
	case len(in.Label) > 80 || !isName(in.Label):
		return invalidValue(clip(in.Label), "Label", "Can only include alphanumeric characters, hyphens, or underscores. "+
			"1 to 80 in length")
	case len(in.Accounts) == 0:
		return wire.MissingParameter("AWSAccountId")
	case len(in.Actions) == 0:
		return wire.MissingParameter("ActionName")
	case len(in.Actions) > 7: // "An Amazon SQS policy can have a maximum of seven actions per statement."
		return overLimit("%d Actions were found, maximum allowed is 7.", len(in.Actions))
	}
	for _, account := range in.Accounts {
		if !isAccount(account) {
			return invalidValue("["+clip(account)+"]", "PrincipalId", "Unable to verify.")
		}
	}
	for _, action := range in.Actions {
		if !slices.Contains(permissionActions(), action) {
			return invalidValue("SQS:"+clip(action), "ActionName",
				"Please refer to the appropriate WSDL for a list of valid actions.")
		}
	}
	return nil
}

func (in *addPermissionInput) statement(q *queue) statement {
	principals := make([]string, len(in.Accounts))
	for i, account := range in.Accounts {
		principals[i] = names.Root(q.key.region, account)
	}
	actions := make([]string, len(in.Actions))
	for i, action := range in.Actions {
		actions[i] = "SQS:" + action
	}
	return statement{
		Sid: in.Label, Effect: "Allow", Principal: map[string]any{"AWS": oneOrMany(principals)},
		Action: oneOrMany(actions), Resource: q.arn,
	}
}

func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

type removePermissionInput struct {
	QueueURL string `json:"QueueUrl"`
	Label    string `json:"Label"    wire:"required"`
}

// removePermission: API_RemovePermission.
func (s *Service) removePermission(_ context.Context, c *wire.Call, in *removePermissionInput) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "RemovePermission")
	if err != nil {
		return nil, err
	}
	now := q.lock()
	defer q.unlock(now)
	d, fault := q.document()
	if fault != nil {
		return nil, fault
	}
	i := d.find(in.Label)
	if i < 0 {
		return nil, invalidValue(clip(in.Label), "Label", "can't find label.")
	}
	d.Statement = slices.Delete(d.Statement, i, i+1)
	return &wire.None{}, q.setPolicy(d, now)
}

// document is the queue's policy, to be changed.
func (q *queue) document() (document, *wire.Error) {
	d := document{Version: "2008-10-17", ID: q.arn + "/SQSDefaultPolicy"}
	text := q.latest().policyText
	if text == "" {
		return d, nil
	}
	var raw struct {
		Version   string          `json:"Version"`
		ID        string          `json:"Id"`
		Statement json.RawMessage `json:"Statement"`
	}
	err := json.Unmarshal([]byte(text), &raw)
	if err == nil && json.Unmarshal(raw.Statement, &d.Statement) != nil {
		d.Statement = []json.RawMessage{raw.Statement} // a single one may stand without brackets
	}
	if err != nil {
		return d, invalidAttributeValue("Policy", "")
	}
	d.Version, d.ID = raw.Version, raw.ID
	return d, nil
}

func (d document) find(label string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var s struct {
			Sid string `json:"Sid"`
		}
		return json.Unmarshal(raw, &s) == nil && s.Sid == label
	})
}

// setPolicy sets the policy, or removes it with its last statement. A policy that is too large is OverLimit: it
// is returned "if the maximum number of permissions for the queue is reached" (API_AddPermission, OverLimit;
// quotas-policies has the numbers).
func (q *queue) setPolicy(d document, now int64) error {
	set := *q.latest()
	set.policyText, set.policy = "", nil
	if len(d.Statement) > 0 {
		text, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("sqs: policy of %s: %w", q.arn, err)
		}
		set.policyText = string(text)
		if set.policy, err = policy.Parse(policy.Queue, set.policyText); err != nil {
			return overLimit("%s", err.Error())
		}
	}
	q.change(&set, now)
	return nil
}
