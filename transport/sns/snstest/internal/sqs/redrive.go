package sqs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// redrivePolicy says when messages go to which dead-letter queue (sqs-dead-letter-queues).
type redrivePolicy struct {
	target key
	most   int // receives
}

// maxReceives: "valid values are from 1 to 1000", as SQS says in its error (recorded by
// test_redrive_policy_attribute_validity, and in github.com/hashicorp/terraform-provider-aws issues).
const maxReceives = 1000

func (p *redrivePolicy) text() string {
	text, _ := json.Marshal(struct { //nolint:errchkjson // a string and a number
		Target string `json:"deadLetterTargetArn"`
		Most   int    `json:"maxReceiveCount"`
	}{p.target.arn(), p.most})
	return string(text)
}

func redriveAttribute() attribute {
	return attribute{
		name: "RedrivePolicy",
		get: func(s *settings) (string, bool) {
			if s.redrive == nil {
				return "", false
			}
			return s.redrive.text(), true
		},
		set: func(s *settings, text string) (err *wire.Error) {
			s.redrive = nil
			if text != "" { // empty removes it; recorded: test_set_empty_redrive_policy
				s.redrive, err = readRedrivePolicy(text)
			}
			return err
		},
	}
}

func readRedrivePolicy(text string) (*redrivePolicy, *wire.Error) {
	bad := func(format string, args ...any) *wire.Error {
		return invalidValue(clip(text), "RedrivePolicy", fmt.Sprintf(format, args...))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return nil, bad("Redrive policy is not a valid JSON map.")
	}
	for name := range fields {
		if name != "deadLetterTargetArn" && name != "maxReceiveCount" {
			return nil, bad("Redrive policy contains an unknown attribute: %s.", clip(name))
		}
	}
	p := &redrivePolicy{}
	for _, name := range []string{"deadLetterTargetArn", "maxReceiveCount"} {
		if fields[name] == nil {
			return nil, bad("Redrive policy does not contain mandatory attribute: %s.", name)
		}
	}
	var target string
	err := json.Unmarshal(fields["deadLetterTargetArn"], &target)
	isARN := false
	if p.target, isARN = parseARN(target); err != nil || !isARN {
		return nil, bad("Invalid value for deadLetterTargetArn.")
	}
	count := strings.Trim(string(fields["maxReceiveCount"]), `"`) // a string will do, as consoles send it
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxReceives {
		return nil, bad("Invalid value for maxReceiveCount: %s, valid values are from 1 to %d both inclusive.",
			clip(count), maxReceives)
	}
	p.most = n
	return p, nil
}

// redriveAllowPolicy says which queues may have this one for their dead-letter queue (API_SetQueueAttributes).
type redriveAllowPolicy struct {
	permission string
	sources    []string
}

const (
	allowAll = "allowAll"
	denyAll  = "denyAll"
	byQueue  = "byQueue"
)

func (p *redriveAllowPolicy) allows(source string) bool {
	switch {
	case p == nil || p.permission == allowAll:
		return true
	case p.permission == byQueue:
		return slices.Contains(p.sources, source)
	}
	return false
}

func (p *redriveAllowPolicy) text() string {
	text, _ := json.Marshal(struct { //nolint:errchkjson // strings
		Permission string   `json:"redrivePermission"`
		Sources    []string `json:"sourceQueueArns,omitempty"`
	}{p.permission, p.sources})
	return string(text)
}

func redriveAllowAttribute() attribute {
	return attribute{
		name: "RedriveAllowPolicy",
		get: func(s *settings) (string, bool) {
			if s.allow == nil {
				return "", false
			}
			return s.allow.text(), true
		},
		set: func(s *settings, text string) (err *wire.Error) {
			s.allow = nil
			if text != "" {
				s.allow, err = readRedriveAllowPolicy(text)
			}
			return err
		},
	}
}

func readRedriveAllowPolicy(text string) (*redriveAllowPolicy, *wire.Error) {
	bad := func(reason string) *wire.Error { return invalidValue(clip(text), "RedriveAllowPolicy", reason) }
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return nil, bad("Redrive allow policy is not a valid JSON map.")
	}
	p := &redriveAllowPolicy{permission: allowAll}
	for name, value := range fields {
		var err error
		switch name {
		case "redrivePermission":
			err = json.Unmarshal(value, &p.permission)
		case "sourceQueueArns":
			err = json.Unmarshal(value, &p.sources)
		default:
			return nil, bad("Redrive allow policy contains an unknown attribute: " + clip(name) + ".")
		}
		if err != nil {
			return nil, bad("Invalid value for " + name + ".")
		}
	}
	switch {
	case p.permission != allowAll && p.permission != denyAll && p.permission != byQueue:
		return nil, bad("Invalid value for redrivePermission.")
	case p.permission == byQueue && (len(p.sources) == 0 || len(p.sources) > 10):
		return nil, bad("sourceQueueArns must have 1 to 10 queues when redrivePermission is byQueue.")
	case p.permission != byQueue && p.sources != nil:
		return nil, bad("sourceQueueArns can be specified only when redrivePermission is byQueue.")
	}
	for _, source := range p.sources {
		if _, ok := parseARN(source); !ok {
			return nil, bad("Invalid ARN in sourceQueueArns.")
		}
	}
	return p, nil
}
