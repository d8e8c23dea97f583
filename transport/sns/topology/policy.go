package topology

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	wmsns "github.com/ThreeDotsLabs/watermill-aws/sns"
	wmsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
)

// statementID marks the statement of a queue's policy that is ours. All others are somebody else's.
const statementID = "framebus"

// statement lets SNS send to a queue from the topics that the patterns of ARNs match, and from no other.
func statement(ctx context.Context, queueARN string, sources []string) (json.RawMessage, error) {
	document, err := wmsns.GenerateQueueAccessPolicyDefault(ctx, wmsns.GenerateQueueAccessPolicyParams{
		SqsQueueArn: wmsqs.QueueArn(queueARN), SnsTopicArn: wmsns.TopicArn(sources[0]),
	})
	if err != nil {
		return nil, err
	}
	s := document["Statement"].([]map[string]any)[0]
	s["Sid"] = statementID
	if len(sources) > 1 || strings.ContainsAny(sources[0], "*?") {
		s["Condition"] = map[string]any{"ArnLike": map[string]any{"aws:SourceArn": sources}}
	}
	return json.RawMessage(marshal(s)), nil
}

// merge puts our statement into a policy, in place of the one that is there, and leaves the rest as it is. changed is
// false if the policy says the same already.
func merge(policy string, ours json.RawMessage) (merged string, changed bool, err error) {
	if policy == "" {
		return marshal(map[string]any{"Version": "2012-10-17", "Statement": []json.RawMessage{ours}}), true, nil
	}
	document, statements, err := readPolicy(policy)
	if err != nil {
		return "", false, err
	}
	at := slices.IndexFunc(statements, isOurs)
	switch {
	case at < 0:
		statements = append(statements, ours)
	case sameJSON(string(statements[at]), string(ours)):
		return policy, false, nil
	default:
		statements[at] = ours
	}
	document["Statement"] = json.RawMessage(marshal(statements))
	return marshal(document), true, nil
}

// readPolicy takes a policy apart. A single statement may stand without brackets.
func readPolicy(policy string) (document map[string]json.RawMessage, statements []json.RawMessage, err error) {
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return nil, nil, fmt.Errorf("queue policy: %w", err)
	}
	text := bytes.TrimSpace(document["Statement"])
	switch {
	case len(text) == 0:
	case text[0] == '{':
		statements = []json.RawMessage{text}
	default:
		if err := json.Unmarshal(text, &statements); err != nil {
			return nil, nil, fmt.Errorf("queue policy: %w", err)
		}
	}
	return document, statements, nil
}

func isOurs(statement json.RawMessage) bool {
	var s struct{ Sid string }
	return json.Unmarshal(statement, &s) == nil && s.Sid == statementID
}

// sources are the topics that our statement in a policy lets send; none if there is no such statement.
func sources(policy string) ([]string, error) {
	if policy == "" {
		return nil, nil
	}
	_, statements, err := readPolicy(policy)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(statements, isOurs)
	if at < 0 {
		return nil, nil
	}
	var s struct {
		Condition map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(statements[at], &s); err != nil {
		return nil, fmt.Errorf("queue policy: statement %s: %w", statementID, err)
	}
	var found []string
	for _, keys := range s.Condition {
		for key, value := range keys {
			if !strings.EqualFold(key, "aws:SourceArn") {
				continue
			}
			var many []string
			var one string
			if json.Unmarshal(value, &many) == nil {
				found = append(found, many...)
			} else if json.Unmarshal(value, &one) == nil {
				found = append(found, one)
			}
		}
	}
	return found, nil
}

// matchARN says whether a text matches a pattern of * and ? as IAM's ArnLike has them. Of ARNs, compare names:
// neither of ours has a wildcard elsewhere.
func matchARN(pattern, text string) bool {
	star, mark := -1, 0 // the last * and what of text it has taken
	p, i := 0, 0
	for i < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
