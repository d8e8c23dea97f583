package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func (t *T) deleteTopic(topic string) error {
	_, err := t.sns.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &topic})
	return err
}

// topicARNs are the ARNs on all pages of topics.
func (t *T) topicARNs() (arns []string, pages int) {
	t.Helper()
	p := sns.NewListTopicsPaginator(t.sns, &sns.ListTopicsInput{})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		t.must(err)
		pages++
		for _, topic := range out.Topics {
			arns = append(arns, *topic.TopicArn)
		}
	}
	return arns, pages
}

func topicCases() []Case {
	cases := []Case{
		{Name: "CreateTopic", Page: "API_CreateTopic",
			Rule: "the ARN of a topic has its region, its account and its name",
			Do: func(t *T) {
				name := t.name()
				out, err := t.createTopic(name)
				t.must(err)
				t.equal("ARN", *out.TopicArn, "arn:aws:sns:"+t.target.Region+":"+t.target.Accounts[0]+":"+name)
			}},
		{Name: "CreateTopic/again", Page: "API_CreateTopic",
			Rule: "if the requester already owns a topic with the name, its ARN is returned without creating a new topic",
			Do: func(t *T) {
				name := t.name()
				a, err := t.createTopic(name, "DisplayName", "x")
				t.must(err)
				b, err := t.createTopic(name)
				t.must(err)
				t.equal("ARN", *b.TopicArn, *a.TopicArn)
				t.equal("DisplayName", t.topicAttributes(*a.TopicArn)["DisplayName"], "x")
			}},
		{Name: "CreateTopic/again/same attributes", Page: "recorded: test_create_topic_different_attrs",
			Rule: "attributes with the values that the topic has are no error, nor is FifoTopic false",
			Do: func(t *T) {
				name := t.name()
				_, err := t.createTopic(name, "DisplayName", "x")
				t.must(err)
				_, err = t.createTopic(name, "DisplayName", "x")
				t.must(err)
				_, err = t.createTopic(name, "FifoTopic", "false")
				t.must(err)
			}},
		{Name: "CreateTopic/again/other attributes", Page: "recorded: test_create_topic_different_attrs",
			Rule: "attributes with other values are an error, also if others are the same",
			Do: func(t *T) {
				name := t.name()
				_, err := t.createTopic(name, "DisplayName", "x")
				t.must(err)
				_, err = t.createTopic(name, "DisplayName", "y")
				t.fails(err, invalidParameter)
				_, err = t.createTopic(name, "SignatureVersion", "2")
				t.fails(err, invalidParameter)
				_, err = t.createTopic(name, "SignatureVersion", "2", "DisplayName", "x")
				t.fails(err, invalidParameter)
			}},
		{Name: "CreateTopic/after DeleteTopic", Page: "recorded: test_tags_removed_after_deletion",
			Rule: "a topic that was deleted can be made again at once, and has nothing of the old one",
			Do: func(t *T) {
				name := t.name()
				out, err := t.createTopic(name, "DisplayName", "x")
				t.must(err)
				t.subscribe(*out.TopicArn, t.queue())
				t.must(t.deleteTopic(*out.TopicArn))
				_, err = t.createTopic(name)
				t.must(err)
				a := t.topicAttributes(*out.TopicArn)
				t.equal("DisplayName", a["DisplayName"], "")
				t.equal("subscriptions", a["SubscriptionsConfirmed"], "0")
			}},
		{Name: "CreateTopic/FIFO", Page: "API_CreateTopic",
			Rule: "the name of a FIFO topic ends with .fifo",
			Do: func(t *T) {
				_, err := t.createTopic(t.name()+".fifo", "FifoTopic", "true")
				t.must(err)
			}},
		{Name: "CreateTopic/name of 256", Page: "recorded: test_create_topic_name_constraints",
			Rule: "a name has up to 256 characters",
			Do: func(t *T) {
				_, err := t.createTopic(strings.Repeat("a", 256))
				t.must(err)
			}},
		{Name: "DeleteTopic", Page: "API_DeleteTopic",
			Rule: "a topic is deleted with all its subscriptions",
			Do: func(t *T) {
				topic, _, sub := t.wired()
				t.must(t.deleteTopic(topic))
				_, err := t.tryPublish(topic, "a")
				t.fails(err, noTopic)
				_, err = t.sns.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &sub})
				t.fails(err, noTopic)
			}},
		{Name: "DeleteTopic/again", Page: "API_DeleteTopic",
			Rule: "deleting a topic that does not exist is no error",
			Do: func(t *T) {
				topic := t.topic()
				t.must(t.deleteTopic(topic))
				t.must(t.deleteTopic(topic))
			}},
		{Name: "DeleteTopic/ARN", Page: "recorded: test_publish_wrong_arn_format",
			Rule: "what is no ARN is an invalid parameter",
			Do:   func(t *T) { t.fails(t.deleteTopic("topic"), invalidParameter) }},
		{Name: "ListTopics", Page: "API_ListTopics",
			Rule: "it returns the requester's topics",
			Do: func(t *T) {
				a, b := t.topic(), t.fifoTopic()
				arns, _ := t.topicARNs()
				t.equal("topics", strings.Join(arns, " "), a+" "+b)
			}},
		{Name: "ListTopics/none", Page: "API_ListTopics",
			Rule: "without topics there are none",
			Do: func(t *T) {
				arns, pages := t.topicARNs()
				t.equal("topics", len(arns), 0)
				t.equal("pages", pages, 1)
			}},
		{Name: "ListTopics/pages", Page: "API_ListTopics",
			Rule: "each call returns up to 100 topics, and a NextToken if there are more",
			Do: func(t *T) {
				seen := map[string]bool{}
				for range 201 {
					t.topic()
				}
				first, err := t.sns.ListTopics(t.Context(), &sns.ListTopicsInput{})
				t.must(err)
				t.equal("first page", len(first.Topics), 100)
				arns, pages := t.topicARNs()
				for _, arn := range arns {
					seen[arn] = true
				}
				t.equal("topics", len(seen), 201)
				t.equal("pages", pages, 3)
			}},
		{Name: "ListTopics/token", Page: "API_ListTopics",
			Rule: "a token is one that was returned",
			Do: func(t *T) {
				token := "x"
				_, err := t.sns.ListTopics(t.Context(), &sns.ListTopicsInput{NextToken: &token})
				t.fails(err, invalidParameter)
			}},
		{Name: "regions", Page: "recorded: test_cross_region_access",
			Rule: "a topic is in one region, and is not reached from others",
			Do: func(t *T) {
				topic := t.topic()
				far := t.target.topics(0, func(o *sns.Options) { o.Region = "eu-west-1" })
				_, err := far.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &topic})
				t.fails(err, invalidParameter)
				text := "a"
				_, err = far.Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: &text})
				t.fails(err, invalidParameter)
				out, err := far.ListTopics(t.Context(), &sns.ListTopicsInput{})
				t.must(err)
				t.equal("topics", len(out.Topics), 0)
			}},
	}
	for name, topic := range map[string]struct {
		name       string
		attributes []string
	}{
		"empty":                    {name: ""},
		"of 257":                   {name: strings.Repeat("a", 257)},
		"suffix of a standard one": {name: "a.fifo"},
		"no suffix":                {name: "a", attributes: []string{"FifoTopic", "true"}},
		"only the suffix":          {name: ".fifo", attributes: []string{"FifoTopic", "true"}},
		"space":                    {name: "a b"},
		"colon":                    {name: "a:b"},
		"period":                   {name: "a.b"},
		"letter outside of ASCII":  {name: "ä"},
	} {
		cases = append(cases, Case{
			Name: "CreateTopic/name/" + name, Page: "recorded: test_create_topic_name_constraints",
			Rule: "a name is 1 to 256 ASCII letters, digits, underscores and hyphens, and .fifo at the end of a FIFO topic's",
			Do: func(t *T) {
				_, err := t.createTopic(topic.name, topic.attributes...)
				t.fails(err, invalidParameter)
			},
		})
	}
	sortCases(cases)
	return cases
}

