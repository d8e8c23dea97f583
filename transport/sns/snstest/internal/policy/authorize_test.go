package policy

import "testing"

const (
	mayAll = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	mayNot = `{"Statement":{"Effect":"Deny","Action":"sqs:*","Resource":"*"}}`
	unlike = `{"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}`
	toAll  = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*"}}`
	toNone = `{"Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:*"}}`
	toHome = `{"Statement":{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"sqs:*"}}`
	toAway = `{"Statement":{"Effect":"Allow","Principal":{"AWS":"109876543210"},"Action":"sqs:*"}}`
	toAda  = `{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:user/ada"},"Action":"sqs:*"}}`
	toBoth = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"sqs:*"},
		{"Effect":"Allow","Principal":"*","Action":"sqs:*"}]}`
	toBoth2 = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*"},
		{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"sqs:*"}]}`
	toSNS   = `{"Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:*"}}`
	nothing = ""
)

// evaluation-logic and evaluation-logic-cross-account.
func TestAuthorize(t *testing.T) {
	for _, tt := range []struct {
		name, identity, resource string
		principal                Principal
		want                     Effect
	}{
		// Same account: either is enough.
		{"neither", nothing, nothing, ada, NoMatch},
		{"identity alone", mayAll, nothing, ada, Allow},
		{"identity, and a resource that does not match", mayAll, toSNS, ada, Allow},
		{"identity that does not match", unlike, nothing, ada, NoMatch},
		{"resource to the user", nothing, toAda, ada, Allow},
		{"resource to another user", nothing, toAda, bert, NoMatch},
		{"resource to everyone", nothing, toAll, ada, Allow},
		{"resource to the account, which delegates", nothing, toHome, ada, NoMatch},
		{"and the identity takes it on", mayAll, toHome, ada, Allow},
		{"resource to the account, and by another statement to everyone", nothing, toBoth, ada, Allow},
		{"the same in the other order", nothing, toBoth2, ada, Allow},
		{"identity denies", mayNot, toAda, ada, Deny},
		{"resource denies", mayAll, toNone, ada, Deny},
		{"a session, by its identity", mayAll, nothing, shipper, Allow},
		// The root user of the owner.
		{"root", nothing, nothing, rootHome, Allow},
		{"root, denied", nothing, toNone, rootHome, Deny},
		// Cross account: both are needed.
		{"abroad, neither", nothing, nothing, visitor, NoMatch},
		{"abroad, identity alone", mayAll, nothing, visitor, NoMatch},
		{"abroad, resource alone", nothing, toAway, visitor, NoMatch},
		{"abroad, resource to everyone alone", nothing, toAll, visitor, NoMatch},
		{"abroad, both", mayAll, toAway, visitor, Allow},
		{"abroad, both, to everyone", mayAll, toAll, visitor, Allow},
		{"abroad, identity denies", mayNot, toAway, visitor, Deny},
		{"abroad, resource denies", mayAll, toNone, visitor, Deny},
		{"abroad, root", nothing, toAway, rootAbroad, Allow},
		{"abroad, root, to another account", nothing, toHome, rootAbroad, NoMatch},
		// No identity policies at all.
		{"service", nothing, toSNS, notifier, Allow},
		{"service, not granted", mayAll, toHome, notifier, NoMatch},
		{"service, denied", nothing, toNone, notifier, Deny},
		{"anonymous", nothing, toAll, anonymous, Allow},
		{"anonymous, not granted", mayAll, toHome, anonymous, NoMatch},
	} {
		var identity []*Document
		var resource *Document
		if tt.identity != nothing {
			identity = []*Document{must(t, Identity, unlike), must(t, Identity, tt.identity)}
		}
		if tt.resource != nothing {
			resource = must(t, Queue, tt.resource)
		}
		if got := Authorize(send(tt.principal), identity, resource); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// An operation without a resource, such as sns:ListTopics, is within the account of the principal.
func TestAuthorizeWithoutResource(t *testing.T) {
	r := Request{Action: "sns:ListTopics", Resource: "*", Principal: visitor}
	if got := Authorize(r, []*Document{must(t, Identity, mayAll)}, nil); got != Allow {
		t.Errorf("with an identity policy: %v, want Allow", got)
	}
	if got := Authorize(r, nil, nil); got != NoMatch {
		t.Errorf("without: %v, want NoMatch", got)
	}
}

// sqs-limitations-of-custom-policies.html: what another account is never given.
func TestOwnerOnly(t *testing.T) {
	identity := []*Document{must(t, Identity, mayAll)}
	for action, want := range map[string]Effect{
		"sqs:SetQueueAttributes": NoMatch, "SQS:DeleteQueue": NoMatch, "sqs:TagQueue": NoMatch,
		"sqs:SendMessage": Allow, "sqs:GetQueueAttributes": Allow, "sqs:PurgeQueue": Allow,
	} {
		r := Request{Action: action, Resource: queue, Principal: visitor}
		if got := Authorize(r, identity, must(t, Queue, toAll)); got != want {
			t.Errorf("%s from another account: %v, want %v", action, got, want)
		}
		r.Principal = ada
		if got := Authorize(r, nil, must(t, Queue, toAll)); got != Allow {
			t.Errorf("%s from the own account: %v, want Allow", action, got)
		}
	}
}
