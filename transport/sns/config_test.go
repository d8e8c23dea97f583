package sns_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns"
	"github.com/framebus/framebus/transport/sns/snstest"
)

// environment sets what the SDK reads, and nothing else.
func environment(t *testing.T, set map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, none)
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for name, value := range set {
		t.Setenv(name, value)
	}
}

// With no configuration at all it is that of the environment, AWS_ENDPOINT_URL included.
func TestEnvironment(t *testing.T) {
	srv := snstest.Start(t)
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	environment(t, map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "thing",
	})
	for name, c := range map[string]sns.Config{
		"default": {}, "given": {AWS: awsConfig(srv)}, "given without a client": {AWS: awsConfig(srv)},
	} {
		t.Run(name, func(t *testing.T) {
			if c.AWS != nil {
				c.AWS.BaseEndpoint = nil
			}
			if name == "given without a client" {
				c.AWS.HTTPClient = nil
			}
			tr, err := sns.New(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			before := srv.Count("PublishBatch")
			if err := errors.Join(tr.Publish(t.Context(), order(1)), tr.Close()); err != nil {
				t.Error(err)
			}
			if srv.Count("PublishBatch") == before {
				t.Error("the server has seen nothing")
			}
		})
	}
}

func TestConfigMistakes(t *testing.T) {
	environment(t, nil)
	srv := snstest.Start(t)
	nowhere := awsConfig(srv)
	nowhere.Region = ""
	for _, c := range []struct {
		config sns.Config
		want   string
	}{
		{sns.Config{}, "no region"},
		{sns.Config{AWS: nowhere}, "no region"},
		{sns.Config{AWS: awsConfig(srv), Account: "12"}, `account "12" is not 12 digits`},
		{sns.Config{AWS: awsConfig(srv), Retention: time.Second}, "retention"},
	} {
		if _, err := sns.New(t.Context(), c.config); err == nil || !strings.HasPrefix(err.Error(), "sns: ") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error that says %q", err, c.want)
		}
	}
	t.Setenv("AWS_REGION", "eu-central-1")
	t.Setenv("AWS_CA_BUNDLE", filepath.Join(t.TempDir(), "none"))
	if _, err := sns.New(t.Context(), sns.Config{}); err == nil {
		t.Error("a bundle of certificates that is not there is no error")
	}
}

// What SQS cannot do is refused before anything is made.
func TestUnsupportedSubscriptions(t *testing.T) {
	inBubble(t, snstest.Config{}, func(b *bench) {
		ordered := listener("a", "Order")
		ordered.Ordered = true
		long := listener("a", "Order")
		long.Lease = 13 * time.Hour
		for name, s := range map[string]transport.Subscription{"ordered": ordered, "long": long} {
			_, err := b.tr.Subscribe(b.Context(), s)
			if err == nil || name == "ordered" && !errors.Is(err, transport.ErrUnsupported) {
				b.Errorf("%s: got %v", name, err)
			}
			if again := b.tr.Provision(b.Context(), s); again == nil {
				b.Errorf("%s: Provision takes it", name)
			}
		}
		if n := len(b.srv.Requests()); n > 0 {
			b.Errorf("there were %d kinds of requests", n)
		}
	})
}

// A connection that leads nowhere is given up in time, and the next request goes on another.
func TestSilence(t *testing.T) {
	var mu sync.Mutex
	silent := map[string]bool{"PublishBatch": true, "ReceiveMessage": true, "DeleteMessageBatch": true}
	inBubble(t, snstest.Config{}, func(b *bench) {
		c := b.subscribe(listener("a", "Order"))
		b.srv.SetHook(func(_ context.Context, c snstest.Call) snstest.Fault {
			mu.Lock()
			defer mu.Unlock()
			if !silent[c.Action] {
				return snstest.Fault{}
			}
			delete(silent, c.Action)
			return snstest.Fault{Delay: 24 * time.Hour, CutBefore: true}
		})
		began := time.Now()
		b.publish(order(1))
		ds, err := c.Receive(b.Context(), 1)
		if err != nil { // it says so, since the trouble may go on
			ds, err = c.Receive(b.Context(), 1)
		}
		b.must(err)
		b.must(ds[0].Ack(b.Context()))
		if took := time.Since(began); took > 90*time.Second {
			b.Errorf("it took %s", took)
		}
		if len(silent) > 0 {
			b.Errorf("nobody has called %v", silent)
		}
	})
}
