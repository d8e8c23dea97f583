package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// setup is what a server begins with, as a file says it.
type setup struct {
	callers       map[string]snstest.Caller
	topics        []*topic
	queues        []*queue
	subscriptions []*subscription
	messages      []*message
}

// entry is what all entries have.
type entry struct {
	line            int
	account, region string // where it is made; empty: those of the flags
	key             string // the access key that makes it
	what            string // for errors: queue "orders"
}

type topic struct {
	entry

	name       string
	attributes map[string]string
	tags       map[string]string
}

type queue struct {
	entry

	name       string
	attributes map[string]string
	tags       map[string]string
}

// subscription leads from a topic to a queue, or to another endpoint. Topics and queues are names or ARNs.
type subscription struct {
	entry

	topic, queue       string
	protocol, endpoint string
	attributes         map[string]string
}

// message is for a topic or a queue.
type message struct {
	entry

	topic, queue string
	body         string
	subject      string
	structure    string
	attributes   map[string]value
	group, dedup string
	delay        string
	text         string // tells it from other messages
}

// value is that of a message attribute.
type value struct{ dataType, text, binary string }

// readSetup reads the file of a setup. No name is a setup of nothing.
func readSetup(name string) (*setup, error) {
	if name == "" {
		return &setup{}, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s, err := parseSetup(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// parseSetup reads a setup. What AWS would say to it is not known yet.
func parseSetup(text []byte) (*setup, error) {
	document, err := readDocument(text)
	if err != nil {
		return nil, err
	}
	s := &setup{}
	err = document.fields(map[string]func(*node) error{
		"callers":       s.readCallers,
		"topics":        func(n *node) error { return n.each(s.readTopic) },
		"queues":        func(n *node) error { return n.each(s.readQueue) },
		"subscriptions": func(n *node) error { return n.each(s.readSubscription) },
		"messages":      func(n *node) error { return n.each(s.readMessage) },
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *setup) readCallers(n *node) error {
	if n.kind != anObject {
		return fmt.Errorf("this is %s, and has to be an object of access keys", n.kind)
	}
	s.callers = map[string]snstest.Caller{}
	for _, m := range n.members {
		var c snstest.Caller
		err := m.fields(map[string]func(*node) error{
			"account": into(&c.Account),
			"arn":     into(&c.ARN),
			"userId":  into(&c.UserID),
			"policies": func(n *node) error {
				return n.each(func(n *node) error {
					var policy string
					err := textInto(&policy)(n)
					c.Policies = append(c.Policies, policy)
					return err
				})
			},
		})
		if err != nil {
			return err
		}
		s.callers[m.name] = c
	}
	return nil
}

// read reads an entry: the fields that all have, and its own.
func (e *entry) read(n *node, own map[string]func(*node) error) error {
	e.line = n.line
	own["account"], own["region"] = into(&e.account), into(&e.region)
	return n.fields(own)
}

func (s *setup) readTopic(n *node) error {
	t := &topic{}
	s.topics = append(s.topics, t)
	if err := t.read(n, map[string]func(*node) error{
		"name": into(&t.name), "attributes": textsInto(&t.attributes), "tags": textsInto(&t.tags),
	}); err != nil {
		return err
	}
	t.what = fmt.Sprintf("topic %q", t.name)
	return need(n, "name", t.name)
}

func (s *setup) readQueue(n *node) error {
	q := &queue{}
	s.queues = append(s.queues, q)
	if err := q.read(n, map[string]func(*node) error{
		"name": into(&q.name), "attributes": textsInto(&q.attributes), "tags": textsInto(&q.tags),
	}); err != nil {
		return err
	}
	q.what = fmt.Sprintf("queue %q", q.name)
	return need(n, "name", q.name)
}

func (s *setup) readSubscription(n *node) error {
	sub := &subscription{}
	s.subscriptions = append(s.subscriptions, sub)
	if err := sub.read(n, map[string]func(*node) error{
		"topic": into(&sub.topic), "queue": into(&sub.queue), "protocol": into(&sub.protocol), "endpoint": into(&sub.endpoint),
		"attributes": textsInto(&sub.attributes),
	}); err != nil {
		return err
	}
	if (sub.queue == "") == (sub.protocol == "" && sub.endpoint == "") {
		return atLine(n.line, `a subscription has either "queue", or "protocol" and "endpoint"`)
	}
	sub.what = fmt.Sprintf("subscription of %q to %q", sub.topic, sub.queue+sub.endpoint)
	return need(n, "topic", sub.topic)
}

func (s *setup) readMessage(n *node) error {
	m := &message{text: n.text}
	s.messages = append(s.messages, m)
	if err := m.read(n, map[string]func(*node) error{
		"topic": into(&m.topic), "queue": into(&m.queue), "body": textInto(&m.body), "subject": into(&m.subject),
		"structure": into(&m.structure), "attributes": m.readAttributes, "groupId": into(&m.group),
		"deduplicationId": into(&m.dedup), "delaySeconds": textInto(&m.delay),
	}); err != nil {
		return err
	}
	if (m.queue == "") == (m.topic == "") {
		return atLine(n.line, `a message has either "topic" or "queue"`)
	}
	if m.topic != "" && m.delay != "" || m.queue != "" && m.subject+m.structure != "" {
		return atLine(n.line, `"subject" and "structure" are for topics, "delaySeconds" is for queues`)
	}
	m.what = fmt.Sprintf("message to %q", m.topic+m.queue)
	return nil
}

// readAttributes reads message attributes: a string, a number, an array of both, or what AWS's tools write, with DataType
// and a value.
func (m *message) readAttributes(n *node) error {
	if n.kind != anObject {
		return fmt.Errorf("this is %s, and has to be an object", n.kind)
	}
	m.attributes = map[string]value{}
	for _, a := range n.members {
		v, err := readValue(a.node)
		if err != nil {
			if _, ok := errors.AsType[lineError](err); ok {
				return err
			}
			return atLine(a.line, "%q: %w", a.name, err)
		}
		m.attributes[a.name] = v
	}
	return nil
}

func readValue(n *node) (value, error) {
	var v value
	switch n.kind {
	case anArray:
		return value{dataType: "String.Array", text: n.text}, nil
	case anObject:
		err := n.fields(map[string]func(*node) error{
			"DataType": into(&v.dataType), "StringValue": into(&v.text), "BinaryValue": into(&v.binary),
		})
		return v, err
	}
	switch n.scalar.(type) {
	case string:
		return value{dataType: "String", text: n.text}, nil
	case nil, bool:
		return v, fmt.Errorf("%s is neither a string nor a number: say which by DataType", n.text)
	}
	return value{dataType: "Number", text: n.text}, nil
}

func need(n *node, name, value string) error {
	if value == "" {
		return atLine(n.line, "%q is missing", name)
	}
	return nil
}
