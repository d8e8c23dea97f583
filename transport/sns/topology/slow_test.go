package topology_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// However long AWS takes to show what was done, what is published after Queue returned arrives: new queues, policies,
// topics and subscriptions are waited for.
func TestSlowAWS(t *testing.T) {
	for _, consistency := range []time.Duration{time.Second, 20 * time.Second, 60 * time.Second} {
		inCloud(t, snstest.Config{Disorder: snstest.Disorder{Consistency: consistency}}, func(c *cloud) {
			plain := c.declare(sub("finance", "Order", "Order", event.Created))
			c.publish("Order", body("Order", event.Created))
			glob := c.declare(sub("audit", "all", "*"))
			c.publish("Order", body("Order", event.Deleted))
			c.publish("Sales.Order", body("Sales.Order", event.Created))
			c.holds(plain.Name, body("Order", event.Created))
			c.holds(glob.Name, body("Order", event.Deleted), body("Sales.Order", event.Created))
			moved := c.declare(sub("finance", "Order", "Invoice"))
			c.publish("Invoice", "invoice")
			c.publish("Order", body("Order", event.Created))
			c.holds(moved.Name, body("Order", event.Created), "invoice")
		})
	}
}

// What does not show within two minutes is an error, and not waited for without an end.
func TestAWSThatShowsNothing(t *testing.T) {
	inCloud(t, snstest.Config{Disorder: snstest.Disorder{Consistency: time.Hour}}, func(c *cloud) {
		began := time.Now()
		_, err := c.process().Topic(c.Context(), "Order")
		if err == nil || !strings.Contains(err.Error(), "AWS does not show topic Order") {
			c.Errorf("the topic: %v", err)
		}
		_, err = c.process().Queue(c.Context(), sub("finance", "Order", "Order"))
		if err == nil || !strings.Contains(err.Error(), "AWS does not show queue finance-Order-dlq") {
			c.Errorf("the queue: %v", err)
		}
		if took := time.Since(began); took < 4*time.Minute || took > 5*time.Minute {
			c.Errorf("it took %v", took)
		}
	})
}

// A ctx that ends while it waits is the error.
func TestSlowAWSAndADeadline(t *testing.T) {
	inCloud(t, snstest.Config{Disorder: snstest.Disorder{Consistency: time.Minute}}, func(c *cloud) {
		ctx, cancel := context.WithTimeout(c.Context(), 10*time.Second)
		defer cancel()
		if _, err := c.process().Queue(ctx, sub("finance", "Order", "Order")); !isDeadline(err) {
			c.Errorf("the queue: %v", err)
		}
	})
}

// The listener changes its mind while a publisher that has read the registry is about to subscribe it: the publisher
// does not undo it.
func TestLateAdmission(t *testing.T) {
	inCloud(t, snstest.Config{}, func(c *cloud) {
		old, wanted := sub("audit", "all", "*", event.Created), sub("audit", "all", "*", event.Deleted)
		c.declare(old)
		publisher, listener := c.process(), c.process()
		_, err := publisher.Topic(c.Context(), "Invoice") // it knows the registry
		c.must(err)
		reached := false
		c.srv.SetHook(func(_ context.Context, call snstest.Call) snstest.Fault {
			if call.Action == "Subscribe" && !reached {
				reached = true
				_, err := listener.Queue(c.Context(), wanted)
				c.must(err)
			}
			return snstest.Fault{}
		})
		arn, err := publisher.Topic(c.Context(), "Order")
		c.must(err)
		c.publishBy(publisher, "Order", body("Order", event.Deleted), body("Order", event.Created))
		c.holds("audit-all", body("Order", event.Deleted))
		if !reached {
			c.Errorf("the race did not happen, on %s", arn)
		}
	})
}
