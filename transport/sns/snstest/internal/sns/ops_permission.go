package sns

import (
	"context"

	"github.com/framebus/framebus/transport/sns/snstest/internal/names"
	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type addPermissionInput struct {
	ARN      *string  `json:"TopicArn"`
	Label    string   `json:"Label"`
	Accounts []string `json:"AWSAccountId" query:"AWSAccountId.member"`
	Actions  []string `json:"ActionName"   query:"ActionName.member"`
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
		if !names.IsAccount(account) {
			return nil, invalid("Policy Error: PrincipalNotFound")
		}
	}
	for _, action := range in.Actions { // recorded: test_add_permission_errors
		if _, fault := readPolicy(t.arn, encode(policy.NewDraft("").Add(in.permission(t, []string{action})))); fault != "" {
			return nil, invalid("Policy statement action out of service scope!")
		}
	}
	return &wire.None{}, s.changePolicy(t, func(d *policy.Draft) error {
		if d.Has(in.Label) {
			return invalid("Statement already exists")
		}
		*d = d.Add(in.permission(t, in.Actions))
		return nil
	})
}

// permission is what a topic's policy gets, for some of the actions.
func (in *addPermissionInput) permission(t *topic, actions []string) policy.Permission {
	return policy.Permission{
		Label: in.Label, Service: "SNS", Region: t.key.region, Resource: t.arn, Accounts: in.Accounts, Actions: actions,
	}
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
	return &wire.None{}, s.changePolicy(t, func(d *policy.Draft) error {
		d.Remove(in.Label)
		return nil
	})
}

// changePolicy changes the statements of a topic's policy. Without any the topic has the default policy again, as
// a policy without statements is none.
func (s *Service) changePolicy(t *topic, change func(*policy.Draft) error) error {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	latest := t.set.latest()
	text := s.value(t, latest, "Policy")
	d, err := policy.ReadDraft(text)
	if err != nil {
		return invalid("Policy")
	}
	if d.Version == "" {
		d.Version = policy.DefaultVersion // which is what none means
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
