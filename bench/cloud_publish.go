package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmsns "github.com/ThreeDotsLabs/watermill-aws/sns"
	"github.com/ThreeDotsLabs/watermill/message"
	"gocloud.dev/pubsub"
	"gocloud.dev/pubsub/awssnssqs"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns"
)

// cloudPublisher publishes a body of 1 KiB to the cloud's topic, and returns when SNS has it.
type cloudPublisher struct {
	name string
	open func(context.Context, *cloud) (publish func(context.Context) error, close func() error, err error)
}

func cloudPublishers() []cloudPublisher {
	return []cloudPublisher{{"ours", ourPublisher}, {"watermill_aws", watermillPublisher}, {"gocloud", gocloudPublisher}}
}

// ours is our transport on the cloud.
func (c *cloud) ours(ctx context.Context) (*sns.Transport, error) {
	return sns.New(ctx, sns.Config{AWS: &c.config, Logger: discardLogger()})
}

func ourPublisher(ctx context.Context, c *cloud) (func(context.Context) error, func() error, error) {
	tr, err := c.ours(ctx)
	if err != nil {
		return nil, nil, err
	}
	b := body()
	return func(ctx context.Context) error {
		return tr.Publish(ctx, &transport.Message{ID: watermill.NewUUID(), Channel: channel, Body: b})
	}, tr.Close, nil
}

func watermillPublisher(_ context.Context, c *cloud) (func(context.Context) error, func() error, error) {
	topics, err := wmsns.NewGenerateArnTopicResolver("000000000000", "us-east-1")
	if err != nil {
		return nil, nil, err
	}
	pub, err := wmsns.NewPublisher(wmsns.PublisherConfig{AWSConfig: c.config, TopicResolver: topics}, watermill.NopLogger{})
	if err != nil {
		return nil, nil, err
	}
	b := body()
	return func(context.Context) error {
		return pub.Publish(channel, message.NewMessage(watermill.NewUUID(), b))
	}, pub.Close, nil
}

func gocloudPublisher(ctx context.Context, c *cloud) (func(context.Context) error, func() error, error) {
	topic := awssnssqs.OpenSNSTopic(ctx, c.sns(), c.topic, nil)
	b := body()
	return func(ctx context.Context) error { return topic.Send(ctx, &pubsub.Message{Body: b}) },
		func() error { return topic.Shutdown(ctx) }, nil
}

// publishing is what a time of publishing came to.
type publishing struct {
	rate     float64 // messages a second
	requests float64 // for 1,000 messages
	took     []time.Duration
}

// cloudPublish is how fast one and 16 goroutines publish, each waiting for its message, and with how many requests.
func cloudPublish(ctx context.Context, o options) ([]figure, error) {
	many, err := publishings(ctx, o, 16)
	if err != nil {
		return nil, err
	}
	one, err := publishings(ctx, o, 1)
	if err != nil {
		return nil, err
	}
	return slices.Concat(
		compare(measure{"sns_publish_16", "messages/s", true}, many, func(p publishing) float64 { return p.rate }),
		compare(measure{"sns_publish_16_requests", "requests/1,000", false}, many, func(p publishing) float64 { return p.requests }),
		compare(measure{"sns_publish_1", "us", false}, one, func(p publishing) float64 { return micros(percentile(p.took, 50)) }),
	), nil
}

func publishings(ctx context.Context, o options, goroutines int) ([]outcome[publishing], error) {
	var entrants []entrant[publishing]
	for _, p := range cloudPublishers() {
		entrants = append(entrants, entrant[publishing]{p.name, func(ctx context.Context) (publishing, error) {
			return publishAll(ctx, p, goroutines, o.duration)
		}})
	}
	return turns(ctx, o.runs, entrants)
}

func publishAll(ctx context.Context, p cloudPublisher, goroutines int, d time.Duration) (out publishing, err error) {
	c, err := openCloud(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	publish, stop, err := p.open(ctx, c)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := publish(ctx); err != nil { // whatever is made at first
		return out, err
	}
	c.slow()
	var n atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	errs := make([]error, goroutines)
	began := time.Now()
	for i := range goroutines {
		all.Go(func() {
			for time.Since(began) < d && errs[i] == nil {
				start := time.Now()
				errs[i] = publish(ctx)
				took := time.Since(start)
				n.Add(1)
				mu.Lock()
				out.took = append(out.took, took)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(out.took)
	out.rate = float64(n.Load()) / time.Since(began).Seconds()
	out.requests = 1000 * float64(c.requests()) / float64(n.Load())
	return out, errors.Join(errs...)
}
