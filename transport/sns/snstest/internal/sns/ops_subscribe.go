package sns

import (
	"context"
	"slices"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type subscribeInput struct {
	ARN        *string           `json:"TopicArn"`
	Protocol   *string           `json:"Protocol"`
	Endpoint   string            `json:"Endpoint"`
	Attributes map[string]string `json:"Attributes"            query:"Attributes.entry,key,value"`
	ReturnARN  string            `json:"ReturnSubscriptionArn"`
}

type subscriptionOutput struct {
	ARN string `json:"SubscriptionArn"`
}

// pendingARN is what Subscribe answers for a subscription that has to be confirmed, and listedARN what lists have.
const (
	pendingARN = "pending confirmation"
	listedARN  = "PendingConfirmation"
)

// subscribe: API_Subscribe.
func (s *Service) subscribe(_ context.Context, c *wire.Call, in *subscribeInput) (*subscriptionOutput, error) {
	k, fault := readTopic(c, "TopicArn", in.ARN)
	switch {
	case fault != nil:
		return nil, fault
	case in.Protocol == nil:
		return nil, invalid("Protocol Reason: no value for required parameter")
	}
	t, on := s.see(k)
	err := s.config.Access.CheckWith(c, "sns:Subscribe", k.arn(), on, map[string][]string{
		// sns-access-policy-language-api-permissions-reference, "Service-specific keys"
		"sns:endpoint": {in.Endpoint}, "sns:protocol": {*in.Protocol},
	})
	switch {
	case err != nil:
		return nil, authorizationOf(err)
	case c.Caller.AccessKey == "":
		return nil, wire.MissingToken()
	case t == nil:
		return nil, notFound("Topic")
	}
	if fault := checkEndpoint(*in.Protocol, in.Endpoint, t.fifo); fault != nil {
		return nil, fault
	}
	for _, name := range sortedNames(in.Attributes) {
		if !slices.Contains(subscriptionNames(), name) {
			return nil, invalid("Attributes Reason: Unknown attribute %s", clip(name))
		}
	}
	who := subscriber{*in.Protocol, in.Endpoint, c.Caller.Account, k.region, t.fifo}
	set, why := (&subSettings{}).with(who, in.Attributes)
	switch {
	case why != "":
		return nil, invalid("Attributes Reason: %s", why)
	case *in.Protocol == "firehose" && set.role == "": // "Specifying a valid ARN for this attribute is required"
		return nil, invalid("Attributes Reason: SubscriptionRoleArn: no value for required parameter")
	}
	sub, token, err := s.join(c, t, in, set)
	if err != nil {
		return nil, err
	}
	if token != "" {
		s.sendConfirmation(c, sub, token)
	}
	if token != "" && in.ReturnARN != "true" {
		return &subscriptionOutput{pendingARN}, nil
	}
	return &subscriptionOutput{sub.arn}, nil
}

// join makes a subscription, or returns the one that the endpoint has. If it has to be confirmed, that is with the
// token.
func (s *Service) join(
	c *wire.Call, t *topic, in *subscribeInput, set *subSettings,
) (sub *subscription, token string, err error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	t.bury(s, now)
	for _, sub := range t.subs {
		if sub.until != 0 || sub.protocol != *in.Protocol || sub.endpoint != in.Endpoint {
			continue
		}
		if !sub.has(set, in.Attributes) {
			return nil, "", invalid("Attributes Reason: Subscription already exists with different attributes")
		}
		if !sub.confirmed {
			token = s.ask(sub, now)
			s.keepSubscription(sub)
		}
		return sub, token, nil
	}
	s.serial++
	sub = &subscription{
		arn: t.arn + ":" + wire.NewID(), serial: s.serial, topic: t, protocol: *in.Protocol, endpoint: in.Endpoint,
		owner: c.Caller.Account, principal: c.Caller.ARN, life: life{since: s.soon(now)},
	}
	sub.set.now = set
	if confirmedAtOnce(c, sub.protocol, sub.endpoint) {
		sub.confirmed, sub.authenticated = true, true
	} else {
		token = s.ask(sub, now)
	}
	t.subs = append(t.subs, sub)
	s.subs[sub.arn] = sub
	s.keepSubscription(sub)
	return sub, token, nil
}

// has says whether a subscription has the attributes that are given to Subscribe again. Those that are not given do
// not matter, and a default that is given is as good as one that is not (recorded: test_subscribe_idempotency).
func (sub *subscription) has(set *subSettings, given map[string]string) bool {
	has, wanted := sub.set.latest().values(), set.values()
	for name := range given {
		if !same(name, has[name], wanted[name]) {
			return false
		}
	}
	return true
}

type confirmInput struct {
	ARN   *string `json:"TopicArn"`
	Token *string `json:"Token"`
	Lock  string  `json:"AuthenticateOnUnsubscribe"`
}

// confirmSubscription: API_ConfirmSubscription. The token is looked at before the topic (recorded:
// test_sns_confirm_subscription_wrong_token, test_subscribe_external_http_endpoint). Who has the token may confirm,
// also without a signature, "only when the AuthenticateOnUnsubscribe flag is set to true" one is needed.
func (s *Service) confirmSubscription(_ context.Context, c *wire.Call, in *confirmInput) (*subscriptionOutput, error) {
	switch {
	case in.Token == nil:
		return nil, invalid("Token Reason: no value for required parameter")
	case in.ARN == nil:
		return nil, invalid("TopicArn Reason: no value for required parameter")
	case !isToken(*in.Token):
		return nil, refused("Invalid token")
	case in.Lock == "true" && c.Caller.AccessKey == "":
		return nil, authorization("AuthenticateOnUnsubscribe requires a signature")
	}
	if k, fault := readTopic(c, "Topic", in.ARN); fault == nil && k.account == c.Caller.Account {
		if err := s.check(c, "ConfirmSubscription", *in.ARN, nil); err != nil {
			return nil, err
		}
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.tokens[*in.Token]
	switch {
	case sub == nil || now-sub.asked >= int64(tokenLife):
		return nil, invalid("Token")
	case sub.topic.arn != *in.ARN || s.topics[sub.topic.key] != sub.topic || sub.topic.until != 0:
		return nil, invalid("Topic")
	}
	if sub.until != 0 {
		s.restore(sub, now)
	}
	if !sub.confirmed {
		sub.confirmed, sub.authenticated = true, c.Caller.AccessKey != ""
	}
	sub.locked = sub.locked || in.Lock == "true"
	s.keepSubscription(sub)
	return &subscriptionOutput{sub.arn}, nil
}

// restore brings back a subscription that was deleted, with the token of the message that said so
// (http-unsubscribe-confirmation-json). Decided: it comes last then, as a new one does.
func (s *Service) restore(sub *subscription, now int64) {
	t := sub.topic
	t.subs = slices.DeleteFunc(t.subs, func(other *subscription) bool { return other == sub })
	s.serial++
	sub.serial, sub.life = s.serial, life{since: s.soon(now)}
	t.subs = append(t.subs, sub)
	s.subs[sub.arn] = sub
	if n := len(t.deleted); n > 0 {
		t.deleted = t.deleted[:n-1]
	}
	s.keepTopic(t)
}
