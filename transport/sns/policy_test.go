package sns_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns"
	"github.com/framebus/framebus/transport/sns/snstest"
	"github.com/framebus/framebus/transport/sns/topology"
)

// A service that provisions nothing can do all that it does at run time with the policy that is derived for it.
func TestRuntimePolicySuffices(t *testing.T) {
	s := listener("a", "Order")
	var policy string
	withAccount := func(c *sns.Config) { c.Account = account }
	inBubble(t, snstest.Config{}, func(b *bench) {
		var err error
		policy, err = b.tr.Topology().RuntimePolicy([]string{"Order"}, []transport.Subscription{s})
		b.must(err)
	}, withAccount)
	config := snstest.Config{EnforcePolicies: true, Callers: map[string]snstest.Caller{
		"any": {}, "service": {ARN: "arn:aws:iam::" + account + ":user/service", Policies: []string{policy}},
	}}
	inBubble(t, config, func(b *bench) {
		b.must(b.tr.Provision(b.Context(), s))
		b.orders(1) // makes the topic
		tr := connect(b, b.srv, withAccount, func(c *sns.Config) {
			c.Provision = topology.Off
			c.AWS.Credentials = credentials.NewStaticCredentialsProvider("service", "secret", "")
		})
		b.Cleanup(func() { b.must(tr.Close()) })
		b.tr = tr
		b.must(tr.Publish(b.Context(), order(1)))
		c := b.subscribe(s)
		ds := b.take(c, 2)
		b.must(ds[0].Extend(b.Context()))
		ds[0].SetRetryDelay(time.Second)
		b.must(ds[0].Retry(b.Context()))
		b.must(ds[1].Release(b.Context()))
		ds = b.take(c, 2)
		b.must(ds[0].Ack(b.Context()))
		b.must(ds[1].DeadLetter(b.Context(), errors.New("hopeless")))
		if list := b.letters(s); len(list) != 1 {
			b.Errorf("there are %d dead letters", len(list))
		}
		box, err := tr.DeadLetters(b.Context(), s.ID)
		b.must(err)
		n, err := box.Redrive(b.Context())
		b.must(err)
		b.must(b.take(c, 1)[0].DeadLetter(b.Context(), errors.New("hopeless")))
		m, err := box.Purge(b.Context())
		b.must(err)
		depth, err := tr.Depth(b.Context(), s.ID)
		b.must(err)
		if n != 1 || m != 1 || depth.Pending()+depth.DeadLetters != 0 {
			b.Errorf("redrove %d, purged %d, and %+v is left", n, m, depth)
		}
	})
}
