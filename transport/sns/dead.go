package sns

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/framebus/framebus/transport"
	"github.com/framebus/framebus/transport/sns/topology"
)

// maxDead is the largest message of SQS, attributes included
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
const maxDead = 1 << 20

// maxAttributes is how many attributes a message of SQS can have
// (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).
const maxAttributes = 10

// deadRecord is what a dead letter carries besides what it was: in an attribute, the body stays untouched. One that SQS
// itself has moved has none.
type deadRecord struct {
	Why transport.Record `json:"why"`
	// Time of death, and a number to tell those of one process and moment apart.
	Time   time.Time `json:"time"`
	Number uint64    `json:"number"`
	// Attributes are those of the message, if there is no room for them beside this one.
	Attributes map[string]storedAttribute `json:"attributes,omitempty"`
}

// storedAttribute is a message attribute as JSON.
type storedAttribute struct {
	Type   string  `json:"type"`
	String *string `json:"string,omitempty"`
	Binary []byte  `json:"binary,omitempty"`
}

// deaths numbers dead letters, and lets one at a time look at those of a queue: two would hide them from each other.
type deaths struct {
	number atomic.Uint64
	locks  sync.Map // URL to chan struct{}, which holds one
}

// lock waits for its turn with a queue.
func (d *deaths) lock(ctx context.Context, url string) (unlock func(), err error) {
	l, _ := d.locks.LoadOrStore(url, make(chan struct{}, 1))
	turn := l.(chan struct{})
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bury copies a message to the dead-letter queue, with the record.
func (t *Transport) bury(ctx context.Context, q topology.Queue, in *sqstypes.Message, why transport.Record) error {
	record := deadRecord{Why: why, Time: time.Now().UTC(), Number: t.deaths.number.Add(1)}
	attributes := maps.Clone(in.MessageAttributes)
	if attributes == nil {
		attributes = make(map[string]sqstypes.MessageAttributeValue, 1)
	}
	if len(attributes) >= maxAttributes {
		record.Attributes = make(map[string]storedAttribute, len(attributes))
		for name, a := range attributes {
			record.Attributes[name] = storedAttribute{aws.ToString(a.DataType), a.StringValue, a.BinaryValue}
		}
		clear(attributes)
	}
	text := asciiJSON(record)
	for _, spare := range []func(*transport.Record){ // what there is no room for, the least important first
		func(r *transport.Record) { r.Chain = nil },
		func(r *transport.Record) {
			r.Omitted += max(len(r.Attempts)-1, 0)
			r.Attempts = r.Attempts[:min(len(r.Attempts), 1)]
		},
	} {
		if sizeOf(in.Body, attributes)+len(attrRecord)+len("String")+len(text) <= maxDead {
			break
		}
		spare(&record.Why)
		text = asciiJSON(record)
	}
	attributes[attrRecord] = sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: &text}
	out := &sqs.SendMessageInput{QueueUrl: &q.DeadLetterURL, MessageBody: in.Body, MessageAttributes: attributes}
	if q.FIFO { // each in a group of its own, or one that is looked at would hide others
		out.MessageGroupId = token("dead/" + aws.ToString(in.MessageId) + strconv.FormatUint(record.Number, 10))
		out.MessageDeduplicationId = out.MessageGroupId
	}
	return t.retry(ctx, patience, func(ctx context.Context) error {
		_, err := t.sqs.SendMessage(ctx, out)
		return err
	})
}

// sizeOf is what a message of SQS counts for.
func sizeOf(body *string, attributes map[string]sqstypes.MessageAttributeValue) int {
	n := len(aws.ToString(body))
	for name, a := range attributes {
		n += len(name) + len(aws.ToString(a.DataType)) + len(aws.ToString(a.StringValue)) + len(a.BinaryValue)
	}
	return n
}

// letter is a dead letter as it was received from its queue.
type letter struct {
	in     *sqstypes.Message
	record deadRecord
	key    letterKey
}

// letterKey orders dead letters, and names them.
type letterKey struct {
	millis  int64
	number  uint64
	message string // SQS's ID
}

func (k letterKey) compare(o letterKey) int {
	return cmp.Or(cmp.Compare(k.millis, o.millis), cmp.Compare(k.number, o.number), strings.Compare(k.message, o.message))
}

func (k letterKey) id() string { return fmt.Sprintf("%d-%d-%s", k.millis, k.number, k.message) }

func parseLetterKey(id string) (k letterKey, err error) {
	parts := strings.SplitN(id, "-", 3)
	if len(parts) == 3 {
		var errs [2]error
		k.message = parts[2]
		k.millis, errs[0] = strconv.ParseInt(parts[0], 10, 64)
		k.number, errs[1] = strconv.ParseUint(parts[1], 10, 64)
		err = errors.Join(errs[:]...)
	}
	if len(parts) != 3 || err != nil || k.id() != id {
		return k, fmt.Errorf("%q is not the ID of a dead letter", id)
	}
	return k, nil
}

// readLetter reads what was received from a dead-letter queue. most is how often SQS had handed out what it moved itself.
func readLetter(in *sqstypes.Message, listener transport.ID, most int) letter {
	l := letter{in: in}
	text := aws.ToString(in.MessageAttributes[attrRecord].StringValue)
	if text == "" || json.Unmarshal([]byte(text), &l.record) != nil {
		l.record.Time = sent(in)
		l.record.Why = transport.NewRecord(listener, most, nil, fmt.Errorf("received %d times, the limit, and never settled for good", most))
		l.record.Why.FirstFailure, l.record.Why.LastFailure = l.record.Time, l.record.Time
	}
	delete(in.MessageAttributes, attrRecord)
	for name, a := range l.record.Attributes {
		if in.MessageAttributes == nil {
			in.MessageAttributes = make(map[string]sqstypes.MessageAttributeValue, len(l.record.Attributes))
		}
		in.MessageAttributes[name] = sqstypes.MessageAttributeValue{DataType: aws.String(a.Type), StringValue: a.String, BinaryValue: a.Binary}
	}
	l.key = letterKey{l.record.Time.UnixMilli(), l.record.Number, aws.ToString(in.MessageId)}
	return l
}
