package sqs

import (
	"context"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type tagQueueInput struct {
	QueueURL string            `json:"QueueUrl"`
	Tags     map[string]string `json:"Tags"     query:"Tag,Key,Value" wire:"required"`
}

// tagQueue: API_TagQueue. "A new tag with a key identical to that of an existing tag overwrites the existing tag."
func (s *Service) tagQueue(_ context.Context, c *wire.Call, in *tagQueueInput) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "TagQueue")
	if err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	now := q.lock()
	defer q.unlock(now)
	maps.Copy(q.tags, in.Tags)
	q.unsaved.self = true
	return &wire.None{}, nil
}

// checkTags: a key has 1 to 128 characters and a value up to 256, of letters, digits, white space and _ . : / = + - @,
// and neither begins with aws: (quotas-queues, "Tags"). That page says of a value both that it is optional and that it
// cannot be empty: an empty one is taken. More than 50 tags are "not recommended" and possible (API_TagQueue).
func checkTags(tags map[string]string) *wire.Error {
	for key, value := range tags {
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 {
			return invalidValue(clip(key), "Tag.Key", "Must be between 1 and 128 characters.")
		}
		if utf8.RuneCountInString(value) > 256 {
			return invalidValue(clip(value), "Tag.Value", "Must be up to 256 characters.")
		}
		for _, text := range []string{key, value} {
			if strings.HasPrefix(text, "aws:") {
				return invalidValue(clip(text), "Tag", "The prefix aws: is reserved.")
			}
			if strings.ContainsFunc(text, notInTags) {
				return invalidValue(clip(text), "Tag", "Can only include letters, digits, white space and _ . : / = + - @")
			}
		}
	}
	return nil
}

func notInTags(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsSpace(r) && !strings.ContainsRune("_.:/=+-@", r)
}

type untagQueueInput struct {
	QueueURL string   `json:"QueueUrl"`
	Keys     []string `json:"TagKeys"  query:"TagKey" wire:"required"`
}

// untagQueue: API_UntagQueue. Keys that the queue does not have are ignored (recorded:
// test_untag_queue_ignores_non_existing_tag).
func (s *Service) untagQueue(_ context.Context, c *wire.Call, in *untagQueueInput) (*wire.None, error) {
	q, err := s.queue(c, in.QueueURL, "UntagQueue")
	if err != nil {
		return nil, err
	}
	now := q.lock()
	defer q.unlock(now)
	for _, key := range in.Keys {
		delete(q.tags, key)
	}
	q.unsaved.self = true
	return &wire.None{}, nil
}

type listQueueTagsOutput struct {
	Tags map[string]string `json:"Tags,omitempty" query:"Tag,Key,Value"`
}

// listQueueTags: API_ListQueueTags.
func (s *Service) listQueueTags(_ context.Context, c *wire.Call, in *queueInput) (*listQueueTagsOutput, error) {
	q, err := s.queue(c, in.QueueURL, "ListQueueTags")
	if err != nil {
		return nil, err
	}
	now := q.lock()
	defer q.unlock(now)
	return &listQueueTagsOutput{maps.Clone(q.tags)}, nil
}
