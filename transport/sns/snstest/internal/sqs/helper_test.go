package sqs

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/access"
	"github.com/framebus/framebus/transport/sns/snstest/internal/wire"
)

// desk is a service and a caller who asks it directly, without a protocol.
type desk struct {
	testing.TB
	*Service
	call *wire.Call
}

func newDesk(t testing.TB, c Config) *desk {
	c.Now = time.Now
	c.Access = &access.Checker{Now: time.Now}
	return &desk{TB: t, Service: New(c), call: &wire.Call{
		Caller: wire.Caller{AccessKey: "key", Account: "000000000000", ARN: "arn:aws:iam::000000000000:root"},
		Region: "us-east-1", Base: "http://snstest", Path: "/",
	}}
}

func (d *desk) create(name string, attributes ...string) *queue {
	d.Helper()
	in := &createQueueInput{QueueName: name, Attributes: map[string]string{}}
	for i := 0; i+1 < len(attributes); i += 2 {
		in.Attributes[attributes[i]] = attributes[i+1]
	}
	if _, err := d.createQueue(context.Background(), d.call, in); err != nil {
		d.Fatal(err)
	}
	return d.find(key{"000000000000", "us-east-1", name})
}

func (d *desk) post(q *queue, body, group string) string {
	d.Helper()
	m := &draft{body: body}
	if group != "" {
		m.group = &group
		dedup := wire.NewID()
		m.dedup = &dedup
	}
	r, err := q.send(m)
	if err != nil {
		d.Fatal(err)
	}
	return r.id
}

func errorCode(err error) string {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e.QueryCode()
	}
	return ""
}
