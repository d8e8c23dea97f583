package sqs

import (
	"maps"
	"slices"
	"strings"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// with returns settings with attributes changed, or the error for the first, by name, that cannot be. What
// depends on other queues is not checked here.
func (s *settings) with(attributes []attribute, values map[string]string) (*settings, *wire.Error) {
	next := *s
	for _, name := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(attributes, func(a attribute) bool { return a.name == name })
		if i < 0 {
			return nil, unknownAttribute(name)
		}
		a := attributes[i]
		if a.fifo && !s.fifo {
			return nil, onlyFIFO(name)
		}
		if err := a.set(&next, values[name]); err != nil {
			return nil, err
		}
	}
	if next.fifo != s.fifo { // recorded: test_set_unsupported_attribute_fifo
		return nil, invalidAttributeValue("FifoQueue", "Modifying queue type is not supported.")
	}
	return &next, next.conflict(values)
}

// onlyFIFO: the texts differ by attribute (recorded: test_create_standard_queue_with_fifo_attribute_raises_error).
func onlyFIFO(name string) *wire.Error {
	if name == "DeduplicationScope" || name == "FifoThroughputLimit" {
		return invalidAttributeName("You can specify the %s only when FifoQueue is set to true.", name)
	}
	return unknownAttribute(name)
}

// conflict finds attributes that do not go together.
func (s *settings) conflict(values map[string]string) *wire.Error {
	if s.kmsKey != "" && strings.EqualFold(values["SqsManagedSseEnabled"], "true") {
		if values["KmsMasterKeyId"] != "" { // recorded: test_sse_kms_and_sqs_are_mutually_exclusive
			return invalidAttributeName("You can use one type of server-side encryption (SSE) at one time. " +
				"You can either enable KMS SSE or SQS SSE.")
		}
		s.kmsKey = "" // to turn one on turns the other off
	}
	// API_SetQueueAttributes: "The perMessageGroupId value is allowed only when the value for
	// DeduplicationScope is messageGroup."
	if s.perGroup && !s.groupScope {
		return invalidAttributeValue("FifoThroughputLimit",
			"The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.")
	}
	return nil
}

// differs returns the first attribute, by name, that a queue has another value of than the one asked for; empty
// if there is none. API_CreateQueue: a queue is created again only with the same attributes; those that are not
// given do not count (recorded: test_create_queue_with_different_attributes_raises_exception).
func (s *settings) differs(wanted *settings, attributes []attribute, values map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, a := range attributes {
			if a.name != name {
				continue
			}
			is, _ := a.get(s)
			want, _ := a.get(wanted)
			if is != want {
				return name
			}
		}
	}
	return ""
}
