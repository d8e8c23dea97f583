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
	if d.Has(in.Label) {
		return nil, invalidValue(in.Label, "Label", "Already exists.")
	}
	return &wire.None{}, q.setPolicy(d.Add(policy.Permission{
		Label: in.Label, Service: "SQS", Region: q.key.region, Resource: q.arn, Accounts: in.Accounts, Actions: in.Actions,
	}), now)
}

func (in *addPermissionInput) check() *wire.Error {
	switch {
	case len(in.Label) > 80 || !names.IsName(in.Label):
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
		if !names.IsAccount(account) {
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
	if !d.Remove(in.Label) {
		return nil, invalidValue(clip(in.Label), "Label", "can't find label.")
	}
	return &wire.None{}, q.setPolicy(d, now)
}

// document is the queue's policy, to be changed.
func (q *queue) document() (policy.Draft, *wire.Error) {
	text := q.latest().policyText
	if text == "" {
		return policy.NewDraft(q.arn + "/SQSDefaultPolicy"), nil
	}
	d, err := policy.ReadDraft(text)
	if err != nil {
		return d, invalidAttributeValue("Policy", "")
	}
	return d, nil
}

// setPolicy sets the policy, or removes it with its last statement. A policy that is too large is OverLimit: it
// is returned "if the maximum number of permissions for the queue is reached" (API_AddPermission, OverLimit;
// quotas-policies has the numbers).
func (q *queue) setPolicy(d policy.Draft, now int64) error {
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
