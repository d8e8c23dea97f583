package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func tagCases() []Case {
	tag := func(t *T, url string, kv ...string) error {
		_, err := t.sqs.TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: &url, Tags: pairs(kv)})
		return err
	}
	tags := func(t *T, url string) map[string]string {
		t.Helper()
		out, err := t.sqs.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: &url})
		t.must(err)
		return out.Tags
	}
	untag := func(t *T, url string, keys ...string) {
		t.Helper()
		_, err := t.sqs.UntagQueue(t.Context(), &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: keys})
		t.must(err)
	}
	return []Case{
		{Name: "TagQueue", Page: "API_TagQueue",
			Rule: "tags are added, and their keys are case-sensitive",
			Do: func(t *T) {
				url := t.queue()
				t.must(tag(t, url, "a", "1", "A", "2"))
				t.must(tag(t, url, "b", ""))
				t.equal("tags", tags(t, url), map[string]string{"a": "1", "A": "2", "b": ""})
			}},
		{Name: "TagQueue/overwrite", Page: "API_TagQueue",
			Rule: "a tag with the key of an existing tag overwrites it",
			Do: func(t *T) {
				url := t.queue()
				t.must(tag(t, url, "a", "1"))
				t.must(tag(t, url, "a", "2"))
				t.equal("tags", tags(t, url), map[string]string{"a": "2"})
			}},
		{Name: "TagQueue/long key", Page: "quotas-queues",
			Rule: "a key has up to 128 characters",
			Do: func(t *T) {
				url := t.queue()
				t.must(tag(t, url, strings.Repeat("ä", 128), "1"))
				t.fails(tag(t, url, strings.Repeat("ä", 129), "1"), invalidParameterValue)
			}},
		{Name: "TagQueue/characters", Page: "quotas-queues",
			Rule: "keys and values have letters, digits, white space and _ . : / = + - @",
			Do: func(t *T) {
				url := t.queue()
				t.must(tag(t, url, "Größe 1_.:/=+-@", "世界 2_.:/=+-@"))
				t.fails(tag(t, url, "a,b", "1"), invalidParameterValue)
				t.fails(tag(t, url, "a", "1*"), invalidParameterValue)
			}},
		{Name: "TagQueue/aws:", Page: "quotas-queues",
			Rule: "neither key nor value begins with the reserved prefix aws:",
			Do: func(t *T) {
				url := t.queue()
				t.fails(tag(t, url, "aws:a", "1"), invalidParameterValue)
				t.fails(tag(t, url, "a", "aws:1"), invalidParameterValue)
			}},
		{Name: "UntagQueue", Page: "recorded: test_untag_queue_ignores_non_existing_tag",
			Rule: "keys are removed, and those that are not there ignored",
			Do: func(t *T) {
				url := t.queue()
				t.must(tag(t, url, "a", "1", "b", "2"))
				untag(t, url, "a", "c")
				t.equal("tags", tags(t, url), map[string]string{"b": "2"})
			}},
		{Name: "ListQueueTags/none", Page: "API_ListQueueTags",
			Rule: "a queue may have no tags",
			Do:   func(t *T) { t.equal("tags", len(tags(t, t.queue())), 0) }},
	}
}
