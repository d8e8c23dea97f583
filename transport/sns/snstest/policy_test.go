package snstest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/framebus/framebus/transport/sns/snstest"
)

func denied(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && strings.HasPrefix(api.ErrorCode(), "AccessDenied")
}

func callers() map[string]snstest.Caller {
	allow := func(actions string) []string {
		return []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}]}`}
	}
	return map[string]snstest.Caller{
		"owner":  {},
		"sender": {ARN: "arn:aws:iam::000000000000:user/sender", UserID: "AIDASENDER", Policies: allow(`"sqs:SendMessage"`)},
		"reader": {ARN: "arn:aws:iam::000000000000:user/reader", Policies: allow(`"sqs:ReceiveMessage","sqs:Get*"`)},
		"plain":  {ARN: "arn:aws:iam::000000000000:user/plain"},
	}
}

func TestIdentityPolicies(t *testing.T) {
	inBubble(t, snstest.Config{Callers: callers()}, func(b *bench) {
		body := "a"
		try := func(key string) (send, receive error) {
			c := client(b.srv, as(key))
			_, send = c.SendMessage(b.Context(), &sqs.SendMessageInput{QueueUrl: &b.url, MessageBody: &body})
			_, receive = c.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{QueueUrl: &b.url})
			return send, receive
		}
		for key, want := range map[string][2]bool{
			"owner": {true, true}, "sender": {true, false}, "reader": {false, true},
			"plain": {true, true}, // without an identity policy nothing is evaluated in one's own account
		} {
			send, receive := try(key)
			if denied(send) == want[0] || denied(receive) == want[1] {
				b.Errorf("%s: SendMessage is %v, ReceiveMessage is %v", key, send, receive)
			}
		}
	})
}

func TestEnforcePolicies(t *testing.T) {
	inBubble(t, snstest.Config{Callers: callers(), EnforcePolicies: true}, func(b *bench) {
		body := "a"
		_, err := client(b.srv, as("plain")).SendMessage(b.Context(), &sqs.SendMessageInput{QueueUrl: &b.url, MessageBody: &body})
		if !denied(err) {
			b.Errorf("somebody without any permission: got %v", err)
		}
		b.send("the root user may")
	})
}

func TestSenderID(t *testing.T) {
	inBubble(t, snstest.Config{Callers: callers()}, func(b *bench) {
		body := "a"
		_, err := client(b.srv, as("sender")).SendMessage(b.Context(), &sqs.SendMessageInput{QueueUrl: &b.url, MessageBody: &body})
		b.must(err)
		b.send("b")
		got := b.receive(0)
		b.equal("user", got[0].Attributes["SenderId"], "AIDASENDER")
		b.equal("root", got[1].Attributes["SenderId"], "000000000000")
	})
}

func TestUnknownKey(t *testing.T) {
	inBubble(t, snstest.Config{Callers: callers()}, func(b *bench) {
		_, err := client(b.srv, as("stranger")).ListQueues(b.Context(), &sqs.ListQueuesInput{})
		if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != "InvalidClientTokenId" {
			b.Errorf("got %v", err)
		}
	})
}

// Requests without a signature may do what a policy allows everybody, and nothing else.
func TestAnonymous(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		status := func(query string) int {
			out, err := b.srv.HTTPClient().Get(query) //nolint:noctx // it answers at once
			b.must(err)
			b.must(out.Body.Close())
			return out.StatusCode
		}
		b.equal("no policy", status(b.url+"?Action=SendMessage&MessageBody=a"), http.StatusForbidden)
		b.equal("no queue", status(b.srv.Endpoint()+"/?Action=ListQueues&Version=2012-11-05"), http.StatusForbidden)
		arn, err := b.sqs.GetQueueAttributes(b.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &b.url, AttributeNames: []types.QueueAttributeName{"QueueArn"},
		})
		b.must(err)
		_, err = b.sqs.SetQueueAttributes(b.Context(), &sqs.SetQueueAttributesInput{
			QueueUrl: &b.url, Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
				"Principal":"*","Action":"sqs:SendMessage","Resource":"` + arn.Attributes["QueueArn"] + `"}]}`},
		})
		b.must(err)
		b.equal("policy", status(b.url+"?Action=SendMessage&MessageBody=a"), http.StatusOK)
		b.equal("other action", status(b.url+"?Action=ReceiveMessage"), http.StatusForbidden)
	})
}
