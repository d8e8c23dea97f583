package topology_test

import (
	"testing"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// The requests that the package comment tells of.
func TestCosts(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		order, all := sub("finance", "Order", "Order"), sub("audit", "all", "*")
		count := func(what string, want int, do func() error) {
			c.Helper()
			c.srv.ResetRequests()
			c.must(do())
			n := 0
			for _, r := range c.srv.Requests() {
				n += r.Count
			}
			if n != want {
				c.Errorf("%s makes %d requests, want %d: %v", what, n, want, c.srv.Requests())
			}
		}
		p := c.process()
		topic := func(channel string) func() error {
			return func() error { _, err := p.Topic(c.Context(), channel); return err }
		}
		queue := func(s transport.Subscription) func() error {
			return func() error { _, err := p.Queue(c.Context(), s); return err }
		}
		count("the first topic of all", 5, topic("Order"))
		count("another topic", 3, topic("Invoice"))
		count("a known topic", 0, topic("Order"))
		c.must(queue(order)())
		count("a queue that exists", 9, queue(order))
		c.must(queue(all)())
		count("a queue of a pattern that exists, with two topics", 7+2*2, queue(all))
		p = c.process()
		count("the first topic of all, with a listener to a pattern", 5+1+2, topic("Order"))
		count("another topic, with a listener to a pattern", 3+2, topic("Invoice"))
	})
}
