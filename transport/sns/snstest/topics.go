package snstest

import (
	"github.com/framebus/framebus/transport/sns/snstest/internal/sns"
)

// Topic is a topic with its subscriptions, which stand in the order in which they were made.
type Topic struct {
	ARN     string
	Account string
	Region  string
	Name    string
	FIFO    bool
	// Attributes are those of GetTopicAttributes.
	Attributes    map[string]string
	Tags          map[string]string
	Subscriptions []Subscription
}

// Subscription is a subscription, and what became of the messages for it.
type Subscription struct {
	ARN      string
	Protocol string
	// Endpoint is the ARN of a queue, if the protocol is sqs.
	Endpoint string
	// Owner is the account that subscribed.
	Owner string
	// Pending is one that has to be confirmed.
	Pending bool
	// Token confirms one that is pending.
	Token string
	// DeadLetters is the ARN of the subscription's dead-letter queue; empty if there is none.
	DeadLetters string
	// Attributes are those of GetSubscriptionAttributes.
	Attributes map[string]string
	// Delivered counts the messages that the endpoint took.
	Delivered int
	// FilteredOut counts those that the filter policy kept back.
	FilteredOut int
	// Failed counts those that the endpoint did not take: the queue is gone, its policy does not let the topic
	// send, or it is no message for a queue. Failure says why, of the last one.
	Failed  int
	Failure string
	// Redriven counts those that failed and are in the dead-letter queue of the subscription.
	Redriven int
}

func (s *Server) topics() []Topic {
	var out []Topic
	for _, t := range s.sns.Dump() {
		shown := Topic{
			ARN: t.ARN, Account: t.Account, Region: t.Region, Name: t.Name, FIFO: t.FIFO,
			Attributes: t.Attributes, Tags: t.Tags,
		}
		for _, sub := range t.Subscriptions {
			shown.Subscriptions = append(shown.Subscriptions, subscription(sub))
		}
		out = append(out, shown)
	}
	return out
}

func subscription(sub sns.DumpedSubscription) Subscription {
	return Subscription{
		ARN: sub.ARN, Protocol: sub.Protocol, Endpoint: sub.Endpoint, Owner: sub.Owner, Pending: !sub.Confirmed,
		Token: sub.Token, DeadLetters: sub.DeadLetter, Attributes: sub.Attributes,
		Delivered: sub.Tally.Delivered, FilteredOut: sub.Tally.FilteredOut, Failed: sub.Tally.Failed,
		Failure: sub.Tally.Failure, Redriven: sub.Tally.Redriven,
	}
}

// Topic returns the topic with a name in the account of the configuration and the region, with its subscriptions;
// false if there is none.
func (s *Server) Topic(name string) (Topic, bool) {
	for _, t := range s.topics() {
		if t.Name == name && t.Account == s.config.Account && t.Region == s.config.Region {
			return t, true
		}
	}
	return Topic{}, false
}
