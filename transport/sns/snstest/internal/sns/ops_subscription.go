package sns

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type subscriptionInput struct {
	ARN *string `json:"SubscriptionArn"`
}

// unsubscribe: API_Unsubscribe. A subscription that is gone is no error (recorded: test_unsubscribe_idempotency),
// and one that is not confirmed cannot be deleted (sns-delete-subscription-topic; the words are those that
// github.com/hashicorp/terraform-provider-aws looks for).
func (s *Service) unsubscribe(_ context.Context, c *wire.Call, in *subscriptionInput) (*wire.None, error) {
	if fault := readSubscription(c, in.ARN); fault != nil {
		return nil, fault
	}
	sub, err := s.subscriptionOf(c, in.ARN)
	if err != nil {
		return &wire.None{}, s.ownUnlessAnonymous(c)
	}
	s.mu.RLock()
	free := sub.free()
	s.mu.RUnlock()
	switch {
	case free && c.Caller.AccessKey == "":
	case free: // anybody, but for those who may not call Unsubscribe at all
		err = s.own(c, "Unsubscribe", "*")
	case c.Caller.AccessKey == "": // of the errors that the page lists
		err = authorization("The subscription requires authentication to unsubscribe")
	default:
		err = s.permit(c, sub, "Unsubscribe")
	}
	if err != nil {
		return nil, err
	}
	token, fault := s.leave(c, sub)
	if fault != nil {
		return nil, fault
	}
	if token != "" {
		s.sendCancellation(c, sub, token)
	}
	return &wire.None{}, nil
}

// leave deletes a subscription. If its owner has to be told, because somebody else did that, there is a token to
// bring it back with: "If you delete the subscription by calling the Amazon SNS Unsubscribe API from another account
// that doesn't own the subscription", an UnsubscribeConfirmation is sent
// (repost.aws/knowledge-center/sns-cross-account-subscription, API_Unsubscribe).
func (s *Service) leave(c *wire.Call, sub *subscription) (token string, err *wire.Error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !sub.confirmed:
		return "", invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
	case sub.until != 0:
		return "", nil
	}
	sub.until = s.soon(now)
	sub.topic.deleted = append(sub.topic.deleted, now)
	if c.Caller.Account != sub.owner {
		token = s.ask(sub, now)
	}
	s.keepTopic(sub.topic)
	s.keepSubscription(sub)
	sub.topic.bury(s, now)
	return token, nil
}

// free says whether anybody may unsubscribe, without a signature: "SQS queue subscriptions require authentication
// for deletion" (API_Unsubscribe, in the pages of SDKs), and so do those that AuthenticateOnUnsubscribe says it of.
func (sub *subscription) free() bool {
	return !sub.locked && (sub.protocol == "http" || sub.protocol == "https" || sub.protocol == "email" || sub.protocol == "email-json")
}

func (s *Service) ownUnlessAnonymous(c *wire.Call) error {
	if c.Caller.AccessKey == "" {
		return nil
	}
	return s.own(c, "Unsubscribe", "*")
}

type subscriptionEntry struct {
	ARN      string `json:"SubscriptionArn"`
	Owner    string `json:"Owner"`
	Protocol string `json:"Protocol"`
	Endpoint string `json:"Endpoint"`
	TopicARN string `json:"TopicArn"`
}

type listSubscriptionsOutput struct {
	Subscriptions []subscriptionEntry `json:"Subscriptions"       query:"Subscriptions.member"`
	NextToken     string              `json:"NextToken,omitempty"`
}

func listed(subs []*subscription, token string) (*listSubscriptionsOutput, error) {
	page, next, fault := pageOf(subs, token, (*subscription).id)
	if fault != nil {
		return nil, fault
	}
	out := &listSubscriptionsOutput{NextToken: next}
	for _, sub := range page {
		e := subscriptionEntry{sub.arn, sub.owner, sub.protocol, sub.endpoint, sub.topic.arn}
		if !sub.confirmed { // recorded: test_publish_no_confirm_subscription
			e.ARN = listedARN
		}
		out.Subscriptions = append(out.Subscriptions, e)
	}
	return out, nil
}

