package topology

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/framebus/framebus/transport"
)

// Limits on names: 256 characters for a topic (docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html) and 80 for
// a queue (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html), .fifo included. A
// prefix is short enough for the topic of every channel to have its name uncut: patterns of ARNs rely on it.
const (
	maxTopicName = 256
	maxQueueName = 80
	maxPrefix    = 32
)

const (
	fifoSuffix       = ".fifo"
	deadLetterSuffix = "-dlq"
	// registryName is the topic that listeners to patterns subscribe to. A channel of this name gets a mark.
	registryName = "framebus-listeners"
)

// Naming makes the names of topics and queues, without Config.Prefix and without .fifo, which are added. Names of
// different channels and listeners must differ, and the same one must always get the same name. Nil functions mean
// those of [DefaultNaming].
type Naming struct {
	// Topic names the topic of a channel. A name that SNS refuses is an error of Topic and Queue. Listeners to
	// patterns find the channel of such a topic in its tag.
	Topic func(channel string) string
	// Queue names the queue of a listener; its dead-letter queue has "-dlq" behind it, for which there must be room.
	Queue func(id transport.ID) string
}

// DefaultNaming names a topic as its channel and a queue "{service}-{name}". Where AWS refuses a character it is
// replaced by a dash, and what is too long is cut; since two channels could become one that way, a name that was
// changed ends in a mark: "-x" and ten hexadecimal digits of a hash of what it was. So does one that could be taken
// for another: of a listener with a dash in its name (service a-b and name c, service a and name b-c), and of what
// ends like a mark or is named like something of ours.
func DefaultNaming() Naming { return Naming{} }

// FRAMENaming names a queue "{name}_queue", where the name of a listener is its channel unless it was given another:
// so do the workers of FRAME, and so a queue is taken over from one in place. The service is not in the name: all
// services with a listener of one name share its queue, and each event goes to one of them.
func FRAMENaming() Naming {
	return Naming{Queue: func(id transport.ID) string {
		return physical(id.Name+"_queue", id.Name, maxQueueName-maxPrefix-len(deadLetterSuffix)-len(fifoSuffix), true)
	}}
}

// names makes the full names of one topology.
type names struct {
	prefix string
	fifo   bool
	naming Naming
}

func newNames(prefix string, fifo bool, naming Naming) (names, error) {
	if len(prefix) > maxPrefix || !isName(prefix) && prefix != "" {
		return names{}, fmt.Errorf("the prefix %q is not up to %d letters, digits, dashes and underscores", prefix, maxPrefix)
	}
	return names{prefix, fifo, naming}, nil
}

// topic names a channel's topic.
func (n names) topic(channel string) (string, error) {
	if n.naming.Topic == nil {
		keep := channel != registryName
		return n.full(physical(channel, channel, maxTopicName-maxPrefix-len(fifoSuffix), keep)), nil
	}
	name := n.naming.Topic(channel)
	if full := n.full(name); isName(name) && len(full) <= maxTopicName && name != registryName {
		return full, nil
	}
	return "", fmt.Errorf("topic of %s: Naming.Topic returned %q, which is no name for a topic", channel, name)
}

// is says whether a name is that of a channel's topic.
func (n names) is(full, channel string) bool {
	name, err := n.topic(channel)
	return err == nil && name == full
}

// queue names a listener's queue and its dead-letter queue.
func (n names) queue(id transport.ID) (name, deadLetters string, err error) {
	room := maxQueueName - len(n.prefix) - len(deadLetterSuffix)
	if n.fifo {
		room -= len(fifoSuffix)
	}
	if n.naming.Queue == nil {
		// The last dash is the one between service and name, or the name is marked; and no name is that of
		// somebody's dead letters.
		keep := !strings.Contains(id.Name, "-") && id.Name != strings.TrimPrefix(deadLetterSuffix, "-")
		name = physical(id.Service+"-"+id.Name, id.Service+"\x00"+id.Name, room, keep)
	} else if name = n.naming.Queue(id); !isName(name) || len(name) > room {
		return "", "", fmt.Errorf("queue of %s: Naming.Queue returned %q, which is no name of up to %d characters for a queue",
			id, name, room)
	}
	return n.full(name), n.full(name + deadLetterSuffix), nil
}

func (n names) registry() string { return n.full(registryName) }

func (n names) full(name string) string {
	if n.fifo {
		return n.prefix + name + fifoSuffix
	}
	return n.prefix + name
}

// bare takes off what full adds; false if the name is not one of this topology.
func (n names) bare(full string) (string, bool) {
	name, ok := strings.CutPrefix(full, n.prefix)
	if !ok || strings.HasSuffix(name, fifoSuffix) != n.fifo {
		return "", false
	}
	name = strings.TrimSuffix(name, fifoSuffix)
	return name, isName(name)
}

// tells says whether the name of a channel's topic tells the channel. If not, the topic has a tag that does.
func (n names) tells(channel string) bool {
	if n.naming.Topic != nil {
		return false
	}
	return n.is(n.full(channel), channel)
}

// channel returns the channel of a topic if its name tells it. ours says whether it can be the topic of a channel
// at all.
func (n names) channel(full string) (channel string, told, ours bool) {
	name, ok := n.bare(full)
	if !ok || name == registryName {
		return "", false, false
	}
	if n.naming.Topic != nil || marked(name) {
		return "", false, true
	}
	return name, true, true
}

// topics are the patterns that the topics of all channels match which match a channel's pattern, and few others:
// their names with *, and ? for a character of a mark, as IAM's ArnLike has them.
func (n names) topics(pattern string) ([]string, error) {
	if !strings.Contains(pattern, "*") {
		name, err := n.topic(pattern)
		return []string{name}, err
	}
	if n.naming.Topic != nil {
		return []string{n.full("*")}, nil
	}
	like := sanitise(pattern, '*')
	if strings.HasSuffix(like, "*") {
		return []string{n.full(like)}, nil
	}
	return []string{n.full(like), n.full(like + markStart + strings.Repeat("?", markDigits))}, nil
}

const (
	markStart  = "-x"
	markDigits = 10
)

// physical makes a name that AWS takes of one that it may not take: name itself, if keep says that it may stay,
// or else a readable one with a mark, which is a hash of id.
func physical(name, id string, room int, keep bool) string {
	clean := sanitise(name)
	if keep && clean == name && len(name) <= room && !marked(name) {
		return name
	}
	sum := sha256.Sum256([]byte(id))
	return clean[:min(len(clean), room-len(markStart)-markDigits)] + markStart + hex.EncodeToString(sum[:markDigits/2])
}

// marked says whether a name ends like one that was changed.
func marked(name string) bool {
	at := len(name) - markDigits - len(markStart)
	if at < 0 {
		return false
	}
	digits, ok := strings.CutPrefix(name[at:], markStart)
	return ok && strings.Trim(digits, "0123456789abcdef") == ""
}

// sanitise replaces the characters that AWS refuses, except those of except.
func sanitise(name string, except ...rune) string {
	return strings.Map(func(r rune) rune {
		if isNameRune(r) || len(except) > 0 && r == except[0] {
			return r
		}
		return '-'
	}, name)
}

func isNameRune(r rune) bool {
	return 'a' <= r|0x20 && r|0x20 <= 'z' && r < 0x80 || '0' <= r && r <= '9' || r == '-' || r == '_'
}

func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) })
}
