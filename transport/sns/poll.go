package sns

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport"
)

// fetched is a message that nobody has asked for yet.
type fetched struct {
	delivery *transport.Delivery
	at       time.Time
}

// poll is a request for up to n messages. It may serve another Receive than the one that it was made for.
type poll struct {
	n     int
	began time.Time
	end   context.CancelFunc
}

// poll makes as many requests as callers need and are worth making ahead: one, as long as the queue has no more than that
// gets. mu is held.
func (c *consumer) poll(ripe bool) {
	if c.closed {
		return
	}
	wanted := c.pace.target - len(c.ahead) - c.asked
	for _, r := range c.callers {
		wanted += r.limit
	}
	if c.backlog && wanted > 0 && wanted < maxBatch && !ripe { // handlers that end together come one after the other
		c.linger()
		return
	}
	for wanted > 0 && (len(c.polls) == 0 || c.backlog && len(c.polls) < maxPolls) {
		n := min(wanted, maxBatch)
		switch {
		case c.sub.Ordered: // of more, several could be of one key, and SQS thinks that we keep their order
			n = 1
		case c.pace.target >= maxBatch: // a request costs the same for one message, and the rest will not wait for long
			n = maxBatch
		}
		wanted -= n
		c.asked += n
		ctx, end := context.WithCancel(context.Background())
		p := &poll{n: n, began: time.Now(), end: end}
		c.polls[p] = true
		c.idle.Go(func() {
			defer end()
			c.ask(ctx, p)
		})
	}
}

// gather is how long a request for few messages waits for others that want some, where there is a backlog.
const gather = time.Millisecond

// linger makes the requests a little later. mu is held.
func (c *consumer) linger() {
	if c.gathering {
		return
	}
	c.gathering = true
	time.AfterFunc(gather, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.gathering = false
		c.poll(true)
	})
}

// ask makes the request, and serves callers. A trouble of SQS's is theirs when it goes on.
func (c *consumer) ask(ctx context.Context, p *poll) {
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &c.queue.URL, MaxNumberOfMessages: int32(p.n), WaitTimeSeconds: int32(longPoll / time.Second), //nolint:gosec // up to 10
		VisibilityTimeout:     inSeconds(c.sub.LeaseOrDefault()),
		MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{
			sqstypes.MessageSystemAttributeNameApproximateReceiveCount, sqstypes.MessageSystemAttributeNameSentTimestamp,
		},
	}
	var began time.Time
	var out *sqs.ReceiveMessageOutput
	err := c.transport.retry(ctx, longPoll+patience, func(ctx context.Context) (err error) {
		began = time.Now()
		out, err = c.transport.sqs.ReceiveMessage(ctx, in)
		return err
	})
	now := time.Now()
	var ds []*transport.Delivery
	if err == nil {
		// The lease begins when SQS hands the message out, which nobody tells us. It was after we asked; and an answer
		// that was on its way for longer than a twentieth of the lease, or a second, is a rare one.
		received := now.Add(-min(c.sub.LeaseOrDefault()/20, time.Second))
		if received.Before(began) {
			received = began
		}
		for i := range out.Messages {
			if d := c.delivery(&out.Messages[i], received); c.wants(d.Message) {
				ds = append(ds, d)
			} else {
				c.drop(d)
			}
		}
	}
	c.giveBack(c.serve(p, ds, err, now.Sub(began)))
}

func (c *consumer) delivery(in *sqstypes.Message, received time.Time) *transport.Delivery {
	r := &receipt{
		transport: c.transport, settler: c.transport.settler(c.queue.URL), queue: c.queue, sub: c.sub.ID, in: in,
		received: received, until: received.Add(c.sub.LeaseOrDefault()),
	}
	d := new(transport.Delivery)
	d.Init(unpack(in, c.channel), &c.sub, receives(in), nil, r, received)
	return d
}

// serve hands out what a request has got, or its error. It returns what nobody waits for and nobody is about to.
func (c *consumer) serve(p *poll, ds []*transport.Delivery, err error, took time.Duration) (rest []*transport.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.polls, p)
	c.asked -= p.n
	c.backlog = len(ds) > 0 && len(ds) >= p.n/2 // SQS brings a few less at times, however many there are
	size := 0
	for _, d := range ds {
		size += len(d.Message.Body)
	}
	c.pace.note(p.n, len(ds), size, time.Now(), took)
	if err != nil && !c.closed && len(c.callers) > 0 {
		c.callers[0].got <- received{err: err} // one is enough to wait, and to log it; the others ask again
		c.callers = c.callers[1:]
	}
	for len(ds) > 0 && len(c.callers) > 0 {
		r := c.callers[0]
		c.callers = c.callers[1:]
		k := min(r.limit, len(ds))
		c.pace.taken += k
		r.got <- received{ds: ds[:k:k]}
		ds = ds[k:]
	}
	if !c.closed && c.pace.target > 0 {
		c.put(ds)
		ds = nil
	}
	c.poll(false)
	return ds
}