func topicTagCases() []Case {
	create := func(t *T, name string, kv ...string) error {
		in := &sns.CreateTopicInput{Name: &name, Tags: tagList(kv)}
		_, err := t.sns.CreateTopic(t.Context(), in)
		return err
	}
	tag := func(t *T, topic string, kv ...string) error {
		_, err := t.sns.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: &topic, Tags: tagList(kv)})
		return err
	}
	tags := func(t *T, topic string) string {
		t.Helper()
		out, err := t.sns.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: &topic})
		t.must(err)
		var list []string
		for _, tag := range out.Tags {
			list = append(list, *tag.Key+"="+*tag.Value)
		}
		return strings.Join(list, " ")
	}
	return []Case{
		{Name: "CreateTopic/tags", Page: "API_CreateTopic",
			Rule: "a new topic can have tags",
			Do: func(t *T) {
				name := t.name()
				t.must(create(t, name, "a", "1", "b", ""))
				out, err := t.createTopic(name)
				t.must(err)
				t.equal("tags", tags(t, *out.TopicArn), "a=1 b=")
			}},
		{Name: "CreateTopic/again/tags", Page: "recorded: test_create_duplicate_topic_check_idempotency",
			Rule: "the same tags, some of them and none are no error",
			Do: func(t *T) {
				name := t.name()
				t.must(create(t, name, "a", "1", "b", "2"))
				t.must(create(t, name, "a", "1", "b", "2"))
				t.must(create(t, name, "a", "1"))
				t.must(create(t, name))
			}},
		{Name: "CreateTopic/again/other tags", Page: "recorded: test_create_duplicate_topic_with_more_tags",
			Rule: "tags that the topic does not have are an error",
			Do: func(t *T) {
				name := t.name()
				t.must(create(t, name, "a", "1"))
				t.fails(create(t, name, "a", "2"), invalidParameter)
				t.fails(create(t, name, "b", "1"), invalidParameter)
			}},
		{Name: "TagResource", Page: "API_TagResource",
			Rule: "tags are added, and one with an existing key overwrites",
			Do: func(t *T) {
				topic := t.topic()
				t.must(tag(t, topic, "a", "1", "A", "2"))
				t.must(tag(t, topic, "a", "3"))
				t.equal("tags", tags(t, topic), "A=2 a=3")
			}},
		{Name: "TagResource/twice", Page: "recorded: test_tags",
			Rule: "a key is there once",
			Do:   func(t *T) { t.fails(tag(t, t.topic(), "a", "1", "a", "1"), invalidParameter) }},
		{Name: "TagResource/long key", Page: "sns-tags-configuring",
			Rule: "a key has up to 128 characters, and a value up to 256",
			Do: func(t *T) {
				topic := t.topic()
				t.must(tag(t, topic, strings.Repeat("k", 128), strings.Repeat("v", 256)))
				t.fails(tag(t, topic, strings.Repeat("k", 129), "v"), invalidParameter)
				t.fails(tag(t, topic, "k", strings.Repeat("v", 257)), invalidParameter)
			}},
		{Name: "TagResource/aws:", Page: "sns-tags-configuring",
			Rule: "a key does not begin with aws:",
			Do:   func(t *T) { t.fails(tag(t, t.topic(), "aws:a", "1"), invalidParameter) }},
		{Name: "TagResource/51", Page: "sns-tags-configuring",
			Rule: "a topic has up to 50 tags",
			Do: func(t *T) {
				topic := t.topic()
				for i := range 50 {
					t.must(tag(t, topic, fmt.Sprint("k", i), "v"))
				}
				t.fails(tag(t, topic, "another", "v"), tooManyTags)
			}},
		{Name: "TagResource/no topic", Page: "API_TagResource",
			Rule: "a topic that is not there is ResourceNotFound",
			Do:   func(t *T) { t.fails(tag(t, t.topic()+"x", "a", "1"), noResource) }},
		{Name: "UntagResource", Page: "API_UntagResource",
			Rule: "tags are removed, and those that are not there ignored",
			Do: func(t *T) {
				topic := t.topic()
				t.must(tag(t, topic, "a", "1", "b", "2"))
				_, err := t.sns.UntagResource(t.Context(), &sns.UntagResourceInput{ResourceArn: &topic, TagKeys: []string{"a", "c"}})
				t.must(err)
				t.equal("tags", tags(t, topic), "b=2")
			}},
		{Name: "ListTagsForResource/no topic", Page: "API_ListTagsForResource",
			Rule: "a topic that is not there is ResourceNotFound",
			Do: func(t *T) {
				topic := t.topic() + "x"
				_, err := t.sns.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: &topic})
				t.fails(err, noResource)
			}},
	}
}

func tagList(kv []string) []types.Tag {
	var out []types.Tag
	for i := 0; i+1 < len(kv); i += 2 {
		out = append(out, types.Tag{Key: &kv[i], Value: &kv[i+1]})
	}
	return out
}
