package snstest_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// ledger is what is known of the messages in the queues that all clients share: a standard queue behind a topic, and
// a FIFO queue. Who comes first is not known, but that nobody gets what is another's, or is deleted, or not yet its
// turn.
type ledger struct {
	*bench

	urls  map[bool]string // of the shared queues, by whether they are FIFO
	topic string
	shop  *sns.Client

	mu     sync.Mutex
	items  map[string]*item   // by body
	groups map[string][]*item // in the order of sending, which one client does in each
	aborts int
}

type item struct {
	body, group string
	receives    int
	handle      string    // of who received it last
	lease       time.Time // until when nobody else may have it
	deleted     bool      // or being so
}

// held is an item that a client has received.
type held struct {
	*item

	fifo bool
	by   string // the receipt handle
}

const sharedQueue, sharedFIFO = "shared", "shared.fifo"

func newLedger(b *bench) *ledger {
	l := &ledger{
		bench: b, urls: map[bool]string{}, shop: topics(b.srv, func(o *sns.Options) { o.Retryer = aws.NopRetryer{} }), items: map[string]*item{}, groups: map[string][]*item{},
	}
	l.urls[false] = b.create(sharedQueue)
	l.urls[true] = b.create(sharedFIFO, "FifoQueue", "true")
	l.topic = b.fan(l.shop, "shared", sharedQueue, nil)
	return l
}

// fan makes a topic that leads to a queue of everybody's, raw. A topic is FIFO as the queue is.
func (b *bench) fan(c *sns.Client, topic, queue string, filter map[string]string) (arn string) {
	b.open(queue)
	in := &sns.CreateTopicInput{Name: &topic, Attributes: map[string]string{}}
	if strings.HasSuffix(topic, ".fifo") {
		in.Attributes["FifoTopic"] = "true"
	}
	out, err := c.CreateTopic(b.Context(), in)
	b.must(err)
	attributes := map[string]string{"RawMessageDelivery": "true"}
	maps.Copy(attributes, filter)
	_, err = c.Subscribe(b.Context(), &sns.SubscribeInput{
		TopicArn: out.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(queueARN + queue), Attributes: attributes,
	})
	b.must(err)
	return *out.TopicArn
}

// sending takes note of a message before anybody can receive it.
func (l *ledger) sending(body, group string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := &item{body: body, group: group}
	l.items[body] = i
	if group != "" {
		l.groups[group] = append(l.groups[group], i)
	}
}

// received takes note of what a client was handed out at once, and says what is wrong with it.
func (l *ledger) received(bodies, handles []string, receives []int, visibility time.Duration, fifo bool) ([]held, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var all []held
	mine := map[*item]bool{}
	for n, body := range bodies {
		i := l.items[body]
		switch {
		case i == nil:
			return nil, fmt.Errorf("%s was never sent", body)
		case i.deleted:
			return nil, fmt.Errorf("%s is deleted and was received", body)
		case mine[i] || now.Before(i.lease):
			return nil, fmt.Errorf("%s is somebody's until %s", body, i.lease.Format(time.TimeOnly))
		case receives[n] <= i.receives || receives[n] > i.receives+1+l.aborts:
			return nil, fmt.Errorf("%s: received %d times, after %d", body, receives[n], i.receives)
		}
		for _, before := range l.groups[i.group] {
			if before == i {
				break
			}
			if !before.deleted && !mine[before] {
				return nil, fmt.Errorf("%s was received before %s of its group %s", body, before.body, i.group)
			}
		}
		mine[i] = true
		all = append(all, held{i, fifo, handles[n]})
	}
	for n, h := range all {
		h.receives, h.handle, h.lease = receives[n], h.by, now.Add(visibility)
	}
	return all, nil
}

// aborting takes note of a poll that its client gives up: it may have been handed something as it went.
func (l *ledger) aborting() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aborts++
}

// mine says whether the item is still the client's, and has it become that until later, or deleted.
func (l *ledger) mine(h held, lease time.Duration, deleted bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if h.handle != h.by || !now.Before(h.lease) || h.deleted {
		return false
	}
	h.lease, h.deleted = now.Add(lease), deleted
	return true
}

// settle wants every message that was not deleted in its queue, once.
func (l *ledger) settle() {
	there := map[string]int{}
	for _, name := range []string{sharedQueue, sharedFIFO} {
		q, _ := l.srv.Queue(name)
		for _, m := range q.Ready {
			there[m.Body]++
		}
	}
	for body, i := range l.items {
		if want := map[bool]int{false: 1, true: 0}[i.deleted]; there[body] != want {
			l.Errorf("%s is there %d times in the end, want %d", body, there[body], want)
		}
		delete(there, body)
	}
	for body := range there {
		l.Errorf("%s is there in the end, and was never sent", body)
	}
}