// put keeps messages for those who will ask for them. mu is held.
func (c *consumer) put(ds []*transport.Delivery) {
	now := time.Now()
	for _, d := range ds {
		c.ahead = append(c.ahead, fetched{d, now})
	}
	c.watch()
}

// take takes up to n messages that are there. mu is held.
func (c *consumer) take(n int) []*transport.Delivery {
	n = min(n, len(c.ahead))
	if n == 0 {
		return nil
	}
	ds := make([]*transport.Delivery, n)
	for i := range ds {
		ds[i] = c.ahead[i].delivery
	}
	clear(c.ahead[:n]) // or they would be held until the slice grows anew
	c.ahead = c.ahead[n:]
	c.pace.taken += n
	return ds
}

// waits is how long a message waits for somebody who asks for it: so short that its lease is hardly touched, and that
// others are not kept waiting for it when handlers here are suddenly slow.
func (c *consumer) waits() time.Duration { return min(time.Second, c.sub.LeaseOrDefault()/4) }

// watch has the oldest that is ahead given back in time. mu is held.
func (c *consumer) watch() {
	if len(c.ahead) == 0 || c.hold != nil || c.closed {
		return
	}
	c.hold = time.AfterFunc(time.Until(c.ahead[0].at.Add(c.waits())), c.expire)
}

// expire gives back what has waited for too long, and stops fetching ahead.
func (c *consumer) expire() {
	c.mu.Lock()
	c.hold = nil
	late := time.Now().Add(-c.waits())
	n := 0
	for n < len(c.ahead) && !c.ahead[n].at.After(late) {
		n++
	}
	var rest []*transport.Delivery
	if n > 0 && !c.closed {
		c.pace.stop()
		rest = c.take(len(c.ahead))
		c.idle.Add(1) // Close waits for it
		defer c.idle.Done()
	}
	c.watch()
	c.mu.Unlock()
	c.giveBack(rest)
}

// maxAhead is how many messages a consumer has or asks for at most that nobody has asked it for.
const maxAhead = maxPolls * maxBatch

// maxAheadSize is how many bytes they have at most, about, or 320 large ones would be 80 MiB.
const maxAheadSize = 16 << 20

// enough is how many messages in a row polls must have brought without a gap before any are fetched ahead: three full
// requests are a backlog, and not a handful of messages.
const enough = 3 * maxBatch

// steady is how many requests in a row must have found that messages are taken: handlers that begin together look fast for a
// moment.
const steady = 3

// pace is how fast messages are taken, and by it how many to fetch ahead: those that are taken while a request is under way,
// and as many again, since nobody takes them evenly. Who handles a message in a second, or ten minutes, has none fetched ahead;
// who is held up by nothing but requests takes more with each, until something else holds him up.
type pace struct {
	target int
	row    int // messages, without a gap
	taken  int // since
	since  time.Time
	turns  int // of a request's length each, in which more than one message was taken
}

// note takes note of a request for n messages that got some, of a size in all, and how long it took.
func (p *pace) note(n, got, size int, now time.Time, took time.Duration) {
	if got == 0 || got < n/2 {
		p.stop()
		return
	}
	if got < n {
		return // SQS brings a few less at times
	}
	if p.row += got; p.row == got {
		p.since, p.taken = now, 0
		return
	}
	passed := now.Sub(p.since)
	if took <= 0 || passed < took {
		return
	}
	need := int(2 * float64(p.taken) * float64(took) / float64(passed))
	p.since, p.taken = now, 0
	if p.turns++; need == 0 {
		p.turns = 0
	}
	switch {
	case need < p.target: // a moment's pause is not the end
		p.target = (p.target + need) / 2
	case p.turns >= steady && p.row >= enough:
		p.target = min(need, 2*max(p.target, maxBatch), maxAhead, maxAheadSize/max(size/got, 1))
	}
}

// stop ends fetching ahead, until there is a backlog again.
func (p *pace) stop() { p.target, p.row, p.turns = 0, 0, 0 }
