package sns

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/framebus/framebus/transport"
)

// What a consumer does besides receiving, since SNS is eventually consistent.

const (
	// refreshFirst and refreshEvery are when a listener to a pattern looks for topics that it is not subscribed to: see
	// [topology.Topology.Refresh].
	refreshFirst = 30 * time.Second
	refreshEvery = 5 * time.Minute
)

// keepFresh has the consumer of a pattern look for topics now and then, until it is closed.
func (c *consumer) keepFresh() {
	if strings.Contains(c.sub.Pattern, "*") {
		time.AfterFunc(refreshFirst, c.refresh)
	}
}

func (c *consumer) refresh() {
	ctx, cancel := context.WithTimeout(context.Background(), refreshEvery)
	defer cancel()
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.refreshing = cancel // Close ends it, and waits for it
	c.idle.Add(1)
	c.mu.Unlock()
	defer c.idle.Done()
	if err := c.transport.topology.Refresh(ctx, c.sub, c.queue); err != nil && !errors.Is(err, context.Canceled) {
		c.transport.log.Warn("framebus: looking for new topics failed", "listener", c.sub.ID.String(), "error", err, "again_in", refreshEvery)
	}
	time.AfterFunc(refreshEvery, c.refresh)
}

// wants says whether the subscription is for a message. Its filter at SNS says so as well, but when that was changed it can
// take up to 15 minutes (docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html). What names no action
// has come from before there was a filter, and is the handler's to look at.
func (c *consumer) wants(m *transport.Message) bool {
	return len(c.sub.Actions) == 0 || m.Action == "" || slices.Contains(c.sub.Actions, m.Action)
}

// drop acks a message that the subscription does not want.
func (c *consumer) drop(d *transport.Delivery) {
	c.idle.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), settlePatience)
		defer cancel()
		if err := d.Ack(ctx); err != nil { // it comes again, and is dropped then
			c.transport.log.Warn("framebus: an unwanted message could not be dropped", "listener", c.sub.ID.String(),
				"id", d.Message.ID, "error", err)
		}
	})
}
