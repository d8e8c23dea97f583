package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// onAWS is a transport on SNS and SQS that remembers its subscriptions, to ask what they hold.
type onAWS struct {
	*sns.Transport
	every time.Duration   // it is asked
	local *snstest.Server // nil at AWS

	mu            sync.Mutex
	subscriptions []transport.ID
}

// newAWS is SNS and SQS where the environment says: at AWS, or by AWS_ENDPOINT_URL elsewhere. If local is true they are
// in this process.
func newAWS(ctx context.Context, local bool) (*onAWS, error) {
	tr := &onAWS{every: time.Second}
	c := sns.Config{Prefix: "example-", FIFO: true, Logger: slog.New(slog.DiscardHandler)} // finance wants the order of each key
	if local {
		server, err := snstest.New(snstest.Config{})
		if err != nil {
			return nil, err
		}
		tr.local, tr.every = server, 10*time.Millisecond
		c.AWS = &aws.Config{
			BaseEndpoint: aws.String(server.Endpoint()), HTTPClient: server.HTTPClient(), Region: "us-east-1",
			Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
		}
	}
	var err error
	if tr.Transport, err = sns.New(ctx, c); err != nil {
		return nil, errors.Join(err, tr.Close())
	}
	return tr, nil
}

// Subscribe implements transport.Transport.
func (tr *onAWS) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	c, err := tr.Transport.Subscribe(ctx, s)
	if err == nil {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.subscriptions = append(tr.subscriptions, s.ID)
	}
	return c, err
}

// Idle implements broker: it waits until the queues hold nothing, twice in a row, since SQS counts approximately and what
// a handler publishes may be on its way.
func (tr *onAWS) Idle(ctx context.Context) error {
	for empty := 0; empty < 2; {
		pending, err := tr.pending(ctx)
		switch {
		case err != nil:
			return err
		case pending > 0:
			empty = 0
		default:
			empty++
		}
		select {
		case <-time.After(tr.every):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// pending is how much the queues hold.
func (tr *onAWS) pending(ctx context.Context) (n int, err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, id := range tr.subscriptions {
		d, err := tr.Depth(ctx, id)
		if err != nil {
			return n, fmt.Errorf("what %s holds: %w", id, err)
		}
		n += d.Pending()
	}
	return n, nil
}

// Close implements transport.Transport.
func (tr *onAWS) Close() (err error) {
	if tr.Transport != nil {
		err = tr.Transport.Close()
	}
	if tr.local != nil {
		err = errors.Join(err, tr.local.Close())
	}
	return err
}
