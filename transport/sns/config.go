package sns

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/framebus/framebus/transport/sns/topology"
)

// Config is what can be chosen of a transport. The zero Config is the account and region of the environment, standard
// topics and queues that are made when they are needed, and names without a prefix.
type Config struct {
	// AWS is the SDK's configuration. Defaults to that of config.LoadDefaultConfig: environment, shared files, and
	// the roles of containers and machines. AWS_ENDPOINT_URL in the environment is where requests go, if AWS names
	// no endpoint.
	AWS *aws.Config
	// Account is the 12 digits of the account, which spares requests: see [topology.Config]. Defaults to what AWS tells.
	Account string
	// Prefix stands before the name of every topic and queue. Defaults to none.
	Prefix string
	// FIFO makes topics and queues FIFO ones, which keep the order of each key: only then subscriptions can be Ordered.
	// Defaults to standard ones.
	FIFO bool
	// Encryption of topics and queues. Defaults to SSE-SQS for queues.
	Encryption topology.Encryption
	// Tags are put on topics and queues that are created. Defaults to none but ours.
	Tags map[string]string
	// Visibility is the visibility timeout that queues are made with. What we receive has its subscription's lease
	// whatever it is. Defaults to the subscription's lease.
	Visibility time.Duration
	// Retention is how long queues and dead-letter queues keep a message. Defaults to [topology.DefaultRetention].
	Retention time.Duration
	// Naming makes names. Defaults to [topology.DefaultNaming].
	Naming topology.Naming
	// Provision says what may be created. Defaults to [topology.On].
	Provision topology.Mode
	// Logger gets warnings: what differs from what is wanted, and AWS when it does not answer. Defaults to
	// slog.Default().
	Logger *slog.Logger
}

// load completes the SDK's configuration.
func (c *Config) load(ctx context.Context) (aws.Config, error) {
	var cfg aws.Config
	if c.AWS == nil {
		loaded, err := awsconfig.LoadDefaultConfig(ctx)
		if err != nil {
			return aws.Config{}, fmt.Errorf("load the SDK's configuration: %w", err)
		}
		cfg = loaded
	} else {
		cfg = c.AWS.Copy()
	}
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" && cfg.BaseEndpoint == nil && c.AWS != nil {
		cfg.BaseEndpoint = &url // LoadDefaultConfig has read it
	}
	if cfg.Region == "" {
		return aws.Config{}, fmt.Errorf("no region: set AWS_REGION, or %T.Region", cfg)
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = awshttp.NewBuildableClient()
	}
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok { // one with the certificates of AWS_CA_BUNDLE, it may be
		cfg.HTTPClient = client.WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = max(t.MaxIdleConnsPerHost, connections)
			t.MaxIdleConns = max(t.MaxIdleConns, 2*connections)
		})
	}
	return cfg, nil
}

// connections is how many connections to a service are kept: with the SDK's ten, those of a busy consumer, which has up to 32
// requests of each kind under way, would be made anew all the time.
const connections = 256
