package sns

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

type tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

// maxTags: "Can't add more than 50 tags to a topic" (API_TagResource, TagLimitExceeded).
const maxTags = 50

// readTags checks tags: a key has 1 to 128 characters and a value up to 256 (API_Tag), and none is there twice
// (recorded: test_tags). Decided: they are of letters, digits, spaces and _.:/=+-@, and no key begins with aws:, which AWS
// says of the tags of most services and not of this one's (tag-editor/latest/userguide/tagging.html).
func readTags(list []tag) (map[string]string, *wire.Error) {
	tags := make(map[string]string, len(list))
	for _, t := range list {
		switch n := utf8.RuneCountInString(t.Key); {
		case n < 1 || n > 128 || !isTag(t.Key):
			return nil, invalid("Tag keys must be 1 to 128 letters, digits, spaces and _.:/=+-@")
		case utf8.RuneCountInString(t.Value) > 256 || !isTag(t.Value):
			return nil, invalid("Tag values must be up to 256 letters, digits, spaces and _.:/=+-@")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return nil, invalid("Tag keys must not begin with aws:")
		}
		if _, again := tags[t.Key]; again {
			return nil, invalid("Duplicated keys are not allowed.")
		}
		tags[t.Key] = t.Value
	}
	if len(tags) > maxTags {
		return nil, tagLimitExceeded()
	}
	return tags, nil
}

func isTag(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsSpace(r) && !strings.ContainsRune("_.:/=+-@", r)
	})
}

type resourceInput struct {
	ARN *string `json:"ResourceArn"`
}

type tagResourceInput struct {
	ARN  *string `json:"ResourceArn"`
	Tags []tag   `json:"Tags"        query:"Tags.member"`
}

// resource finds a topic for the operations of tags, which have an error of their own for one that is missing.
func (s *Service) resource(c *wire.Call, arn *string, action string) (*topic, error) {
	t, err := s.mayTopic(c, "ResourceArn", arn, action)
	if err == nil && t == nil {
		err = resourceNotFound()
	}
	return t, err
}

// tagResource: API_TagResource. "A new tag with a key identical to that of an existing tag overwrites the existing
// tag."
func (s *Service) tagResource(_ context.Context, c *wire.Call, in *tagResourceInput) (*tagged, error) {
	t, err := s.resource(c, in.ARN, "TagResource")
	if err != nil {
		return nil, err
	}
	tags, fault := readTags(in.Tags)
	if fault != nil {
		return nil, fault
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := maps.Clone(t.tags)
	maps.Copy(all, tags)
	if len(all) > maxTags {
		return nil, tagLimitExceeded()
	}
	t.tags = all
	s.keepTopic(t)
	return &tagged{}, nil
}

// tagged is an answer with nothing in it. It has to be there: SDKs look for TagResourceResult.
type tagged struct {
	None string `json:"None,omitempty"`
}

type untagResourceInput struct {
	ARN  *string  `json:"ResourceArn"`
	Keys []string `json:"TagKeys"     query:"TagKeys.member"`
}

// untagResource: API_UntagResource. Decided: keys that the topic does not have are ignored, as in SQS.
func (s *Service) untagResource(_ context.Context, c *wire.Call, in *untagResourceInput) (*tagged, error) {
	t, err := s.resource(c, in.ARN, "UntagResource")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := maps.Clone(t.tags)
	for _, key := range in.Keys {
		delete(all, key)
	}
	t.tags = all
	s.keepTopic(t)
	return &tagged{}, nil
}

type listTagsOutput struct {
	Tags []tag `json:"Tags" query:"Tags.member"`
}

// listTagsForResource: API_ListTagsForResource. Decided: in the order of the keys.
func (s *Service) listTagsForResource(_ context.Context, c *wire.Call, in *resourceInput) (*listTagsOutput, error) {
	t, err := s.resource(c, in.ARN, "ListTagsForResource")
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := &listTagsOutput{}
	for _, k := range slices.Sorted(maps.Keys(t.tags)) {
		out.Tags = append(out.Tags, tag{k, t.tags[k]})
	}
	return out, nil
}
