package sns

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/internal/batch"
	"github.com/framebus/framebus/transport/sns/topology"
)

const (
	// maxMessage is the largest message of SNS, and of all messages of a batch together, attributes included
	// (docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html).
	maxMessage = 256 << 10
	// reserve is what a message's attributes may take without a body having to be smaller than MaxBody.
	reserve = 8 << 10
	// maxVisibility is the longest visibility timeout, counted from the receive
	// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html).
	maxVisibility = 12 * time.Hour
)

// Transport is SNS and SQS in one account and region. Made by [New].
type Transport struct {
	sns      *sns.Client
	sqs      *sqs.Client
	topology *topology.Topology
	log      *slog.Logger
	fifo     bool
	topics   batchers[*publication] // by ARN
	queues   sync.Map               // URL to *settler
	deaths   deaths

	mu        sync.Mutex
	closed    bool
	consumers map[*consumer]bool
}

var _ interface {
	transport.Transport
	transport.BatchPublisher
	transport.DeadLetterer
	transport.Depther
	transport.Provisioner
} = (*Transport)(nil)

// New makes a transport. It makes no request but what loading the SDK's configuration needs. The error says what is wrong
// with the configuration.
func New(ctx context.Context, c Config) (*Transport, error) {
	cfg, err := c.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("sns: %w", err)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	t := &Transport{
		sns: sns.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg), log: c.Logger, fifo: c.FIFO,
		consumers: map[*consumer]bool{},
	}
	t.topology, err = topology.New(topology.Config{
		SNS: t.sns, SQS: t.sqs, Account: c.Account, Region: cfg.Region, Prefix: c.Prefix, FIFO: c.FIFO, Encryption: c.Encryption,
		Tags: c.Tags, Visibility: c.Visibility, Retention: c.Retention, Naming: c.Naming, Provision: c.Provision, Logger: c.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("sns: %w", err)
	}
	t.topics.make = t.newTopicBatcher
	return t, nil
}

// Topology returns what knows and makes the topics and queues: for plans, and for policies of IAM.
func (t *Transport) Topology() *topology.Topology { return t.topology }

// Features implements [transport.Transport]. SQS cannot keep what a handler failed with: History is false.
func (t *Transport) Features() transport.Features {
	return transport.Features{
		Name: "sns", Durable: true, Remote: true, Globs: true, Filters: true, Ordered: t.fifo, DeadLetters: true, MaxDelay: maxVisibility,
		MaxBody: maxMessage - reserve,
	}
}

// Provision implements [transport.Provisioner].
func (t *Transport) Provision(ctx context.Context, s transport.Subscription) error {
	if err := t.declarable(ctx, s); err != nil {
		return fmt.Errorf("sns: provision %s: %w", s.ID, err)
	}
	if _, err := t.topology.Queue(ctx, s); err != nil {
		return fmt.Errorf("sns: provision %s: %w", s.ID, err)
	}
	return nil
}

func (t *Transport) declarable(ctx context.Context, s transport.Subscription) error {
	if err := t.usable(ctx); err != nil {
		return err
	}
	if lease := s.LeaseOrDefault(); lease > maxVisibility {
		return fmt.Errorf("a lease of %s: SQS gives %s at most", lease, maxVisibility)
	}
	return s.Check(t.Features())
}

// Subscribe implements [transport.Transport].
func (t *Transport) Subscribe(ctx context.Context, s transport.Subscription) (transport.Consumer, error) {
	if err := t.declarable(ctx, s); err != nil {
		return nil, fmt.Errorf("sns: subscribe %s: %w", s.ID, err)
	}
	q, err := t.topology.Queue(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("sns: subscribe %s: %w", s.ID, err)
	}
	c := newConsumer(t, s, q)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, fmt.Errorf("sns: subscribe %s: %w", s.ID, transport.ErrClosed)
	}
	t.consumers[c] = true
	c.keepFresh()
	return c, nil
}

// usable says what keeps the transport from being used.
func (t *Transport) usable(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return transport.ErrClosed
	}
	return ctx.Err()
}

// Close implements [transport.Transport]. Deliveries that are still open can be settled after it.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true
	var open []*consumer
	for c := range t.consumers {
		open = append(open, c)
	}
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), settlePatience)
	defer cancel()
	var all sync.WaitGroup
	errs := make([]error, len(open))
	for i, c := range open {
		all.Go(func() { errs[i] = c.Close(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// batchers are made when they are first needed, by a name.
type batchers[T any] struct {
	make func(name string) *batch.Batcher[T]
	all  sync.Map
}

func (bs *batchers[T]) of(name string) *batch.Batcher[T] {
	if b, ok := bs.all.Load(name); ok {
		return b.(*batch.Batcher[T])
	}
	b, _ := bs.all.LoadOrStore(name, bs.make(name))
	return b.(*batch.Batcher[T])
}
