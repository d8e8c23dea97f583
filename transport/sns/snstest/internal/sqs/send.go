package sqs

import (
	"crypto/md5" //nolint:gosec // it is what the protocol has
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/framebus/framebus/transport/sns/snstest/internal/fifo"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// draft is a message that somebody wants to send: API_SendMessage.
type draft struct {
	body    string
	delay   *int
	attrs   map[string]Attribute
	system  map[string]Attribute
	dedup   *string
	group   *string
	sender  string // SenderId
	inBatch bool
}

// receipt is what the sender is told.
type receipt struct {
	id, md5Body, md5Attributes, md5System, number string
}

func (d *draft) size() int {
	n := len(d.body)
	for name, a := range d.attrs {
		n += a.size(name) // system attributes do not count (API_SendMessage)
	}
	return n
}

// check checks what does not depend on the queue.
func (d *draft) check() *wire.Error {
	switch {
	case d.body == "": // API_SendMessage: "The minimum size is one character." Recorded: test_send_empty_message
		return wire.MissingParameter("MessageBody")
	case !validText(d.body):
		return invalidMessageContents()
	case d.delay != nil && (*d.delay < 0 || *d.delay > maxDelay):
		return invalidValue(*d.delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
	}
	if err := checkToken("MessageGroupId", d.group); err != nil {
		return err
	}
	if err := checkToken("MessageDeduplicationId", d.dedup); err != nil {
		return err
	}
	if err := checkAttributes(d.attrs); err != nil {
		return err
	}
	return checkSystemAttributes(d.system)
}

// checkToken checks an ID of a FIFO queue: 1 to 128 letters, digits and punctuation marks (API_SendMessage;
// recorded: test_message_deduplication_id_invalid).
func checkToken(parameter string, token *string) *wire.Error {
	if token == nil || fifo.IsToken(*token) {
		return nil
	}
	return invalidValue(clip(*token), parameter,
		parameter+" can only include alphanumeric and punctuation characters. 1 to 128 in length.")
}

// checkFor checks what depends on the queue.
func (d *draft) checkFor(q *queue, set *settings) *wire.Error {
	if size := d.size(); size > set.maxSize {
		reason := fmt.Sprintf("Reason: Message must be shorter than %d bytes.", set.maxSize)
		if d.inBatch { // recorded: test_send_batch_message_size
			return wire.InvalidParameterValue("One or more parameters cannot be validated. " + reason)
		}
		return wire.InvalidParameterValue("One or more parameters are invalid. " + reason)
	}
	if !q.fifo {
		if d.dedup != nil {
			return invalidValue(*d.dedup, "MessageDeduplicationId", wrongType)
		}
		return nil
	}
	switch {
	case d.group == nil:
		return wire.MissingParameter("MessageGroupId")
	case d.dedup == nil && !set.contentDedup:
		return wire.InvalidParameterValue("The queue should either have ContentBasedDeduplication enabled or " +
			"MessageDeduplicationId provided explicitly")
	case d.delay != nil && *d.delay != 0: // 0 is the queue's delay (recorded: test_fifo_queue_send_message_with_zero_delay...)
		return invalidValue(*d.delay, "DelaySeconds", wrongType)
	}
	return nil
}

const wrongType = "The request include parameter that is not valid for this queue type."

// send puts a draft that was checked into the queue.
func (q *queue) send(d *draft) (receipt, *wire.Error) {
	sum := md5.Sum([]byte(d.body)) //nolint:gosec // it is what the protocol has
	m := &message{id: wire.NewID(), body: d.body, md5: sum, attrs: d.attrs, sender: d.sender}
	r := receipt{
		id: m.id, md5Body: hex.EncodeToString(sum[:]),
		md5Attributes: md5OfAttributes(d.attrs), md5System: md5OfAttributes(d.system),
	}
	if trace, ok := d.system[traceHeader]; ok {
		m.trace = *trace.StringValue
	}
	if d.group != nil {
		m.group = *d.group
	}
	now := q.lock()
	defer q.unlock(now)
	if err := d.checkFor(q, q.settings); err != nil {
		return r, err
	}
	m.sent, m.enqueued = now, now
	if !q.fifo {
		delay := q.settings.delay
		if d.delay != nil {
			delay = *d.delay
		}
		q.add(m, delay, now)
		q.duplicate(m, delay, now)
		return r, nil
	}
	m.dedup = fifo.ContentID(d.body)
	if d.dedup != nil {
		m.dedup = *d.dedup
	}
	key := q.settings.dedupKey(m)
	known, again := q.dedup.Find(key, now)
	if !again {
		q.add(m, q.settings.delay, now)
		known = sent{m.id, m.number}
		q.keepDedup(key, known, q.dedup.Add(key, known, now))
	}
	r.id, r.number = known.id, strconv.FormatUint(known.number, 10)
	return r, nil
}

// duplicate sends a message to a standard queue again, if it is to be delivered twice: "on rare occasions, one of
// the servers that stores a copy of a message might be unavailable when you receive or delete a message"
// (standard-queues-at-least-once-delivery).
func (q *queue) duplicate(m *message, delay int, now int64) {
	if p := q.service.config.Duplicates; p > 0 && q.random.Float64() < p {
		q.add(m.transfer(), delay, now)
	}
}
