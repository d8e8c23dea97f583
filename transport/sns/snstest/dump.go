package snstest

import (
	"time"

	"github.com/framebus/framebus/transport/sns/snstest/internal/sqs"
)

// Dump is everything that a server holds, at one moment for each queue, and at one for all topics.
type Dump struct {
	// Topics are all topics, of all accounts and regions, by ARN.
	Topics []Topic
	// Queues are all queues, of all accounts and regions, by ARN.
	Queues []Queue
}

// Queue is a queue with its messages, which stand in the order in which they came.
type Queue struct {
	ARN     string
	Account string
	Region  string
	Name    string
	FIFO    bool
	// Attributes are those of GetQueueAttributes.
	Attributes map[string]string
	Tags       map[string]string
	// Waiting is how many receivers wait in long polls.
	Waiting int
	// Ready can be received. In a FIFO queue that includes what waits for its group.
	Ready []Message
	// InFlight was received and neither deleted nor is it visible again.
	InFlight []Message
	// Delayed is not yet to be seen.
	Delayed []Message
}

// Message is a message in a queue.
type Message struct {
	ID   string
	Body string
	// Attributes are the message attributes, by name.
	Attributes map[string]Attribute
	// GroupID is the message group; empty if there is none.
	GroupID string
	// DeduplicationID is that of a message in a FIFO queue.
	DeduplicationID string
	// Sent is when.
	Sent time.Time
	// Due is when a message in flight becomes visible again, or a delayed one for the first time.
	Due time.Time
	// Receives is ApproximateReceiveCount.
	Receives int
	// Source is the ARN of the queue that the message was moved from to its dead-letter queue, if it was.
	Source string
}

// Attribute is a message attribute.
type Attribute struct {
	// Type is "String", "Number" or "Binary", perhaps with a period and a label.
	Type string
	// String is the value of one that is not Binary.
	String string
	// Binary is the value of one that is.
	Binary []byte
}

// Dump returns everything that the server holds.
func (s *Server) Dump() Dump {
	d := Dump{Topics: s.topics()}
	for _, q := range s.sqs.Dump() {
		d.Queues = append(d.Queues, Queue{
			ARN: q.ARN, Account: q.Account, Region: q.Region, Name: q.Name, FIFO: q.FIFO,
			Attributes: q.Settings, Tags: q.Tags, Waiting: q.Waiting,
			Ready: messages(q.Ready), InFlight: messages(q.InFlight), Delayed: messages(q.Delayed),
		})
	}
	return d
}

func messages(dumped []sqs.DumpedMessage) []Message {
	out := make([]Message, 0, len(dumped))
	for _, m := range dumped {
		shown := Message{
			ID: m.ID, Body: m.Body, GroupID: m.Group, DeduplicationID: m.Dedup,
			Sent: m.Sent, Due: m.Due, Receives: m.Receives, Source: m.Source,
		}
		for name, a := range m.Attributes {
			if shown.Attributes == nil {
				shown.Attributes = map[string]Attribute{}
			}
			value := Attribute{Type: a.DataType, Binary: a.BinaryValue}
			if a.StringValue != nil {
				value.String = *a.StringValue
			}
			shown.Attributes[name] = value
		}
		out = append(out, shown)
	}
	return out
}

// Queue returns the queue with a name in the account of the configuration and the region, with its messages;
// false if there is none.
func (s *Server) Queue(name string) (Queue, bool) {
	for _, q := range s.Dump().Queues {
		if q.Name == name && q.Account == s.config.Account && q.Region == s.config.Region {
			return q, true
		}
	}
	return Queue{}, false
}
