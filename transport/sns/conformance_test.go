package sns_test

import (
	"log/slog"
	"net/http"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/transporttest"
)

// awsConfig is the SDK's configuration for a server, which it reaches through memory.
func awsConfig(srv *snstest.Server) *aws.Config {
	return &aws.Config{
		BaseEndpoint: aws.String(srv.Endpoint()), HTTPClient: srv.HTTPClient(), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
	}
}

// connect opens a transport on a server.
func connect(t testing.TB, srv *snstest.Server, change ...func(*sns.Config)) *sns.Transport {
	t.Helper()
	c := sns.Config{Logger: slog.New(slog.DiscardHandler), AWS: awsConfig(srv)}
	for _, do := range change {
		do(&c)
	}
	tr, err := sns.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func fifo(c *sns.Config) { c.FIFO = true }

// inBubbles is a harness on a server of its own for each case.
func inBubbles(config snstest.Config, change ...func(*sns.Config)) transporttest.Harness {
	return transporttest.Harness{
		New: func(t testing.TB) func() transport.Transport {
			srv := snstest.Start(t, config)
			return func() transport.Transport { return connect(t, srv, change...) }
		},
		Bubble: true, Short: true,
	}
}

func TestConformance(t *testing.T) { transporttest.Run(t, inBubbles(snstest.Config{})) }

func TestConformanceFIFO(t *testing.T) { transporttest.Run(t, inBubbles(snstest.Config{}, fifo)) }

// Standard queues give no order, and a short poll may find nothing.
func TestConformanceInDisorder(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is not about races")
	}
	transporttest.Run(t, inBubbles(snstest.Config{Disorder: snstest.Disorder{Reorder: true, EmptyPolls: 0.3}}))
}

// Over a network, with connections that hold what was sent to nobody. It takes real time, and so is an integration test,
// though it needs no server.
func TestIntegrationConformanceOverLoopback(t *testing.T) {
	if os.Getenv("CI") != "true" {
		t.Skip("it takes a minute of real time: CI=true runs it")
	}
	transporttest.Run(t, transporttest.Harness{
		New: func(t testing.TB) func() transport.Transport {
			srv := snstest.Start(t)
			url, err := srv.Listen("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			return func() transport.Transport {
				return connect(t, srv, func(c *sns.Config) {
					connections := &http.Transport{MaxIdleConnsPerHost: 16}
					t.Cleanup(connections.CloseIdleConnections)
					c.AWS.BaseEndpoint, c.AWS.HTTPClient = &url, &http.Client{Transport: snstest.OwnBody(connections)}
				})
			}
		},
		Parallel: true, Short: true,
	})
}
