package main

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"gocloud.dev/pubsub/awssnssqs"
)

// cloudConsumer consumes what is in a queue of the cloud, calling handled for each message, until closed.
type cloudConsumer struct {
	name string
	fill func(ctx context.Context, c *cloud, messages int) error
	open func(ctx context.Context, c *cloud, handled func()) (close func() error, err error)
}

func cloudConsumers() []cloudConsumer {
	filled := func(ctx context.Context, c *cloud, messages int) error { return c.fill(ctx, messages) }
	return []cloudConsumer{
		{"ours", ourQueue, ourConsumer},
		{"watermill_aws", filled, watermillConsumer(1, 1)},
		{"watermill_aws_best", filled, watermillConsumer(8, maxBatch)},
		{"gocloud", filled, gocloudConsumer},
	}
}

// ourQueue fills the queue of the listener that ourConsumer has.
func ourQueue(ctx context.Context, c *cloud, messages int) error {
	tr, err := c.ours(ctx)
	if err != nil {
		return err
	}
	defer tr.Close() //nolint:errcheck // it has no error
	if err := tr.Provision(ctx, subscription(listenerName(0), channel)); err != nil {
		return err
	}
	for _, q := range c.srv.Dump().Queues {
		if q.Name != channel && q.Attributes["RedrivePolicy"] != "" || q.Name == service+"-"+listenerName(0) {
			url := c.queue[:len(c.queue)-len(channel)] + q.Name
			other := *c
			other.queue = url
			return other.fill(ctx, messages)
		}
	}
	return errors.New("our listener has no queue")
}

// ourConsumer is a router as a bus has it, with all defaults.
func ourConsumer(ctx context.Context, c *cloud, handled func()) (func() error, error) {
	tr, err := c.ours(ctx)
	if err != nil {
		return nil, err
	}
	stop, err := consume(ctx, tr, 1, 0, handled)
	if err != nil {
		return nil, errors.Join(err, tr.Close())
	}
	return func() error { return errors.Join(stop(), tr.Close()) }, nil
}

// watermillConsumer is so many subscribers, each asking for so many messages at a time.
func watermillConsumer(subscribers int, most int32) func(context.Context, *cloud, func()) (func() error, error) {
	return func(ctx context.Context, c *cloud, handled func()) (func() error, error) {
		ctx, cancel := context.WithCancel(ctx)
		var subs []*wmsqs.Subscriber
		for range subscribers {
			sub, err := wmsqs.NewSubscriber(wmsqs.SubscriberConfig{
				AWSConfig: c.config, DoNotCreateQueueIfNotExists: true,
				GenerateReceiveMessageInput: func(ctx context.Context, url wmsqs.QueueURL) (*awssqs.ReceiveMessageInput, error) {
					in, err := wmsqs.GenerateReceiveMessageInputDefault(ctx, url)
					if err == nil {
						in.MaxNumberOfMessages = most
					}
					return in, err
				},
			}, watermill.NopLogger{})
			if err != nil {
				cancel()
				return nil, err
			}
			messages, err := sub.Subscribe(ctx, channel)
			if err != nil {
				cancel()
				return nil, err
			}
			go func() {
				for m := range messages {
					handled()
					m.Ack()
				}
			}()
			subs = append(subs, sub)
		}
		return func() error {
			cancel()
			var errs []error
			for _, sub := range subs {
				errs = append(errs, sub.Close())
			}
			return errors.Join(errs...)
		}, nil
	}
}

// gocloudConsumer has 16 goroutines that receive and ack.
func gocloudConsumer(ctx context.Context, c *cloud, handled func()) (func() error, error) {
	ctx, cancel := context.WithCancel(ctx)
	sub := awssnssqs.OpenSubscription(ctx, c.sqs(), c.queue, &awssnssqs.SubscriptionOptions{Raw: true})
	for range 16 {
		go func() {
			for {
				m, err := sub.Receive(ctx)
				if err != nil {
					return
				}
				handled()
				m.Ack()
			}
		}()
	}
	return func() error {
		cancel()
		ending, done := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer done()
		return sub.Shutdown(ending)
	}, nil
}

// draining is what a time of consuming came to.
type draining struct {
	rate     float64 // messages a second
	requests float64 // for 1,000 messages
	cpu      float64 // microseconds a message, the server's included
}

// cloudDrain is how fast a backlog is consumed, from the first message on, and what it costs.
func cloudDrain(ctx context.Context, o options) ([]figure, error) {
	var entrants []entrant[draining]
	for _, p := range cloudConsumers() {
		entrants = append(entrants, entrant[draining]{p.name, func(ctx context.Context) (draining, error) {
			return consumeCloud(ctx, p, o.duration)
		}})
	}
	outcomes, err := turns(ctx, o.runs, entrants)
	if err != nil {
		return nil, err
	}
	return slices.Concat(
		compare(measure{"sns_drain", "messages/s", true}, outcomes, func(d draining) float64 { return d.rate }),
		compare(measure{"sns_drain_requests", "requests/1,000", false}, outcomes, func(d draining) float64 { return d.requests }),
		compare(measure{"sns_drain_cpu", "us/message", false}, outcomes, func(d draining) float64 { return d.cpu }),
	), nil
}

func consumeCloud(ctx context.Context, p cloudConsumer, d time.Duration) (out draining, err error) {
	c, err := openCloud(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := p.fill(ctx, c, max(int(10_000*d.Seconds()), 50)); err != nil {
		return out, err
	}
	c.slow()
	var n atomic.Int64
	first := make(chan struct{})
	stop, err := p.open(ctx, c, func() {
		if n.Add(1) == 1 {
			close(first)
		}
	})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	select {
	case <-first:
	case <-ctx.Done():
		return out, ctx.Err()
	}
	began, before, asked, cpu := time.Now(), n.Load(), c.requests(), cpuTime()
	end := time.NewTimer(d)
	defer end.Stop()
	select {
	case <-end.C:
	case <-ctx.Done():
		return out, ctx.Err()
	}
	took, messages := time.Since(began), float64(n.Load()-before)
	out.rate = messages / took.Seconds()
	out.requests = 1000 * float64(c.requests()-asked) / messages
	out.cpu = micros(cpuTime()-cpu) / messages
	return out, nil
}

// cpuTime is what this process has used of processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
