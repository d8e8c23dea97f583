package topology

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Difference is an attribute that is not as it is wanted.
type Difference struct {
	// Attribute is its name at AWS.
	Attribute string
	// Have and Want are its values; empty for none.
	Have, Want string
}

// String returns the difference as text.
func (d Difference) String() string {
	return fmt.Sprintf("%s is %s, wanted %s", d.Attribute, orNone(d.Have), orNone(d.Want))
}

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// compare finds what differs of the attributes of a queue from those that it would be made with. What is only ever
// chosen at the creation is not looked at, nor what AWS adds.
func compare(has, want map[string]string) []Difference {
	var found []Difference
	add := func(name string, same bool) {
		if !same {
			found = append(found, Difference{name, has[name], want[name]})
		}
	}
	add(attrKMSKey, has[attrKMSKey] == want[attrKMSKey])
	add(attrRetention, has[attrRetention] == want[attrRetention])
	if want[attrSSE] != "" {
		add(attrSSE, strings.EqualFold(has[attrSSE], "true") || has[attrKMSKey] != "")
	}
	if _, ok := want[attrVisibility]; ok {
		add(attrVisibility, has[attrVisibility] == want[attrVisibility])
		hasTarget, hasCount := readRedrive(has[attrRedrive])
		target, count := readRedrive(want[attrRedrive])
		add(attrRedrive, hasTarget == target && hasCount == count)
	}
	return found
}

// reportDrift logs differences, once each in this process.
func (t *Topology) reportDrift(queue string, found []Difference) {
	for _, d := range found {
		t.warnOnce(queue+" "+d.String(), "queue differs from its configuration; it is left as it is",
			"queue", queue, "attribute", d.Attribute, "have", d.Have, "want", d.Want)
	}
}

// declared is what a subscription says of its queue's attributes, for a tag.
func (l listener) declared() string {
	return "visibility:" + seconds(l.visibility) + " receives:" + strconv.Itoa(l.sub.MaxReceives)
}

// reconcile changes the attributes of a queue that a subscription says, if they are as Queue set them: it is
// the program then that has changed its mind. Whatever somebody else changed is reported and left.
func (t *Topology) reconcile(ctx context.Context, l listener, q Queue, has map[string]string) error {
	want := t.attributes(l, q.DeadLetterARN)
	found := compare(has, want)
	ours := slices.ContainsFunc(found, func(d Difference) bool {
		return d.Attribute == attrVisibility || d.Attribute == attrRedrive
	})
	if !ours {
		t.reportDrift(l.name, found)
		return nil
	}
	tags, err := t.queueTags(ctx, q.URL)
	if err != nil {
		return err
	}
	set := map[string]string{}
	found = slices.DeleteFunc(found, func(d Difference) bool {
		if !setBefore(tags[tagDeclared], d, q.DeadLetterARN) {
			return false
		}
		set[d.Attribute] = d.Want
		return true
	})
	t.reportDrift(l.name, found)
	if len(set) == 0 {
		return nil
	}
	if err := t.setAttributes(ctx, q.URL, set); err != nil {
		return err
	}
	t.log.Info("framebus: queue changed as its subscription did", "queue", l.name, "attributes", set)
	return t.tagQueue(ctx, q.URL, map[string]string{tagDeclared: l.declared()})
}

// setBefore says whether the value that an attribute has is the one that was declared last.
func setBefore(declared string, d Difference, deadLetterARN string) bool {
	var visibility, receives string
	for field := range strings.FieldsSeq(declared) {
		switch name, value, _ := strings.Cut(field, ":"); name {
		case "visibility":
			visibility = value
		case "receives":
			receives = value
		}
	}
	switch d.Attribute {
	case attrVisibility:
		return visibility == d.Have
	case attrRedrive:
		target, count := readRedrive(d.Have)
		return receives == "0" && d.Have == "" || receives == count && target == deadLetterARN
	}
	return false
}

// adopt makes a queue that was there before a listener's own: it gets our tags, and a dead-letter queue if it has none,
// without which an event that kills its process would come back for ever.
func (t *Topology) adopt(ctx context.Context, l listener, q Queue, has map[string]string) error {
	before, err := t.queueTags(ctx, q.URL)
	if err != nil {
		return err
	}
	tags := t.tags(l)
	if before[tagService] == tags[tagService] && before[tagListener] == tags[tagListener] {
		return nil // a replica has made it just now, or one died over it
	}
	if has[attrRedrive] == "" && l.sub.MaxReceives > 0 {
		policy := redrivePolicy(q.DeadLetterARN, l.sub.MaxReceives)
		if err := t.setAttributes(ctx, q.URL, map[string]string{attrRedrive: policy}); err != nil {
			return err
		}
		has[attrRedrive] = policy
		tags[tagDeclared] = "receives:" + strconv.Itoa(l.sub.MaxReceives)
	}
	t.log.Info("framebus: queue taken over", "queue", l.name, "listener", l.sub.ID.String())
	return t.tagQueue(ctx, q.URL, tags)
}

func (t *Topology) queueTags(ctx context.Context, url string) (map[string]string, error) {
	out, err := call(ctx, t, t.cfg.SQS.ListQueueTags, &sqs.ListQueueTagsInput{QueueUrl: &url})
	if err != nil {
		return nil, fmt.Errorf("tags of queue %s: %w", url, err)
	}
	return out.Tags, nil
}

func (t *Topology) tagQueue(ctx context.Context, url string, tags map[string]string) error {
	if _, err := call(ctx, t, t.cfg.SQS.TagQueue, &sqs.TagQueueInput{QueueUrl: &url, Tags: tags}); err != nil {
		return fmt.Errorf("tag queue %s: %w", url, err)
	}
	return nil
}
