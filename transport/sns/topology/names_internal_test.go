package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/framebus/framebus/event"
	"github.com/framebus/framebus/transport"
)

func mustNames(t *testing.T, prefix string, fifo bool, naming Naming) names {
	t.Helper()
	n, err := newNames(prefix, fifo, naming)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTopicNames(t *testing.T) {
	n := mustNames(t, "", false, DefaultNaming())
	for channel, want := range map[string]string{
		"Order":                  "Order",
		"Order-Line_2":           "Order-Line_2",
		"Sales.Order":            "Sales-Order-x",
		"Ordër/ü":                "Ord-r---x",
		"Order-x0123456789":      "Order-x0123456789-x",
		"framebus-listeners":     "framebus-listeners-x",
		strings.Repeat("a", 200): strings.Repeat("a", 200),
	} {
		got, err := n.topic(channel)
		if err != nil {
			t.Fatal(err)
		}
		start := got
		if strings.HasSuffix(want, markStart) {
			start = got[:len(got)-markDigits]
		}
		if start != want {
			t.Errorf("the topic of %s is %s, want %s", channel, got, want)
		}
		if told := n.tells(channel); told != (got == channel) {
			t.Errorf("the name %s tells its channel: %t", got, told)
		}
	}
}

func TestQueueNames(t *testing.T) {
	for _, c := range []struct {
		id           transport.ID
		want, frames string
	}{
		{transport.ID{Service: "finance", Name: "Order"}, "finance-Order", "Order_queue"},
		{transport.ID{Service: "order-service", Name: "mail"}, "order-service-mail", "mail_queue"},
		{transport.ID{Service: "finance", Name: "send-mail"}, "finance-send-mail-x", "send-mail_queue"},
		{transport.ID{Service: "finance", Name: "dlq"}, "finance-dlq-x", "dlq_queue"},
		{transport.ID{Service: "finance", Name: "*"}, "finance---x", "-_queue-x"},
	} {
		for _, fifo := range []bool{false, true} {
			for _, naming := range []Naming{DefaultNaming(), FRAMENaming()} {
				want := c.want
				if naming.Queue != nil {
					want = c.frames
				}
				name, dead, err := mustNames(t, "p-", fifo, naming).queue(c.id)
				bare, _ := strings.CutSuffix(name, ".fifo")
				if strings.HasSuffix(want, "-x") {
					bare = bare[:max(0, len(bare)-markDigits)]
				}
				if err != nil || bare != "p-"+want || strings.HasSuffix(name, ".fifo") != fifo {
					t.Errorf("the queue of %s is %s, %v; want p-%s", c.id, name, err, want)
				}
				if base := strings.TrimSuffix(name, ".fifo"); dead != strings.Replace(name, base, base+"-dlq", 1) {
					t.Errorf("the dead-letter queue of %s is %s", name, dead)
				}
			}
		}
	}
}

// Names that differ stay different, within AWS's limits and alphabet.
func TestNamesAreInjective(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // seeded on purpose
	alphabet := []string{"a", "b", "-", ".", "_", "é", "-x", "0", "dlq", "-dlq", "0123456789", strings.Repeat("y", 40)}
	text := func() string {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	for _, fifo := range []bool{false, true} {
		n := mustNames(t, strings.Repeat("p", maxPrefix), fifo, DefaultNaming())
		topics, queues := map[string]string{}, map[string]string{}
		for range 20_000 {
			channel, id := text(), transport.ID{Service: text(), Name: text()}
			if event.CheckChannel(channel) != nil {
				continue
			}
			topic, err := n.topic(channel)
			check(t, topics, topic, channel, maxTopicName, err)
			queue, dead, err := n.queue(id)
			check(t, queues, queue, fmt.Sprintf("%q", id), maxQueueName, err)
			check(t, queues, dead, fmt.Sprintf("%q, dead", id), maxQueueName, err)
		}
	}
}

func check(t *testing.T, seen map[string]string, name, of string, limit int, err error) {
	t.Helper()
	if other, ok := seen[name]; ok && other != of || err != nil {
		t.Errorf("%s is the name of %s and of %s: %v", name, of, other, err)
	}
	seen[name] = of
	if base := strings.TrimSuffix(name, ".fifo"); len(name) > limit || !isName(base) {
		t.Errorf("%s is no name for AWS", name)
	}
}

// The patterns of topics match the topics of all channels that the pattern of the channel matches.
func TestTopicPatterns(t *testing.T) {
	channels := []string{
		"Sales", "Sales.", "Sales.Order", "Sales.Order.Line", "sales.Order", "XSales.Order", "Sales.OrderX", "Sales-Order",
		"Sales-Order-x0123456789", "Ordër", "framebus-listeners", strings.Repeat("S", 200),
	}
	patterns := []string{
		"*", "Sales.*", "Sales*", "*Sales.Order", "*S*e*", "Sales.*.Line*", "Ord*", "*r", "S*S", "framebus-*", "Ordë*",
	}
	for _, fifo := range []bool{false, true} {
		for _, naming := range []Naming{DefaultNaming(), {Topic: func(c string) string { return "t_" + sanitise(c) }}} {
			n := mustNames(t, "test-", fifo, naming)
			for _, pattern := range patterns {
				like, err := n.topics(pattern)
				if err != nil {
					t.Fatal(err)
				}
				for _, channel := range channels {
					topic, err := n.topic(channel)
					if err != nil {
						t.Fatal(err)
					}
					matched := slices.ContainsFunc(like, func(p string) bool { return matchARN(p, topic) })
					exact := n.tells(channel) && isName(strings.ReplaceAll(pattern, "*", "x"))
					if wanted := transport.Match(pattern, channel); wanted && !matched {
						t.Errorf("%s matches %s, and %q does not match its topic %s", pattern, channel, like, topic)
					} else if exact && !wanted && matched {
						t.Errorf("%s does not match %s, and %q matches its topic %s", pattern, channel, like, topic)
					}
				}
			}
		}
	}
}

func TestChannelsOfTopics(t *testing.T) {
	for _, fifo := range []bool{false, true} {
		n := mustNames(t, "test-", fifo, DefaultNaming())
		for _, c := range []struct {
			name      string
			channel   string
			told, own bool
		}{
			{n.full("Order"), "Order", true, true},
			{n.full("Sales-Order-x0123456789"), "", false, true},
			{n.registry(), "", false, false},
			{"Order", "", false, false},
			{n.full("Order") + "x", "", false, false},
			{"test-.fifo", "", false, false},
		} {
			if c.name == "test-Orderx" {
				continue
			}
			channel, told, own := n.channel(c.name)
			if channel != c.channel || told != c.told || own != c.own {
				t.Errorf("FIFO %t: topic %s is of %q (told %t, ours %t), want %q, %t, %t",
					fifo, c.name, channel, told, own, c.channel, c.told, c.own)
			}
		}
	}
}

func TestNamingIsChecked(t *testing.T) {
	for _, name := range []string{"", "a.b", strings.Repeat("a", 300), registryName} {
		n := mustNames(t, "", false, Naming{
			Topic: func(string) string { return name }, Queue: func(transport.ID) string { return name },
		})
		if got, err := n.topic("Order"); err == nil {
			t.Errorf("Naming.Topic returned %q, and the topic is %s", name, got)
		}
		if got, _, err := n.queue(transport.ID{Service: "a", Name: "b"}); err == nil && name != registryName {
			t.Errorf("Naming.Queue returned %q, and the queue is %s", name, got)
		}
	}
	for _, prefix := range []string{"a.b", "é", strings.Repeat("a", maxPrefix+1)} {
		if _, err := newNames(prefix, false, Naming{}); err == nil {
			t.Errorf("the prefix %q was taken", prefix)
		}
	}
}

func FuzzTags(f *testing.F) {
	for _, s := range []string{"", "Sales.Order", "a=b", "Ordër", "\xff\x00", strings.Repeat("é", 200), strings.Repeat("=", 129)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tags := map[string]string{"other": "=zz"}
		tagged(tags, tagChannel, text)
		if got, ok := untagged(tags, tagChannel); !ok || got != text {
			t.Errorf("%q was read as %q, %t", text, got, ok)
		}
		for key, value := range tags {
			if len(value) > maxTagValue || len(key) > 128 {
				t.Errorf("tag %s is %d long", key, len(value))
			}
		}
		if got, ok := untagged(tags, "other"); ok {
			t.Errorf("a tag of somebody else's was read as %q", got)
		}
	})
}

func TestForeignTags(t *testing.T) {
	for _, value := range []string{"=", "=4", "a=4x"} {
		if got, ok := untagged(map[string]string{tagChannel: value}, tagChannel); ok {
			t.Errorf("%q was read as %q", value, got)
		}
	}
	if _, ok := untagged(nil, tagChannel); ok {
		t.Error("no tag was read")
	}
}
