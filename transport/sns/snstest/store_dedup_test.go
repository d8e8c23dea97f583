package snstest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// A duplicate is one after a restart as well, of a queue and of a topic, and is answered as the first was. When five
// minutes are over nothing is stored of it, and sequence numbers have gone on increasing.
func TestRestartKeepsDeduplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{}
		b := &bench{T: t, srv: snstest.Start(t, snstest.Config{Store: store})}
		b.sqs = client(b.srv)
		b.url = b.create("direct.fifo", "FifoQueue", "true", "ContentBasedDeduplication", "true")
		b.create("behind.fifo", "FifoQueue", "true")
		arn := b.fan(topics(b.srv), "t.fifo", "behind.fifo", nil)
		say := func(id string) (sent, published string) {
			t.Helper()
			s, err := b.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{
				QueueUrl: &b.url, MessageBody: &id, MessageGroupId: aws.String("g"),
			})
			b.must(err)
			p, err := topics(b.srv).Publish(t.Context(), &sns.PublishInput{
				TopicArn: &arn, Message: &id, MessageGroupId: aws.String("g"), MessageDeduplicationId: &id,
			})
			b.must(err)
			return *s.SequenceNumber + *s.MessageId, *p.SequenceNumber + *p.MessageId
		}
		sent, published := say("one")
		b.srv = snstest.Start(t, snstest.Config{Store: store.copy()})
		b.sqs = client(b.srv)
		again, publishedAgain := say("one")
		b.equal("the answer to a duplicate", again, sent)
		b.equal("the answer to one that is published", publishedAgain, published)
		other, publishedOther := say("two")
		if other <= sent || publishedOther <= published {
			t.Errorf("the sequence numbers do not increase: %s after %s, %s after %s", other, sent, publishedOther, published)
		}
		for _, name := range []string{"direct.fifo", "behind.fifo"} {
			q, _ := b.srv.Queue(name)
			b.equal(name, len(q.Ready), 2)
		}
		store = store.copy()
		b.srv = snstest.Start(t, snstest.Config{Store: store})
		b.sqs = client(b.srv)
		b.sleep(5 * time.Minute)
		say("three") // which is when the others are forgotten
		kept := 0
		for key := range store.records {
			if strings.HasPrefix(key, "dedup/") || strings.HasPrefix(key, "topicdedup/") {
				kept++
			}
		}
		b.equal("what is stored of duplicates", kept, 3) // of three: in each queue, and in the topic
	})
}
