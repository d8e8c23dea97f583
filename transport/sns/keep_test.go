package sns_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// A topic of somebody who knows nothing of the registry is found in time.
func TestTopicsOfOthersAreFound(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := b.subscribe(listener("a", "Ord*"))
		_, err := b.snsClient().CreateTopic(b.Context(), &awssns.CreateTopicInput{Name: aws.String("Order")})
		b.must(err)
		b.sleep(time.Minute)
		b.publishFRAME()
		d := b.take(c, 1)[0]
		b.isFRAME(d)
		b.must(d.Ack(b.Context()))
		_, err = b.snsClient().CreateTopic(b.Context(), &awssns.CreateTopicInput{Name: aws.String("Orderly")})
		b.must(err)
		b.sleep(6 * time.Minute)
		if n := len(b.srv.Graph().Topics); n != 3 { // these two, and the registry
			b.Errorf("there are %d topics", n)
		}
		for _, topic := range b.srv.Graph().Topics {
			if len(topic.Edges) != 1 {
				b.Errorf("%s has %d subscriptions", topic.Topic, len(topic.Edges))
			}
		}
	})
}

// While a filter that was narrowed is not yet everywhere, what comes through it reaches no handler.
func TestUnwantedActionsAreDropped(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		s := listener("a", "Order")
		b.must(b.tr.Provision(b.Context(), s))
		b.orders(3) // created
		s.Actions = []event.Action{event.Deleted}
		c := b.subscribe(s)
		b.none(c, time.Minute)
		if d, err := b.tr.Depth(b.Context(), s.ID); err != nil || d.Pending() != 0 {
			b.Errorf("the queue holds %+v (%v)", d, err)
		}
	})
}