// listSubscriptions: API_ListSubscriptions: "a list of the requester's subscriptions".
func (s *Service) listSubscriptions(_ context.Context, c *wire.Call, in *listInput) (*listSubscriptionsOutput, error) {
	if err := s.own(c, "ListSubscriptions", "*"); err != nil {
		return nil, err
	}
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var mine []*subscription
	for _, sub := range s.subs {
		if sub.owner == c.Caller.Account && sub.topic.key.region == c.Region && sub.alive(now) {
			mine = append(mine, sub)
		}
	}
	slices.SortFunc(mine, func(a, b *subscription) int { return int(a.serial) - int(b.serial) }) //nolint:gosec // small
	return listed(mine, in.NextToken)
}

type listByTopicInput struct {
	ARN       *string `json:"TopicArn"`
	NextToken string  `json:"NextToken"`
}

// listSubscriptionsByTopic: API_ListSubscriptionsByTopic.
func (s *Service) listSubscriptionsByTopic(
	_ context.Context, c *wire.Call, in *listByTopicInput,
) (*listSubscriptionsOutput, error) {
	t, err := s.topic(c, "TopicArn", in.ARN, "ListSubscriptionsByTopic")
	if err != nil {
		return nil, err
	}
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return listed(t.visible(now), in.NextToken)
}

// getSubscriptionAttributes: API_GetSubscriptionAttributes.
func (s *Service) getSubscriptionAttributes(
	_ context.Context, c *wire.Call, in *subscriptionInput,
) (*attributesOutput, error) {
	sub, err := s.subscriptionOf(c, in.ARN)
	if err != nil {
		return nil, err
	}
	if err := s.permit(c, sub, "GetSubscriptionAttributes"); err != nil {
		return nil, err
	}
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &attributesOutput{sub.shown(now)}, nil
}

// shown are all attributes that the subscription has. The scope of a filter is shown when there is a filter
// (recorded: test_set_subscription_filter_policy_scope).
func (sub *subscription) shown(now int64) map[string]string {
	set := sub.set.at(now)
	out := map[string]string{
		"SubscriptionArn":              sub.arn,
		"SubscriptionPrincipal":        sub.principal,
		"TopicArn":                     sub.topic.arn,
		"Owner":                        sub.owner,
		"Protocol":                     sub.protocol,
		"Endpoint":                     sub.endpoint,
		"PendingConfirmation":          strconv.FormatBool(!sub.confirmed),
		"ConfirmationWasAuthenticated": strconv.FormatBool(sub.authenticated),
	}
	maps.Copy(out, set.values())
	for _, name := range subscriptionNames() {
		if out[name] == "" || name == "FilterPolicyScope" && set.filter == "" {
			delete(out, name)
		}
	}
	return out
}

type setSubscriptionAttributesInput struct {
	ARN   *string `json:"SubscriptionArn"`
	Name  string  `json:"AttributeName"`
	Value string  `json:"AttributeValue"`
}

// setSubscriptionAttributes: API_SetSubscriptionAttributes.
func (s *Service) setSubscriptionAttributes(
	_ context.Context, c *wire.Call, in *setSubscriptionAttributesInput,
) (*wire.None, error) {
	sub, err := s.subscriptionOf(c, in.ARN)
	if err != nil {
		return nil, err
	}
	if err := s.permit(c, sub, "SetSubscriptionAttributes"); err != nil {
		return nil, err
	}
	if !slices.Contains(subscriptionNames(), in.Name) { // recorded: test_validate_set_sub_attributes
		return nil, invalid("AttributeName")
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	set, why := sub.set.latest().with(sub.subscriber(), map[string]string{in.Name: in.Value})
	if why != "" {
		return nil, invalid("%s", why)
	}
	sub.set.set(set, now, s.soon(now))
	s.keepSubscription(sub)
	return &wire.None{}, nil
}
