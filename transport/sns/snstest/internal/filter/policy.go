package filter

import (
	"encoding/json"
	"unicode/utf8"
)

// Scope is what a policy looks at: the subscription's FilterPolicyScope. [scope]
type Scope string

const (
	// MessageAttributes is the default, the empty scope too. [scope]
	MessageAttributes Scope = "MessageAttributes"
	// MessageBody wants a body that is a JSON object. [scope]
	MessageBody Scope = "MessageBody"
)

const (
	// maxSize is the largest policy, in bytes: 256 KB. [constraints]
	maxSize = 256 << 10
	// maxKeys is how many keys a policy may have. [constraints] Of keys within keys the innermost count, as the
	// page says now; in 2022 and for some time in 2024 it said the outermost. A key that is in several
	// alternatives of an "$or" is one key: so count the examples of [logic].
	maxKeys = 5
	// maxCombinations is how many combinations of values a policy may have. [constraints]
	maxCombinations = 150
	// maxWildcards is how many * a pattern may have. [constraints]
	maxWildcards = 3
	// maxWildcardPoints is how complex the wildcards of a policy may be together. [constraints]
	maxWildcardPoints = 100
)

// Policy is a filter policy, read and ready to match. It does not change, so it may be used concurrently.
// A nil policy is that of a subscription without one: it passes every message.
type Policy struct {
	paths    []string // the keys, dots between those within one another
	branches []branch // a message passes if it passes one; none for a policy without keys
}

// Parse reads a policy as SNS does at Subscribe and SetSubscriptionAttributes. What it refuses, it refuses
// with an [*Error].
//
// The policies "{}" and "" remove a filter [remove, recorded]: they pass every message, as nil does.
func Parse(policy string, scope Scope) (*Policy, error) {
	switch scope {
	case "":
		scope = MessageAttributes
	case MessageAttributes, MessageBody:
	default: // [recorded]
		return nil, &Error{Reason: "FilterPolicyScope: Invalid value [" + string(scope) +
			"]. Please use either MessageBody or MessageAttributes"}
	}
	if policy == "" {
		return &Policy{}, nil
	}
	// Decided: the words for the first three are our own, nobody has them on file.
	if len(policy) > maxSize {
		return nil, wholeFault("Filter policy is too long: %d bytes, at most %d", len(policy), maxSize)
	}
	if !utf8.ValidString(policy) {
		return nil, wholeFault("Filter policy is not valid UTF-8")
	}
	if err := json.Unmarshal([]byte(policy), new(json.RawMessage)); err != nil {
		return nil, wholeFault("failed to parse JSON. %v", err)
	}
	doc := reader{doc: []byte(policy)}
	root := doc.tree()
	c := &compiler{text: policy, scope: scope}
	if root.kind != '{' { // [ruler]
		return nil, c.fault(root.seen(), "Filter is not an object")
	}
	if len(root.members) == 0 {
		return &Policy{}, nil
	}
	branches, err := c.object(root, "", 1, []branch{nil})
	if err == nil {
		err = c.check(branches)
	}
	if err != nil {
		return nil, err
	}
	return &Policy{paths: c.paths, branches: branches}, nil
}

// check holds a compiled policy to the limits.
func (c *compiler) check(branches []branch) error {
	switch {
	case c.nested && c.scope == MessageAttributes: // [constraints]; the words are [recorded], without a place
		return &Error{Reason: "Filter policy scope MessageAttributes does not support nested filter policy"}
	case len(c.paths) > maxKeys:
		return wholeFault("Filter policy can not have more than %d keys", maxKeys)
	case c.tooComplex || combinations(branches) > maxCombinations || c.wildcardPoints > maxWildcardPoints:
		return wholeFault("Filter policy is too complex")
	}
	return nil
}

// combinations is the product of the keys' combinations, added up over the branches of an "$or". [logic]
func combinations(branches []branch) int {
	total := 0
	for _, b := range branches {
		product := 1
		for _, c := range b {
			product = min(product*c.combinations, maxCombinations+1)
		}
		total += product
	}
	return total
}
