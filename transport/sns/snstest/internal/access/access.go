// Package access decides who may do what in the services of snstest: it asks package policy, with what the
// server knows of callers.
package access

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/policy"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// Checker knows the identity policies of callers. Its fields are set before it is used, and not changed after.
type Checker struct {
	// Identity are the identity policies of callers, by access key.
	Identity map[string][]*policy.Document
	// Enforce asks the policies about all callers. Without it, callers without an identity policy may do
	// anything in their own account, as somebody does who tests with any key at all.
	Enforce bool
	// Now is the time, for conditions on it.
	Now func() time.Time
}

// Check returns nil if the caller may do an action to a resource that has a policy, or none. Otherwise the
// error is a [wire.Error]. resource is an ARN, or that of what the action would make.
func (c *Checker) Check(call *wire.Call, action, resource string, on *policy.Document) error {
	return c.CheckWith(call, action, resource, on, nil)
}

// CheckWith is Check with values of condition keys that the service has besides, by their names in lower case.
func (c *Checker) CheckWith(
	call *wire.Call, action, resource string, on *policy.Document, keys map[string][]string,
) error {
	identity := c.Identity[call.Caller.AccessKey]
	anonymous := call.Caller.AccessKey == ""
	if !anonymous && !c.Enforce && len(identity) == 0 {
		if accountOf(resource) == call.Caller.Account {
			return nil
		}
		// What is not said of a caller is not what this is about: the resource's policy is.
		identity = []*policy.Document{anything()}
	}
	r := policy.Request{
		Action: action, Resource: resource, Context: c.context(call),
		Principal: policy.Principal{ARN: call.Caller.ARN, Account: call.Caller.Account, Anonymous: anonymous},
	}
	maps.Copy(r.Context, keys)
	effect := policy.Authorize(r, identity, on)
	if effect == policy.Allow {
		return nil
	}
	return wire.AccessDenied(denial(call, action, resource, effect, anonymous))
}

// CheckService returns nil if an AWS service may do an action to a resource, on behalf of what has the ARN
// source. It is the resource's policy alone that says so.
func (c *Checker) CheckService(service, source, action, resource string, on *policy.Document) error {
	r := policy.Request{
		Action: action, Resource: resource, Principal: policy.Principal{Service: service},
		Context: map[string][]string{
			"aws:sourcearn":       {source},
			"aws:sourceaccount":   {accountOf(source)},
			"aws:securetransport": {"true"},
			"aws:currenttime":     {c.Now().UTC().Format(time.RFC3339)},
		},
	}
	if policy.Authorize(r, nil, on) == policy.Allow {
		return nil
	}
	return wire.AccessDenied("The service " + service + " is not authorized to perform: " + strings.ToLower(action) +
		" on resource: " + resource + " for " + source)
}

// context has the values of the global condition keys that are known of a request
// (IAM/latest/UserGuide/reference_policies_condition-keys.html).
func (c *Checker) context(call *wire.Call) map[string][]string {
	now := c.Now().UTC()
	context := map[string][]string{
		"aws:securetransport": {strconv.FormatBool(strings.HasPrefix(call.Base, "https:"))},
		"aws:requestedregion": {call.Region},
		"aws:currenttime":     {now.Format(time.RFC3339)},
		"aws:epochtime":       {strconv.FormatInt(now.Unix(), 10)},
	}
	if call.Caller.AccessKey == "" {
		return context
	}
	context["aws:principalarn"] = []string{call.Caller.ARN}
	context["aws:principalaccount"] = []string{call.Caller.Account}
	context["aws:userid"] = []string{call.Caller.UserID}
	if _, path, ok := strings.Cut(call.Caller.ARN, ":user/"); ok {
		parts := strings.Split(path, "/")
		context["aws:username"] = []string{parts[len(parts)-1]}
	}
	return context
}

// denial is the text with which AWS refuses
// (IAM/latest/UserGuide/troubleshoot_access-denied.html).
func denial(call *wire.Call, action, resource string, effect policy.Effect, anonymous bool) string {
	who := "User: " + call.Caller.ARN
	if anonymous {
		who = "User: anonymous"
	}
	why := "because no policy allows the "
	if effect == policy.Deny {
		why = "with an explicit deny in a policy of the "
	}
	action = strings.ToLower(action)
	return who + " is not authorized to perform: " + action + " on resource: " + resource + " " + why + action + " action"
}

func accountOf(arn string) string {
	if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 {
		return fields[4]
	}
	return ""
}

// anything is the policy of somebody who may do anything.
func anything() *policy.Document {
	d, err := policy.Parse(policy.Identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if err != nil {
		return nil // denies, which a test notices
	}
	return d
}
