package topology

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Mode says what a Topology may do by itself.
type Mode int

const (
	// On creates what is missing.
	On Mode = iota
	// Off looks up what is there; what is missing is a [*MissingError]. The identity needs [Topology.RuntimePolicy]
	// alone.
	Off
	// CheckOnly is Off, and looks for differences besides, which it logs as warnings. It needs the reading actions
	// of [Topology.ProvisioningPolicy].
	CheckOnly
)

// String returns "on", "off" or "check only".
func (m Mode) String() string {
	switch m {
	case On:
		return "on"
	case Off:
		return "off"
	case CheckOnly:
		return "check only"
	}
	return fmt.Sprintf("mode %d", int(m))
}

// Encryption is that of topics and queues at rest. The zero value is SSE-SQS for queues, with keys of SQS's own and
// without costs, and none for topics, for which there is no such thing
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html).
type Encryption struct {
	// KMSKey is the ID, ARN or alias of the key for topics and queues. Its key policy must let sns.amazonaws.com
	// use kms:GenerateDataKey and kms:Decrypt, which the key alias/aws/sqs does not: with that one, nothing arrives
	// (docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html).
	// Defaults to none.
	KMSKey string
}

// DefaultRetention is how long a queue keeps a message: 14 days, the most that SQS does
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html). A message costs the
// same however long it stays, and a listener that is down for a long weekend should miss none.
const DefaultRetention = 14 * 24 * time.Hour

// Config is what a Topology needs. It is copied.
type Config struct {
	// SNS and SQS are clients of one account and region; both are needed.
	SNS SNSAPI
	SQS SQSAPI
	// Account is the 12 digits of the account. With Provision Off, the ARNs of topics are put together from it;
	// without, they are looked up, which needs sns:ListTopics. Plans show ARNs of what is missing if it is known,
	// and policies need it. Defaults to what other ARNs tell, once some are known.
	Account string
	// Region of both clients. Defaults to that of SNS, if it is an *sns.Client.
	Region string
	// Prefix stands before the name of every topic and queue: up to 32 letters, digits, dashes and underscores.
	// Topologies with different prefixes have nothing to do with each other, unless one prefix begins with the
	// other. Defaults to none.
	Prefix string
	// FIFO makes topics and queues FIFO ones, with the suffix .fifo: order by key, with throughput and
	// deduplication by key as well. Defaults to standard ones.
	FIFO bool
	// Encryption of topics and queues. Defaults to SSE-SQS for queues.
	Encryption Encryption
	// Tags are put on topics and queues that are created. Defaults to none but ours.
	Tags map[string]string
	// Visibility is the visibility timeout of queues, up to 12 hours. Defaults to the subscription's lease.
	Visibility time.Duration
	// Retention is how long queues and dead-letter queues keep a message, from 1 minute to 14 days. Defaults to
	// DefaultRetention.
	Retention time.Duration
	// Naming makes names. Defaults to DefaultNaming.
	Naming Naming
	// Provision says what may be created. Defaults to On.
	Provision Mode
	// Service is one whose queues a plan looks at for orphans, besides those of the subscriptions that it is made
	// for. Defaults to none.
	Service string
	// Logger gets warnings of what differs from what is wanted, and of AWS when it does not answer. Defaults to
	// slog.Default().
	Logger *slog.Logger
}

func (c *Config) setDefaults() {
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if client, ok := c.SNS.(interface{ Options() sns.Options }); ok && c.Region == "" {
		c.Region = client.Options().Region
	}
}

func (c *Config) check() error {
	var errs []error
	if c.SNS == nil || c.SQS == nil {
		errs = append(errs, errors.New("needs clients for SNS and SQS"))
	}
	if c.Account != "" && (len(c.Account) != 12 || strings.Trim(c.Account, "0123456789") != "") {
		errs = append(errs, fmt.Errorf("account %q is not 12 digits", c.Account))
	}
	if c.Visibility < 0 || c.Visibility > 12*time.Hour || c.Visibility%time.Second != 0 {
		errs = append(errs, fmt.Errorf("visibility %v is not of 0 to 12 h in seconds", c.Visibility))
	}
	if c.Retention < time.Minute || c.Retention > DefaultRetention || c.Retention%time.Second != 0 {
		errs = append(errs, fmt.Errorf("retention %v is not of 1 min to 14 days in seconds", c.Retention))
	}
	if c.Provision < On || c.Provision > CheckOnly {
		errs = append(errs, fmt.Errorf("unknown provisioning %s", c.Provision))
	}
	for key := range c.Tags {
		if strings.HasPrefix(key, "framebus:") {
			errs = append(errs, fmt.Errorf("tag %q: tags that begin with framebus: are ours", key))
		}
	}
	return errors.Join(errs...)
}
